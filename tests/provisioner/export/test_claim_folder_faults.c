/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/claim_folder.h"
#include "tests/provisioner/claim_fixtures.h"
#include "tests/provisioner/export_fixture.h"

/* A claim's folder when requests fail or are killed between any two steps, and with two that work
 * on it at once. What a claim had is never taken for nothing, and never lost. */

static const struct claim_owner here_owner = {"here", "default", "ns-1", "data-web-0"};
static const struct claim_owner other_owner = {"here", "default", "ns-2", "data-web-0"};

#define PARENT ".mooring/claims/here/default/ns-1"
#define FOLDER PARENT "/data-web-0"
#define LEFT_OVER FOLDER "/0123456789abcdef0123456789abcdef.tmp"

static void put_record(const char *changes)
{
    autorelease(record) struct record *record = record_with(changes);
    autofree char *path = record_path(record);
    autofree char *text = record_encode(record);
    memory_share_put_file(path, text);
}

static void prepare_nothing(void)
{
    memory_share_put_directory(".mooring/claims", 0700);
}

static void prepare_empty(void)
{
    memory_share_put_directory(FOLDER, 0700);
}

static void prepare_left_over(void)
{
    memory_share_put_file(LEFT_OVER, "{");
}

static void prepare_record(void)
{
    put_record("{}");
    memory_share_put_directory(".mooring/claims/here/default/ns-2/data-web-0", 0700);
}

static void prepare_record_and_left_over(void)
{
    put_record("{}");
    memory_share_put_file(LEFT_OVER, "{");
}

/* --- opening --- */

/* What the disturbed opening said: the number of records, and whether the folder was new. */
static size_t opened_count;
static bool opened_is_new;

static int open_unexpected(struct share *share, struct error *err)
{
    struct claim_folder folder;
    if (claim_folder_open(share, &here_owner, false, &folder, err) < 0)
        return -1;
    opened_count = folder.count;
    opened_is_new = folder.is_new;
    claim_folder_clear(&folder);
    return 0;
}

static int open_expected(struct share *share, struct error *err)
{
    struct claim_folder folder;
    if (claim_folder_open(share, &here_owner, true, &folder, err) < 0)
        return -1;
    opened_count = folder.count;
    opened_is_new = folder.is_new;
    claim_folder_clear(&folder);
    return 0;
}

static void check_opened(struct share *share, int result, const char *label, size_t expected)
{
    struct error err;
    struct claim_folder folder;
    if (result == 0)
        ASSERT_CASE(opened_count == expected && opened_is_new == (expected == 0), label);
    ASSERT_CASE(claim_folder_open(share, &here_owner, true, &folder, &err) == 0, label);
    ASSERT_CASE(folder.count == expected && folder.is_new == (expected == 0), label);
    ASSERT_CASE(folder.unusable_count == 0, label);
    claim_folder_clear(&folder);
}

static void check_is_new(struct share *share, int result, const char *label)
{
    check_opened(share, result, label, 0);
}

static void check_has_one(struct share *share, int result, const char *label)
{
    check_opened(share, result, label, 1);
}

static void whatever_fails_an_opening_tells_the_truth_or_nothing(void)
{
    static const struct trial trials[] = {
        {prepare_nothing, open_unexpected, check_is_new},
        {prepare_nothing, open_expected, check_is_new},
        {prepare_empty, open_unexpected, check_is_new},
        {prepare_empty, open_expected, check_is_new},
        {prepare_left_over, open_unexpected, check_is_new},
        {prepare_record, open_unexpected, check_has_one},
        {prepare_record, open_expected, check_has_one},
        {prepare_record_and_left_over, open_unexpected, check_has_one},
        {prepare_record_and_left_over, open_expected, check_has_one},
    };
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
        trial_run(&trials[i]);
}

/* --- writing --- */

static int write_record(struct share *share, struct error *err)
{
    autorelease(record) struct record *record = record_with("{}");
    return claim_folder_write(share, record, err);
}

/* The record is whole or not there. Writing it again succeeds, and the process that opens the
 * folder next removes what was left. */
static void check_written(struct share *share, int result, const char *label)
{
    struct error err;
    struct claim_folder folder;
    size_t count = 0;
    if (claim_folder_read(share, &here_owner, &folder, &err) == 0) {
        count = folder.count;
        ASSERT_CASE(folder.unusable_count == 0, label);
        claim_folder_clear(&folder);
    } else {
        ASSERT_CASE(err.kind == ERROR_NOT_FOUND, label);
    }
    ASSERT_CASE(result < 0 || count == 1, label);
    ASSERT_CASE(write_record(share, &err) == 0, label);
    ASSERT_CASE(claim_folder_open(share, &here_owner, true, &folder, &err) == 0, label);
    ASSERT_CASE(folder.count == 1 && folder.unusable_count == 0, label);
    claim_folder_clear(&folder);
    autofree char *entries = memory_share_show();
    ASSERT_CASE(!strstr(entries, ".tmp"), label);
}

static void whatever_fails_a_record_is_written_whole_or_not_at_all(void)
{
    static const struct trial trials[] = {
        {prepare_nothing, write_record, check_written},
        {prepare_empty, write_record, check_written},
        {prepare_record, write_record, check_written},
    };
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
        trial_run(&trials[i]);
}

static void a_record_is_written_in_three_requests(void)
{
    struct error err;
    autoclose(share) struct share *share = export_begin();
    memory_share_put_directory(FOLDER, 0700);
    CU_ASSERT_EQUAL(write_record(share, &err), 0);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), ""), 3);
}

/* --- handing over --- */

static int move_record(struct share *share, struct error *err)
{
    autorelease(record) struct record *record = record_with("{}");
    autorelease(record) struct record *moved =
        record_moved(record, &other_owner, "uid-2", RECORD_IN_USE);
    return claim_folder_move(share, record, moved, err);
}

static size_t count_records(struct share *share, const struct claim_owner *of)
{
    struct error err;
    struct claim_folder folder;
    if (claim_folder_read(share, of, &folder, &err) < 0)
        return 0;
    size_t count = folder.count;
    claim_folder_clear(&folder);
    return count;
}

/* Killed at any moment, exactly one claim has the directory. */
static void check_moved(struct share *share, int result, const char *label)
{
    size_t before = count_records(share, &here_owner), after = count_records(share, &other_owner);
    ASSERT_CASE(before + after == 1, label);
    ASSERT_CASE(result < 0 || after == 1, label);
}

static void whatever_fails_a_record_is_in_one_folder(void)
{
    static const struct trial trial = {prepare_record, move_record, check_moved};
    trial_run(&trial);
}

static void a_handover_is_one_request_and_of_two_one_succeeds(void)
{
    struct error err;
    autoclose(share) struct share *share = export_begin();
    autorelease(record) struct record *record = record_with("{}");
    autorelease(record) struct record *superseded =
        record_moved(record, NULL, "uid-1", RECORD_SUPERSEDED);
    prepare_record();
    CU_ASSERT_EQUAL(move_record(share, &err), 0);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), ""), 1);
    CU_ASSERT_EQUAL(claim_folder_move(share, record, superseded, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "move the record of volume pvc-1"));
}

/* Two that do the same, or a request that came twice: its name is never another record's. */
static void a_handover_that_was_made_already_is_a_success(void)
{
    struct error err;
    autoclose(share) struct share *share = export_begin();
    prepare_record();
    CU_ASSERT_EQUAL(move_record(share, &err), 0);
    CU_ASSERT_EQUAL(move_record(share, &err), 0);
    memory_share_remove(".mooring/claims/here/default/ns-2/data-web-0/pvc-1.uid-2.in-use");
    CU_ASSERT_EQUAL(move_record(share, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
}

/* That it cannot be seen whether it was made is no success. */
static void a_handover_whose_end_is_not_seen_is_none(void)
{
    static const int answers[] = {ERROR_UNAVAILABLE, ERROR_FORBIDDEN, ERROR_NOT_FOUND};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct error err;
        autoclose(share) struct share *share = export_begin();
        prepare_record();
        CU_ASSERT_EQUAL(move_record(share, &err), 0);
        disturb(memory_share_log(), .request = "LOOKUP", .answer = answers[i]);
        CU_ASSERT_EQUAL(move_record(share, &err), -1);
        CU_ASSERT_EQUAL((int)err.kind, answers[i]); /* "taken away" is only what was seen */
    }
}

static void a_handover_into_a_folder_that_is_not_there_changes_nothing(void)
{
    struct error err;
    autoclose(share) struct share *share = export_begin();
    put_record("{}");
    CU_ASSERT_EQUAL(move_record(share, &err), -1);
    CU_ASSERT_EQUAL(count_records(share, &here_owner), 1);
}

/* --- two processes --- */

static void open_meanwhile(void *context)
{
    struct error err;
    struct claim_folder folder;
    autoclose(share) struct share *share = export_open();
    CU_ASSERT_EQUAL_FATAL(claim_folder_open(share, &here_owner, false, &folder, &err), 0);
    *(bool *)context = folder.is_new;
    claim_folder_clear(&folder);
}

/* A replica that leads no more and the one that leads: each of them may find the folder new, as
 * the API server decides between them, but neither fails, and the folder stays. */
static void two_that_open_an_empty_folder_both_find_nothing(void)
{
    static const char *const moments[] = {"MKDIR", "LOOKUP", "READDIRPLUS", "RMDIR"};
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        struct error err;
        struct claim_folder folder;
        struct entry entry;
        bool is_new = false;
        autoclose(share) struct share *share = export_begin();
        prepare_empty();
        disturb(memory_share_log(), .request = moments[i], .hook = open_meanwhile,
                .context = &is_new);
        CU_ASSERT_EQUAL_FATAL(claim_folder_open(share, &here_owner, false, &folder, &err), 0);
        ASSERT_CASE(is_new && folder.is_new, moments[i]);
        ASSERT_CASE(memory_share_look(FOLDER, &entry), moments[i]);
        claim_folder_clear(&folder);
    }
}

static void write_meanwhile(void *context)
{
    struct error err;
    autoclose(share) struct share *share = export_open();
    autorelease(record) struct record *record = record_with(context);
    CU_ASSERT_EQUAL(claim_folder_write(share, record, &err), 0);
}

/* Whatever the moment: the record is found, or the claim is held and finds it the next time. */
static void a_record_that_comes_meanwhile_is_never_removed(void)
{
    static void (*const states[])(void) = {prepare_nothing, prepare_empty, prepare_left_over,
                                           prepare_record, prepare_record_and_left_over};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        for (int nth = 1; nth < 8; nth++) {
            struct error err;
            autoclose(share) struct share *share = export_begin();
            states[i]();
            disturb(memory_share_log(), .nth = nth, .hook = write_meanwhile,
                    .context = "{'volume': 'pvc-7', 'directory': 'd-7'}");
            (void)!open_unexpected(share, &err);
            bool came = request_log_count(memory_share_log(), "") >= nth;
            request_log_clear(memory_share_log());
            autoclose(share) struct share *next = export_open();
            CU_ASSERT_EQUAL(count_records(next, &here_owner),
                            (size_t)came + (states[i] == prepare_record ||
                                            states[i] == prepare_record_and_left_over));
        }
    }
}

/* A former leader was killed before its rename, which the server carries out late: by then there is
 * nothing that it could rename. */
static void a_late_rename_finds_nothing_to_complete(void)
{
    struct error err;
    autoclose(share) struct share *share = export_begin();
    prepare_empty();
    disturb(memory_share_log(), .request = "RENAME", .is_cut = true);
    CU_ASSERT_EQUAL(write_record(share, &err), -1);
    autofree char *before = memory_share_show();
    CU_ASSERT_PTR_NOT_NULL(strstr(before, ".tmp\n"));

    autoclose(share) struct share *next = export_open();
    CU_ASSERT_EQUAL(open_expected(next, &err), 0);
    CU_ASSERT_TRUE(opened_is_new);
    autofree char *after = memory_share_show();
    CU_ASSERT_PTR_NULL(strstr(after, ".tmp"));
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(whatever_fails_an_opening_tells_the_truth_or_nothing),
        TEST(whatever_fails_a_record_is_written_whole_or_not_at_all),
        TEST(a_record_is_written_in_three_requests),
        TEST(whatever_fails_a_record_is_in_one_folder),
        TEST(a_handover_is_one_request_and_of_two_one_succeeds),
        TEST(a_handover_that_was_made_already_is_a_success),
        TEST(a_handover_whose_end_is_not_seen_is_none),
        TEST(a_handover_into_a_folder_that_is_not_there_changes_nothing),
        TEST(two_that_open_an_empty_folder_both_find_nothing),
        TEST(a_record_that_comes_meanwhile_is_never_removed),
        TEST(a_late_rename_finds_nothing_to_complete),
        {0},
    };
    return suite_run("claim folder faults", tests, argc, argv);
}
