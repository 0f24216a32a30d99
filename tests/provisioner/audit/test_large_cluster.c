/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/consistency.h"
#include "tests/provisioner/claim_fixtures.h"

/* How much work a cluster makes is counted by the comparisons of texts, which no host does faster
 * than another. */
static size_t comparisons;

// NOLINTBEGIN(readability-identifier-naming): the linker's names for a wrapped function
int __real_strcmp(const char *one, const char *other);
int __wrap_strcmp(const char *one, const char *other);

// NOLINTEND(readability-identifier-naming): as above

int __wrap_strcmp(const char *one, const char *other)
{
    comparisons++;
    return __real_strcmp(one, other);
}

/* What each claim of a cluster has. Each is in a namespace of its own, with a set of its own. */
static const struct kind {
    const char *label;
    bool has_claim, has_volume;
    const char *only; /* the namespace that is asked for; NULL: all */
} kinds[] = {
    {"each claim has its volume", true, true, NULL},
    {"the claims are gone", false, true, NULL},
    {"the volumes are gone", false, false, NULL},
    {"one namespace is asked for", false, true, "shop-000007"},
};

static void add_namespace(struct world *world, const char *name)
{
    struct cluster_snapshot *snapshot = &world->snapshot;
    snapshot->namespaces = memory_grow(snapshot->namespaces, snapshot->namespace_count + 1,
                                       sizeof *snapshot->namespaces);
    snapshot->namespaces[snapshot->namespace_count++] = (struct known_namespace){
        .name = memory_copy(name), .uid = memory_copy("ns-1"), .created_us = -1};
}

static void add_claim(struct world *world, const struct kind *kind, int i)
{
    struct cluster_snapshot *snapshot = &world->snapshot;
    autofree char *namespace = memory_format("shop-%06d", i);
    autofree char *set = memory_format("{'metadata': {'namespace': '%s'}}", namespace);
    autofree char *claim = memory_format("{'metadata': {'namespace': '%s', 'uid': 'uid-%06d'},"
                                         " 'spec': {'volumeName': 'pvc-%06d'}}",
                                         namespace, i, i);
    autofree char *volume =
        memory_format("{'metadata': {'name': 'pvc-%06d'}, 'spec': {'claimRef': {'namespace': '%s',"
                      " 'uid': 'uid-%06d'}, 'nfs': {'path': '/export/d-%06d'}}}",
                      i, namespace, i, i);
    autofree char *record =
        memory_format("{'volume': 'pvc-%06d', 'directory': 'd-%06d', 'namespace': {'name': '%s'},"
                      " 'claim': {'uid': 'uid-%06d'}}",
                      i, i, namespace, i);
    add_namespace(world, namespace);
    world_append(&snapshot->sets, &snapshot->set_count, stateful_set_with(set));
    if (kind->has_claim)
        world_append(&snapshot->claims, &snapshot->claim_count, mooring_claim_with(claim));
    world_add_volume(world, kind->has_volume ? volume : NULL);
    world_add_record(world, record, true);
}

/* The comparisons that `mooring list` makes for so many claims. */
static size_t count_work(const struct kind *kind, int claims, struct findings *findings)
{
    struct world world;
    struct error err;
    world_begin(&world);
    for (int i = 0; i < claims; i++)
        add_claim(&world, kind, i);
    world.snapshot.namespace = kind->only;
    struct export_scan *scan = &world.scan;
    const struct scans scans = {.items = &scan, .count = 1};
    comparisons = 0;
    cluster_snapshot_sort(&world.snapshot);
    /* All of them are known already. */
    CU_ASSERT_EQUAL(what_becomes_read_namespaces(&world.snapshot, &scans, NULL, &err), 0);
    consistency_check_export(&world.snapshot, &world.scan, findings);
    world_check_cluster(&world, findings);
    size_t count = comparisons;
    world_end(&world);
    return count;
}

/* Work that is n times n would be four times as much. */
static void twice_as_many_claims_are_hardly_more_than_twice_the_work(void)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct findings few = {0}, many = {0};
        size_t one = count_work(&kinds[i], 500, &few);
        size_t other = count_work(&kinds[i], 1000, &many);
        autofree char *label =
            memory_format("%s: %zu and %zu comparisons", kinds[i].label, one, other);
        ASSERT_CASE(other < 3 * one, label);
        ASSERT_CASE(many.count == (kinds[i].only ? 1 : kinds[i].has_claim ? 0 : 1000), label);
        findings_clear(&few);
        findings_clear(&many);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(twice_as_many_claims_are_hardly_more_than_twice_the_work),
        {0},
    };
    return suite_run("large cluster", tests, argc, argv);
}
