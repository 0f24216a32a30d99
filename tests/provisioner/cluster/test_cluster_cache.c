/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/cluster/cluster_cache.h"
#include "tests/provisioner/moorings.h"
#include "tests/provisioner/sets.h"

#include <pthread.h>

static char *our_name[] = {"mooring/nfs"};
static const struct provisioner_names ours = {our_name, 1};

/* A catalog that knows the class "nfs", which is ours, and "other", which is not. */
static struct catalog *begin(void)
{
    struct catalog *catalog = catalog_new();
    catalog_put_class(catalog, storage_class_with("{}"));
    catalog_put_class(catalog, storage_class_with("{'metadata': {'name': 'other'},"
                                                  " 'provisioner': 'somebody.example/else'}"));
    return catalog;
}

/* A set whose only template is so. */
static struct stateful_set *set_of(const char *template)
{
    autofree char *changes = memory_format("{'spec': {'volumeClaimTemplates': [%s]}}", template);
    return set_with(changes);
}

static void a_set_is_kept_for_the_class_that_its_template_names(void)
{
    static const struct {
        const char *template;
        bool is_kept;
    } cases[] = {
        {"{'metadata': {'name': 'data'}, 'spec': {'storageClassName': 'nfs'}}", true},
        {"{'metadata': {'name': 'data'}, 'spec': {'storageClassName': 'other'}}", false},
        {"{'metadata': {'name': 'data'}, 'spec': {'storageClassName': 'missing'}}", false},
        {"{'metadata': {'name': 'data'}, 'spec': {}}", false},
        {"{'metadata': {'name': 'data', 'annotations':"
         " {'volume.beta.kubernetes.io/storage-class': 'nfs'}},"
         " 'spec': {'storageClassName': 'other'}}",
         true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autodestroy(catalog) struct catalog *catalog = begin();
        bool is_kept = catalog_put_set(catalog, set_of(cases[i].template), &ours);
        autodestroy(stateful_set) struct stateful_set *kept = catalog_set(catalog, "default/web");
        ASSERT_CASE(is_kept == cases[i].is_kept, cases[i].template);
        ASSERT_CASE((kept != NULL) == cases[i].is_kept, cases[i].template);
    }
}

static void a_set_is_kept_for_a_claim_that_we_know(void)
{
    static const struct {
        const char *claim;
        bool is_kept;
    } cases[] = {
        {"{'metadata': {'name': 'data-web-0'}}", true},
        {"{'metadata': {'name': 'data-web-2'}}", true},
        {"{'metadata': {'name': 'data-web-3'}}", false}, /* there are three Pods */
        {"{'metadata': {'name': 'data-web-0', 'namespace': 'other'}}", false},
        {"{'metadata': {'name': 'web-0'}}", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autodestroy(catalog) struct catalog *catalog = begin();
        catalog_put_claim(catalog, claim_with(cases[i].claim));
        struct stateful_set *set = set_of("{'metadata': {'name': 'data'}, 'spec': {}}");
        ASSERT_CASE(catalog_put_set(catalog, set, &ours) == cases[i].is_kept, cases[i].claim);
    }
}

static void a_set_that_was_kept_stays_though_its_claims_are_gone(void)
{
    autodestroy(catalog) struct catalog *catalog = begin();
    CU_ASSERT(catalog_put_set(catalog, set_with("{}"), &ours));
    store_remove(catalog->classes, "nfs");
    CU_ASSERT(catalog_put_set(catalog, set_with("{}"), &ours));
    CU_ASSERT(catalog_remove_set(catalog, set_with("{}")));
    CU_ASSERT_FALSE(catalog_remove_set(catalog, set_with("{}")));
    CU_ASSERT_FALSE(catalog_put_set(catalog, set_with("{}"), &ours));
}

static void a_claim_was_first_seen_when_its_uid_was(void)
{
    static const struct {
        const char *changes;
        int64_t seen_us;
    } cases[] = {
        {"{'metadata': {'uid': 'first', 'resourceVersion': '1'}}", 1000},
        {"{'metadata': {'uid': 'first', 'resourceVersion': '2'}}", 1000},
        {"{'metadata': {'uid': 'second', 'resourceVersion': '3'}}", 1002},
    };
    autodestroy(catalog) struct catalog *catalog = begin();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct claim *claim = claim_with(cases[i].changes);
        claim->seen_us = 1000 + (int64_t)i;
        autofree char *key = claim_key(claim->namespace, claim->name);
        catalog_put_claim(catalog, claim);
        autodestroy(claim) struct claim *known = catalog_claim(catalog, key);
        ASSERT_CASE(known->seen_us == cases[i].seen_us, cases[i].changes);
    }
}

/* How many volumes a claim of that name leads to, and whether the claim of that UID leads to one.
 */
static void check_claims(struct catalog *catalog, const char *name, size_t count, const char *uid,
                         bool has_volume)
{
    struct volume **volumes;
    autofree char *key = claim_key("default", name);
    size_t found = catalog_volumes_of_name(catalog, key, &volumes);
    autodestroy(volume) struct volume *volume = catalog_volume_of_claim(catalog, uid);
    index_free_list((void **)volumes, found);
    ASSERT_CASE(found == count, name);
    ASSERT_CASE((volume != NULL) == has_volume, uid);
}

static void a_volume_is_known_by_the_claim_that_has_it_now(void)
{
    static const struct {
        const char *changes;
        size_t of_first, of_second;
        bool first_uid, second_uid;
    } cases[] = {
        {"{}", 1, 0, true, false},
        {"{'status': {'phase': 'Released'}}", 1, 0, true, false},
        {"{'spec': {'claimRef': {'uid': 'uid-2'}}}", 1, 0, false, true},
        {"{'spec': {'claimRef': {'uid': null}}}", 1, 0, false, false},
        {"{'spec': {'claimRef': {'name': 'second', 'uid': 'uid-2'}}}", 0, 1, false, true},
        {"{'spec': {'claimRef': {'name': 'second', 'uid': 'uid-1'}}}", 0, 1, true, false},
        {"{'spec': {'claimRef': null}}", 0, 0, false, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autodestroy(catalog) struct catalog *catalog = catalog_new();
        catalog_put_volume(catalog, volume_with("{}"));
        catalog_put_volume(catalog, volume_with(cases[i].changes));
        check_claims(catalog, "data-web-0", cases[i].of_first, "uid-1", cases[i].first_uid);
        check_claims(catalog, "second", cases[i].of_second, "uid-2", cases[i].second_uid);
        catalog_remove_volume(catalog, "pvc-1");
        check_claims(catalog, "data-web-0", 0, "uid-1", false);
        check_claims(catalog, "second", 0, "uid-2", false);
    }
}

/* Two volumes of one claim: what the one leaves behind is not the other's. */
static void a_volume_that_goes_takes_no_other_with_it(void)
{
    autodestroy(catalog) struct catalog *catalog = catalog_new();
    catalog_put_volume(catalog, volume_with("{}"));
    catalog_put_volume(catalog, volume_with("{'metadata': {'name': 'pvc-2'}}"));
    catalog_remove_volume(catalog, "pvc-1");
    check_claims(catalog, "data-web-0", 1, "uid-1", true);
}

enum { CHANGES = 20000 };

static void *change_often(void *context)
{
    autodestroy(volume) struct volume *volume = volume_with("{}");
    for (int i = 0; i < CHANGES; i++)
        catalog_put_volume(context, shared_hold(volume));
    return NULL;
}

/* Who saw it otherwise would take the claim for one that never had a volume. */
static void a_volume_that_changes_is_known_by_its_claim_at_every_moment(void)
{
    autodestroy(catalog) struct catalog *catalog = catalog_new();
    pthread_t thread;
    catalog_put_volume(catalog, volume_with("{}"));
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, change_often, catalog), 0);
    for (int i = 0; i < CHANGES; i++)
        check_claims(catalog, "data-web-0", 1, "uid-1", true);
    pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_set_is_kept_for_the_class_that_its_template_names),
        TEST(a_set_is_kept_for_a_claim_that_we_know),
        TEST(a_set_that_was_kept_stays_though_its_claims_are_gone),
        TEST(a_claim_was_first_seen_when_its_uid_was),
        TEST(a_volume_is_known_by_the_claim_that_has_it_now),
        TEST(a_volume_that_goes_takes_no_other_with_it),
        TEST(a_volume_that_changes_is_known_by_its_claim_at_every_moment),
        {0},
    };
    return suite_run("catalog", tests, argc, argv);
}
