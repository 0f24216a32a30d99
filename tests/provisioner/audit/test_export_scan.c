/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/export_scan.h"
#include "provisioner/export/claim_folder.h"
#include "provisioner/export/export_identity.h"
#include "tests/provisioner/claim_fixtures.h"
#include "tests/provisioner/export_fixture.h"

#define CLAIMS ".mooring/claims"
#define SHOP CLAIMS "/here/shop/ns-1"
#define RECORD_1 SHOP "/data-1/pvc-1.uid-1.in-use"

/* The claims data-1 and data-2 of the namespace shop, with records and directories. */
static struct share *begin(void)
{
    struct error err;
    struct share *share = export_begin();
    for (int i = 1; i <= 2; i++) {
        autofree char *changes = memory_format(
            "{'namespace': {'name': 'shop'}, 'claim': {'name': 'data-%d', 'uid': 'uid-%d'},"
            " 'volume': 'pvc-%d', 'directory': 'd-%d'}",
            i, i, i, i);
        autofree char *directory = memory_format("d-%d", i);
        autorelease(record) struct record *record = record_with(changes);
        CU_ASSERT_EQUAL_FATAL(claim_folder_write(share, record, &err), 0);
        memory_share_put_directory(directory, 0755);
    }
    request_log_clear(memory_share_log());
    return share;
}

/* Claims wait, as long as this is set. */
static bool are_claims_waiting;
static int pauses;

static bool is_busy(void *program)
{
    (void)program;
    return are_claims_waiting;
}

/* NOLINTBEGIN(readability-identifier-naming): what the linker's --wrap turns a call into */

bool __wrap_client_wait(struct client *client, int timeout_ms);

bool __wrap_client_wait(struct client *client, int timeout_ms)
{
    CU_ASSERT_TRUE(timeout_ms > 0);
    pauses++;
    return client_is_stopped(client);
}

/* NOLINTEND(readability-identifier-naming): as above */

static struct export_scan *scan_it(struct share *share, const struct export_scan_pace *pace,
                                   int expected)
{
    struct error err;
    struct export_scan *scan = export_scan_begin(share, &err);
    require(scan);
    int result = export_scan_read(scan, share, "here", pace, &err);
    CU_ASSERT_EQUAL(result < 0 ? (int)err.kind : 0, expected);
    return scan;
}

static void expect_unread(const struct export_scan *scan, const char *path, const char *reason)
{
    CU_ASSERT_EQUAL_FATAL(scan->unusable_count, 1);
    CU_ASSERT_STRING_EQUAL(scan->unusable[0].path, path);
    CU_ASSERT_PTR_NOT_NULL(strstr(scan->unusable[0].reason, reason));
    CU_ASSERT(scan->unusable[0].is_unread);
    CU_ASSERT_PTR_NULL(scan->unusable[0].volume);
}

static void records_and_directories_are_found(void)
{
    autoclose(share) struct share *share = begin();
    memory_share_put_directory("by-hand", 0755);
    memory_share_put_file("file", "x");
    memory_share_remove("d-2");
    autodestroy(export_scan) struct export_scan *found = scan_it(share, NULL, 0);
    CU_ASSERT_EQUAL_FATAL(found->record_count, 2);
    CU_ASSERT(found->records[0].has_directory);
    CU_ASSERT_FALSE(found->records[1].has_directory);
    CU_ASSERT_EQUAL_FATAL(found->unrecorded_count, 1);
    CU_ASSERT_STRING_EQUAL(found->unrecorded[0], "by-hand");
    CU_ASSERT_EQUAL(found->unusable_count, 0);
}

static void an_export_without_records_is_read(void)
{
    autoclose(share) struct share *share = export_begin();
    autodestroy(export_scan) struct export_scan *found = scan_it(share, NULL, 0);
    CU_ASSERT_EQUAL(found->record_count, 0);
    CU_ASSERT_PTR_NULL(found->export_id);
}

/* "0 records" would be a lie. */
static void a_server_that_cannot_list_the_records_fails_the_scan(void)
{
    static const enum error_kind kinds[] = {ERROR_INVALID, ERROR_FORBIDDEN, ERROR_UNAVAILABLE};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        autoclose(share) struct share *share = begin();
        disturb(memory_share_log(), .request = "READDIR " CLAIMS, .answer = kinds[i]);
        export_scan_free(scan_it(share, NULL, kinds[i]));
    }
    autoclose(share) struct share *share = begin();
    memory_share_remove(CLAIMS);
    memory_share_put_file(CLAIMS, "");
    export_scan_free(scan_it(share, NULL, ERROR_INVALID));
}

static void one_record_that_cannot_be_read_does_not_hide_the_others(void)
{
    autoclose(share) struct share *share = begin();
    disturb(memory_share_log(), .request = "READ " RECORD_1, .answer = ERROR_FORBIDDEN);
    autodestroy(export_scan) struct export_scan *found = scan_it(share, NULL, 0);
    expect_unread(found, SHOP "/data-1", "permission denied");
    CU_ASSERT_EQUAL_FATAL(found->record_count, 1);
    CU_ASSERT_STRING_EQUAL(found->records[0].record->volume, "pvc-2");
}

static void one_folder_that_cannot_be_listed_does_not_hide_the_others(void)
{
    static const enum error_kind kinds[] = {ERROR_INVALID, ERROR_FORBIDDEN, ERROR_UNAVAILABLE};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        autoclose(share) struct share *share = begin();
        memory_share_put_directory(CLAIMS "/here/blog/ns-2/data", 0700);
        disturb(memory_share_log(), .request = "READDIR " CLAIMS "/here/blog", .answer = kinds[i]);
        autodestroy(export_scan) struct export_scan *found = scan_it(share, NULL, 0);
        expect_unread(found, CLAIMS "/here/blog", "blog");
        CU_ASSERT_EQUAL(found->record_count, 2);
    }
}

static void what_is_no_directory_or_gone_is_passed_over(void)
{
    autoclose(share) struct share *share = begin();
    memory_share_put_file(CLAIMS "/file", "x");
    memory_share_put_file(CLAIMS "/here/file", "x");
    memory_share_put_symlink(SHOP "/link", "data-1");
    disturb(memory_share_log(), .request = "LOOKUP " SHOP "/data-2", .answer = ERROR_NOT_FOUND);
    autodestroy(export_scan) struct export_scan *found = scan_it(share, NULL, 0);
    CU_ASSERT_EQUAL(found->record_count, 1);
    CU_ASSERT_EQUAL(found->unusable_count, 0);
}

static void a_name_that_is_not_safe_is_never_sent(void)
{
    autoclose(share) struct share *share = begin();
    memory_share_put_directory(CLAIMS "/here/a\\b", 0700);
    memory_share_put_directory("c\\d", 0700);
    autodestroy(export_scan) struct export_scan *found = scan_it(share, NULL, 0);
    expect_unread(found, CLAIMS "/here/a\\b", "in " CLAIMS "/here");
    CU_ASSERT_EQUAL(found->unrecorded_count, 0);
    autofree char *requests = request_log_text(memory_share_log());
    CU_ASSERT_PTR_NULL(strchr(requests, '\\'));
}

/* What is not known is not reported as missing. */
static void a_directory_that_cannot_be_looked_at_counts_as_there(void)
{
    autoclose(share) struct share *share = begin();
    memory_share_put_directory("by-hand", 0755);
    memory_share_remove("d-2");
    disturb(memory_share_log(), .request = "LOOKUP d-2", .answer = ERROR_INVALID);
    autodestroy(export_scan) struct export_scan *found = scan_it(share, NULL, 0);
    expect_unread(found, "d-2", "d-2");
    CU_ASSERT_EQUAL_FATAL(found->record_count, 2);
    CU_ASSERT(found->records[1].has_directory);
    CU_ASSERT_EQUAL(found->unrecorded_count, 1);
}

static void a_file_on_the_way_to_a_directory_means_that_it_is_missing(void)
{
    struct error err;
    autoclose(share) struct share *share = begin();
    autorelease(record) struct record *record =
        record_with("{'volume': 'pvc-3', 'directory': 'file/a/b'}");
    CU_ASSERT_EQUAL_FATAL(claim_folder_write(share, record, &err), 0);
    memory_share_put_file("file", "x");
    autodestroy(export_scan) struct export_scan *found = scan_it(share, NULL, 0);
    CU_ASSERT_EQUAL_FATAL(found->record_count, 3);
    CU_ASSERT_FALSE(found->records[0].has_directory);
    CU_ASSERT_EQUAL(found->unusable_count, 0);
}

#define LEAVES ".mooring/directories/"

/* The only record, and what the symlinks say. */
static void an_owner_that_is_missing_or_another_is_found(void)
{
    static const struct {
        const char *directory;
        const char *leaf;
        const char *owner; /* in it */
        bool is_missing, is_other;
    } cases[] = {
        {"d", "d", "here/shop/ns-1/data", false, false},
        {"d", "e", "here/shop/ns-1/data", true, false},
        {"d", "d", "here/shop/ns-1/data-2", false, true},
        {"d", "d", "there/shop/ns-1/data", false, true},
        {"d", "d/e", "here/shop/ns-1/data", false, true},
        {"team/a", "team/a", "here/shop/ns-1/data", false, false},
        {"team/a", "team/b", "here/shop/ns-1/data-2", true, false},
        {"team/a", "team/a", "here/shop/ns-1/data-2", false, true},
        {"team/a", "team", "here/shop/ns-1/data", false, true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error err;
        autoclose(share) struct share *share = export_begin();
        autofree char *changes =
            memory_format("{'namespace': {'name': 'shop'}, 'claim': {'name': 'data'},"
                          " 'directory': '%s'}",
                          cases[i].directory);
        autofree char *leaf = memory_format(LEAVES "%s", cases[i].leaf);
        autorelease(record) struct record *record = record_with(changes);
        CU_ASSERT_EQUAL_FATAL(claim_folder_write(share, record, &err), 0);
        memory_share_put_symlink(leaf, cases[i].owner);
        autodestroy(export_scan) struct export_scan *found = scan_it(share, NULL, 0);
        CU_ASSERT_EQUAL_FATAL(found->record_count, 1);
        CU_ASSERT_EQUAL(found->unusable_count, 0);
        ASSERT_CASE(found->records[0].has_no_owner == cases[i].is_missing, leaf);
        ASSERT_CASE(found->records[0].has_other_owner == cases[i].is_other, leaf);
    }
}

/* Each cluster asks for its own. */
static void no_owner_of_another_cluster_s_directory_is_looked_for(void)
{
    struct error err;
    autoclose(share) struct share *share = begin();
    autorelease(record) struct record *record =
        record_with("{'cluster': 'there', 'volume': 'pvc-3', 'directory': 'd-3'}");
    CU_ASSERT_EQUAL_FATAL(claim_folder_write(share, record, &err), 0);
    memory_share_put_symlink(LEAVES "d-1", "here/shop/ns-1/data-1");
    memory_share_put_symlink(LEAVES "d-3", "there/shop/ns-1/other");
    request_log_clear(memory_share_log());
    autodestroy(export_scan) struct export_scan *found = scan_it(share, NULL, 0);
    CU_ASSERT_EQUAL_FATAL(found->record_count, 3);
    CU_ASSERT_STRING_EQUAL(found->records[2].record->cluster, "there");
    CU_ASSERT_FALSE(found->records[2].has_no_owner || found->records[2].has_other_owner);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "READLINK " LEAVES "d-1"), 1);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "READLINK " LEAVES "d-3"), 0);
}

/* Nothing is said of it, and the others are read. */
static void an_owner_that_cannot_be_understood_is_unusable(void)
{
    autoclose(share) struct share *share = begin();
    memory_share_put_symlink(LEAVES "d-1", "somebody");
    autodestroy(export_scan) struct export_scan *found = scan_it(share, NULL, 0);
    expect_unread(found, LEAVES "d-1", "the owner of d-1");
    CU_ASSERT_EQUAL_FATAL(found->record_count, 2);
    CU_ASSERT_FALSE(found->records[0].has_no_owner || found->records[0].has_other_owner);
    CU_ASSERT(found->records[1].has_no_owner);
}

static void a_share_that_dies_ends_it(void)
{
    int nth = 1;
    for (bool is_met = true; is_met && nth < 100; nth++) {
        struct error err;
        autoclose(share) struct share *share = begin();
        memory_share_put_directory("by-hand", 0755);
        autodestroy(export_scan) struct export_scan *found = export_scan_begin(share, &err);
        require(found);
        request_log_clear(memory_share_log());
        disturb(memory_share_log(), .nth = nth, .is_cut = true);
        int result = export_scan_read(found, share, "here", NULL, &err);
        is_met = request_log_count(memory_share_log(), "") >= nth && share_is_dead(share);
        CU_ASSERT_EQUAL(result, is_met ? -1 : 0);
    }
    CU_ASSERT(nth > 10 && nth < 100);
}

static void raise_stop(void *context)
{
    stop_raise(context);
}

static void it_ends_soon_after_the_stop_is_raised(void)
{
    static const char *const moments[] = {"READDIR " CLAIMS "/here", "LOOKUP by-hand",
                                          "READLINK " LEAVES "d-1"};
    struct config config = {.server = (char *)"http://127.0.0.1:1"};
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++) {
        struct error err;
        struct stop *stop = stop_new();
        autoclose(client) struct client *client = client_open(&config, stop, 1000, &err);
        autoclose(share) struct share *share = begin();
        memory_share_put_directory("by-hand", 0755);
        memory_share_put_directory("by-hand-2", 0755);
        memory_share_put_symlink(LEAVES "d-1", "here/shop/ns-1/data-1");
        disturb(memory_share_log(), .request = moments[i], .hook = raise_stop, .context = stop);
        const struct export_scan_pace pace = {.client = client, .is_busy = is_busy};
        export_scan_free(scan_it(share, &pace, ERROR_STOPPED));
        autofree char *requests = request_log_text(memory_share_log());
        const char *last = strstr(requests, moments[i]);
        require(last);
        CU_ASSERT_STRING_EQUAL(strchr(last, '\n'), "\n");
        stop_free(stop);
    }
}

/* What it is told at each look: claims wait or do not. Returns how many pauses it takes. */
static int count_pauses(struct share *share, bool is_waiting, bool (*ask)(void *program))
{
    struct config config = {.server = (char *)"http://127.0.0.1:1"};
    struct error err;
    autoclose(client) struct client *client = client_open(&config, NULL, 1000, &err);
    const struct export_scan_pace pace = {.client = client, .is_busy = ask};
    are_claims_waiting = is_waiting;
    pauses = 0;
    export_scan_free(scan_it(share, &pace, 0));
    return pauses;
}

static void claims_that_wait_go_first(void)
{
    autoclose(share) struct share *share = begin();
    CU_ASSERT_EQUAL(count_pauses(share, false, is_busy), 0);
    CU_ASSERT_EQUAL(count_pauses(share, true, is_busy), 4); /* for two records and two owners */
    CU_ASSERT_EQUAL(count_pauses(share, true, NULL), 0);
}

/* A minute in all, of 20 ms each. */
static void claims_that_never_cease_do_not_hold_it_up_for_ever(void)
{
    autoclose(share) struct share *share = begin();
    for (int i = 0; i < 3100; i++) {
        autofree char *folder = memory_format(SHOP "/more-%d", i);
        memory_share_put_directory(folder, 0700);
    }
    CU_ASSERT_EQUAL(count_pauses(share, true, is_busy), 3000);
}

static void another_export_under_the_address_is_refused(void)
{
    struct error err = {0};
    autoclose(share) struct share *share = begin();
    autofree char *id = export_identity_make(share, "id-1", &err);
    CU_ASSERT_PTR_NOT_NULL(id);
    autodestroy(export_scan) struct export_scan *found = export_scan_begin(share, &err);
    require(found);
    CU_ASSERT_STRING_EQUAL(found->export_id, "id-1");
    struct volume *volumes[] = {
        volume_with("{'metadata': {'annotations': {'mooring/export': 'id-1',"
                    " 'mooring/directory': 'd-1'}}}"),
        volume_with("{'metadata': {'annotations': {'mooring/export': 'id-2',"
                    " 'mooring/directory': 'd-1'}}}"),
        volume_with("{'metadata': {'annotations': {'mooring/export': 'id-2',"
                    " 'mooring/directory': 'd-1'}}, 'spec': {'nfs': {'server': '10.0.0.1'}}}"),
    };
    CU_ASSERT_EQUAL(export_scan_check_identity(found, volumes, 1, &err), 0);
    CU_ASSERT_EQUAL(export_scan_check_identity(found, volumes, 2, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_FORBIDDEN);
    autodestroy(address) struct address *other = address_new("10.0.0.1", "/export", 3, 0, 0, &err);
    CU_ASSERT_EQUAL(export_scan_check_identity(found, &volumes[2], 1, &err), 0);
    export_scan_add_address(found, other);
    CU_ASSERT_EQUAL(export_scan_check_identity(found, &volumes[2], 1, &err), -1);
    for (size_t i = 0; i < 3; i++)
        volume_release(volumes[i]);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(records_and_directories_are_found),
        TEST(an_export_without_records_is_read),
        TEST(a_server_that_cannot_list_the_records_fails_the_scan),
        TEST(one_record_that_cannot_be_read_does_not_hide_the_others),
        TEST(one_folder_that_cannot_be_listed_does_not_hide_the_others),
        TEST(what_is_no_directory_or_gone_is_passed_over),
        TEST(a_name_that_is_not_safe_is_never_sent),
        TEST(a_directory_that_cannot_be_looked_at_counts_as_there),
        TEST(a_file_on_the_way_to_a_directory_means_that_it_is_missing),
        TEST(an_owner_that_is_missing_or_another_is_found),
        TEST(no_owner_of_another_cluster_s_directory_is_looked_for),
        TEST(an_owner_that_cannot_be_understood_is_unusable),
        TEST(a_share_that_dies_ends_it),
        TEST(it_ends_soon_after_the_stop_is_raised),
        TEST(claims_that_wait_go_first),
        TEST(claims_that_never_cease_do_not_hold_it_up_for_ever),
        TEST(another_export_under_the_address_is_refused),
        {0},
    };
    return suite_run("export scan", tests, argc, argv);
}
