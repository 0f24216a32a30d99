/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/consistency.h"
#include "tests/provisioner/claim_fixtures.h"

/* What is under way, or happens while the export is read, is no inconsistency yet. */

/* Other workers write a record first and the volume after it. */
static void a_recent_record_without_a_volume_is_not_reported(void)
{
    struct world world;
    struct findings findings = {0};
    world_begin(&world);
    world_add_record(&world, "{}", true);
    const struct record *record = world.scan.records[0].record;
    int64_t written_us =
        record->changed_us > record->created_us ? record->changed_us : record->created_us;
    world.snapshot.recent_since_us = written_us - 1;
    consistency_check_export(&world.snapshot, &world.scan, &findings);
    CU_ASSERT_EQUAL(findings.count, 0);
    world.snapshot.recent_since_us = written_us;
    consistency_check_export(&world.snapshot, &world.scan, &findings);
    CU_ASSERT_EQUAL(findings.count, 1);
    findings_clear(&findings);
    world_end(&world);
}

/* The records were read before it was made. */
static void a_volume_made_during_the_scan_is_not_reported(void)
{
    struct world world;
    struct findings findings = {0};
    world_begin(&world);
    world_add_volume(&world, "{}");
    world.scan.began_us = world.snapshot.volumes[0]->created_us + 1;
    consistency_check_export(&world.snapshot, &world.scan, &findings);
    CU_ASSERT_EQUAL(findings.count, 0);
    world.scan.began_us += INT64_C(1000000);
    consistency_check_export(&world.snapshot, &world.scan, &findings);
    CU_ASSERT_EQUAL(findings.count, 1);
    findings_clear(&findings);
    world_end(&world);
}

static void a_volume_changed_during_the_scan_is_not_reported(void)
{
    struct world world;
    struct findings findings = {0};
    autorelease(volume) struct volume *before = volume_with("{}");
    autorelease(volume) struct volume *other =
        volume_with("{'metadata': {'resourceVersion': '8'}}");
    world_begin(&world);
    world_add_volume(&world, "{}");
    world_add_record(&world, "{'claim': {'uid': 'uid-0'}}", true);
    sorted_map_add(&world.scan.volumes_before, memory_copy("pvc-1"), other);
    consistency_check_export(&world.snapshot, &world.scan, &findings);
    CU_ASSERT_EQUAL(findings.count, 0);
    world.scan.volumes_before.rows[0].object = before;
    consistency_check_export(&world.snapshot, &world.scan, &findings);
    CU_ASSERT_EQUAL(findings.count, 1);
    findings_clear(&findings);
    world_end(&world);
}

/* Also in a command, which knows no more than when it began. */
static void a_record_in_work_has_a_minute(void)
{
    struct world world;
    struct findings findings = {0};
    world_begin(&world);
    world_add_record(&world, "{'state': 'moving'}", true);
    world.scan.began_us = world.scan.records[0].record->changed_us + INT64_C(59) * 1000 * 1000;
    consistency_check_export(&world.snapshot, &world.scan, &findings);
    CU_ASSERT_EQUAL(findings.count, 0);
    world.scan.began_us += INT64_C(2) * 1000 * 1000;
    consistency_check_export(&world.snapshot, &world.scan, &findings);
    CU_ASSERT_EQUAL(findings_of_kind(&findings, FINDING_RECORD_UNFINISHED), 1);
    findings_clear(&findings);
    world_end(&world);
}

static void a_recent_record_may_be_before_its_directory(void)
{
    struct world world;
    struct findings findings = {0};
    world_begin(&world);
    world_add_record(&world, "{'state': 'making'}", false);
    world_add_record(&world, "{'volume': 'pvc-2', 'directory': 'd-2'}", false);
    world.snapshot.recent_since_us = world.scan.records[0].record->changed_us - 1;
    consistency_check_export(&world.snapshot, &world.scan, &findings);
    CU_ASSERT_EQUAL_FATAL(findings.count, 1);
    CU_ASSERT_STRING_EQUAL(findings.items[0].volume, "pvc-2");
    findings_clear(&findings);
    world_end(&world);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_recent_record_without_a_volume_is_not_reported),
        TEST(a_volume_made_during_the_scan_is_not_reported),
        TEST(a_volume_changed_during_the_scan_is_not_reported),
        TEST(a_record_in_work_has_a_minute),
        TEST(a_recent_record_may_be_before_its_directory),
        {0},
    };
    return suite_run("consistency in time", tests, argc, argv);
}
