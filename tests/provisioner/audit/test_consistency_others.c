/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/consistency.h"
#include "tests/provisioner/claim_fixtures.h"

/* What other clusters, and moorings of other provisioner names, have on the same export. */

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

#define OF_OTHER_NAME "'provisioner': 'other/nfs'"
#define VOLUME_OF_OTHER_NAME                                                                       \
    "{'metadata': {'annotations': {'pv.kubernetes.io/provisioned-by': 'other/nfs'}}}"

static void a_record_of_another_provisioner_name_is_counted_and_not_reported(void)
{
    static const struct {
        const char *label;
        const char *volume, *other, *record;
        bool has_no_owner;
        size_t foreign;
    } cases[] = {
        {"its volume is the other mooring's", NULL, VOLUME_OF_OTHER_NAME, "{" OF_OTHER_NAME "}",
         false, 1},
        {"its volume is gone", NULL, NULL, "{" OF_OTHER_NAME "}", false, 1},
        {"its directory has no owner", NULL, VOLUME_OF_OTHER_NAME, "{" OF_OTHER_NAME "}", true, 1},
        {"it is being made", NULL, NULL, "{" OF_OTHER_NAME ", 'state': 'making'}", false, 1},
        {"its volume is ours", "{}", NULL, "{" OF_OTHER_NAME "}", false, 0},
        {"ours, of a volume that was given to the other mooring", NULL, VOLUME_OF_OTHER_NAME, "{}",
         false, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world world;
        struct findings findings = {0};
        world_begin(&world);
        world_add_volume(&world, cases[i].volume);
        world_add_other(&world, cases[i].other);
        world_add_record(&world, cases[i].record, true);
        world.scan.records[0].has_no_owner = cases[i].has_no_owner;
        consistency_check_export(&world.snapshot, &world.scan, &findings);
        ASSERT_CASE(findings.count == 0, cases[i].label);
        ASSERT_CASE(findings.foreign_records == cases[i].foreign, cases[i].label);
        ASSERT_CASE(findings.foreign_directories == cases[i].foreign, cases[i].label);
        findings_clear(&findings);
        world_end(&world);
    }
}

/* The volume of another provisioner only has the name: it is not what the record is about. */
static void a_volume_of_others_elsewhere_does_not_stand_for_the_record_s(void)
{
    struct world world;
    struct findings findings = {0};
    world_begin(&world);
    world_add_other(&world, "{'spec': {'nfs': {'path': '/elsewhere/d-1'}}}");
    world_add_record(&world, "{}", true);
    consistency_check_export(&world.snapshot, &world.scan, &findings);
    CU_ASSERT_EQUAL(findings.count, 1);
    CU_ASSERT_EQUAL(findings_of_kind(&findings, FINDING_RECORD_WITHOUT_VOLUME), 1);
    findings_clear(&findings);
    world_end(&world);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(records_of_another_cluster_are_counted_and_not_reported),
        TEST(a_record_of_another_provisioner_name_is_counted_and_not_reported),
        TEST(a_volume_of_others_elsewhere_does_not_stand_for_the_record_s),
        {0},
    };
    return suite_run("consistency others", tests, argc, argv);
}
