/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/export_session.h"
#include "tests/provisioner/claim_fixtures.h"
#include "tests/provisioner/export_fixture.h"

#include <unistd.h>

#define IDENTITY ".mooring/export"

/* The process' view of the export: what it read within the last second, and the volumes. */
struct view {
    struct store *volumes;
    struct share *share;
};

static struct error last_err;

static void view_begin(struct view *view)
{
    *view = (struct view){.volumes = store_new(), .share = export_begin()};
}

static void view_end(struct view *view)
{
    share_close(view->share);
    store_free(view->volumes);
}

/* Caller frees. */
static char *get(struct view *view)
{
    last_err = (struct error){0};
    const struct export_session session = {
        .volumes = view->volumes, .cluster = "cluster-1", .instance = "test"};
    return memory_copy(export_session_begin(&session, view->share, &last_err));
}

#define CARRIES_A                                                                                  \
    "{'metadata': {'annotations': {'mooring/export': 'a', 'mooring/directory': 'd-1'}}}"

static const struct {
    const char *label;
    const char *identity; /* text of the symlink; NULL: none */
    const char *volume;   /* NULL: none */
    const char *id;       /* NULL: refused; "": a new one */
    enum error_kind kind;
    const char *said;
} cases[] = {
    {"a new export", NULL, NULL, "", 0, NULL},
    {"a known export", "a 1", NULL, "a", 0, NULL},
    {"the volume's export", "a 1", CARRIES_A, "a", 0, NULL},
    {"its disk is not mounted", NULL, CARRIES_A, NULL, ERROR_FORBIDDEN,
     "server.example:/export has no identity, but volumes of this cluster were made on the export "
     "a"},
    {"another export under the address", "b 1", CARRIES_A, NULL, ERROR_FORBIDDEN,
     "has the identity b, but volumes of this cluster were made on the export a"},
    {"how to go on is said", "b 1", CARRIES_A, NULL, ERROR_FORBIDDEN,
     "mooring check --accept-export"},
    {"a newer format", "a 2", CARRIES_A, NULL, ERROR_INVALID, "a newer one wrote it"},
    {"a newer format, no volume", "a 2", NULL, NULL, ERROR_INVALID, "a newer one wrote it"},
    {"not ours", "x", NULL, NULL, ERROR_INVALID, "its text is not"},
    {"a volume without the annotation", NULL, "{}", "", 0, NULL},
    {"a volume of another server", "b 1",
     "{'metadata': {'annotations': {'mooring/export': 'a', 'mooring/directory': 'd-1'}},"
     " 'spec': {'nfs': {'server': 'other.example'}}}",
     "b", 0, NULL},
    {"a volume of another path", "b 1",
     "{'metadata': {'annotations': {'mooring/export': 'a', 'mooring/directory': 'd-1'}},"
     " 'spec': {'nfs': {'path': '/elsewhere/d-1'}}}",
     "b", 0, NULL},
    {"a volume whose path was changed by hand", "b 1",
     "{'metadata': {'annotations': {'mooring/export': 'a', 'mooring/directory': 'd-2'}}}", "b", 0,
     NULL},
};

static void an_identity_is_compared_with_what_the_volumes_carry(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct view view;
        view_begin(&view);
        if (cases[i].identity)
            memory_share_put_symlink(IDENTITY, cases[i].identity);
        if (cases[i].volume)
            store_put(view.volumes, "pvc-1", volume_with(cases[i].volume));
        autofree char *before = memory_share_show();
        autofree char *id = get(&view);
        ASSERT_CASE((id != NULL) == (cases[i].id != NULL), cases[i].label);
        if (id && *cases[i].id)
            ASSERT_CASE(is_text(id, cases[i].id), cases[i].label);
        if (!id) {
            ASSERT_CASE(last_err.kind == cases[i].kind, cases[i].label);
            ASSERT_CASE(cases[i].said && strstr(last_err.message, cases[i].said), cases[i].label);
            expect_entries(before); /* nothing is made where it is not certain */
        }
        view_end(&view);
    }
}

static void what_cannot_be_read_is_no_missing_identity(void)
{
    static const int answers[] = {ERROR_UNAVAILABLE, ERROR_FORBIDDEN, ERROR_READ_ONLY};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct view view;
        view_begin(&view);
        memory_share_put_symlink(IDENTITY, "a 1");
        disturb(memory_share_log(), .request = "LOOKUP", .answer = answers[i]);
        CU_ASSERT_PTR_NULL(get(&view));
        CU_ASSERT_EQUAL((int)last_err.kind, answers[i]);
        autofree char *id = get(&view);
        CU_ASSERT_STRING_EQUAL(id, "a");
        view_end(&view);
    }
}

/* The export's directory was renamed: all that is in it can still be read. */
static void nothing_is_read_where_the_path_leads_elsewhere(void)
{
    struct view view;
    view_begin(&view);
    memory_share_put_symlink(IDENTITY, "a 1");
    disturb(memory_share_log(), .request = "CONFIRM server.example:/export",
            .answer = ERROR_UNAVAILABLE);
    CU_ASSERT_PTR_NULL(get(&view));
    CU_ASSERT_EQUAL(last_err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), ""), 0);
    autofree char *id = get(&view);
    CU_ASSERT_STRING_EQUAL(id, "a");
    view_end(&view);
}

static void where_the_path_leads_is_asked_every_second(void)
{
    struct view view;
    view_begin(&view);
    memory_share_put_symlink(IDENTITY, "a 1");
    autofree char *first = get(&view);
    disturb(memory_share_log(), .request = "CONFIRM", .times = -1, .answer = ERROR_UNAVAILABLE);
    autofree char *within_a_second = get(&view);
    usleep(1100 * 1000);
    autofree char *later = get(&view);
    CU_ASSERT_STRING_EQUAL(first, "a");
    CU_ASSERT_STRING_EQUAL(within_a_second, "a");
    CU_ASSERT_PTR_NULL(later);
    view_end(&view);
}

static void others_metadata_is_not_trusted(void)
{
    struct view view;
    view_begin(&view);
    memory_share_put_symlink(IDENTITY, "a 1");
    memory_share_set_ownership(".mooring", &(struct ownership){.mode = 0777, .uid = 0, .gid = 0});
    CU_ASSERT_PTR_NULL(get(&view));
    CU_ASSERT_EQUAL(last_err.kind, ERROR_FORBIDDEN);
    CU_ASSERT_PTR_NULL(get(&view));
    memory_share_set_ownership(".mooring", &(struct ownership){.mode = 0700, .uid = 0, .gid = 0});
    autofree char *id = get(&view);
    CU_ASSERT_STRING_EQUAL(id, "a");
    view_end(&view);
}

/* It is read for each burst of claims, not for each claim. */
static void what_was_read_counts_for_a_second(void)
{
    struct view view;
    view_begin(&view);
    autofree char *id = get(&view);
    request_log_clear(memory_share_log());
    autofree char *again = get(&view);
    CU_ASSERT_STRING_EQUAL(again, id);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), ""), 0);
    usleep(1100 * 1000);
    autofree char *later = get(&view);
    CU_ASSERT_STRING_EQUAL(later, id);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "READLINK"), 1);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "MKDIR"), 0); /* checked before */
    view_end(&view);
}

/* A disk that goes while mooring runs: within a second nothing is made on what is under it. */
static void a_disk_that_is_unmounted_meanwhile_is_noticed_and_comes_back(void)
{
    struct view view;
    view_begin(&view);
    memory_share_put_symlink(IDENTITY, "a 1");
    store_put(view.volumes, "pvc-1", volume_with(CARRIES_A));
    autofree char *id = get(&view);
    CU_ASSERT_STRING_EQUAL(id, "a");
    memory_share_swap_disk();
    share_close(view.share);
    view.share = export_open();
    usleep(1100 * 1000);
    CU_ASSERT_PTR_NULL(get(&view));
    CU_ASSERT_EQUAL(last_err.kind, ERROR_FORBIDDEN);
    expect_entries("");
    memory_share_swap_disk();
    share_close(view.share);
    view.share = export_open();
    autofree char *back = get(&view);
    CU_ASSERT_STRING_EQUAL(back, "a");
    view_end(&view);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(an_identity_is_compared_with_what_the_volumes_carry),
        TEST(what_cannot_be_read_is_no_missing_identity),
        TEST(nothing_is_read_where_the_path_leads_elsewhere),
        TEST(where_the_path_leads_is_asked_every_second),
        TEST(others_metadata_is_not_trusted),
        TEST(what_was_read_counts_for_a_second),
        TEST(a_disk_that_is_unmounted_meanwhile_is_noticed_and_comes_back),
        {0},
    };
    return suite_run("export identities", tests, argc, argv);
}
