/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "k8s/resource.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/memory_share.h"

/*
 * Each kind of object has its own watch, and one may be behind the others by half a minute. What
 * it has not brought yet decides nothing.
 */
#define CLAIM "data-web-0"
#define VOLUME "pvc-uid-1"

struct fixture {
    struct shop shop;
    struct leader leader;
    struct error err;
};

static void begin(struct fixture *fixture, const char *class_changes)
{
    *fixture = (struct fixture){0};
    log_set_level(LOG_ERROR + 1);
    shop_open(&fixture->shop, class_changes);
}

static void end(struct fixture *fixture)
{
    leader_stop(&fixture->leader);
    shop_close(&fixture->shop);
}

/* --- volumes --- */

static void a_claim_whose_volume_was_moved_on_before_it_was_bound_is_told(void)
{
    static const struct object_key key = {.resource = &resource_volumes, .name = VOLUME};
    struct fixture fixture;
    begin(&fixture, "{}");
    shop_put_claim(&fixture.shop, CLAIM, "{}");
    leader_start(&fixture.leader, &fixture.shop);
    CU_ASSERT_EQUAL(leader_sync_claim(&fixture.leader, CLAIM, &fixture.err), 0);
    memory_cluster_change(
        fixture.shop.cluster, &key,
        json_pack("{s:{s:{s:s, s:s}}}", "spec", "claimRef", "name", "other", "uid", "uid-9"));
    CU_ASSERT_EQUAL(leader_sync_claim(&fixture.leader, CLAIM, &fixture.err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(fixture.err.message, "was handed to another claim"));
    end(&fixture);
}

int main(int argc, char **argv)
{
    const struct test tests[] = {
        TEST(a_claim_whose_volume_was_moved_on_before_it_was_bound_is_told),
        {0},
    };
    return suite_run("watch_behind", tests, argc, argv);
}
