/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/consistency.h"
#include "tests/provisioner/claim_fixtures.h"

/* What there is; NULL: not there. The claim and its set are always there unless said otherwise. */
struct state {
    const char *label;
    const char *claim;
    const char *volume;
    const char *record;
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
     .record = "{}",
     .found = {FINDING_VOLUME_WITHOUT_CLAIM + 1}},
};

static void build(struct world *world, const struct state *state)
{
    world_begin(world);
    world_add_claim(world, state->claim);
    world_add_volume(world, state->volume);
    world_add_other(world, state->other);
    world_add_record(world, state->record, !state->directory_is_gone);
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
        consistency_check_cluster(&world.snapshot, &findings);
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

static void records_of_another_cluster_are_counted_and_not_reported(void)
{
    struct world world;
    struct findings findings = {0};
    world_begin(&world);
    world_add_record(&world, "{'cluster': 'there'}", true);
    world_add_record(&world, "{'cluster': 'there', 'volume': 'pvc-2', 'directory': 'd-2'}", false);
    consistency_check_export(&world.snapshot, &world.scan, &findings);
    CU_ASSERT_EQUAL(findings.count, 0);
    CU_ASSERT_EQUAL(findings.foreign_records, 2);
    CU_ASSERT_EQUAL(findings.foreign_directories, 1);
    findings_clear(&findings);
    world_end(&world);
}

/* Other workers write a record first and the volume after it. */
static void a_recent_record_without_a_volume_is_not_reported(void)
{
    struct world world;
    struct findings findings = {0};
    world_begin(&world);
    world_add_record(&world, "{}", true);
    int64_t written_us = world.scan.records[0].record->created_us;
    world.snapshot.recent_since_us = written_us - 1;
    consistency_check_export(&world.snapshot, &world.scan, &findings);
    CU_ASSERT_EQUAL(findings.count, 0);
    world.snapshot.recent_since_us = written_us;
    consistency_check_export(&world.snapshot, &world.scan, &findings);
    CU_ASSERT_EQUAL(findings.count, 1);
    findings_clear(&findings);
    world_end(&world);
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
    consistency_check_cluster(&world.snapshot, &findings);
    CU_ASSERT_EQUAL_FATAL(findings.count, 1);
    CU_ASSERT_EQUAL(findings.items[0].kind, FINDING_CLAIM_AMBIGUOUS);
    CU_ASSERT_PTR_NOT_NULL(strstr(findings.items[0].text, "web and data-web"));
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
    consistency_check_cluster(&world.snapshot, &findings);
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
        TEST(records_of_another_cluster_are_counted_and_not_reported),
        TEST(a_recent_record_without_a_volume_is_not_reported),
        TEST(a_claim_of_two_sets_is_reported_with_both),
        TEST(a_set_of_another_namespace_is_ignored),
        TEST(a_finding_names_export_volume_directory_and_claim),
        {0},
    };
    return suite_run("consistency", tests, argc, argv);
}
