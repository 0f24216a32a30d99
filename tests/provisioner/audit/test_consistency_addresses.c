/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/consistency.h"
#include "tests/provisioner/claim_fixtures.h"

/* One export that classes reach over several versions of NFS, and by several names of its server.
 */

#define NOTED(export)                                                                              \
    "{'metadata': {'annotations': {'pv.kubernetes.io/provisioned-by': 'mooring/nfs',"              \
    " 'mooring/export': '" export "', 'mooring/directory': 'd-1'}},"                               \
                                  " 'spec': {'storageClassName': 'gone', 'nfs': {'server': "       \
                                  "'10.0.0.2'}}}"

/* The directory d-1 is there, and mostly has no record. */
static const struct {
    const char *label;
    const char *volume;
    const char *record;
    bool is_known; /* that 10.0.0.1 leads to the export */
    enum finding_kind found;
} cases[] = {
    {"over another version", "{'spec': {'storageClassName': 'v4'}}", NULL, false,
     FINDING_VOLUME_WITHOUT_RECORD},
    {"by another name", "{'spec': {'storageClassName': 'ip', 'nfs': {'server': '10.0.0.1'}}}", NULL,
     true, FINDING_VOLUME_WITHOUT_RECORD},
    {"by another name, of which nothing is known",
     "{'spec': {'storageClassName': 'ip', 'nfs': {'server': '10.0.0.1'}}}", NULL, false,
     FINDING_DIRECTORY_WITHOUT_RECORD},
    {"by a name that its class does not have", "{'spec': {'nfs': {'server': '10.0.0.1'}}}", "{}",
     true, FINDING_VOLUME_PATH_MISMATCH},
    {"by another name, its class is gone",
     "{'spec': {'storageClassName': 'gone', 'nfs': {'server': '10.0.0.1'}}}", NULL, true,
     FINDING_VOLUME_WITHOUT_RECORD},
    {"by what is noted at it, its class is gone", NOTED("e-1"), NULL, false,
     FINDING_VOLUME_WITHOUT_RECORD},
    {"on another export, its class is gone", NOTED("e-2"), NULL, false,
     FINDING_DIRECTORY_WITHOUT_RECORD},
};

static void build(struct world *world, size_t i)
{
    struct error err;
    autodestroy(address) struct address *address =
        address_new("10.0.0.1", "/export", 3, 0, 0, &err);
    require(address);
    world_begin(world);
    world->scan.export_id = memory_copy("e-1");
    if (cases[i].is_known)
        export_scan_add_address(&world->scan, address);
    world_append(&world->snapshot.classes, &world->snapshot.class_count,
                 storage_class_with("{'metadata': {'name': 'v4'},"
                                    " 'parameters': {'nfsVersion': '4'}}"));
    world_append(&world->snapshot.classes, &world->snapshot.class_count,
                 storage_class_with("{'metadata': {'name': 'ip'},"
                                    " 'parameters': {'server': '10.0.0.1'}}"));
    world_add_volume(world, cases[i].volume);
    world_add_record(world, cases[i].record, true);
    if (!cases[i].record)
        world_add_unrecorded(world, "d-1");
}

static void a_volume_is_compared_once_with_the_export_of_its_class(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world world;
        struct findings findings = {0};
        build(&world, i);
        consistency_check_export(&world.snapshot, &world.scan, &findings);
        ASSERT_CASE(findings.count == 1, cases[i].label);
        ASSERT_CASE(findings_of_kind(&findings, cases[i].found) == 1, cases[i].label);
        findings_clear(&findings);
        world_end(&world);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_volume_is_compared_once_with_the_export_of_its_class),
        {0},
    };
    return suite_run("consistency addresses", tests, argc, argv);
}
