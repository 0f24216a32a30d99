/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/catalog.h"
#include "tests/provisioner/sets.h"

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

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_set_is_kept_for_the_class_that_its_template_names),
        TEST(a_set_is_kept_for_a_claim_that_we_know),
        TEST(a_set_that_was_kept_stays_though_its_claims_are_gone),
        TEST(a_claim_was_first_seen_when_its_uid_was),
        {0},
    };
    return suite_run("catalog", tests, argc, argv);
}
