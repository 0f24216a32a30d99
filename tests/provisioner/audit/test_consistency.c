/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/consistency.h"
#include "tests/provisioner/claim_fixtures.h"

/* What there is; NULL: not there. The claim and its set are always there unless said otherwise. */
struct state {
    const char *label;
    const char *claim;
    const char *volume;
    const char *record;
    const char *second_record;
    bool directory_is_gone;
    const char *unusable;
    const char *unrecorded;
    const char *other;
    int found[FINDING_KINDS + 1]; /* kinds plus one, ends with 0 */
};

static const struct state states[] = {
    {.label = "all moored", .claim = "{}", .volume = "{}", .record = "{}"},
    {.label = "claim gone",
     .volume = "{}",
     .record = "{}",
     .found = {FINDING_VOLUME_WITHOUT_CLAIM + 1}},
    {.label = "claim of that name, another one",
     .claim = "{'metadata': {'uid': 'uid-2'}}",
     .volume = "{}",
     .record = "{}",
     .found = {FINDING_VOLUME_WITHOUT_CLAIM + 1}},
    {.label = "record missing",
     .claim = "{}",
     .volume = "{}",
     .found = {FINDING_VOLUME_WITHOUT_RECORD + 1}},
    {.label = "record unusable",
     .claim = "{}",
     .volume = "{}",
     .unusable = "pvc-1",
     .found = {FINDING_RECORD_UNUSABLE + 1}},
    {.label = "volume gone",
     .claim = "{}",
     .record = "{}",
     .found = {FINDING_RECORD_WITHOUT_VOLUME + 1}},
    {.label = "volume gone, record superseded",
     .record = "{'state': 'superseded'}",
     .found = {FINDING_RECORD_WITHOUT_VOLUME + 1}},
    {.label = "another claim in the record",
     .claim = "{}",
     .volume = "{}",
     .record = "{'claim': {'uid': 'uid-0'}}",
     .found = {FINDING_RECORD_CLAIM_MISMATCH + 1}},
    {.label = "reserved in the record, bound meanwhile",
     .claim = "{}",
     .volume = "{}",
     .record = "{'claim': {'uid': ''}}",
     .found = {FINDING_RECORD_CLAIM_MISMATCH + 1}},
    {.label = "the record of an earlier namespace, its claim bound",
     .claim = "{}",
     .volume = "{}",
     .record = "{'namespace': {'uid': 'ns-0'}, 'claim': {'uid': 'uid-0'}}",
     .found = {FINDING_RECORD_CLAIM_MISMATCH + 1}},
    {.label = "another claim in the record, which is superseded",
     .claim = "{}",
     .volume = "{}",
     .record = "{'claim': {'uid': 'uid-0'}, 'state': 'superseded'}"},
    {.label = "another claim in the record, the volume is being deleted",
     .claim = "{}",
     .volume = "{'metadata': {'deletionTimestamp': '2026-01-03T00:00:00Z'}}",
     .record = "{'claim': {'uid': 'uid-0'}}",
     .found = {FINDING_RECORD_CLAIM_MISMATCH + 1}},
    {.label = "unbound by Kubernetes",
     .volume = "{'spec': {'claimRef': {'uid': null}}}",
     .record = "{'claim': {'uid': 'uid-0'}}",
     .found = {FINDING_VOLUME_WITHOUT_CLAIM + 1}},
    {.label = "the directory was never made",
     .record = "{'state': 'making'}",
     .directory_is_gone = true,
     .found = {FINDING_RECORD_UNFINISHED + 1}},
    {.label = "an adoption was interrupted",
     .claim = "{}",
     .volume = "{}",
     .record = "{'state': 'moving', 'claim': {'uid': 'uid-0'}}",
     .found = {FINDING_RECORD_UNFINISHED + 1}},
    {.label = "another cluster's record of a volume of the same name",
     .claim = "{}",
     .volume = "{}",
     .record = "{}",
     .second_record = "{'cluster': 'there', 'directory': 'd-2'}"},
    {.label = "another cluster's record of a volume of the same name, ours is missing",
     .claim = "{}",
     .volume = "{}",
     .record = "{'cluster': 'there'}",
     .found = {FINDING_VOLUME_WITHOUT_RECORD + 1}},
    {.label = "what another claim had was not taken completely",
     .claim = "{}",
     .volume = "{}",
     .record = "{'state': 'taking'}",
     .found = {FINDING_RECORD_UNFINISHED + 1}},
    {.label = "another cluster's adoption", .record = "{'cluster': 'there', 'state': 'moving'}"},
    {.label = "two records with one directory",
     .claim = "{}",
     .volume = "{}",
     .record = "{}",
     .second_record = "{'volume': 'pvc-2', 'claim': {'name': 'other', 'uid': 'uid-2'}}",
     .found = {FINDING_DIRECTORY_SHARED + 1, FINDING_RECORD_WITHOUT_VOLUME + 1}},
    {.label = "a record with the directory of a superseded one",
     .claim = "{}",
     .volume = "{}",
     .record = "{}",
     .second_record = "{'volume': 'pvc-2', 'state': 'superseded'}",
     .found = {FINDING_RECORD_WITHOUT_VOLUME + 1}},
    {.label = "two clusters' records with one directory",
     .claim = "{}",
     .volume = "{}",
     .record = "{}",
     .second_record = "{'volume': 'pvc-2', 'cluster': 'there'}"},
    {.label = "directory gone",
     .claim = "{}",
     .volume = "{}",
     .record = "{}",
     .directory_is_gone = true,
     .found = {FINDING_RECORD_WITHOUT_DIRECTORY + 1}},
    {.label = "directory and volume gone",
     .record = "{}",
     .directory_is_gone = true,
     .found = {FINDING_RECORD_WITHOUT_DIRECTORY + 1}},
    {.label = "another directory in the record",
     .claim = "{}",
     .volume = "{}",
     .record = "{'directory': 'd-2'}",
     .found = {FINDING_VOLUME_PATH_MISMATCH + 1}},
    {.label = "outside the export of its class",
     .claim = "{}",
     .volume = "{'spec': {'nfs': {'path': '/elsewhere/d-1'}}}",
     .found = {FINDING_VOLUME_PATH_MISMATCH + 1}},
    {.label = "a path that only begins like the export",
     .claim = "{}",
     .volume = "{'spec': {'nfs': {'path': '/export-2/d-1'}}}",
     .found = {FINDING_VOLUME_PATH_MISMATCH + 1}},
    {.label = "on another server",
     .claim = "{}",
     .volume = "{'spec': {'nfs': {'server': 'other.example'}}}",
     .record = "{}",
     .found = {FINDING_VOLUME_PATH_MISMATCH + 1}},
    {.label = "a directory made by hand",
     .unrecorded = "by-hand",
     .found = {FINDING_DIRECTORY_WITHOUT_RECORD + 1}},
    {.label = "a directory that a volume names",
     .claim = "{}",
     .volume = "{}",
     .unrecorded = "d-1",
     .found = {FINDING_VOLUME_WITHOUT_RECORD + 1}},
    {.label = "a directory above what a volume names",
     .claim = "{}",
     .volume = "{'spec': {'nfs': {'path': '/export/a/b'}}}",
     .unrecorded = "a",
     .found = {FINDING_VOLUME_WITHOUT_RECORD + 1}},
    {.label = "a directory that another provisioner's volume names",
     .other = "{}",
     .unrecorded = "d-1"},
    {.label = "a volume of a class that is gone, elsewhere",
     .claim = "{}",
     .volume = "{'spec': {'storageClassName': 'old', 'nfs': {'path': '/elsewhere/d-1'}}}"},
    {.label = "a volume of a class that is gone, here",
     .claim = "{}",
     .volume = "{'spec': {'storageClassName': 'old'}}",
     .found = {FINDING_VOLUME_WITHOUT_RECORD + 1}},
    {.label = "reserved for a claim that has not come",
     .volume = "{'spec': {'claimRef': {'uid': null}}}",
     .record = "{'claim': {'uid': ''}}",
     .found = {FINDING_VOLUME_WITHOUT_CLAIM + 1}},
};

static void build(struct world *world, const struct state *state)
{
    world_begin(world);
    world_add_claim(world, state->claim);
    world_add_volume(world, state->volume);
    world_add_other(world, state->other);
    world_add_record(world, state->record, !state->directory_is_gone);
    world_add_record(world, state->second_record, true);
    world_add_unusable(world, state->unusable);
    world_add_unrecorded(world, state->unrecorded);
}

static void each_state_gives_exactly_these_findings(void)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        struct world world;
        struct findings findings = {0};
        build(&world, &states[i]);
        consistency_check_export(&world.snapshot, &world.scan, &findings);
        world_check_cluster(&world, &findings);
        size_t expected = 0;
        for (; states[i].found[expected]; expected++) {
            enum finding_kind kind = (enum finding_kind)(states[i].found[expected] - 1);
            ASSERT_CASE(findings_of_kind(&findings, kind) == 1, states[i].label);
        }
        ASSERT_CASE(findings.count == expected, states[i].label);
        findings_clear(&findings);
        world_end(&world);
    }
}

/* After a change of address nothing was changed by hand. */
static void a_volume_of_the_export_s_former_address_is_told_from_a_changed_one(void)
{
    static const struct {
        const char *volume, *record, *text;
    } cases[] = {
        {"{'spec': {'nfs': {'server': 'old.example'}}}", "{}",
         "it names the export old.example:/export, its class names server.example:/export now: "
         "README, \"Another NFS server\", says how volumes move. Until then no claim that comes "
         "back gets it"},
        {"{}", "{'directory': 'd-2'}",
         "its path is server.example:/export/d-1, its record says d-2: one of them was changed by "
         "hand; no claim gets it back"},
        {"{'spec': {'nfs': {'server': 'fd00::1'}}}", NULL,
         "its path is [fd00::1]:/export/d-1, which is not below server.example:/export, the export "
         "of its class nfs"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world world;
        struct findings findings = {0};
        world_begin(&world);
        world_add_volume(&world, cases[i].volume);
        if (cases[i].record)
            world_add_record(&world, cases[i].record, true);
        consistency_check_export(&world.snapshot, &world.scan, &findings);
        CU_ASSERT_EQUAL_FATAL(findings.count, 1);
        CU_ASSERT_EQUAL(findings.items[0].kind, FINDING_VOLUME_PATH_MISMATCH);
        ASSERT_CASE(is_text(findings.items[0].text, cases[i].text), findings.items[0].text);
        findings_clear(&findings);
        world_end(&world);
    }
}

static void a_directory_without_its_owner_is_reported(void)
{
    static const struct {
        const char *label;
        const char *volume;
        const char *record;
        bool has_no_owner, has_other_owner;
        enum finding_kind expected;
    } cases[] = {
        {"none", "{}", "{}", true, false, FINDING_RECORD_CLAIM_MISMATCH},
        {"another", "{}", "{}", false, true, FINDING_RECORD_CLAIM_MISMATCH},
        {"none, volume gone", NULL, "{}", true, false, FINDING_RECORD_CLAIM_MISMATCH},
        {"another, volume gone", NULL, "{}", false, true, FINDING_RECORD_CLAIM_MISMATCH},
        {"none, superseded", NULL, "{'state': 'superseded'}", true, false,
         FINDING_RECORD_CLAIM_MISMATCH},
        {"another, being handed over", "{}", "{'state': 'taking'}", false, true,
         FINDING_RECORD_UNFINISHED},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world world;
        struct findings findings = {0};
        world_begin(&world);
        if (cases[i].volume)
            world_add_volume(&world, cases[i].volume);
        world_add_record(&world, cases[i].record, true);
        world.scan.records[0].has_no_owner = cases[i].has_no_owner;
        world.scan.records[0].has_other_owner = cases[i].has_other_owner;
        consistency_check_export(&world.snapshot, &world.scan, &findings);
        CU_ASSERT_EQUAL_FATAL(findings.count, 1);
        ASSERT_CASE(findings.items[0].kind == cases[i].expected, cases[i].label);
        findings_clear(&findings);
        world_end(&world);
    }
}

/* Its volumes may have their records in it. */
static void a_folder_that_was_not_read_is_the_only_finding(void)
{
    static const struct {
        const char *path;
        size_t expected;
    } cases[] = {
        {".mooring/claims/here", 1},
        {".mooring/claims/here/default", 1},
        {".mooring/claims/here/default/ns-0/data-web-0", 1},
        {".mooring/claims/here/default/ns-1/data-web-1", 2},
        {".mooring/claims/here/default2", 2},
        {".mooring/claims/here/def", 2},
        {".mooring/claims/there", 2},
        {"d-1", 2},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world world;
        struct findings findings = {0};
        world_begin(&world);
        world_add_volume(&world, "{}");
        world_add_unusable(&world, "pvc-9");
        memory_replace(&world.scan.unusable[0].volume, NULL);
        memory_replace(&world.scan.unusable[0].path, memory_copy(cases[i].path));
        world.scan.unusable[0].is_unread = true;
        consistency_check_export(&world.snapshot, &world.scan, &findings);
        ASSERT_CASE(findings.count == cases[i].expected, cases[i].path);
        findings_clear(&findings);
        world_end(&world);
    }
}

/* A file that does not have the name of a record is a file that mooring does not understand. */
static void an_unusable_file_without_a_volume_is_reported(void)
{
    struct world world;
    struct findings findings = {0};
    world_begin(&world);
    world_add_unusable(&world, "pvc-1");
    memory_replace(&world.scan.unusable[0].volume, NULL);
    consistency_check_export(&world.snapshot, &world.scan, &findings);
    CU_ASSERT_EQUAL_FATAL(findings.count, 1);
    CU_ASSERT_EQUAL(findings.items[0].kind, FINDING_RECORD_UNUSABLE);
    CU_ASSERT_PTR_NULL(findings.items[0].volume);
    CU_ASSERT_STRING_EQUAL(findings.items[0].text, "it is not whole; left as it is");
    findings_clear(&findings);
    world_end(&world);
}

static void every_kind_of_finding_has_a_name(void)
{
    for (int kind = 0; kind < FINDING_KINDS; kind++)
        require(finding_name((enum finding_kind)kind));
    CU_ASSERT_STRING_EQUAL(finding_name(FINDING_RECORD_CLAIM_MISMATCH), "record-claim-mismatch");
}

static void a_claim_of_two_sets_is_reported_with_both(void)
{
    struct world world;
    struct findings findings = {0};
    world_begin(&world);
    world_add_claim(&world, "{'metadata': {'name': 'x-data-web-0'}}");
    world_add_set(&world, "{'spec': {'volumeClaimTemplates': [{'metadata': {'name': 'x-data'}}]}}");
    world_add_set(&world, "{'metadata': {'name': 'data-web'},"
                          " 'spec': {'volumeClaimTemplates': [{'metadata': {'name': 'x'}}]}}");
    world_check_cluster(&world, &findings);
    CU_ASSERT_EQUAL_FATAL(findings.count, 1);
    CU_ASSERT_EQUAL(findings.items[0].kind, FINDING_CLAIM_AMBIGUOUS);
    CU_ASSERT_PTR_NOT_NULL(strstr(findings.items[0].text, "data-web and web"));
    findings_clear(&findings);
    world_end(&world);
}

static void a_set_of_another_namespace_is_ignored(void)
{
    struct world world;
    struct findings findings = {0};
    world_begin(&world);
    world_add_claim(&world, "{}");
    world_add_set(&world, "{}");
    world_add_set(&world, "{'metadata': {'namespace': 'other'}}");
    world_check_cluster(&world, &findings);
    CU_ASSERT_EQUAL(findings.count, 0);
    world_end(&world);
}

static void a_finding_names_export_volume_directory_and_claim(void)
{
    struct world world;
    struct findings findings = {0};
    world_begin(&world);
    world_add_record(&world, "{}", true);
    consistency_check_export(&world.snapshot, &world.scan, &findings);
    CU_ASSERT_EQUAL_FATAL(findings.count, 1);
    const struct finding *finding = &findings.items[0];
    CU_ASSERT_STRING_EQUAL(finding_name(finding->kind), "record-without-volume");
    CU_ASSERT_STRING_EQUAL(finding->export, "server.example:/export");
    CU_ASSERT_STRING_EQUAL(finding->volume, "pvc-1");
    CU_ASSERT_STRING_EQUAL(finding->directory, "d-1");
    CU_ASSERT_STRING_EQUAL(finding->namespace, "default");
    CU_ASSERT_STRING_EQUAL(finding->claim, "data-web-0");
    findings_clear(&findings);
    world_end(&world);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(each_state_gives_exactly_these_findings),
        TEST(a_volume_of_the_export_s_former_address_is_told_from_a_changed_one),
        TEST(a_directory_without_its_owner_is_reported),
        TEST(a_folder_that_was_not_read_is_the_only_finding),
        TEST(an_unusable_file_without_a_volume_is_reported),
        TEST(every_kind_of_finding_has_a_name),
        TEST(a_claim_of_two_sets_is_reported_with_both),
        TEST(a_set_of_another_namespace_is_ignored),
        TEST(a_finding_names_export_volume_directory_and_claim),
        {0},
    };
    return suite_run("consistency", tests, argc, argv);
}
