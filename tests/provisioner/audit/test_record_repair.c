/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/audit_export.h"
#include "provisioner/audit/audit_metrics.h"
#include "provisioner/audit/record_repair.h"
#include "tests/provisioner/claim_fixtures.h"

#define BEFORE_THE_VOLUME 1000000000000000 /* 2001 */
#define AFTER_THE_VOLUME 2000000000000000  /* 2033 */
#define RELEASED "{'status': {'phase': 'Released'}}"

struct repair_case {
    const char *label;
    const char *volume;
    const char *record; /* NULL: none */
    const char *claim;  /* of that name now; NULL: none */
    const char *problem;
    bool class_is_gone;
    bool namespace_is_gone;
    int64_t namespace_created_us; /* 0: before the volume */
    bool directory_is_gone;
    bool is_shared;
    enum repair_decision decision;
    const char *reason; /* a part of it */
};

static const struct repair_case cases[] = {
    {.label = "claim alive", .volume = "{}", .claim = "{}", .decision = REPAIR_WRITE},
    {.label = "claim gone", .volume = RELEASED, .decision = REPAIR_WRITE},
    {.label = "claim came back",
     .volume = RELEASED,
     .claim = "{'metadata': {'uid': 'uid-2'}}",
     .decision = REPAIR_WRITE},
    {.label = "taken over from another provisioner",
     .volume = "{'metadata': {'name': 'by-old',"
               " 'annotations': {'pv.kubernetes.io/provisioned-by': 'old/nfs'}}}",
     .claim = "{'spec': {'volumeName': 'by-old'}}",
     .decision = REPAIR_WRITE},
    {.label = "reserved, and the claim has come",
     .volume = "{}",
     .record = "{'claim': {'uid': ''}}",
     .claim = "{}",
     .decision = REPAIR_WRITE},

    {.label = "has its record", .volume = "{}", .record = "{}", .claim = "{}"},
    {.label = "the record of its claim before",
     .volume = "{}",
     .record = "{'claim': {'uid': 'uid-0'}}"},
    {.label = "still reserved",
     .volume = "{'spec': {'claimRef': {'uid': null}}}",
     .record = "{'claim': {'uid': ''}}"},
    {.label = "reserved for another claim",
     .volume = "{}",
     .record = "{'claim': {'name': 'other', 'uid': ''}}",
     .claim = "{}"},
    {.label = "of no claim", .volume = "{'spec': {'claimRef': null}}"},
    {.label = "being deleted",
     .volume = "{'metadata': {'deletionTimestamp': '2026-01-03T00:00:00Z'}}",
     .claim = "{}"},

    {.label = "broken record",
     .volume = "{}",
     .claim = "{}",
     .problem = "it is not whole",
     .decision = REPAIR_REFUSE,
     .reason = "cannot be used"},
    {.label = "class gone",
     .volume = "{}",
     .claim = "{}",
     .class_is_gone = true,
     .decision = REPAIR_REFUSE,
     .reason = "class"},
    {.label = "not directly in the export",
     .volume = "{'spec': {'nfs': {'path': '/export/a/b'}}}",
     .claim = "{}",
     .decision = REPAIR_REFUSE,
     .reason = "directly"},
    {.label = "the export itself",
     .volume = "{'spec': {'nfs': {'path': '/export'}}}",
     .claim = "{}",
     .decision = REPAIR_REFUSE,
     .reason = "directly"},
    {.label = "up and out of the export",
     .volume = "{'spec': {'nfs': {'path': '/export/..'}}}",
     .claim = "{}",
     .decision = REPAIR_REFUSE,
     .reason = "directly"},
    {.label = "the metadata directory",
     .volume = "{'spec': {'nfs': {'path': '/export/.mooring'}}}",
     .claim = "{}",
     .decision = REPAIR_REFUSE,
     .reason = "directly"},
    {.label = "another export",
     .volume = "{'spec': {'nfs': {'path': '/exports/d-1'}}}",
     .claim = "{}",
     .decision = REPAIR_REFUSE,
     .reason = "directly"},
    {.label = "directory gone",
     .volume = "{}",
     .claim = "{}",
     .directory_is_gone = true,
     .decision = REPAIR_REFUSE,
     .reason = "directory is not"},
    {.label = "directory of two",
     .volume = "{}",
     .claim = "{}",
     .is_shared = true,
     .decision = REPAIR_REFUSE,
     .reason = "same directory"},
    {.label = "claim bound to another volume",
     .volume = "{}",
     .claim = "{'spec': {'volumeName': 'pvc-2'}}",
     .decision = REPAIR_REFUSE,
     .reason = "not bound to it"},
    {.label = "claim gone, not released yet",
     .volume = "{}",
     .decision = REPAIR_REFUSE,
     .reason = "not released"},
    {.label = "namespace gone",
     .volume = RELEASED,
     .namespace_is_gone = true,
     .decision = REPAIR_REFUSE,
     .reason = "namespace"},
    {.label = "namespace newer than the volume",
     .volume = RELEASED,
     .namespace_created_us = AFTER_THE_VOLUME,
     .decision = REPAIR_REFUSE,
     .reason = "not older"},
    {.label = "namespace of unknown age",
     .volume = RELEASED,
     .namespace_created_us = -1,
     .decision = REPAIR_REFUSE,
     .reason = "not older"},
};

static void check_case(const struct repair_case *test_case)
{
    autorelease(storage_class) struct storage_class *storage_class = storage_class_with("{}");
    autorelease(volume) struct volume *volume = volume_with(test_case->volume);
    autorelease(record) struct record *record =
        test_case->record ? record_with(test_case->record) : NULL;
    autorelease(claim) struct claim *claim =
        test_case->claim ? mooring_claim_with(test_case->claim) : NULL;
    const struct repair_input input = {
        .volume = volume,
        .storage_class = test_case->class_is_gone ? NULL : storage_class,
        .record = record,
        .problem = test_case->problem,
        .claim = claim,
        .namespace_uid = test_case->namespace_is_gone ? NULL : "ns-1",
        .namespace_created_us =
            test_case->namespace_created_us ? test_case->namespace_created_us : BEFORE_THE_VOLUME,
        .has_directory = !test_case->directory_is_gone,
        .is_shared = test_case->is_shared,
    };
    const char *reason = "";
    ASSERT_CASE(repair_decide(&input, &reason) == test_case->decision, test_case->label);
    if (test_case->reason)
        ASSERT_CASE(strstr(reason, test_case->reason) != NULL, test_case->label);
}

static void a_record_is_written_only_if_the_owner_of_the_volume_is_certain(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i]);
}

static void the_first_class_by_name_audits_a_shared_export(void)
{
    struct storage_class *classes[] = {
        storage_class_with("{'metadata': {'name': 'b'}}"),
        storage_class_with("{'metadata': {'name': 'a'}, 'parameters': {'path': '/other'}}"),
        storage_class_with("{'metadata': {'name': 'c'}}"),
        storage_class_with("{'metadata': {'name': '0'}, 'parameters': {'wrong': 'x'}}"),
    };
    CU_ASSERT(is_auditing_class(classes[0], classes, 4));
    CU_ASSERT(is_auditing_class(classes[1], classes, 4));
    CU_ASSERT_FALSE(is_auditing_class(classes[2], classes, 4));
    for (size_t i = 0; i < 4; i++)
        storage_class_release(classes[i]);
}

static void what_an_audit_counted_is_rendered_per_export(void)
{
    struct world world;
    struct findings findings = {0};
    struct store *audits = store_new();
    autofree char *nothing = audit_metrics_render(audits);
    CU_ASSERT_STRING_EQUAL(nothing, "");
    world_begin(&world);
    world_add_record(&world, "{}", true);
    world_add_unusable(&world, "pvc-9");
    world_add_volume(&world, "{'metadata': {'name': 'pvc-2'}}");
    consistency_check_export(&world.snapshot, &world.scan, &findings);

    audit_metrics_put(audits, &world.scan, &findings, 1);
    autofree char *page = audit_metrics_render(audits);
    static const char *const lines[] = {
        "\nmooring_records{export=\"server.example:/export\"} 2\n",
        "\nmooring_records_without_volume{export=\"server.example:/export\"} 1\n",
        "\nmooring_records_unusable{export=\"server.example:/export\"} 1\n",
        "\nmooring_volumes_without_record{export=\"server.example:/export\"} 0\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        ASSERT_CASE(strstr(page, lines[i]) != NULL, lines[i]);
    findings_clear(&findings);
    store_free(audits);
    world_end(&world);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_record_is_written_only_if_the_owner_of_the_volume_is_certain),
        TEST(the_first_class_by_name_audits_a_shared_export),
        TEST(what_an_audit_counted_is_rendered_per_export),
        {0},
    };
    return suite_run("record_repair", tests, argc, argv);
}
