/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/pool.h"
#include "tests/provisioner/memory_share.h"
#include "tests/suite.h"

#include <pthread.h>

static const struct ownership ours = {.mode = 0750, .uid = 1000, .gid = OWNER_ANY};

static struct error last_err;

static struct share *open_address(const char *server, int version)
{
    autodestroy(address) struct address *address =
        address_new(server, "/export", version, 0, 0, &last_err);
    return share_open(address, 1000, &last_err);
}

static struct share *begin(void)
{
    memory_share_reset();
    last_err = (struct error){0};
    struct share *share = open_address("server", 3);
    CU_ASSERT_PTR_NOT_NULL_FATAL(share);
    return share;
}

static void expect_requests(const char *expected)
{
    autofree char *text = request_log_text(memory_share_log());
    CU_ASSERT_STRING_EQUAL(text, expected);
}

static void expect_tree(const char *expected)
{
    autofree char *text = memory_share_show();
    CU_ASSERT_STRING_EQUAL(text, expected);
}

static void expect_failure(int result, enum error_kind kind)
{
    CU_ASSERT_EQUAL(result, -1);
    CU_ASSERT_EQUAL(last_err.kind, kind);
}

static int make_directory(struct share *share, const char *path)
{
    bool created;
    return share_make_directory(share, path, &ours, &created, &last_err);
}

static int write_text(struct share *share, const char *path, const char *text)
{
    return share_write_file(share, path, text, strlen(text), &last_err);
}

#define FOLDER ".mooring/claims/c/ns/uid/data"
#define RECORD FOLDER "/pvc-1.uid-1.in-use"
#define TEMPORARY FOLDER "/00000000000000000000000000000001.tmp"

/* What a new claim costs, on an export that is used already. */
static void a_new_claim_takes_six_requests(void)
{
    autoclose(share) struct share *share = begin();
    memory_share_put_directory(".mooring/claims/c/ns/uid", 0700);
    memory_share_put_directory(".mooring/directories", 0700);
    CU_ASSERT_EQUAL(make_directory(share, FOLDER), 0);
    CU_ASSERT_EQUAL(
        share_make_symlink(share, ".mooring/directories/data", "c/ns/uid/data", &last_err), 0);
    CU_ASSERT_EQUAL(make_directory(share, "data"), 0);
    CU_ASSERT_EQUAL(write_text(share, RECORD, "{}"), 0);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), ""), 6);
    expect_requests("MKDIR " FOLDER "\n"
                    "SYMLINK .mooring/directories/data\n"
                    "MKDIR data\n"
                    "CREATE " TEMPORARY "\n"
                    "WRITE " TEMPORARY "\n"
                    "RENAME " TEMPORARY " " RECORD "\n");
    expect_tree(".mooring/\n.mooring/claims/\n.mooring/claims/c/\n.mooring/claims/c/ns/\n"
                ".mooring/claims/c/ns/uid/\n" FOLDER "/\n" RECORD "\n.mooring/directories/\n"
                ".mooring/directories/data -> c/ns/uid/data\ndata/\n");
}

static void an_existing_directory_costs_a_lookup_and_is_read_without_another(void)
{
    struct folder_entry *entries;
    size_t count;
    autoclose(share) struct share *share = begin();
    memory_share_put_file(".mooring/a/record", "text");
    memory_share_put_symlink(".mooring/a/link", "x");
    CU_ASSERT_EQUAL(make_directory(share, ".mooring/a"), 0);
    CU_ASSERT_EQUAL_FATAL(share_read_folder(share, ".mooring/a", &entries, &count, &last_err), 0);
    expect_requests("MKDIR .mooring/a\nLOOKUP .mooring/a\nREADDIRPLUS .mooring/a\n"
                    "READ .mooring/a/record\n");
    CU_ASSERT_EQUAL_FATAL(count, 2);
    CU_ASSERT_STRING_EQUAL(entries[0].name, "link");
    CU_ASSERT_EQUAL(entries[0].entry.kind, ENTRY_SYMLINK);
    CU_ASSERT_PTR_NULL(entries[0].text);
    CU_ASSERT_STRING_EQUAL(entries[1].text, "text");
    CU_ASSERT_EQUAL(entries[1].length, 4);
    share_free_folder(entries, count);

    CU_ASSERT_EQUAL_FATAL(share_read_folder(share, ".mooring/a", &entries, &count, &last_err), 0);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "LOOKUP"), 2);
    share_free_folder(entries, count);
}

static void a_directory_has_its_owner_and_one_that_exists_keeps_it(void)
{
    struct entry entry;
    struct ownership other = {.mode = 0700, .uid = 5, .gid = 6};
    bool created = false;
    autoclose(share) struct share *share = begin();
    CU_ASSERT_EQUAL(share_make_directory(share, "a/b", &ours, &created, &last_err), 0);
    CU_ASSERT_TRUE(created);
    CU_ASSERT_EQUAL(share_make_directory(share, "a/b", &other, &created, &last_err), 0);
    CU_ASSERT_FALSE(created);
    CU_ASSERT_EQUAL(share_inspect(share, "a/b", &entry, &last_err), 0);
    CU_ASSERT_EQUAL(entry.mode, 0750);
    CU_ASSERT_EQUAL(entry.uid, 1000);
    CU_ASSERT_EQUAL(entry.gid, 0);
    int64_t changed_us = entry.changed_us;
    CU_ASSERT_EQUAL(share_set_ownership(share, "a/b", &other, &last_err), 0);
    CU_ASSERT_EQUAL(share_inspect(share, "a/b", &entry, &last_err), 0);
    CU_ASSERT_EQUAL(entry.gid, 6);
    CU_ASSERT_TRUE(entry.changed_us > changed_us);
}

static void no_symlink_is_followed(void)
{
    struct entry entry;
    autoclose(share) struct share *share = begin();
    memory_share_put_symlink("link", "target");
    memory_share_put_directory("target", 0755);
    expect_failure(make_directory(share, "link/a"), ERROR_INVALID);
    expect_failure(make_directory(share, "link"), ERROR_INVALID);
    expect_failure(share_make_symlink(share, "link/a", "b", &last_err), ERROR_ALREADY_EXISTS);
    CU_ASSERT_EQUAL(share_inspect(share, "link", &entry, &last_err), 0);
    CU_ASSERT_EQUAL(entry.kind, ENTRY_SYMLINK);
}

static void names_are_checked_before_anything_is_sent(void)
{
    autoclose(share) struct share *share = begin();
    expect_failure(make_directory(share, ".hidden"), ERROR_INVALID);
    expect_failure(make_directory(share, "a/../b"), ERROR_INVALID);
    expect_failure(make_directory(share, ""), ERROR_INVALID);
    expect_failure(share_move(share, "a", ".mooring/.b", &last_err), ERROR_INVALID);
    expect_requests("");
}

static void of_two_that_make_a_symlink_one_succeeds(void)
{
    autoclose(share) struct share *share = begin();
    CU_ASSERT_EQUAL(share_make_symlink(share, ".mooring/export", "one", &last_err), 0);
    expect_failure(share_make_symlink(share, ".mooring/export", "two", &last_err),
                   ERROR_ALREADY_EXISTS);
    autofree char *text = share_read_symlink(share, ".mooring/export", &last_err);
    CU_ASSERT_STRING_EQUAL_FATAL(text, "one");
    expect_tree(".mooring/\n.mooring/export -> one\n");
    CU_ASSERT_PTR_NULL(share_read_symlink(share, ".mooring/other", &last_err));
    CU_ASSERT_EQUAL(last_err.kind, ERROR_NOT_FOUND);
    CU_ASSERT_PTR_NULL(share_read_symlink(share, ".mooring", &last_err));
    CU_ASSERT_EQUAL(last_err.kind, ERROR_INVALID);
}

static void of_two_that_move_a_file_one_succeeds(void)
{
    autoclose(share) struct share *share = begin();
    memory_share_put_file("a", "1");
    memory_share_put_directory("folder", 0755);
    CU_ASSERT_EQUAL(share_move(share, "a", "folder/b", &last_err), 0);
    expect_failure(share_move(share, "a", "folder/c", &last_err), ERROR_NOT_FOUND);
    expect_failure(share_move(share, "folder/b", "none/b", &last_err), ERROR_NOT_FOUND);
    expect_tree("folder/\nfolder/b\n");
}

static void a_move_replaces_what_has_the_name(void)
{
    autoclose(share) struct share *share = begin();
    memory_share_put_file("a", "1");
    memory_share_put_file("b", "2");
    CU_ASSERT_EQUAL(share_move(share, "a", "b", &last_err), 0);
    autofree char *text = memory_share_text("b");
    CU_ASSERT_STRING_EQUAL(text, "1");
    expect_tree("b\n");
}

static void a_directory_that_is_not_empty_stays(void)
{
    bool finished = false;
    autoclose(share) struct share *share = begin();
    memory_share_put_file(".mooring/trash/a/b/c", "1");
    expect_failure(share_remove_directory(share, ".mooring/trash/a", &last_err), ERROR_CONFLICT);
    CU_ASSERT_EQUAL(share_remove_tree(share, ".mooring/trash/a", &finished, &last_err), 0);
    CU_ASSERT_TRUE(finished);
    expect_tree(".mooring/\n.mooring/trash/\n");
}

static void a_request_fails_as_it_is_told_and_does_nothing(void)
{
    autoclose(share) struct share *share = begin();
    disturb(memory_share_log(), .request = "WRITE", .nth = 2, .answer = ERROR_FULL);
    CU_ASSERT_EQUAL(write_text(share, "a", "1"), 0);
    expect_failure(write_text(share, "b", "2"), ERROR_FULL);
    CU_ASSERT_EQUAL(write_text(share, "c", "3"), 0);
    expect_tree("a\nc\n");
    CU_ASSERT_FALSE(share_is_dead(share));
}

static void an_answer_that_is_lost_leaves_the_work_done_and_the_share_dead(void)
{
    autoclose(share) struct share *share = begin();
    disturb(memory_share_log(), .request = "MKDIR a", .is_done = true, .is_cut = true);
    expect_failure(make_directory(share, "a"), ERROR_UNAVAILABLE);
    CU_ASSERT_TRUE(share_is_dead(share));
    expect_failure(make_directory(share, "b"), ERROR_UNAVAILABLE);
    expect_tree("a/\n");
    expect_requests("MKDIR a\n");
    autoclose(share) struct share *next = open_address("server", 3);
    CU_ASSERT_PTR_NOT_NULL_FATAL(next);
    CU_ASSERT_EQUAL(make_directory(next, "b"), 0);
}

/* As when the process is killed there. */
static void after_a_kill_the_temporary_file_is_left(void)
{
    autoclose(share) struct share *share = begin();
    disturb(memory_share_log(), .nth = 3, .is_cut = true);
    expect_failure(write_text(share, "a", "1"), ERROR_UNAVAILABLE);
    expect_tree("00000000000000000000000000000001.tmp\n");
}

static void a_request_that_was_sent_twice_has_another_answer(void)
{
    autoclose(share) struct share *share = begin();
    memory_share_put_file("a", "1");
    disturb(memory_share_log(), .request = "RENAME", .is_done = true, .answer = ERROR_NOT_FOUND);
    expect_failure(share_move(share, "a", "b", &last_err), ERROR_NOT_FOUND);
    CU_ASSERT_FALSE(share_is_dead(share));
    expect_tree("b\n");
}

static void rename_record(void *context)
{
    memory_share_put_elsewhere("folder/a", context);
}

static void a_folder_that_changes_while_it_is_read_is_listed_again(void)
{
    struct folder_entry *entries;
    size_t count;
    autoclose(share) struct share *share = begin();
    memory_share_put_file("folder/a", "1");
    disturb(memory_share_log(), .request = "READ ", .hook = rename_record, .context = "folder/b");
    CU_ASSERT_EQUAL_FATAL(share_read_folder(share, "folder", &entries, &count, &last_err), 0);
    CU_ASSERT_EQUAL(count, 1);
    CU_ASSERT_STRING_EQUAL(entries[0].name, "b");
    share_free_folder(entries, count);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "READDIRPLUS"), 2);
}

static void replace_record(void *context)
{
    memory_share_put_file("new", context);
    memory_share_put_elsewhere("new", "folder/a");
}

static void a_file_that_is_replaced_while_it_is_read_is_read_again(void)
{
    size_t length;
    autoclose(share) struct share *share = begin();
    memory_share_put_file("folder/a", "1");
    disturb(memory_share_log(), .request = "READ ", .hook = replace_record, .context = "2");
    autofree char *text = share_read_file(share, "folder/a", &length, &last_err);
    CU_ASSERT_STRING_EQUAL_FATAL(text, "2");
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "READ "), 2);
}

static void versions_and_names_of_a_server_are_one_export_and_others_are_not(void)
{
    autoclose(share) struct share *share = begin();
    memory_share_add_name("10.0.0.1:/export");
    autoclose(share) struct share *newer = open_address("server", 4);
    autoclose(share) struct share *by_number = open_address("10.0.0.1", 3);
    autoclose(share) struct share *other = open_address("other", 3);
    CU_ASSERT_EQUAL(make_directory(share, "a"), 0);
    CU_ASSERT_EQUAL(make_directory(newer, "b"), 0);
    CU_ASSERT_EQUAL(make_directory(by_number, "c"), 0);
    CU_ASSERT_EQUAL(make_directory(other, "d"), 0);
    expect_tree("a/\nb/\nc/\n");
    memory_share_select("other:/export");
    expect_tree("d/\n");
}

static void another_disk_takes_the_root_away_and_the_first_comes_back(void)
{
    autoclose(share) struct share *share = begin();
    memory_share_put_directory("a", 0755);
    memory_share_swap_disk();
    expect_failure(make_directory(share, "b"), ERROR_STALE);
    CU_ASSERT_TRUE(share_is_dead(share));
    autoclose(share) struct share *empty = open_address("server", 3);
    expect_tree("");
    CU_ASSERT_EQUAL(make_directory(empty, "b"), 0);
    memory_share_swap_disk();
    expect_tree("a/\n");
}

static void what_is_taken_back_cannot_be_opened(void)
{
    autoclose(share) struct share *share = begin();
    memory_share_take_back();
    expect_failure(make_directory(share, "a"), ERROR_STALE);
    CU_ASSERT_PTR_NULL(open_address("server", 3));
    CU_ASSERT_EQUAL(last_err.kind, ERROR_NOT_FOUND);
    disturb(memory_share_log(), .request = "MOUNT other", .is_cut = true);
    CU_ASSERT_PTR_NULL(open_address("other", 3));
    CU_ASSERT_EQUAL(last_err.kind, ERROR_UNAVAILABLE);
}

static void wake(void *context, const char *key)
{
    (void)context;
    (void)key;
}

static void the_pool_hands_out_shares_in_memory(void)
{
    struct pool_settings settings = {
        .per_export = 1, .timeout_ms = 1000, .probe_interval_ms = 1000, .wake = wake};
    share_close(begin());
    struct pool *pool = pool_start(&settings, &last_err);
    autodestroy(address) struct address *address =
        address_new("server", "/export", 3, 0, 0, &last_err);
    struct share *share = pool_take(pool, address, "key", &last_err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(share);
    CU_ASSERT_EQUAL(make_directory(share, "a"), 0);
    pool_give(pool, share);
    pool_stop(pool);
    expect_tree("a/\n");
}

static void *make_many(void *context)
{
    struct error ignored;
    int *made = context;
    autodestroy(address) struct address *address =
        address_new("server", "/export", 3, 0, 0, &ignored);
    autoclose(share) struct share *share = share_open(address, 1000, &ignored);
    for (int i = 0; share && i < 200; i++) {
        autofree char *path = memory_format("link-%d", i);
        *made += share_make_symlink(share, path, "x", &ignored) == 0;
    }
    return NULL;
}

static void threads_share_an_export(void)
{
    pthread_t threads[4];
    int made[4] = {0};
    share_close(begin());
    for (int i = 0; i < 4; i++)
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, make_many, &made[i]), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    CU_ASSERT_EQUAL(made[0] + made[1] + made[2] + made[3], 200);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "SYMLINK"), 800);
}

int main(int argc, char **argv)
{
    const struct test tests[] = {
        TEST(a_new_claim_takes_six_requests),
        TEST(an_existing_directory_costs_a_lookup_and_is_read_without_another),
        TEST(a_directory_has_its_owner_and_one_that_exists_keeps_it),
        TEST(no_symlink_is_followed),
        TEST(names_are_checked_before_anything_is_sent),
        TEST(of_two_that_make_a_symlink_one_succeeds),
        TEST(of_two_that_move_a_file_one_succeeds),
        TEST(a_move_replaces_what_has_the_name),
        TEST(a_directory_that_is_not_empty_stays),
        TEST(a_request_fails_as_it_is_told_and_does_nothing),
        TEST(an_answer_that_is_lost_leaves_the_work_done_and_the_share_dead),
        TEST(after_a_kill_the_temporary_file_is_left),
        TEST(a_request_that_was_sent_twice_has_another_answer),
        TEST(a_folder_that_changes_while_it_is_read_is_listed_again),
        TEST(a_file_that_is_replaced_while_it_is_read_is_read_again),
        TEST(versions_and_names_of_a_server_are_one_export_and_others_are_not),
        TEST(another_disk_takes_the_root_away_and_the_first_comes_back),
        TEST(what_is_taken_back_cannot_be_opened),
        TEST(the_pool_hands_out_shares_in_memory),
        TEST(threads_share_an_export),
        {0},
    };
    return suite_run("memory_share", tests, argc, argv);
}
