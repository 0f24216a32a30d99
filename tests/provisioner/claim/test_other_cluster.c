/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "k8s/resource.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/memory_share.h"

/*
 * Two clusters take over what a third one has recorded, both with its volume objects out of a
 * backup. The export decides, before either binds a claim.
 */
#define CLAIM "data-web-0"
#define VOLUME "pvc-uid-1"
#define RECORD ".mooring/claims/cluster-1/shop/namespace-1/" CLAIM "/" VOLUME ".uid-1.in-use"
#define OUR_FOLDER ".mooring/claims/cluster-2/"

static void begin(struct shop *shop)
{
    log_set_level(LOG_ERROR + 1);
    leader_open_bound(shop, "{}", CLAIM);
    json_auto_t *volume = shop_volume(shop, VOLUME);
    shop_rebuild(shop, "{'parameters': {'adopt': 'always'}}");
    shop_export_silence("cluster-1");
    memory_cluster_put(shop->cluster, &resource_volumes, volume);
    shop_run_kubernetes(shop);
    shop_put_claim(shop, CLAIM, "{}");
    request_log_clear(memory_share_log());
    request_log_clear(memory_cluster_log(shop->cluster));
}

static int count_patches(const struct shop *shop)
{
    return request_log_count(memory_cluster_log(shop->cluster), "PATCH persistentvolumes");
}

static void expect_unbound(void *context)
{
    CU_ASSERT_EQUAL(count_patches(context), 0);
}

static void the_record_is_taken_before_the_volume_is_bound(void)
{
    struct shop shop;
    struct error err;
    begin(&shop);
    disturb(memory_share_log(), .request = "RENAME " RECORD, .hook = expect_unbound,
            .context = &shop);
    CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "RENAME " RECORD), 1);
    autofree char *volume = shop_volume_of(&shop, CLAIM);
    CU_ASSERT_STRING_EQUAL(volume ? volume : "", VOLUME);
    CU_ASSERT_EQUAL(shop_count_lines(OUR_FOLDER, ".in-use"), 1);
    CU_ASSERT_EQUAL(shop_count_lines(RECORD, ""), 0);
    shop_close(&shop);
}

static void take_elsewhere(void *context)
{
    (void)context;
    memory_share_put_elsewhere(RECORD, ".mooring/claims/cluster-3/shop/namespace-1/" CLAIM
                                       "/" VOLUME ".uid-1.in-use");
    memory_share_put_file(".mooring/clusters/cluster-3", "led by x\n");
}

static void what_another_cluster_took_first_is_not_bound(void)
{
    struct shop shop;
    struct error err;
    begin(&shop);
    disturb(memory_share_log(), .request = "RENAME " RECORD, .hook = take_elsewhere);
    CU_ASSERT_EQUAL(leader_sync_claim_once(&shop, CLAIM, &err), -1);
    CU_ASSERT_EQUAL(count_patches(&shop), 0);
    CU_ASSERT_EQUAL(shop_count_events(&shop, "RecordTaken", ""), 0);
    CU_ASSERT_EQUAL(shop_count_events(&shop, "VolumeRebound", ""), 0);
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(the_record_is_taken_before_the_volume_is_bound),
        TEST(what_another_cluster_took_first_is_not_bound),
        {0},
    };
    return suite_run("other cluster", tests, argc, argv);
}
