/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "tests/provisioner/statefulset/rebind_fixture.h"

/* What earlier namespaces and other clusters have recorded for a claim of this name. */
#define ADOPTS "{'parameters': {'adopt': 'always'}}"
#define RELEASED "{'status': {'phase': 'Released'}}"

static int count_requests(const char *prefix)
{
    return request_log_count(memory_share_log(), prefix);
}

/* In the folder of that owner, which has the directory already. */
static void put_record_file(const char *owner, const char *changes)
{
    autorelease(record) struct record *record = record_with(changes);
    autofree char *path =
        memory_format(".mooring/claims/%s/pvc-1.uid-7.%s", owner, record_state_name(record->state));
    autofree char *text = record_encode(record);
    memory_share_put_file(path, text);
}

static void expect_held(const struct found *found, const char *words, const char *label)
{
    ASSERT_CASE(found->outcome == HELD, label);
    ASSERT_CASE(found->outcome == HELD && strstr(found->err.message, words), label);
}

static void only_a_class_that_adopts_looks_at_what_others_have_recorded(void)
{
    static const char *const records[] = {"{'namespace': {'uid': 'ns-0'}}",
                                          "{'cluster': 'there', 'namespace': {'uid': 'ns-9'}}"};
    for (size_t i = 0; i < 4; i++) {
        struct rebind_fixture fixture;
        bool adopts = i % 2;
        fixture_begin(&fixture, adopts ? ADOPTS : "{}", "{}");
        autoclose(share) struct share *share = export_begin();
        put_record(records[i / 2]);
        CU_ASSERT_EQUAL(find_on(&fixture, share).outcome, adopts ? BACK_WITHOUT_OBJECT : NEW);
        CU_ASSERT_EQUAL(count_requests("READDIRPLUS .mooring/claims") > 0, adopts);
        fixture_end(&fixture);
    }
}

static void a_cluster_that_gives_signs_of_life_keeps_its_own(void)
{
    struct rebind_fixture fixture;
    struct entry entry;
    fixture_begin(&fixture, ADOPTS, "{}");
    autoclose(share) struct share *share = export_begin();
    put_record("{'cluster': 'there'}");
    memory_share_put_file(".mooring/clusters/there", "led by x\n");
    struct found found = find_on(&fixture, share);
    CU_ASSERT_EQUAL(found.outcome, HELD);
    CU_ASSERT_PTR_NOT_NULL(strstr(found.err.message, "another cluster still uses the export"));
    CU_ASSERT_TRUE_FATAL(memory_share_look(".mooring/clusters/there", &entry));
    memory_share_set_changed(".mooring/clusters/there", entry.changed_us - INT64_C(400000000));
    CU_ASSERT_EQUAL(find_on(&fixture, share).outcome, BACK_WITHOUT_OBJECT);
    fixture_end(&fixture);
}

/* What a newer version has written there is not for this cluster's administrator to move. */
static void what_such_a_cluster_has_recorded_holds_the_claim_also_if_it_is_not_understood(void)
{
    struct rebind_fixture fixture;
    fixture_begin(&fixture, ADOPTS, "{}");
    autoclose(share) struct share *share = export_begin();
    memory_share_put_file(".mooring/claims/there/default/ns-1/data-web-0/pvc-9.uid-9.in-use",
                          "{\"format\": 3}");
    struct found found = find_on(&fixture, share);
    CU_ASSERT_EQUAL(found.outcome, HELD);
    CU_ASSERT_PTR_NOT_NULL(strstr(found.err.message, "move the file away"));
    memory_share_put_file(".mooring/clusters/there", "led by x\n");
    found = find_on(&fixture, share);
    CU_ASSERT_EQUAL(found.outcome, HELD);
    CU_ASSERT_PTR_NOT_NULL(strstr(found.err.message, "another cluster still uses the export"));
    CU_ASSERT_PTR_NOT_NULL(strstr(found.err.message, "leave its file alone"));
    CU_ASSERT_PTR_NULL(strstr(found.err.message, "move the file away"));
    CU_ASSERT_PTR_NULL(strstr(found.err.message, "cluster there"));
    fixture_end(&fixture);
}

static void what_the_claim_has_itself_comes_before_what_others_have(void)
{
    struct rebind_fixture fixture;
    fixture_begin(&fixture, ADOPTS, "{}");
    autoclose(share) struct share *share = export_begin();
    put_record("{'cluster': 'there'}");
    put_record("{'volume': 'pvc-2', 'directory': 'd-2'}");
    struct found found = find_on(&fixture, share);
    CU_ASSERT_EQUAL(found.outcome, BACK_WITHOUT_OBJECT);
    CU_ASSERT_STRING_EQUAL(found.directory, "d-2");
    fixture_end(&fixture);
}

#define IN_EARLIER "'namespace': {'uid': 'ns-0'}"
#define OF_SECOND "'volume': 'pvc-2', 'directory': 'd-2'"

/* Whichever of the volume objects are left. */
static void of_earlier_namespaces_and_other_clusters_all_directories_count(void)
{
    static const char *const others[] = {
        "{" OF_SECOND ", 'namespace': {'uid': 'ns-00'}}", "{" OF_SECOND ", 'cluster': 'there'}",
        "{" OF_SECOND ", 'cluster': 'there', 'claim': {'uid': ''}}", /* reserved there, not here */
    };
    for (size_t i = 0; i < 2 * sizeof others / sizeof *others; i++) {
        struct rebind_fixture fixture;
        bool has_object = i % 2;
        fixture_begin(&fixture, ADOPTS, "{}");
        autoclose(share) struct share *share = export_begin();
        put_record("{" IN_EARLIER "}");
        put_record(others[i / 2]);
        if (has_object)
            put_volume(&fixture, RELEASED);
        struct found found = find_on(&fixture, share);
        expect_held(&found, "2 directories belong to this claim", others[i / 2]);
        fixture_end(&fixture);
    }
}

/* Which of them has the claim's data is not for the clock to say. */
static void a_living_cluster_s_directory_counts_too(void)
{
    static const char *const others[] = {
        "{" OF_SECOND ", 'cluster': 'there'}",
        "{" OF_SECOND ", 'cluster': 'there', 'claim': {'uid': ''}}",
        "{'cluster': 'there'}", /* both have one volume and directory */
    };
    for (size_t i = 0; i < 2 * sizeof others / sizeof *others; i++) {
        struct rebind_fixture fixture;
        bool has_object = i % 2;
        fixture_begin(&fixture, ADOPTS, "{}");
        autoclose(share) struct share *share = export_begin();
        put_record("{" IN_EARLIER "}");
        if (!strstr(others[i / 2], "d-2")) { /* the helper makes them again */
            memory_share_remove("d-1");
            memory_share_remove(".mooring/directories/d-1");
        }
        put_record(others[i / 2]);
        memory_share_put_file(".mooring/clusters/there", "led by x\n");
        if (has_object)
            put_volume(&fixture, RELEASED);
        struct found found = find_on(&fixture, share);
        expect_held(&found, "2 directories belong to this claim", others[i / 2]);
        expect_held(&found, "Another cluster still uses the export", others[i / 2]);
        fixture_end(&fixture);
    }
}

/* It was handed over after this record was written, and the file was put back. */
static void a_record_whose_directory_another_claim_has_by_now_holds_the_claim(void)
{
    static const struct {
        const char *owner, *record; /* that the owner has; NULL: none */
        enum outcome outcome;
    } cases[] = {
        {"there/default/ns-9/other", "{}", HELD},
        {"here/default/ns-1/other", "{}", HELD},
        {"here/default/ns-1/other", "{'state': 'superseded'}", BACK_WITHOUT_OBJECT},
        /* it was being handed over by a process that was cut off */
        {"here/default/ns-1/other", NULL, BACK_WITHOUT_OBJECT},
    };

    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
        struct rebind_fixture fixture;
        bool is_own = i % 2;
        fixture_begin(&fixture, ADOPTS, "{}");
        autoclose(share) struct share *share = export_begin();
        put_record(is_own ? "{}" : "{" IN_EARLIER "}");
        memory_share_remove(".mooring/directories/d-1");
        memory_share_put_symlink(".mooring/directories/d-1", cases[i / 2].owner);
        if (cases[i / 2].record)
            put_record_file(cases[i / 2].owner, cases[i / 2].record);
        struct found found = find_on(&fixture, share);
        ASSERT_CASE(found.outcome == cases[i / 2].outcome, found.err.message);
        if (cases[i / 2].outcome == HELD)
            expect_held(&found, "another claim's now", cases[i / 2].owner);
        fixture_end(&fixture);
    }
}

static void a_record_of_others_whose_directory_lies_in_another_holds_the_claim(void)
{
    struct rebind_fixture fixture;
    fixture_begin(&fixture, ADOPTS, "{}");
    autoclose(share) struct share *share = export_begin();
    put_record("{" IN_EARLIER "}");
    memory_share_remove(".mooring/directories/d-1");
    memory_share_put_symlink(".mooring/directories/d-1/inner", "there/default/ns-9/other");
    struct found found = find_on(&fixture, share);
    expect_held(&found, "another claim's now", "nested");
    fixture_end(&fixture);
}

/* The volume was handed to that claim together with the directory. */
static void then_it_is_said_whom_the_volume_is_for(void)
{
    struct rebind_fixture fixture;
    fixture_begin(&fixture, ADOPTS, "{}");
    autoclose(share) struct share *share = export_begin();
    put_record("{" IN_EARLIER "}");
    memory_share_remove(".mooring/directories/d-1");
    memory_share_put_symlink(".mooring/directories/d-1", "here/default/ns-1/other");
    put_record_file("here/default/ns-1/other", "{}");
    put_volume(&fixture, "{'spec': {'claimRef': {'name': 'other', 'uid': 'uid-7'}}}");
    struct found found = find_on(&fixture, share);
    expect_held(&found, "the volume is for another claim now", "handed over");
    fixture_end(&fixture);
}

static void fresh_data_is_not_looked_for_in_a_living_cluster_s_directory(void)
{
    for (int is_alive = 0; is_alive < 2; is_alive++) {
        struct rebind_fixture fixture;
        fixture_begin(
            &fixture,
            "{'parameters': {'adopt': 'always', 'pathPattern': '${.PVC.namespace}-${.PVC.name}'}}",
            DISCARDS);
        autoclose(share) struct share *share = export_begin();
        put_record("{'cluster': 'there', 'directory': 'default-data-web-0'}");
        if (is_alive)
            memory_share_put_file(".mooring/clusters/there", "led by x\n");
        struct found found = find_on(&fixture, share);
        expect_held(&found,
                    is_alive ? "default-data-web-0 of another cluster, which still uses the export"
                             : "move the directory away",
                    is_alive ? "alive" : "gone");
        CU_ASSERT(!is_alive || !strstr(found.err.message, "move"));
        fixture_end(&fixture);
    }
}

static void of_two_living_clusters_both_directories_count(void)
{
    struct rebind_fixture fixture;
    fixture_begin(&fixture, ADOPTS, "{}");
    autoclose(share) struct share *share = export_begin();
    put_record("{'cluster': 'there'}");
    put_record("{" OF_SECOND ", 'cluster': 'yonder'}");
    memory_share_put_file(".mooring/clusters/there", "led by x\n");
    memory_share_put_file(".mooring/clusters/yonder", "led by y\n");
    struct found found = find_on(&fixture, share);
    expect_held(&found, "2 directories belong to this claim", "two living clusters");
    expect_held(&found, "All are of other clusters that still use the export",
                "two living clusters");
    CU_ASSERT_PTR_NULL(strstr(found.err.message, "mooring adopt"));
    fixture_end(&fixture);
}

/* What an administrator reserved for the claim, and what it is bound to, is its own wherever its
 * record is. */
static void unless_one_of_them_is_the_claim_s_own(void)
{
    static const struct {
        const char *record, *volume;
    } cases[] = {
        {"{'claim': {'uid': ''}, " IN_EARLIER "}",
         "{'spec': {'claimRef': {'uid': 'reserved'}}, 'metadata': {'annotations':"
         "  {'mooring/adopted': '2026-01-02T00:00:00Z'}}}"},
        {"{" IN_EARLIER "}",
         "{'metadata': {'annotations': {'mooring/claim': 'uid-2',"
         "  'mooring/previous-claim': 'uid-1'}}, 'spec': {'claimRef': {'uid': 'uid-2'}}}"},
        {"{}", RELEASED},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rebind_fixture fixture;
        fixture_begin(&fixture, ADOPTS, "{}");
        autoclose(share) struct share *share = export_begin();
        put_record(cases[i].record);
        put_record("{" OF_SECOND ", 'cluster': 'there'}");
        put_volume(&fixture, cases[i].volume);
        struct found found = find_on(&fixture, share);
        ASSERT_CASE(found.outcome == BACK, found.err.message);
        ASSERT_CASE(is_text(found.directory, "d-1"), cases[i].record);
        CU_ASSERT_EQUAL(count_requests("READDIRPLUS .mooring/claims/there"), 0);
        fixture_end(&fixture);
    }
}

/* It is older than the namespace, or not. */
static void of_a_volume_without_a_record_its_age_tells_whether_it_is(void)
{
    for (int is_older = 0; is_older < 2; is_older++) {
        struct rebind_fixture fixture;
        fixture_begin(&fixture, ADOPTS, "{}");
        fixture.namespace_state.namespace_created_us =
            clock_parse_time(is_older ? "2026-01-02T00:00:01Z" : "2026-01-02T00:00:00Z");
        autoclose(share) struct share *share = export_begin();
        put_volume(&fixture, RELEASED);
        put_record("{" OF_SECOND ", 'cluster': 'there'}");
        struct found found = find_on(&fixture, share);
        expect_held(&found, is_older ? "2 directories belong" : "it has no record on the export",
                    is_older ? "an older volume" : "a newer volume");
        fixture_end(&fixture);
    }
}

/* Its directory has lost its owner, so that the record is found only where others' are. */
static void a_volume_and_its_record_are_one_directory(void)
{
    static const struct {
        const char *record, *path;
        const char *owner; /* NULL: none */
        enum outcome outcome;
        const char *words;
    } cases[] = {
        {"{" IN_EARLIER "}", "/export/d-1", NULL, BACK, ""},
        {"{'cluster': 'there'}", "/export/d-1", NULL, BACK, ""},
        {"{'cluster': 'yonder'}", "/export/d-1", NULL, HELD, "another cluster still uses"},
        {"{'volume': 'pvc-2', " IN_EARLIER "}", "/export/d-1", NULL, HELD, "2 directories belong"},
        {"{" IN_EARLIER "}", "/export/d-9", NULL, HELD, "2 directories belong to this claim"},
        {"{" IN_EARLIER "}", "/export/d-1", "here/default/ns-1/other", HELD, "another claim's"},
        {"{'state': 'superseded', " IN_EARLIER "}", "/export/d-1", NULL, HELD, "it has no record"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rebind_fixture fixture;
        fixture_begin(&fixture, ADOPTS, "{}");
        fixture.namespace_state.namespace_created_us = clock_parse_time("2026-01-02T00:00:01Z");
        autoclose(share) struct share *share = export_begin();
        autofree char *volume = memory_format("{'status': {'phase': 'Released'},"
                                              " 'spec': {'nfs': {'path': '%s'}}}",
                                              cases[i].path);
        put_record(cases[i].record);
        memory_share_remove(".mooring/directories/d-1");
        memory_share_put_file(".mooring/clusters/yonder", "led by y\n");
        if (cases[i].owner)
            memory_share_put_symlink(".mooring/directories/d-1", cases[i].owner);
        put_volume(&fixture, volume);
        struct found found = find_on(&fixture, share);
        ASSERT_CASE(found.outcome == cases[i].outcome, found.err.message);
        ASSERT_CASE(found.outcome != HELD || strstr(found.err.message, cases[i].words),
                    found.err.message);
        fixture_end(&fixture);
    }
}

static void what_is_no_directory_among_others_records_is_passed_over(void)
{
    struct rebind_fixture fixture;
    fixture_begin(&fixture, ADOPTS, "{}");
    autoclose(share) struct share *share = export_begin();
    put_record("{'cluster': 'there'}");
    memory_share_put_file(".mooring/claims/notes", "");
    memory_share_put_file(".mooring/claims/there/default/notes", "");
    memory_share_put_symlink(".mooring/claims/.link", "there");
    memory_share_put_directory(".mooring/claims/.snapshot", 0700);
    CU_ASSERT_EQUAL(find_on(&fixture, share).outcome, BACK_WITHOUT_OBJECT);
    fixture_end(&fixture);
}

/* An administrator moved the folder to another disk. */
static void a_symlink_in_the_place_of_such_a_folder_holds_the_claim(void)
{
    static const char *const paths[] = {
        ".mooring/claims/there",
        ".mooring/claims/there/default",
        ".mooring/claims/there/default/ns-9",
        ".mooring/claims/there/default/ns-9/data-web-0",
        ".mooring/claims/here/default/ns-0",
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct rebind_fixture fixture;
        fixture_begin(&fixture, ADOPTS, "{}");
        autoclose(share) struct share *share = export_begin();
        memory_share_put_symlink(paths[i], "/mnt/disk/there");
        struct found found = find_on(&fixture, share);
        expect_held(&found, paths[i], paths[i]);
        expect_held(&found, "put what it leads to in its place", paths[i]);
        fixture_end(&fixture);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(only_a_class_that_adopts_looks_at_what_others_have_recorded),
        TEST(a_cluster_that_gives_signs_of_life_keeps_its_own),
        TEST(what_such_a_cluster_has_recorded_holds_the_claim_also_if_it_is_not_understood),
        TEST(what_the_claim_has_itself_comes_before_what_others_have),
        TEST(of_earlier_namespaces_and_other_clusters_all_directories_count),
        TEST(a_living_cluster_s_directory_counts_too),
        TEST(a_record_whose_directory_another_claim_has_by_now_holds_the_claim),
        TEST(a_record_of_others_whose_directory_lies_in_another_holds_the_claim),
        TEST(then_it_is_said_whom_the_volume_is_for),
        TEST(fresh_data_is_not_looked_for_in_a_living_cluster_s_directory),
        TEST(of_two_living_clusters_both_directories_count),
        TEST(unless_one_of_them_is_the_claim_s_own),
        TEST(of_a_volume_without_a_record_its_age_tells_whether_it_is),
        TEST(a_volume_and_its_record_are_one_directory),
        TEST(what_is_no_directory_among_others_records_is_passed_over),
        TEST(a_symlink_in_the_place_of_such_a_folder_holds_the_claim),
        {0},
    };
    return suite_run("rebind others", tests, argc, argv);
}
