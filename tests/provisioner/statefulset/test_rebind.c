/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "provisioner/statefulset/rebind_decision.h"
#include "tests/provisioner/statefulset/rebind_fixture.h"

#define ADOPTS "{'parameters': {'adopt': 'always'}}"
#define RELEASED "{'status': {'phase': 'Released'}}"

static int count_requests(const char *prefix)
{
    return request_log_count(memory_share_log(), prefix);
}

/* --- the claim's own records --- */

static void a_claim_that_had_nothing_gets_a_new_directory(void)
{
    struct rebind_fixture fixture;
    fixture_begin(&fixture, "{}", "{}");
    autoclose(share) struct share *share = export_begin();
    memory_share_put_directory(".mooring/claims/here/default/ns-1", 0700);
    CU_ASSERT_EQUAL(find_on(&fixture, share).outcome, NEW);
    CU_ASSERT_EQUAL(count_requests(""), 1);
    CU_ASSERT_EQUAL(request_log_count(memory_cluster_log(fixture.cluster), ""), 0);
    fixture_end(&fixture);
}

static void a_claim_gets_its_volume_in_a_fixed_number_of_requests(void)
{
    struct rebind_fixture fixture;
    fixture_begin(&fixture, "{}", "{}");
    autoclose(share) struct share *share = export_begin();
    put_record("{}");
    put_volume(&fixture, RELEASED);
    struct found found = find_on(&fixture, share);
    CU_ASSERT_EQUAL(found.outcome, BACK);
    CU_ASSERT_STRING_EQUAL(found.directory, "d-1");
    CU_ASSERT_EQUAL(count_requests(""), 4);
    CU_ASSERT_EQUAL(request_log_count(memory_cluster_log(fixture.cluster), ""), 1);
    fixture_end(&fixture);
}

/* The set of DISCARDS has the UID s-1. What its deletion would discard is given back while it is
 * there; who was scaled away, or whose owner is another set, gets fresh data. */
static void what_a_person_deletes_under_a_living_set_comes_back(void)
{
    static const char scaled[] =
        "{'spec': {'persistentVolumeClaimRetentionPolicy': {'whenScaled': 'Delete'}}}";

    static const struct {
        const char *set, *owner, *noted;
        enum outcome outcome;
    } cases[] = {
        {DISCARDS, NULL, "s-1", BACK}, {DISCARDS, "s-1", "s-1", BACK}, {DISCARDS, NULL, "s-0", NEW},
        {DISCARDS, "s-2", "s-1", NEW}, {DISCARDS, "s-2", "s-2", NEW},  {scaled, NULL, "s-1", NEW},
        {"{}", NULL, "s-0", BACK},     {"{}", "s-1", "s-1", BACK},     {"{}", "s-1", "s-0", NEW},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rebind_fixture fixture;
        fixture_begin(&fixture, "{}", cases[i].set);
        autoclose(share) struct share *share = export_begin();
        autofree char *volume = memory_format(
            "{'metadata': {'labels': {'mooring/stateful-set': 'web', 'mooring/ordinal': '0',"
            "  'mooring/claim-template': 'data'}, 'annotations': {'mooring/stateful-set-uid':"
            "  '%s'}}, 'status': {'phase': 'Released'}}",
            cases[i].noted);
        fixture.claim->owner_set_uid = cases[i].owner;
        put_record("{}");
        put_volume(&fixture, volume);
        autofree char *label =
            memory_format("%s, owner %s, noted %s", cases[i].set,
                          cases[i].owner ? cases[i].owner : "none", cases[i].noted);
        ASSERT_CASE(find_on(&fixture, share).outcome == cases[i].outcome, label);
        ASSERT_CASE(count_requests("RENAME") == (cases[i].outcome == NEW), label);
        fixture_end(&fixture);
    }
}

static void a_volume_that_the_watch_has_not_told_of_is_asked_for(void)
{
    struct rebind_fixture fixture;
    fixture_begin(&fixture, "{}", "{}");
    autoclose(share) struct share *share = export_begin();
    put_record("{}");
    put_unseen_volume(&fixture, RELEASED);
    CU_ASSERT_EQUAL(find_on(&fixture, share).outcome, BACK);
    fixture_end(&fixture);
}

static void a_volume_that_is_gone_is_made_again_only_if_the_server_says_so(void)
{
    static const int answers[] = {403, 500, 503};
    struct rebind_fixture fixture;
    fixture_begin(&fixture, "{}", "{}");
    autoclose(share) struct share *share = export_begin();
    put_record("{}");
    CU_ASSERT_EQUAL(find_on(&fixture, share).outcome, BACK_WITHOUT_OBJECT);
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        disturb(memory_cluster_log(fixture.cluster), .request = "GET persistentvolumes/pvc-1",
                .times = -1, .answer = answers[i]);
        CU_ASSERT_EQUAL(find_on(&fixture, share).outcome, HELD);
        request_log_clear(memory_cluster_log(fixture.cluster));
    }
    fixture_end(&fixture);
}

/* Otherwise it would be found twice, as a volume and as a record without one. */
static void a_volume_that_goes_while_we_look_counts_once(void)
{
    struct rebind_fixture fixture;
    fixture_begin(&fixture, "{}", "{}");
    autoclose(share) struct share *share = export_begin();
    put_record("{}");
    struct volume *volume = volume_with("{}");
    index_put(fixture.context.cache->volumes_of_name, "default/data-web-0", volume->name, volume);
    CU_ASSERT_EQUAL(find_on(&fixture, share).outcome, BACK_WITHOUT_OBJECT);
    fixture_end(&fixture);
}

static void a_claim_that_changed_meanwhile_gets_nothing_back(void)
{
    static const char *const changes[] = {
        "{'metadata': {'uid': 'uid-3'}}",
        "{'metadata': {'deletionTimestamp': '2026-01-03T00:00:00Z'}}",
        "{'spec': {'volumeName': 'pvc-9'}}",
    };
    struct rebind_fixture fixture;
    fixture_begin(&fixture, "{}", "{}");
    autoclose(share) struct share *share = export_begin();
    put_record("{}");
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        put_claim(&fixture);
        memory_cluster_change(fixture.cluster, &claim_key_here, object_from(changes[i]));
        struct found found = find_on(&fixture, share);
        ASSERT_CASE(found.outcome == HELD && found.err.kind == ERROR_CONFLICT, changes[i]);
    }
    memory_cluster_remove(fixture.cluster, &claim_key_here);
    CU_ASSERT_EQUAL(find_on(&fixture, share).outcome, HELD);
    fixture_end(&fixture);
}

static void what_stands_in_the_way_is_seen(void)
{
    struct rebind_fixture fixture;
    fixture_begin(&fixture, "{}", "{}");
    autoclose(share) struct share *share = export_begin();
    put_record("{}");
    memory_share_remove("d-1");
    CU_ASSERT_PTR_NOT_NULL(strstr(find_on(&fixture, share).err.message, "is gone from the export"));
    memory_share_put_symlink("d-1", "/etc");
    CU_ASSERT_PTR_NOT_NULL(
        strstr(find_on(&fixture, share).err.message, "a file or a symlink is in its place"));
    memory_share_remove("d-1");
    memory_share_put_directory("d-1", 0777);
    cluster_cache_put_other_volume(
        fixture.context.cache,
        volume_with("{'metadata': {'name': 'by-hand', 'annotations': null}}"));
    CU_ASSERT_PTR_NOT_NULL(strstr(find_on(&fixture, share).err.message, "another volume has the"));
    cluster_cache_remove_volume(fixture.context.cache, "by-hand");
    memory_share_put_file(".mooring/claims/here/default/ns-1/data-web-0/odd", "");
    CU_ASSERT_PTR_NOT_NULL(
        strstr(find_on(&fixture, share).err.message, "cannot tell which directory this claim had"));
    fixture_end(&fixture);
}

/* An error has room for 511 bytes: of a long message only advice that is for later may be lost. */
static void a_file_that_is_not_understood_is_named_with_what_to_do_at_once(void)
{
    static const char advice[] = "backup, or start the version of mooring that wrote it: ";
    struct rebind_fixture fixture;
    fixture_begin(&fixture, "{}", "{}");
    autofree char *problem = memory_format("record pvc-1.uid-1.in-use of %0200d: not whole", 1);
    struct rebind_request request = {
        .claim = fixture.claim, .cluster = "here", .namespace_uid = "ns-1", .problem = problem};
    struct rebind_answer answer;
    struct error err = {0};
    CU_ASSERT_EQUAL(rebind_decide(&request, NULL, 0, &answer, &err), REBIND_HOLD);
    autofree char *said = memory_format("%s%s.", advice, problem);
    ASSERT_CASE(strstr(err.message, said) != NULL, err.message);
    request.problem = "record pvc-1.uid-1.in-use of claim shop/web: it is not whole";
    CU_ASSERT_EQUAL(rebind_decide(&request, NULL, 0, &answer, &err), REBIND_HOLD);
    ASSERT_CASE(strstr(err.message, "move the file away and use mooring adopt") != NULL,
                err.message);
    fixture_end(&fixture);
}

/* As it is to be written. */
static void an_ipv6_address_has_its_brackets_in_what_is_told(void)
{
    static const struct {
        const char *path, *location;
    } cases[] = {{"/old/d-1", "export [fd00::1]:/old,"},
                 {"/export/d-9", " [fd00::1]:/export/d-9,"}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rebind_fixture fixture;
        fixture_begin(&fixture, "{}", "{}");
        autoclose(share) struct share *share = export_begin();
        put_record("{}");
        autofree char *changes = memory_format("{'status': {'phase': 'Released'}, 'spec': {'nfs': "
                                               "{'server': 'fd00::1', 'path': '%s'}}}",
                                               cases[i].path);
        put_volume(&fixture, changes);
        struct found found = find_on(&fixture, share);
        ASSERT_CASE(strstr(found.err.message, cases[i].location) != NULL, found.err.message);
        fixture_end(&fixture);
    }
}

/* The volume names the claim, and its directory is another claim's. */
static void a_file_of_another_claim_that_is_not_understood_is_not_named(void)
{
    struct rebind_fixture fixture;
    fixture_begin(&fixture, "{}", "{}");
    autoclose(share) struct share *share = export_begin();
    memory_share_put_directory("d-1", 0777);
    memory_share_put_symlink(".mooring/directories/d-1", "here/vault/ns-5/treasure");
    memory_share_put_file(".mooring/claims/here/vault/ns-5/treasure/pvc-1.uid-9.in-use", "{");
    put_volume(&fixture, "{'status': {'phase': 'Released'}}");
    struct found found = find_on(&fixture, share);
    CU_ASSERT_EQUAL_FATAL(found.outcome, HELD);
    CU_ASSERT_PTR_NOT_NULL(strstr(found.err.message, "cannot tell which directory this claim had"));
    CU_ASSERT_PTR_NOT_NULL(strstr(found.err.message, "whose directory volume pvc-1 has"));
    CU_ASSERT_PTR_NULL(strstr(found.err.message, "treasure"));
    fixture_end(&fixture);
}

/* A plain claim, whose class gives nothing back. */
static void a_directory_to_which_the_pattern_leads_again_comes_back(void)
{
    static const struct {
        const char *record;
        enum outcome outcome;
    } cases[] = {
        {"{'directory': 'default-data-web-0'}", BACK_WITHOUT_OBJECT},
        {"{'directory': 'd-1'}", NEW},
        {"{'directory': 'default-data-web-0', 'state': 'superseded'}", NEW},
        {"{'directory': 'default-data-web-0', 'namespace': {'uid': 'ns-0'}}", NEW},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rebind_fixture fixture;
        fixture_begin(&fixture,
                      "{'parameters': {'rebind': 'none',"
                      "                'pathPattern': '${.PVC.namespace}-${.PVC.name}'}}",
                      NULL);
        autoclose(share) struct share *share = export_begin();
        put_record(cases[i].record);
        ASSERT_CASE(find_on(&fixture, share).outcome == cases[i].outcome, cases[i].record);
        fixture_end(&fixture);
    }
}

/* --- volumes without a record in the claim's folder --- */

static void a_volume_without_a_record_is_handed_out_to_be_recorded(void)
{
    struct rebind_fixture fixture;
    fixture_begin(&fixture, "{}", "{}");
    autoclose(share) struct share *share = export_begin();
    put_volume(&fixture, RELEASED);
    struct found found = find_on(&fixture, share);
    CU_ASSERT_EQUAL(found.outcome, HELD);
    CU_ASSERT_TRUE(found.is_unrecorded);
    CU_ASSERT_PTR_NOT_NULL(strstr(found.err.message, "it has no record on the export"));
    fixture_end(&fixture);
}

/* The volume names this claim, and its record says that an earlier namespace had it. */
static void the_record_of_a_volume_is_found_by_its_directory(void)
{
    for (int adopts = 0; adopts < 2; adopts++) {
        struct rebind_fixture fixture;
        fixture_begin(&fixture, adopts ? ADOPTS : "{}", "{}");
        autoclose(share) struct share *share = export_begin();
        put_record("{'namespace': {'uid': 'ns-0'}}");
        put_volume(&fixture, RELEASED);
        CU_ASSERT_EQUAL(find_on(&fixture, share).outcome, adopts ? BACK : NEW);
        fixture_end(&fixture);
    }
}

/* The process that gave it back there was cut off, so that the record is one step behind. */
static void what_came_back_in_an_earlier_namespace_holds_no_claim(void)
{
    struct rebind_fixture fixture;
    fixture_begin(&fixture, "{}", "{}");
    autoclose(share) struct share *share = export_begin();
    put_record("{'namespace': {'uid': 'ns-0'}, 'claim': {'uid': 'uid-0'}}");
    put_volume(&fixture,
               "{'metadata': {'annotations': {'mooring/claim': 'uid-1',"
               "  'mooring/previous-claim': 'uid-0'}},"
               " 'spec': {'claimRef': {'uid': 'uid-1'}}, 'status': {'phase': 'Released'}}");
    CU_ASSERT_EQUAL(find_on(&fixture, share).outcome, NEW);
    fixture_end(&fixture);
}

/* Nor does a record of an earlier namespace, unless the class adopts. */
static void a_volume_that_is_older_than_the_namespace_holds_no_claim(void)
{
    const int64_t created_us = clock_parse_time("2026-01-01T00:00:00Z");
    static const int ages[] = {-1, 0, 1};
    for (size_t i = 0; i < 6; i++) {
        struct rebind_fixture fixture;
        bool adopts = i / 3, is_newer = ages[i % 3] > 0;
        fixture_begin(&fixture, adopts ? ADOPTS : "{}", "{}");
        fixture.namespace_state.namespace_created_us = created_us + ages[i % 3];
        autoclose(share) struct share *share = export_begin();
        put_volume(&fixture, "{'metadata': {'creationTimestamp': '2026-01-01T00:00:00Z'},"
                             " 'status': {'phase': 'Released'}}");
        CU_ASSERT_EQUAL(find_on(&fixture, share).outcome, is_newer && !adopts ? NEW : HELD);
        fixture_end(&fixture);
    }
}

/* An administrator, or mooring, gave it to this namespace, and was cut off before the record. */
static void unless_it_was_given_to_this_namespace_since(void)
{
    static const char *const notes[] = {"mooring/adopted", "mooring/previous-claim"};
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        struct rebind_fixture fixture;
        autofree char *volume = memory_format("{'metadata': {'annotations': {'%s': 'uid-0'}},"
                                              " 'spec': {'claimRef': {'uid': null}}}",
                                              notes[i]);
        fixture_begin(&fixture, "{}", "{}");
        fixture.namespace_state.namespace_created_us = clock_parse_time("2033-01-01T00:00:00Z");
        autoclose(share) struct share *share = export_begin();
        put_volume(&fixture, volume);
        ASSERT_CASE(find_on(&fixture, share).outcome == HELD, notes[i]);
        fixture_end(&fixture);
    }
}

static void a_volume_of_another_claim_or_of_others_is_not_taken(void)
{
    struct rebind_fixture fixture;
    fixture_begin(&fixture, "{}", "{}");
    autoclose(share) struct share *share = export_begin();
    put_volume(&fixture, "{'spec': {'claimRef': {'name': 'other'}}}");
    CU_ASSERT_EQUAL(find_on(&fixture, share).outcome, NEW);
    put_volume(&fixture,
               "{'metadata': {'annotations': {'pv.kubernetes.io/provisioned-by': 'other/nfs'}}}");
    CU_ASSERT_EQUAL(find_on(&fixture, share).outcome, NEW);
    fixture_end(&fixture);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_claim_that_had_nothing_gets_a_new_directory),
        TEST(a_claim_gets_its_volume_in_a_fixed_number_of_requests),
        TEST(what_a_person_deletes_under_a_living_set_comes_back),
        TEST(a_volume_that_the_watch_has_not_told_of_is_asked_for),
        TEST(a_volume_that_is_gone_is_made_again_only_if_the_server_says_so),
        TEST(a_volume_that_goes_while_we_look_counts_once),
        TEST(a_claim_that_changed_meanwhile_gets_nothing_back),
        TEST(what_stands_in_the_way_is_seen),
        TEST(a_file_that_is_not_understood_is_named_with_what_to_do_at_once),
        TEST(an_ipv6_address_has_its_brackets_in_what_is_told),
        TEST(a_file_of_another_claim_that_is_not_understood_is_not_named),
        TEST(a_directory_to_which_the_pattern_leads_again_comes_back),
        TEST(a_volume_without_a_record_is_handed_out_to_be_recorded),
        TEST(the_record_of_a_volume_is_found_by_its_directory),
        TEST(what_came_back_in_an_earlier_namespace_holds_no_claim),
        TEST(a_volume_that_is_older_than_the_namespace_holds_no_claim),
        TEST(unless_it_was_given_to_this_namespace_since),
        TEST(a_volume_of_another_claim_or_of_others_is_not_taken),
        {0},
    };
    return suite_run("rebind", tests, argc, argv);
}
