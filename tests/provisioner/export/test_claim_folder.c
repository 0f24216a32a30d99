/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/claim_folder.h"
#include "tests/provisioner/claim_fixtures.h"
#include "tests/provisioner/export_fixture.h"

static const struct claim_owner here_owner = {"here", "default", "ns-1", "data-web-0"};

#define PARENT ".mooring/claims/here/default/ns-1"
#define FOLDER PARENT "/data-web-0"
#define RECORD FOLDER "/pvc-1.uid-1.in-use"
#define LEFT_OVER FOLDER "/0123456789abcdef0123456789abcdef.tmp"

static struct error last_err;

static void put_record(const char *changes)
{
    autorelease(record) struct record *record = record_with(changes);
    autofree char *path = record_path(record);
    autofree char *text = record_encode(record);
    memory_share_put_file(path, text);
}

static int open_folder(struct share *share, bool is_expected, struct claim_folder *folder)
{
    last_err = (struct error){0};
    return claim_folder_open(share, &here_owner, is_expected, folder, &last_err);
}

static bool is_there(const char *path)
{
    struct entry entry;
    return memory_share_look(path, &entry);
}

/* --- what opening finds --- */

static void of_a_claim_that_had_nothing_the_folder_is_new(void)
{
    struct claim_folder folder;
    autoclose(share) struct share *share = export_begin();
    memory_share_put_directory(PARENT, 0700);
    CU_ASSERT_EQUAL_FATAL(open_folder(share, false, &folder), 0);
    CU_ASSERT_TRUE(folder.is_new);
    CU_ASSERT_EQUAL(folder.count + folder.unusable_count, 0);
    CU_ASSERT_PTR_NULL(claim_folder_problem(&folder));
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), ""), 1);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "MKDIR " FOLDER), 1);
    claim_folder_clear(&folder);
    struct entry entry;
    CU_ASSERT_TRUE(memory_share_look(FOLDER, &entry));
    CU_ASSERT_EQUAL(entry.mode, 0700);
}

static void the_records_of_a_claim_are_read_whether_expected_or_not(void)
{
    for (int is_expected = 0; is_expected <= 1; is_expected++) {
        struct claim_folder folder;
        autoclose(share) struct share *share = export_begin();
        put_record("{}");
        put_record("{'volume': 'pvc-2', 'directory': 'd-2', 'state': 'superseded'}");
        CU_ASSERT_EQUAL_FATAL(open_folder(share, is_expected, &folder), 0);
        CU_ASSERT_FALSE(folder.is_new);
        CU_ASSERT_EQUAL_FATAL(folder.count, 2);
        CU_ASSERT_STRING_EQUAL(folder.records[0]->directory, "d-1");
        CU_ASSERT_STRING_EQUAL(folder.records[0]->namespace_uid, "ns-1");
        CU_ASSERT_EQUAL(folder.records[1]->state, RECORD_SUPERSEDED);
        CU_ASSERT_PTR_EQUAL(claim_folder_record(&folder, "pvc-2", NULL), folder.records[1]);
        CU_ASSERT_PTR_NULL(claim_folder_record(&folder, "pvc-3", NULL));
        claim_folder_clear(&folder);
    }
}

/* An empty listing alone proves nothing; that the server removed the folder does. */
static void an_empty_folder_is_proven_to_be_empty(void)
{
    struct claim_folder folder;
    autoclose(share) struct share *share = export_begin();
    memory_share_put_directory(FOLDER, 0700);
    CU_ASSERT_EQUAL_FATAL(open_folder(share, false, &folder), 0);
    CU_ASSERT_TRUE(folder.is_new);
    claim_folder_clear(&folder);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "RMDIR " FOLDER), 1);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "MKDIR " FOLDER), 2);
    CU_ASSERT_TRUE(is_there(FOLDER));
}

static void what_is_temporary_is_removed_and_the_folder_is_read_again(void)
{
    struct claim_folder folder;
    autoclose(share) struct share *share = export_begin();
    put_record("{}");
    memory_share_put_file(LEFT_OVER, "{\"for");
    memory_share_put_file(FOLDER "/pvc-9.uid-9.tmp", "");
    memory_share_put_directory(FOLDER "/0123456789abcdef.tmp", 0777);
    memory_share_put_symlink(FOLDER "/fedcba9876543210.tmp/owner", "here/default/ns-1/data");
    CU_ASSERT_EQUAL_FATAL(open_folder(share, true, &folder), 0);
    CU_ASSERT_EQUAL(folder.count, 1);
    CU_ASSERT_EQUAL(folder.unusable_count, 0);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "READDIRPLUS"), 2);
    claim_folder_clear(&folder);
    CU_ASSERT_FALSE(is_there(LEFT_OVER));
    CU_ASSERT_FALSE(is_there(FOLDER "/pvc-9.uid-9.tmp"));
    CU_ASSERT_FALSE(is_there(FOLDER "/0123456789abcdef.tmp"));
    CU_ASSERT_FALSE(is_there(FOLDER "/fedcba9876543210.tmp"));
}

/* The process that wrote the file was killed before its rename: the claim never had anything. */
static void a_folder_with_only_temporary_files_is_empty(void)
{
    struct claim_folder folder;
    autoclose(share) struct share *share = export_begin();
    memory_share_put_file(LEFT_OVER, "{}");
    CU_ASSERT_EQUAL_FATAL(open_folder(share, false, &folder), 0);
    CU_ASSERT_TRUE(folder.is_new);
    claim_folder_clear(&folder);
    CU_ASSERT_FALSE(is_there(LEFT_OVER));
}

/* A record that a newer version wrote, or half a file, may be all that the claim has. */
static void what_is_not_understood_is_kept_and_named(void)
{
    static const struct {
        const char *name;
        const char *text;
        const char *said;
    } cases[] = {
        {"pvc-1.uid-1.in-use", "{\"format\": 9}", "a newer one wrote it"},
        {"pvc-1.uid-1.in-use", "{\"format\"", "it is not whole"},
        {"pvc-1.uid-1.in-use", "", "it is not whole"},
        {"pvc-1.uid-1.hidden", "{}", "its state \"hidden\""},
        {"notes", "{}", "its name is not"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct claim_folder folder;
        autoclose(share) struct share *share = export_begin();
        autofree char *path = memory_format(FOLDER "/%s", cases[i].name);
        memory_share_put_file(path, cases[i].text);
        CU_ASSERT_EQUAL_FATAL(open_folder(share, false, &folder), 0);
        ASSERT_CASE(!folder.is_new && folder.count == 0, cases[i].said);
        CU_ASSERT_EQUAL_FATAL(folder.unusable_count, 1);
        CU_ASSERT_STRING_EQUAL(folder.unusable[0].name, cases[i].name);
        ASSERT_CASE(strstr(claim_folder_problem(&folder), cases[i].said) != NULL, cases[i].said);
        ASSERT_CASE(is_there(path), cases[i].said);
        ASSERT_CASE(request_log_count(memory_share_log(), "RMDIR") == 0, cases[i].said);
        claim_folder_clear(&folder);
    }
}

static void a_symlink_or_a_directory_in_the_folder_is_not_understood(void)
{
    struct claim_folder folder;
    autoclose(share) struct share *share = export_begin();
    memory_share_put_symlink(RECORD, "/etc/passwd");
    memory_share_put_directory(FOLDER "/pvc-2.uid-2.in-use", 0700);
    CU_ASSERT_EQUAL_FATAL(open_folder(share, false, &folder), 0);
    CU_ASSERT_EQUAL(folder.count, 0);
    CU_ASSERT_EQUAL(folder.unusable_count, 2);
    claim_folder_clear(&folder);
}

/* --- what stands in its way --- */

static void put_hidden(void *context)
{
    put_record(context);
}

/* The listing was made from a cache, or a record came meanwhile: the server knows better. */
static void a_folder_that_lists_as_empty_but_is_not_holds_the_claim(void)
{
    struct claim_folder folder;
    autoclose(share) struct share *share = export_begin();
    memory_share_put_directory(FOLDER, 0700);
    disturb(memory_share_log(), .request = "RMDIR", .hook = put_hidden, .context = "{}");
    CU_ASSERT_EQUAL(open_folder(share, false, &folder), -1);
    CU_ASSERT_EQUAL(last_err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(last_err.message, "lists nothing in " FOLDER));
    CU_ASSERT_TRUE(is_there(RECORD));
    CU_ASSERT_EQUAL_FATAL(open_folder(share, false, &folder), 0);
    CU_ASSERT_EQUAL(folder.count, 1);
    claim_folder_clear(&folder);
}

/* Only the server's word about the folder may be told as such. */
static void a_removal_that_fails_otherwise_says_why(void)
{
    struct claim_folder folder;
    autoclose(share) struct share *share = export_begin();
    memory_share_put_directory(FOLDER, 0700);
    disturb(memory_share_log(), .request = "RMDIR", .answer = ERROR_FORBIDDEN);
    CU_ASSERT_EQUAL(open_folder(share, false, &folder), -1);
    CU_ASSERT_EQUAL(last_err.kind, ERROR_FORBIDDEN);
    CU_ASSERT_PTR_NULL(strstr(last_err.message, "says that it is not empty"));
}

static void what_is_no_folder_holds_the_claim(void)
{
    for (int kind = 0; kind < 2; kind++) {
        for (int is_expected = 0; is_expected <= 1; is_expected++) {
            struct claim_folder folder;
            autoclose(share) struct share *share = export_begin();
            if (kind == 0)
                memory_share_put_symlink(FOLDER, "elsewhere");
            else
                memory_share_put_file(PARENT, "a file");
            CU_ASSERT_EQUAL(open_folder(share, is_expected, &folder), -1);
            CU_ASSERT_EQUAL(last_err.kind, ERROR_INVALID);
            CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "R"), 0);
        }
    }
}

/* JUKEBOX, no permission, an I/O error: the record is there all the same. */
static void a_record_that_cannot_be_read_holds_the_claim(void)
{
    static const int answers[] = {ERROR_UNAVAILABLE, ERROR_FORBIDDEN, ERROR_INVALID};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct claim_folder folder;
        autoclose(share) struct share *share = export_begin();
        put_record("{}");
        disturb(memory_share_log(), .request = "READ " RECORD, .times = -1, .answer = answers[i]);
        CU_ASSERT_EQUAL(open_folder(share, true, &folder), -1);
        CU_ASSERT_EQUAL((int)last_err.kind, answers[i]);
        CU_ASSERT_EQUAL(claim_folder_read(share, &here_owner, &folder, &last_err), -1);
        CU_ASSERT_EQUAL((int)last_err.kind, answers[i]);
        CU_ASSERT_TRUE(is_there(RECORD));
    }
}

static void put_left_over(void *context)
{
    memory_share_put_file(context, "");
}

static void a_folder_that_changes_all_the_time_holds_the_claim(void)
{
    struct claim_folder folder;
    autoclose(share) struct share *share = export_begin();
    put_record("{}");
    disturb(memory_share_log(), .request = "READDIRPLUS", .times = -1, .hook = put_left_over,
            .context = LEFT_OVER);
    CU_ASSERT_EQUAL(open_folder(share, true, &folder), -1);
    CU_ASSERT_EQUAL(last_err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(last_err.message, "changed at each of five attempts"));
}

/* --- reading without changing --- */

static void reading_changes_nothing(void)
{
    struct claim_folder folder;
    autoclose(share) struct share *share = export_begin();
    put_record("{}");
    memory_share_put_file(LEFT_OVER, "");
    autofree char *before = memory_share_show();
    CU_ASSERT_EQUAL_FATAL(claim_folder_read(share, &here_owner, &folder, &last_err), 0);
    CU_ASSERT_EQUAL(folder.count, 1);
    CU_ASSERT_EQUAL(folder.unusable_count, 0);
    claim_folder_clear(&folder);
    expect_entries(before);
}

static void reading_a_folder_that_is_not_there_says_so_and_makes_none(void)
{
    struct claim_folder folder;
    autoclose(share) struct share *share = export_begin();
    CU_ASSERT_EQUAL(claim_folder_read(share, &here_owner, &folder, &last_err), -1);
    CU_ASSERT_EQUAL(last_err.kind, ERROR_NOT_FOUND);
    expect_entries("");
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(of_a_claim_that_had_nothing_the_folder_is_new),
        TEST(the_records_of_a_claim_are_read_whether_expected_or_not),
        TEST(an_empty_folder_is_proven_to_be_empty),
        TEST(what_is_temporary_is_removed_and_the_folder_is_read_again),
        TEST(a_folder_with_only_temporary_files_is_empty),
        TEST(what_is_not_understood_is_kept_and_named),
        TEST(a_symlink_or_a_directory_in_the_folder_is_not_understood),
        TEST(a_folder_that_lists_as_empty_but_is_not_holds_the_claim),
        TEST(a_removal_that_fails_otherwise_says_why),
        TEST(what_is_no_folder_holds_the_claim),
        TEST(a_record_that_cannot_be_read_holds_the_claim),
        TEST(a_folder_that_changes_all_the_time_holds_the_claim),
        TEST(reading_changes_nothing),
        TEST(reading_a_folder_that_is_not_there_says_so_and_makes_none),
        {0},
    };
    return suite_run("claim folder", tests, argc, argv);
}
