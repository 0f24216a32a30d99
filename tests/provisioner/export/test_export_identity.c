/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/export_identity.h"
#include "provisioner/export/export_session.h"
#include "tests/provisioner/claim_fixtures.h"
#include "tests/provisioner/export_fixture.h"

#include <unistd.h>

#define IDENTITY ".mooring/export"

static struct error last_err;

/* --- the metadata directory --- */

static int check_metadata(struct share *share)
{
    last_err = (struct error){0};
    return export_identity_check_metadata(share, &last_err);
}

static void put_metadata(mode_t mode, uid_t uid)
{
    const struct ownership ownership = {.mode = mode, .uid = uid, .gid = 0};
    memory_share_put_directory(".mooring", mode);
    memory_share_set_ownership(".mooring", &ownership);
}

static mode_t metadata_mode(void)
{
    struct entry entry;
    CU_ASSERT_TRUE_FATAL(memory_share_look(".mooring", &entry));
    return entry.mode;
}

static void a_missing_metadata_directory_is_made_private(void)
{
    autoclose(share) struct share *share = export_begin();
    CU_ASSERT_EQUAL(check_metadata(share), 0);
    CU_ASSERT_EQUAL(metadata_mode(), 0700);
    expect_entries(".mooring/\n");
}

/* Who could write in it may have written anything; who could only read has changed nothing. */
static void a_metadata_directory_is_trusted_mended_or_refused(void)
{
    static const struct {
        mode_t mode;
        uid_t uid;
        const char *said; /* NULL: it is 0700 afterwards */
    } cases[] = {
        {0700, 0, NULL},
        {0755, 0, NULL},
        {0744, 0, NULL},
        {0500, 0, NULL},
        {02700, 0, NULL},
        {0777, 0, "has mode 0777"},
        {01777, 0, "has mode 1777"},
        {0770, 0, "has mode 0770"},
        {0702, 0, "has mode 0702"},
        {0700, 1000, "belongs to uid 1000, while mooring is uid 0"},
        {0777, 65534, "belongs to uid 65534"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *label = memory_format("%04o of %u", cases[i].mode, cases[i].uid);
        autoclose(share) struct share *share = export_begin();
        put_metadata(cases[i].mode, cases[i].uid);
        int result = check_metadata(share);
        ASSERT_CASE((result == 0) == !cases[i].said, label);
        ASSERT_CASE(metadata_mode() == (cases[i].said ? cases[i].mode : 0700), label);
        if (cases[i].said) {
            ASSERT_CASE(last_err.kind == ERROR_FORBIDDEN, label);
            ASSERT_CASE(strstr(last_err.message, cases[i].said) != NULL, label);
            ASSERT_CASE(strstr(last_err.message, "server.example:/export") != NULL, label);
        }
        expect_entries(".mooring/\n"); /* nothing is left of the attempt */
    }
}

/* A share that does not keep modes. No class says what .mooring has. */
static void a_share_that_lets_others_write_everywhere_is_refused_and_left_as_it_is(void)
{
    static const char *const entries[] = {"", ".mooring/\n"};
    for (size_t is_there = 0; is_there < 2; is_there++) {
        autoclose(share) struct share *share = export_begin();
        if (is_there)
            put_metadata(0700, 0);
        memory_share_give_mode(0777);
        for (int tries = 0; tries < 2; tries++) {
            CU_ASSERT_EQUAL(check_metadata(share), -1);
            CU_ASSERT_EQUAL(last_err.kind, ERROR_FORBIDDEN);
            CU_ASSERT_PTR_NOT_NULL(strstr(last_err.message, "aclmode=passthrough"));
            CU_ASSERT_PTR_NULL(strstr(last_err.message, "directoryPerms"));
            expect_entries(entries[is_there]);
        }
        memory_share_give_mode(0);
        CU_ASSERT_EQUAL(check_metadata(share), 0); /* it keeps modes from now on */
    }
}

/* No other user can have written there. */
static void a_share_that_lets_others_read_everywhere_is_taken(void)
{
    autoclose(share) struct share *share = export_begin();
    memory_share_give_mode(0755);
    for (int tries = 0; tries < 2; tries++) {
        CU_ASSERT_EQUAL(check_metadata(share), 0);
        CU_ASSERT_EQUAL(metadata_mode(), 0755);
        expect_entries(".mooring/\n");
    }
    memory_share_give_mode(0);
}

/* Whether the share keeps no modes cannot be learned then, nor can a mode be mended. */
static void an_export_that_takes_nothing_new_is_used_as_it_is(void)
{
    static const struct {
        const char *label;
        enum error_kind made, mended;
    } cases[] = {
        {"full", ERROR_FULL, ERROR_FULL},
        {"full, and keeps no modes", ERROR_FULL, ERROR_FORBIDDEN},
        {"read-only", ERROR_READ_ONLY, ERROR_READ_ONLY},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autoclose(share) struct share *share = export_begin();
        put_metadata(0755, 0);
        disturb(memory_share_log(), .request = "MKDIR .mooring/check-", .answer = cases[i].made);
        disturb(memory_share_log(), .request = "SETATTR .mooring", .answer = cases[i].mended);
        ASSERT_CASE(check_metadata(share) == 0, cases[i].label);
        ASSERT_CASE(metadata_mode() == 0755, cases[i].label);
        request_log_clear(memory_share_log());
        ASSERT_CASE(check_metadata(share) == 0, cases[i].label);
        ASSERT_CASE(metadata_mode() == 0700, cases[i].label);

        memory_share_set_ownership(".mooring", &(struct ownership){.mode = 0777});
        disturb(memory_share_log(), .request = "MKDIR .mooring/check-", .answer = cases[i].made);
        ASSERT_CASE(check_metadata(share) == -1, cases[i].label);
        ASSERT_CASE(last_err.kind == ERROR_FORBIDDEN, cases[i].label);
    }
}

/* What is made to learn who we are is removed whatever else goes wrong. */
static void nothing_is_left_of_what_was_made_to_compare(void)
{
    autoclose(share) struct share *share = export_begin();
    put_metadata(0700, 0);
    disturb(memory_share_log(), .request = "MKDIR .mooring/check-", .is_done = true,
            .answer = ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(check_metadata(share), -1);
    expect_entries(".mooring/\n");
}

static void a_metadata_directory_that_is_none_is_refused(void)
{
    autoclose(share) struct share *share = export_begin();
    memory_share_put_symlink(".mooring", "elsewhere");
    CU_ASSERT_EQUAL(check_metadata(share), -1);
    CU_ASSERT_EQUAL(last_err.kind, ERROR_INVALID);
    expect_entries(".mooring -> elsewhere\n");
}

/* --- reading and making --- */

static void an_identity_is_read_or_refused_in_words(void)
{
    static const struct {
        const char *text;
        const char *id; /* NULL: refused */
        const char *said;
    } cases[] = {
        {"9aab223f-d8bd-49cf-9f3d-7aaed81130b4 1", "9aab223f-d8bd-49cf-9f3d-7aaed81130b4", NULL},
        {"anything 1", "anything", NULL},
        {"anything 2", NULL, "format 2, this mooring knows 1: a newer one wrote it"},
        {"anything 99999999999999999999", NULL, "a newer one wrote it"},
        {"anything 0", NULL, "its text is not <UUID> <format>"},
        {"anything -1", NULL, "its text is not <UUID> <format>"},
        {"anything 1x", NULL, "its text is not <UUID> <format>"},
        {"anything ", NULL, "its text is not <UUID> <format>"},
        {"anything", NULL, "its text is not <UUID> <format>"},
        {" 1", NULL, "its text is not <UUID> <format>"},
        {"../etc 1", NULL, "its text is not <UUID> <format>"},
        {"a/b 1", NULL, "its text is not <UUID> <format>"},
        {"a\nb 1", NULL, "its text is not <UUID> <format>"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autoclose(share) struct share *share = export_begin();
        memory_share_put_symlink(IDENTITY, cases[i].text);
        autofree char *id = export_identity_read(share, &last_err);
        ASSERT_CASE(is_text(id, cases[i].id), cases[i].text);
        if (id)
            continue;
        ASSERT_CASE(last_err.kind == ERROR_INVALID, cases[i].text);
        ASSERT_CASE(strstr(last_err.message, cases[i].said) != NULL, cases[i].text);
        ASSERT_CASE(strstr(last_err.message, "the identity of server.example:/export") != NULL,
                    cases[i].text);
    }
}

static void what_is_no_symlink_is_no_identity_and_is_not_replaced(void)
{
    autoclose(share) struct share *share = export_begin();
    CU_ASSERT_PTR_NULL(export_identity_read(share, &last_err));
    CU_ASSERT_EQUAL(last_err.kind, ERROR_NOT_FOUND);
    memory_share_put_file(IDENTITY, "x 1");
    CU_ASSERT_PTR_NULL(export_identity_read(share, &last_err));
    CU_ASSERT_EQUAL(last_err.kind, ERROR_INVALID);
    CU_ASSERT_PTR_NULL(export_identity_make(share, "y", &last_err));
    CU_ASSERT_EQUAL(last_err.kind, ERROR_INVALID);
    expect_entries(".mooring/\n" IDENTITY "\n");
}

static void a_new_identity_is_a_random_uuid(void)
{
    autoclose(share) struct share *share = export_begin();
    autofree char *id = export_identity_make(share, NULL, &last_err);
    require(id);
    CU_ASSERT_EQUAL(strlen(id), 36);
    CU_ASSERT_EQUAL(strspn(id, "0123456789abcdef-"), 36);
    CU_ASSERT(id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-');
    CU_ASSERT_EQUAL(id[14], '4');
    CU_ASSERT_PTR_NOT_NULL(strchr("89ab", id[19]));
    autofree char *again = export_identity_make(share, NULL, &last_err);
    CU_ASSERT_STRING_EQUAL(again, id);

    memory_share_swap_disk();
    autoclose(share) struct share *next = export_open();
    autofree char *other = export_identity_make(next, NULL, &last_err);
    CU_ASSERT_STRING_NOT_EQUAL(other, id);
}

static void an_identity_is_made_once_and_never_replaced(void)
{
    autoclose(share) struct share *share = export_begin();
    autofree char *first = export_identity_make(share, "first", &last_err);
    autofree char *second = export_identity_make(share, "second", &last_err);
    CU_ASSERT_STRING_EQUAL(first, "first");
    CU_ASSERT_STRING_EQUAL(second, "first");
    autofree char *text = memory_share_text(IDENTITY);
    CU_ASSERT_STRING_EQUAL(text, "first 1");
}

static void make_meanwhile(void *context)
{
    struct error problem;
    autoclose(share) struct share *share = export_open();
    autofree char *id = export_identity_make(share, context, &problem);
    CU_ASSERT_PTR_NOT_NULL(id);
}

static void of_two_that_make_one_both_have_the_same(void)
{
    for (int nth = 1; nth < 5; nth++) {
        autoclose(share) struct share *share = export_begin();
        disturb(memory_share_log(), .nth = nth, .hook = make_meanwhile, .context = "theirs");
        autofree char *id = export_identity_make(share, "ours", &last_err);
        autofree char *text = memory_share_text(IDENTITY);
        require(id);
        autofree char *expected = memory_format("%s 1", id);
        CU_ASSERT_STRING_EQUAL(text, expected);
    }
}

/* --- failures between two steps --- */

static char *got;

static void prepare_nothing(void)
{
    memory_replace(&got, NULL);
}

static int make_identity(struct share *share, struct error *error)
{
    got = export_identity_make(share, NULL, error);
    return got ? 0 : -1;
}

static struct store *volumes;

static int get_identity(struct share *share, struct error *error)
{
    const struct export_session session = {
        .volumes = volumes, .cluster = "cluster-1", .instance = "test"};
    got = memory_copy(export_session_begin(&session, share, error));
    return got ? 0 : -1;
}

static void check_identity(struct share *share, int result, const char *label)
{
    ASSERT_CASE((result == 0) == (got != NULL), label);
    autofree char *id = export_identity_make(share, NULL, &last_err);
    ASSERT_CASE(id != NULL, label);
    ASSERT_CASE(!got || is_text(id, got), label);
}

static void whatever_fails_an_export_has_one_identity(void)
{
    static const struct trial made = {prepare_nothing, make_identity, check_identity};
    trial_run(&made);
    memory_replace(&got, NULL);
}

static void whatever_fails_a_first_look_at_an_export_gives_it_one_identity(void)
{
    static const struct trial looked = {prepare_nothing, get_identity, check_identity};
    volumes = store_new();
    trial_run(&looked);
    store_free(volumes);
    memory_replace(&got, NULL);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_missing_metadata_directory_is_made_private),
        TEST(a_metadata_directory_is_trusted_mended_or_refused),
        TEST(a_share_that_lets_others_write_everywhere_is_refused_and_left_as_it_is),
        TEST(a_share_that_lets_others_read_everywhere_is_taken),
        TEST(an_export_that_takes_nothing_new_is_used_as_it_is),
        TEST(nothing_is_left_of_what_was_made_to_compare),
        TEST(a_metadata_directory_that_is_none_is_refused),
        TEST(an_identity_is_read_or_refused_in_words),
        TEST(what_is_no_symlink_is_no_identity_and_is_not_replaced),
        TEST(a_new_identity_is_a_random_uuid),
        TEST(an_identity_is_made_once_and_never_replaced),
        TEST(of_two_that_make_one_both_have_the_same),
        TEST(whatever_fails_an_export_has_one_identity),
        TEST(whatever_fails_a_first_look_at_an_export_gives_it_one_identity),
        {0},
    };
    return suite_run("export identity", tests, argc, argv);
}
