/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "k8s/resource.h"
#include "tests/provisioner/claim/leader.h"

/* A plain claim had the volume pvc-uid-1, and its class, or that of the claim that comes, is on
 * another export now: the claim gets a new directory there. */
#define CLAIM "plain"

static const struct object_key namespace_key = {.resource = &resource_namespaces, .name = "shop"};

static void begin(struct shop *shop)
{
    struct error err;
    log_set_level(LOG_ERROR);
    shop_open(shop, "{}");
    shop_put_claim(shop, CLAIM, "{}");
    CU_ASSERT_EQUAL_FATAL(leader_finish(shop, &err), 0);
}

static int count_events(const struct shop *shop)
{
    autofree char *words = memory_format(
        ". Volume pvc-uid-1 at %s:%s/shop-" CLAIM "-pvc-uid-1, which a claim of this name had, is "
        "kept: its class, or this one, names another export now. An administrator finds in "
        "mooring list what gives it back",
        shop_export_server(), shop_export_path());
    return shop_count_events(shop, "ProvisioningSucceeded", words);
}

static void a_volume_on_another_export_is_told_of(void)
{
    static const struct {
        const char *class, *claim;
    } cases[] = {
        {"{'parameters': {'server': 'other.example'}}", "{}"},
        {"{'metadata': {'name': 'fast'}, 'parameters': {'server': 'other.example'}}",
         "{'spec': {'storageClassName': 'fast'}}"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct shop shop;
        struct error err = {0};
        begin(&shop);
        shop_put_class(&shop, cases[i].class);
        shop_replace_claim(&shop, CLAIM, cases[i].claim);
        ASSERT_CASE(leader_finish(&shop, &err) == 0, err.message);
        CU_ASSERT_EQUAL(shop_count_events(&shop, "ProvisioningSucceeded", "on other.example:"), 1);
        ASSERT_CASE(count_events(&shop) == 1, cases[i].class);
        shop_close(&shop);
    }
}

/* The tenant before may have chosen its name. */
static void one_of_an_earlier_namespace_is_not_told_of(void)
{
    struct shop shop;
    struct error err = {0};
    begin(&shop);
    shop_put_class(&shop, "{'parameters': {'server': 'other.example'}}");
    shop_replace_namespace(&shop);
    memory_cluster_change(shop.cluster, &namespace_key,
                          object_from("{'metadata': {'creationTimestamp': "
                                      "'2999-01-01T00:00:00Z'}}"));
    shop_put_claim(&shop, CLAIM, "{}");
    ASSERT_CASE(leader_finish(&shop, &err) == 0, err.message);
    CU_ASSERT_EQUAL(shop_count_events(&shop, "ProvisioningSucceeded", "on other.example:"), 1);
    CU_ASSERT_EQUAL(shop_count_events(&shop, "ProvisioningSucceeded", "is kept"), 0);
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_volume_on_another_export_is_told_of),
        TEST(one_of_an_earlier_namespace_is_not_told_of),
        {0},
    };
    return suite_run("left behind", tests, argc, argv);
}
