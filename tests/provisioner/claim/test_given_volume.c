/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "k8s/resource.h"
#include "tests/provisioner/claim/leader.h"

/* A volume was made for a claim and given to it, and goes before Kubernetes has bound the two. */
#define CLAIM "data-web-0"
#define VOLUME "pvc-uid-1"

static void begin(struct shop *shop, struct leader *leader)
{
    struct error err;
    log_set_level(LOG_ERROR + 1);
    shop_open(shop, "{}");
    shop_put_claim(shop, CLAIM, "{}");
    leader_start(leader, shop);
    CU_ASSERT_EQUAL(leader_sync_claim(leader, CLAIM, &err), 0);
}

/* The volume was deleted before Kubernetes bound it. The answer that it was made came after the
 * watch had told that it is gone, so that the cache has it. */
static void one_that_only_the_cache_has_is_made_again(void)
{
    struct error err;
    struct shop shop;
    struct leader leader;
    begin(&shop, &leader);
    shop_delete_volume(&shop, VOLUME);
    CU_ASSERT_EQUAL(leader_sync_claim(&leader, CLAIM, &err), 0);
    leader_stop(&leader);
    shop_run_kubernetes(&shop);
    json_auto_t *claim = shop_claim(&shop, CLAIM);
    CU_ASSERT_STRING_EQUAL(shop_text(claim, "spec.volumeName"), VOLUME);
    shop_close(&shop);
}

static void one_that_is_being_deleted_holds_its_claim(void)
{
    static const struct object_key key = {.resource = &resource_volumes, .name = VOLUME};
    struct error err = {0};
    struct shop shop;
    struct leader leader;
    begin(&shop, &leader);
    memory_cluster_change(
        shop.cluster, &key,
        json_pack("{s:{s:s}}", "metadata", "deletionTimestamp", "2026-01-03T00:00:00Z"));
    CU_ASSERT_EQUAL(leader_sync_claim(&leader, CLAIM, &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "is being deleted"));
    leader_stop(&leader);
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(one_that_only_the_cache_has_is_made_again),
        TEST(one_that_is_being_deleted_holds_its_claim),
        {0},
    };
    return suite_run("given volume", tests, argc, argv);
}
