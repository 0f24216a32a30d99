/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "k8s/resource.h"
#include "tests/provisioner/claim/adoption.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/memory_share.h"

/* What a volume whose object was deleted keeps when it is made again from its record: its size, and
 * the labels that say of which set its claim is. */
#define CLAIM "data-web-0"
#define VOLUME "pvc-uid-1"
#define RECORD ".mooring/claims/cluster-1/shop/namespace-1/" CLAIM "/" VOLUME

static const struct object_key set_key = {
    .resource = &resource_stateful_sets, .namespace = "shop", .name = "web"};
static const struct object_key volume_key = {.resource = &resource_volumes, .name = VOLUME};

static void finish(struct shop *shop)
{
    struct error err;
    CU_ASSERT_EQUAL(leader_finish(shop, &err), 0);
}

static void begin(struct shop *shop)
{
    log_set_level(LOG_ERROR);
    leader_open_bound(shop, "{}", CLAIM);
}

static void raise_capacity(struct shop *shop)
{
    memory_cluster_change(shop->cluster, &volume_key,
                          json_pack("{s:{s:{s:s}}}", "spec", "capacity", "storage", "5Gi"));
    finish(shop);
}

static void expect_capacity(struct shop *shop, const char *expected)
{
    json_auto_t *volume = shop_volume(shop, VOLUME);
    ASSERT_CASE(is_text(shop_text(volume, "spec.capacity.storage"), expected), expected);
    for (int i = 0; i < 2; i++)
        finish(shop);
    json_auto_t *claim = shop_claim(shop, CLAIM);
    autofree char *path = memory_format(RECORD ".%s.in-use", shop_text(claim, "metadata.uid"));
    autofree char *record = memory_share_text(path);
    autofree char *part = memory_format("\"capacity\": \"%s\"", expected);
    require(record);
    ASSERT_CASE(strstr(record, part), record);
}

static bool has_labels(const struct shop *shop)
{
    json_auto_t *volume = shop_volume(shop, VOLUME);
    json_t *labels = json_object_get(json_object_get(volume, "metadata"), "labels");
    json_auto_t *expected = object_from("{'mooring/stateful-set': 'web', 'mooring/ordinal': '0',"
                                        " 'mooring/claim-template': 'data'}");
    return json_equal(labels, expected);
}

static void that_of_a_bound_claim_is_as_large_as_it_was(void)
{
    struct shop shop;
    begin(&shop);
    raise_capacity(&shop);
    shop_delete_volume(&shop, VOLUME);
    finish(&shop);
    expect_capacity(&shop, "5Gi");
    shop_close(&shop);
}

static void that_of_a_claim_that_came_back_is_as_large_as_either(void)
{
    static const struct {
        const char *claim;
        const char *capacity;
    } cases[] = {
        {"{'spec': {'resources': {'requests': {'storage': '2Gi'}}}}", "5Gi"},
        {"{'spec': {'resources': {'requests': {'storage': '9Gi'}}}}", "9Gi"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct shop shop;
        begin(&shop);
        raise_capacity(&shop);
        shop_replace_claim(&shop, CLAIM, cases[i].claim);
        shop_delete_volume(&shop, VOLUME);
        finish(&shop);
        expect_capacity(&shop, cases[i].capacity);
        shop_close(&shop);
    }
}

static void that_which_is_adopted_is_as_large_as_it_was(void)
{
    const struct adoption what = {.directory = "shop-" CLAIM "-" VOLUME, .claim = CLAIM};
    struct error err;
    struct shop shop;
    begin(&shop);
    raise_capacity(&shop);
    shop_delete_claim(&shop, CLAIM);
    shop_delete_volume(&shop, VOLUME);
    shop_put_claim(&shop, CLAIM, "{}");
    CU_ASSERT_EQUAL(adoption_run(&shop, &what, &err), 0);
    expect_capacity(&shop, "5Gi");
    shop_close(&shop);
}

/* The set is yet to be applied again. */
static void that_of_a_claim_before_its_set_has_the_labels(void)
{
    for (int comes_back = 0; comes_back < 2; comes_back++) {
        struct shop shop;
        begin(&shop);
        memory_cluster_remove(shop.cluster, &set_key);
        if (comes_back)
            shop_replace_claim(&shop, CLAIM, "{}");
        shop_delete_volume(&shop, VOLUME);
        finish(&shop);
        ASSERT_CASE(has_labels(&shop), comes_back ? "it comes back" : "it is bound");
        shop_close(&shop);
    }
}

static void so_has_one_that_is_adopted(void)
{
    const struct adoption what = {.directory = "shop-" CLAIM "-" VOLUME, .claim = CLAIM};
    struct error err;
    struct shop shop;
    begin(&shop);
    memory_cluster_remove(shop.cluster, &set_key);
    shop_delete_claim(&shop, CLAIM);
    shop_delete_volume(&shop, VOLUME);
    CU_ASSERT_EQUAL(adoption_run(&shop, &what, &err), 0);
    CU_ASSERT(has_labels(&shop));
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    const struct test tests[] = {
        TEST(that_of_a_bound_claim_is_as_large_as_it_was),
        TEST(that_of_a_claim_that_came_back_is_as_large_as_either),
        TEST(that_which_is_adopted_is_as_large_as_it_was),
        TEST(that_of_a_claim_before_its_set_has_the_labels),
        TEST(so_has_one_that_is_adopted),
        {0},
    };
    return suite_run("made_again", tests, argc, argv);
}
