/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/consistency.h"
#include "tests/provisioner/claim_fixtures.h"

/* Two volume objects on one directory of an export: no claim is given it back until one is gone. */

#define AT(name, path) "{'metadata': {'name': '" name "'}, 'spec': {'nfs': {'path': '" path "'}}}"
#define OF_DRIVER(name, path)                                                                      \
    "{'metadata': {'name': '" name "', 'annotations': null}, 'spec': {'nfs': {'path': '" path "'}" \
    "}}"
#define ELSEWHERE_NOTED(name)                                                                      \
    "{'metadata': {'name': '" name "', 'annotations': {'pv.kubernetes.io/provisioned-by': 'x/y',"  \
    " 'mooring/export': 'export-1', 'mooring/directory': 'd-1'}}, 'spec': {'nfs': {'server': "     \
    "'10.0.0.1'}}}"

static const struct {
    const char *label;
    const char *ours[3];  /* volumes */
    const char *other;    /* a volume of another provisioner */
    const char *about[3]; /* the volumes that are found, */
    const char *named[3]; /* and which others their texts name */
} cases[] = {
    {"one volume", {"{}"}, NULL, {NULL}, {NULL}},
    {"beside each other", {"{}", AT("pvc-2", "/export/d-10")}, NULL, {NULL}, {NULL}},
    {"two with one directory", {"{}", AT("pvc-2", "/export/d-1")}, NULL, {"pvc-2"}, {"pvc-1"}},
    {"one in it", {"{}", AT("pvc-2", "/export/d-1/a")}, NULL, {"pvc-2"}, {"pvc-1"}},
    {"one around two, and one between them by name",
     {AT("pvc-1", "/export/a"), AT("pvc-2", "/export/a/b"), AT("pvc-3", "/export/a-c")},
     OF_DRIVER("by-hand", "/export/a/c"),
     {"pvc-1", "pvc-2"},
     {"by-hand", "pvc-1"}},
    {"another driver's around ours",
     {"{}"},
     OF_DRIVER("by-hand", "/export/d-1"),
     {"pvc-1"},
     {"by-hand"}},
    {"another driver's in ours",
     {"{}"},
     OF_DRIVER("by-hand", "/export/d-1/a"),
     {"pvc-1"},
     {"by-hand"}},
    {"another address of the export", {"{}"}, ELSEWHERE_NOTED("copy"), {"pvc-1"}, {"copy"}},
    {"the whole export", {"{}"}, OF_DRIVER("by-hand", "/export"), {NULL}, {NULL}},
    {"another server",
     {"{}"},
     "{'metadata': {'name': 'x', 'annotations': null}, 'spec': {'nfs': {'server': 'y'}}}",
     {NULL},
     {NULL}},
};

static const struct finding *find_about(const struct findings *findings, const char *volume)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        if (finding->kind == FINDING_DIRECTORY_SHARED && is_text(finding->volume, volume))
            return finding;
    }
    return NULL;
}

static void volumes_that_have_a_directory_together_are_found(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world world;
        struct findings findings = {0};
        size_t expected = 0;
        world_begin(&world);
        world.scan.export_id = memory_copy("export-1");
        for (size_t j = 0; j < 3; j++)
            world_add_volume(&world, cases[i].ours[j]);
        world_add_other(&world, cases[i].other);
        consistency_check_export(&world.snapshot, &world.scan, &findings);
        for (; expected < 3 && cases[i].about[expected]; expected++) {
            const struct finding *finding = find_about(&findings, cases[i].about[expected]);
            autofree char *words = memory_format("volume %s has", cases[i].named[expected]);
            ASSERT_CASE(finding && strstr(finding->text, words), cases[i].label);
        }
        ASSERT_CASE(findings_of_kind(&findings, FINDING_DIRECTORY_SHARED) == expected,
                    cases[i].label);
        findings_clear(&findings);
        world_end(&world);
    }
}

/* Of two records in use with one directory that is said already. */
static void two_that_are_recorded_are_found_once(void)
{
    struct world world;
    struct findings findings = {0};
    world_begin(&world);
    world_add_volume(&world, "{}");
    world_add_volume(&world, AT("pvc-2", "/export/d-1"));
    world_add_record(&world, "{}", true);
    world_add_record(&world, "{'volume': 'pvc-2'}", true);
    consistency_check_export(&world.snapshot, &world.scan, &findings);
    CU_ASSERT_EQUAL(findings_of_kind(&findings, FINDING_DIRECTORY_SHARED), 1);
    findings_clear(&findings);
    world_end(&world);
}

#define OF(namespace)                                                                              \
    "{'metadata': {'name': 'pvc-2'}, 'spec': {'claimRef': {'namespace': '" namespace "'}}}"

/* The volume pvc-1 is of a claim of the namespace "default", whose record says that it is shared.
 */
static void what_claims_of_one_namespace_share_is_no_finding(void)
{
    static const struct {
        const char *volume, *record;
        size_t found;
    } shared_cases[] = {
        {OF("default"), "{'volume': 'pvc-2', 'shared': true}", 0},
        {OF("default"), "{'volume': 'pvc-2', 'shared': true, 'state': 'superseded'}", 0},
        {OF("default"), "{'volume': 'pvc-2'}", 1},
        {OF("default"), "{'volume': 'pvc-2', 'state': 'superseded'}", 1},
        {OF("default"), NULL, 1},
        {OF("other"), "{'volume': 'pvc-2', 'shared': true, 'namespace': {'name': 'other'}}", 1},
        {OF("default"), "{'volume': 'pvc-2', 'shared': true, 'namespace': {'uid': 'ns-9'}}", 1},
        {AT("pvc-2", "/export/d-1/in"),
         "{'volume': 'pvc-2', 'shared': true, 'directory': 'd-1/in'}", 1},
    };

    for (size_t i = 0; i < sizeof shared_cases / sizeof *shared_cases; i++) {
        struct world world;
        struct findings findings = {0};
        world_begin(&world);
        world_add_volume(&world, "{}");
        world_add_volume(&world, shared_cases[i].volume);
        world_add_record(&world, "{'shared': true}", true);
        if (shared_cases[i].record)
            world_add_record(&world, shared_cases[i].record, true);
        consistency_check_export(&world.snapshot, &world.scan, &findings);
        ASSERT_CASE(findings_of_kind(&findings, FINDING_DIRECTORY_SHARED) == shared_cases[i].found,
                    shared_cases[i].record ? shared_cases[i].record : "no record");
        findings_clear(&findings);
        world_end(&world);
    }
}

/* It may be the one that the other was made again as. */
static void one_that_has_changed_during_the_scan_is_left_to_the_next(void)
{
    struct world world;
    struct findings findings = {0};
    world_begin(&world);
    world_add_volume(&world, "{}");
    world_add_volume(&world, AT("pvc-2", "/export/d-1"));
    sorted_map_add(&world.scan.volumes_before, memory_copy("pvc-1"), world.snapshot.volumes[0]);
    sorted_map_sort(&world.scan.volumes_before);
    consistency_check_export(&world.snapshot, &world.scan, &findings);
    CU_ASSERT_EQUAL(findings_of_kind(&findings, FINDING_DIRECTORY_SHARED), 0);
    findings_clear(&findings);
    world_end(&world);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(volumes_that_have_a_directory_together_are_found),
        TEST(two_that_are_recorded_are_found_once),
        TEST(what_claims_of_one_namespace_share_is_no_finding),
        TEST(one_that_has_changed_during_the_scan_is_left_to_the_next),
        {0},
    };
    return suite_run("volume overlaps", tests, argc, argv);
}
