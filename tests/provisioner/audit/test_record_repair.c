/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/audit_export.h"
#include "provisioner/audit/audit_metrics.h"
#include "provisioner/audit/record_repair.h"
#include "tests/provisioner/claim_fixtures.h"

#define BEFORE_THE_VOLUME 1000000000000000 /* 2001 */
#define AFTER_THE_VOLUME 2000000000000000  /* 2033 */
#define RELEASED "{'status': {'phase': 'Released'}}"

struct ill {
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
    enum repair_decision verdict;
    const char *said;
};

static const struct ill ills[] = {
    {.label = "claim alive", .volume = "{}", .claim = "{}", .verdict = REPAIR_WRITE},
    {.label = "claim gone", .volume = RELEASED, .verdict = REPAIR_WRITE},
    {.label = "claim came back",
     .volume = RELEASED,
     .claim = "{'metadata': {'uid': 'uid-2'}}",
     .verdict = REPAIR_WRITE},
    {.label = "taken over from another provisioner",
     .volume = "{'metadata': {'name': 'by-old',"
               " 'annotations': {'pv.kubernetes.io/provisioned-by': 'old/nfs'}}}",
     .claim = "{'spec': {'volumeName': 'by-old'}}",
     .verdict = REPAIR_WRITE},
    {.label = "reserved, and the claim has come",
     .volume = "{}",
     .record = "{'claim': {'uid': ''}}",
     .claim = "{}",
     .verdict = REPAIR_WRITE},

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
     .verdict = REPAIR_REFUSE,
     .said = "cannot be used"},
    {.label = "class gone",
     .volume = "{}",
     .claim = "{}",
     .class_is_gone = true,
     .verdict = REPAIR_REFUSE,
     .said = "class"},
    {.label = "not directly in the export",
     .volume = "{'spec': {'nfs': {'path': '/export/a/b'}}}",
     .claim = "{}",
     .verdict = REPAIR_REFUSE,
     .said = "directly"},
    {.label = "the export itself",
     .volume = "{'spec': {'nfs': {'path': '/export'}}}",
     .claim = "{}",
     .verdict = REPAIR_REFUSE,
     .said = "directly"},
    {.label = "up and out of the export",
     .volume = "{'spec': {'nfs': {'path': '/export/..'}}}",
     .claim = "{}",
     .verdict = REPAIR_REFUSE,
     .said = "directly"},
    {.label = "our own corner",
     .volume = "{'spec': {'nfs': {'path': '/export/.mooring'}}}",
     .claim = "{}",
     .verdict = REPAIR_REFUSE,
     .said = "directly"},
    {.label = "another export",
     .volume = "{'spec': {'nfs': {'path': '/exports/d-1'}}}",
     .claim = "{}",
     .verdict = REPAIR_REFUSE,
     .said = "directly"},
    {.label = "directory gone",
     .volume = "{}",
     .claim = "{}",
     .directory_is_gone = true,
     .verdict = REPAIR_REFUSE,
     .said = "directory is not"},
    {.label = "directory of two",
     .volume = "{}",
     .claim = "{}",
     .is_shared = true,
     .verdict = REPAIR_REFUSE,
     .said = "same directory"},
    {.label = "claim bound to another volume",
     .volume = "{}",
     .claim = "{'spec': {'volumeName': 'pvc-2'}}",
     .verdict = REPAIR_REFUSE,
     .said = "not bound to it"},
    {.label = "claim gone, not released yet",
     .volume = "{}",
     .verdict = REPAIR_REFUSE,
     .said = "not released"},
    {.label = "namespace gone",
     .volume = RELEASED,
     .namespace_is_gone = true,
     .verdict = REPAIR_REFUSE,
     .said = "namespace"},
    {.label = "namespace of a stranger",
     .volume = RELEASED,
     .namespace_created_us = AFTER_THE_VOLUME,
     .verdict = REPAIR_REFUSE,
     .said = "stranger"},
    {.label = "namespace of unknown age",
     .volume = RELEASED,
     .namespace_created_us = -1,
     .verdict = REPAIR_REFUSE,
     .said = "stranger"},
};

static void check_ill(const struct ill *ill)
{
    autorelease(storage_class) struct storage_class *storage_class = storage_class_with("{}");
    autorelease(volume) struct volume *volume = volume_with(ill->volume);
    autorelease(record) struct record *record = ill->record ? record_with(ill->record) : NULL;
    autorelease(claim) struct claim *claim = ill->claim ? mooring_claim_with(ill->claim) : NULL;
    const struct repair_input input = {
        .volume = volume,
        .storage_class = ill->class_is_gone ? NULL : storage_class,
        .record = record,
        .problem = ill->problem,
        .claim = claim,
        .namespace_uid = ill->namespace_is_gone ? NULL : "ns-1",
        .namespace_created_us =
            ill->namespace_created_us ? ill->namespace_created_us : BEFORE_THE_VOLUME,
        .has_directory = !ill->directory_is_gone,
        .is_shared = ill->is_shared,
    };
    const char *reason = "";
    ASSERT_CASE(repair_decide(&input, &reason) == ill->verdict, ill->label);
    if (ill->said)
        ASSERT_CASE(strstr(reason, ill->said) != NULL, ill->label);
}

static void a_record_is_written_only_where_it_is_sure_whose_the_volume_is(void)
{
    for (size_t i = 0; i < sizeof ills / sizeof *ills; i++)
        check_ill(&ills[i]);
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
        TEST(a_record_is_written_only_where_it_is_sure_whose_the_volume_is),
        TEST(the_first_class_by_name_audits_a_shared_export),
        TEST(what_an_audit_counted_is_rendered_per_export),
        {0},
    };
    return suite_run("repair", tests, argc, argv);
}
