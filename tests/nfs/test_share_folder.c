/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/nfs/requests.h"
#include "tests/nfs/share_fixture.h"

#include <pthread.h>
#include <unistd.h>

#define FOLDER ".mooring/claims/c"

/* What was read last; forget() frees it. */
static struct folder_entry *entries;
static size_t entry_count;

static int read_folder(const char *path)
{
    return share_read_folder(share, path, &entries, &entry_count, &err);
}

static void forget(void)
{
    share_free_folder(entries, entry_count);
    entries = NULL;
    entry_count = 0;
}

/* Whether the entry at `i` has this name and this text, which is NULL for none. */
static bool is_entry(size_t i, const char *name, const char *text)
{
    if (i >= entry_count || strcmp(entries[i].name, name) != 0)
        return false;
    if (!text || !entries[i].text)
        return text == entries[i].text;
    return strcmp(entries[i].text, text) == 0 && entries[i].length == strlen(text);
}

static void a_folder_has_the_attributes_of_all_and_the_texts_of_small_files(void)
{
    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        run_here("mkdir f && cd f && mkdir -m 750 dir && printf text >b && touch a &&"
                 "chmod 640 b && chown 5:7 b && ln -s a l && mkfifo p &&"
                 "head -c 65536 /dev/zero >largest && head -c 65537 /dev/zero >larger");
        ASSERT_SUCCEEDS(read_folder("f"));
        CU_ASSERT_EQUAL(entry_count, 7);
        CU_ASSERT_TRUE(is_entry(0, "a", ""));
        CU_ASSERT_TRUE(is_entry(1, "b", "text"));
        CU_ASSERT_TRUE(is_entry(2, "dir", NULL));
        CU_ASSERT_TRUE(is_entry(3, "l", NULL));
        CU_ASSERT_TRUE(is_entry(4, "larger", NULL));
        CU_ASSERT_TRUE(entry_count > 5 && entries[5].text && entries[5].length == SHARE_FILE_MAX);
        CU_ASSERT_TRUE(is_entry(6, "p", NULL));
        for (size_t i = 0; i < entry_count; i++) {
            struct entry entry = {0};
            autofree char *path = memory_format("f/%s", entries[i].name);
            ASSERT_SUCCEEDS(share_inspect(share, path, &entry, &err));
            const struct entry *listed = &entries[i].entry;
            CU_ASSERT_TRUE(listed->kind == entry.kind && listed->mode == entry.mode &&
                           listed->uid == entry.uid && listed->gid == entry.gid &&
                           listed->size == entry.size && listed->file_id == entry.file_id &&
                           listed->changed_us == entry.changed_us && listed->links == entry.links);
        }
        CU_ASSERT_EQUAL(entries[1].entry.uid, 5);
        CU_ASSERT_EQUAL(entries[1].entry.mode, 0640);
        forget();
        end();
    }
}

static void an_entry_tells_when_it_was_changed(void)
{
    for (int version = 3; version <= 4; version++) {
        struct entry entry = {0};
        begin(MAIN, version);
        run_here("touch -d @1000 f");
        ASSERT_SUCCEEDS(share_inspect(share, "f", &entry, &err));
        int status =
            server_shell("cd %s && test \"$(date -d \"$(stat -c %%z f)\" +%%s%%6N)\" = %lld", here,
                         (long long)entry.changed_us);
        CU_ASSERT_EQUAL(status, 0);
        end();
    }
}

static void a_large_folder_is_read_whole_and_sorted(void)
{
    enum { FILES = 700 };

    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        run_here("mkdir f && cd f && for i in $(seq 1000 1699); do printf $i >$i; done");
        ASSERT_SUCCEEDS(read_folder("f"));
        CU_ASSERT_EQUAL(entry_count, FILES);
        for (size_t i = 0; i < entry_count; i++) {
            autofree char *name = memory_format("%zu", 1000 + i);
            CU_ASSERT_TRUE(is_entry(i, name, name));
        }
        forget();
        end();
    }
}

/* Together they take longer than one call may. */
static void each_file_of_a_folder_has_the_whole_timeout(void)
{
    enum { FILES = 14, ANSWER_MS = 250 };

    begin(MAIN, 3);
    run_here("mkdir f && cd f && for i in $(seq 14); do echo $i >$i; done");
    requests_slow_down(ANSWER_MS);
    ASSERT_SUCCEEDS(read_folder("f"));
    requests_slow_down(0);
    CU_ASSERT_EQUAL(entry_count, FILES);
    CU_ASSERT_TRUE(FILES * ANSWER_MS > TIMEOUT_MS);
    forget();
    end();
}

static void only_a_directory_is_read_as_a_folder(void)
{
    for (int version = 3; version <= 4; version++) {
        begin(MAIN, version);
        run_here("mkdir dir && touch file && ln -s dir l");
        ASSERT_FAILS(read_folder("none"), ERROR_NOT_FOUND, "does not exist");
        ASSERT_FAILS(read_folder("none/none"), ERROR_NOT_FOUND, "does not exist");
        ASSERT_FAILS(read_folder("file"), ERROR_INVALID, "not a directory");
        ASSERT_FAILS(read_folder("l"), ERROR_INVALID, "never followed");
        ASSERT_FAILS(read_folder(".."), ERROR_INVALID, "dot");
        ASSERT_SUCCEEDS(read_folder("dir"));
        CU_ASSERT_EQUAL(entry_count, 0);
        forget();
        end();
    }
}

static void a_file_that_cannot_be_read_fails_the_whole_folder(void)
{
    for (int version = 3; version <= 4; version++) {
        begin(SQUASHED, version);
        run_here("mkdir f && cd f && echo 1 >a && echo 2 >b && chmod 600 b");
        ASSERT_FAILS(read_folder("f"), ERROR_FORBIDDEN, "permission denied");
        CU_ASSERT_PTR_NULL(entries);
        end();
    }
}

static int make_folder(bool *created)
{
    return share_make_directory(share, FOLDER, &open_to_all, created, &err);
}

static void a_folder_that_was_just_made_or_found_costs_no_lookup(void)
{
    for (int version = 3; version <= 4; version++) {
        bool created = false;
        begin(MAIN, version);
        requests_count();
        ASSERT_SUCCEEDS(make_folder(&created));
        CU_ASSERT_TRUE(created);
        CU_ASSERT_EQUAL(requests_count(), 4); /* LOOKUP, MKDIR, MKDIR, MKDIR */
        ASSERT_SUCCEEDS(read_folder(FOLDER));
        forget();
        CU_ASSERT_EQUAL(requests_count(), 1); /* READDIRPLUS */
        run_here("cd " FOLDER " && printf 1 >a && printf 2 >b && touch empty");
        ASSERT_SUCCEEDS(
            make_folder(&created)); /* the command may have taken longer than a second */
        requests_count();
        ASSERT_SUCCEEDS(make_folder(&created));
        CU_ASSERT_FALSE(created);
        CU_ASSERT_EQUAL(requests_count(), 2); /* MKDIR, LOOKUP */
        ASSERT_SUCCEEDS(read_folder(FOLDER));
        CU_ASSERT_EQUAL(entry_count, 3);
        forget();
        CU_ASSERT_EQUAL(requests_count(), 3); /* READDIRPLUS, READ, READ */
        ASSERT_SUCCEEDS(share_move(share, FOLDER "/a", FOLDER "/c", &err));
        CU_ASSERT_EQUAL(requests_count(), 1); /* RENAME */
        end();
    }
}

/* Moved over NFS: what is moved on the server itself, NFS-Ganesha goes on to find over NFSv4. */
static void the_handle_of_a_folder_is_not_used_a_second_later(void)
{
    for (int version = 3; version <= 4; version++) {
        bool created = false;
        begin(MAIN, version);
        autoclose(share) struct share *other = server_open(here, version, TIMEOUT_MS);
        ASSERT_SUCCEEDS(make_folder(&created));
        ASSERT_SUCCEEDS(share_move(other, FOLDER, ".mooring/claims/moved", &err));
        ASSERT_SUCCEEDS(share_write_file(other, FOLDER "/a", "new", 3, &err));
        usleep(1000 * 1000);
        requests_count();
        ASSERT_SUCCEEDS(read_folder(FOLDER));
        CU_ASSERT_TRUE(entry_count == 1 && is_entry(0, "a", "new"));
        forget();
        CU_ASSERT_EQUAL(requests_count(), 5); /* LOOKUP, LOOKUP, LOOKUP, READDIRPLUS, READ */
        end();
    }
}

static void a_folder_that_is_restored_from_a_backup_is_read_at_once(void)
{
    static const char *const restores[] = {
        "cp -a .mooring backup && rm -r .mooring && cp -a backup .mooring",
        "cp -a " FOLDER " backup && rm -r " FOLDER " && cp -a backup " FOLDER,
    };
    for (int version = 3; version <= 4; version++) {
        for (size_t i = 0; i < sizeof restores / sizeof *restores; i++) {
            begin(MAIN, version);
            ASSERT_SUCCEEDS(share_write_file(share, FOLDER "/a", "text", 4, &err));
            ASSERT_SUCCEEDS(read_folder(FOLDER));
            forget();
            CU_ASSERT_EQUAL(run_here(restores[i]), 0);
            ASSERT_SUCCEEDS(read_folder(FOLDER));
            CU_ASSERT_TRUE(entry_count == 1 && is_entry(0, "a", "text"));
            forget();
            end();
        }
    }
}

enum { MOVES = 100 };

static void *move_again_and_again(void *version)
{
    struct error failure;
    autoclose(share) struct share *mover = server_open(here, *(int *)version, TIMEOUT_MS);
    for (int i = 0; i < MOVES; i++) {
        autofree char *from = memory_format(FOLDER "/%d", i);
        autofree char *to = memory_format(FOLDER "/%d", i + 1);
        CU_ASSERT_EQUAL(share_move(mover, from, to, &failure), 0);
        CU_ASSERT_EQUAL(share_write_file(mover, FOLDER "/v", "text", 4, &failure), 0);
    }
    return NULL;
}

/* Reads once while files are moved and replaced. Returns whether it succeeded. */
static bool read_while_it_changes(int version)
{
    if (read_folder(FOLDER) < 0) {
        ASSERT_FAILS(-1, ERROR_UNAVAILABLE, "");
        if (share_is_dead(share)) { /* as in a_file_is_read_while_it_is_replaced */
            share_close(share);
            share = server_open(here, version, TIMEOUT_MS);
        }
        return false;
    }
    for (size_t i = 0; i < entry_count; i++) {
        bool temporary = strstr(entries[i].name, ".tmp");
        CU_ASSERT_TRUE(temporary || is_entry(i, entries[i].name, "text"));
    }
    forget();
    return true;
}

static void a_folder_is_read_while_files_are_moved_and_replaced(void)
{
    for (int version = 3; version <= 4; version++) {
        pthread_t thread;
        int read = 0;
        begin(MAIN, version);
        ASSERT_SUCCEEDS(share_write_file(share, FOLDER "/0", "text", 4, &err));
        CU_ASSERT_EQUAL(pthread_create(&thread, NULL, move_again_and_again, &version), 0);
        while (pthread_tryjoin_np(thread, NULL) != 0)
            read += read_while_it_changes(version);
        CU_ASSERT_TRUE(read > 0);
        end();
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_folder_has_the_attributes_of_all_and_the_texts_of_small_files),
        TEST(an_entry_tells_when_it_was_changed),
        TEST(a_large_folder_is_read_whole_and_sorted),
        TEST(each_file_of_a_folder_has_the_whole_timeout),
        TEST(only_a_directory_is_read_as_a_folder),
        TEST(a_file_that_cannot_be_read_fails_the_whole_folder),
        TEST(a_folder_that_was_just_made_or_found_costs_no_lookup),
        TEST(the_handle_of_a_folder_is_not_used_a_second_later),
        TEST(a_folder_that_is_restored_from_a_backup_is_read_at_once),
        TEST(a_folder_is_read_while_files_are_moved_and_replaced),
        {0},
    };
    return suite_run("share_folder", tests, argc, argv);
}
