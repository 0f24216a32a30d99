/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "k8s/resource.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/memory_share.h"

/*
 * The text of a record says what a lost volume is made again from: it follows what people and
 * Kubernetes change at the volume.
 */
#define CLAIM "data-web-0"
#define VOLUME "pvc-uid-1"
#define RECORD ".mooring/claims/cluster-1/shop/namespace-1/" CLAIM "/" VOLUME ".uid-1.in-use"

static const struct object_key volume_key = {.resource = &resource_volumes, .name = VOLUME};

static void begin(struct shop *shop)
{
    struct error err;
    log_set_level(LOG_ERROR);
    shop_open(shop, "{}");
    shop_put_claim(shop, CLAIM, "{}");
    CU_ASSERT_EQUAL_FATAL(leader_finish(shop, &err), 0);
}

static void expect_record(const char *part)
{
    autofree char *text = memory_share_text(RECORD);
    require(text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, part));
}

static void change_policy(struct shop *shop, const char *policy)
{
    memory_cluster_change(shop->cluster, &volume_key,
                          json_pack("{s:{s:s}}", "spec", "persistentVolumeReclaimPolicy", policy));
}

static void expect_volume(const struct shop *shop, const char *path, const char *expected)
{
    json_auto_t *volume = shop_volume(shop, VOLUME);
    CU_ASSERT_STRING_EQUAL(shop_text(volume, path), expected);
}

/* A volume that is protected stays protected, although its object is lost afterwards. */
static void a_volume_made_again_has_the_policy_that_it_was_given(void)
{
    static const char *const policies[] = {"Delete", "Retain"};
    struct error err;
    struct shop shop;
    begin(&shop);
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        change_policy(&shop, policies[i]);
        CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
        expect_record(policies[i]);
        shop_delete_volume(&shop, VOLUME);
        CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
        expect_volume(&shop, "spec.persistentVolumeReclaimPolicy", policies[i]);
    }
    shop_close(&shop);
}

static void the_capacity_follows_too(void)
{
    struct error err;
    struct shop shop;
    begin(&shop);
    memory_cluster_change(shop.cluster, &volume_key,
                          json_pack("{s:{s:{s:s}}}", "spec", "capacity", "storage", "7Gi"));
    CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
    expect_record("7Gi");
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    const struct test tests[] = {
        TEST(a_volume_made_again_has_the_policy_that_it_was_given),
        TEST(the_capacity_follows_too),
        {0},
    };
    return suite_run("record_text", tests, argc, argv);
}
