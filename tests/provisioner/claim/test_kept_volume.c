/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "k8s/resource.h"
#include "provisioner/claim/kept_volume.h"
#include "tests/provisioner/claim/leader.h"

/* A claim is gone, and its volume has the policy Delete. */
#define CLAIM "data-web-0"
#define VOLUME "pvc-uid-1"

/* The claim is bound, and a leader knows it. */
static void begin(struct shop *shop, struct leader *leader)
{
    log_set_level(LOG_ERROR);
    leader_open_bound(shop, "{'reclaimPolicy': 'Delete'}", CLAIM);
    leader_start(leader, shop);
    leader_drop_work(leader);
}

static void end(struct shop *shop, struct leader *leader)
{
    leader_stop(leader);
    shop_close(shop);
}

static void release_volume(struct shop *shop)
{
    shop_delete_claim(shop, CLAIM);
    shop_run_kubernetes(shop);
}

static void change_volume(struct shop *shop, json_t *take_patch)
{
    const struct object_key key = {.resource = &resource_volumes, .name = VOLUME};
    memory_cluster_change(shop->cluster, &key, take_patch);
}

static void read_and_work(struct leader *leader)
{
    struct error err;
    leader_read(leader);
    CU_ASSERT_EQUAL(leader_work_alone(leader, &err), 0);
}

/* What this process has counted as failed deletions, and how many volumes it sees kept. */
static void expect(const struct leader *leader, int failed, size_t kept)
{
    autofree char *page = metrics_render(leader->context.metrics, NULL, 0);
    autofree char *line = memory_format(
        "controller_persistentvolume_delete_failed_total{class=\"nfs\",source=\"\"} %d\n", failed);
    bool is_counted = strstr(page, "delete_failed_total{");
    CU_ASSERT(failed ? strstr(page, line) != NULL : !is_counted);
    CU_ASSERT_EQUAL(kept_volume_count(leader->context.cache->volumes), kept);
}

/* A repeated event is one object. */
static int times_told(const struct shop *shop)
{
    size_t i;
    json_t *event;
    int times = 0;
    json_auto_t *events = memory_cluster_list(shop->events, &resource_events);
    json_array_foreach (events, i, event) {
        if (is_text(shop_text(event, "reason"), "VolumeFailedDelete"))
            times += (int)json_integer_value(json_object_get(event, "count"));
    }
    return times;
}

static void a_release_is_told_and_counted_once(void)
{
    struct shop shop;
    struct leader leader;
    begin(&shop, &leader);
    read_and_work(&leader);
    expect(&leader, 0, 0);
    release_volume(&shop);
    read_and_work(&leader);
    expect(&leader, 1, 1);
    change_volume(&shop, json_pack("{s:{s:{s:s}}}", "spec", "capacity", "storage", "7Gi"));
    read_and_work(&leader); /* because of its capacity */
    read_and_work(&leader);
    expect(&leader, 1, 1);
    leader_stop(&leader);
    CU_ASSERT_EQUAL(times_told(&shop), 1);
    shop_close(&shop);
}

/* Perhaps no process led at that time; or another one has counted the release. */
static void a_volume_that_was_released_before_we_came_is_told_and_not_counted(void)
{
    struct shop shop;
    struct leader leader;
    begin(&shop, &leader);
    release_volume(&shop);
    leader_stop(&leader);
    leader_start(&leader, &shop);
    read_and_work(&leader);
    change_volume(&shop, json_pack("{s:{s:{s:s}}}", "spec", "capacity", "storage", "7Gi"));
    read_and_work(&leader);
    expect(&leader, 0, 1);
    leader_stop(&leader);
    CU_ASSERT_EQUAL(times_told(&shop), 1);
    shop_close(&shop);
}

static void a_volume_whose_policy_becomes_delete_after_its_release_is_counted(void)
{
    struct shop shop;
    struct leader leader;
    begin(&shop, &leader);
    change_volume(&shop, json_pack("{s:{s:s}}", "spec", "persistentVolumeReclaimPolicy", "Retain"));
    release_volume(&shop);
    read_and_work(&leader);
    expect(&leader, 0, 0);
    change_volume(&shop, json_pack("{s:{s:s}}", "spec", "persistentVolumeReclaimPolicy", "Delete"));
    read_and_work(&leader);
    expect(&leader, 1, 1);
    end(&shop, &leader);
}

static void begin_term(struct leader *leader)
{
    struct error err;
    queue_resume(leader->queue);
    leader_queue_everything(leader);
    CU_ASSERT_EQUAL(leader_work_alone(leader, &err), 0);
}

static void what_was_released_before_a_term_is_told_once_and_not_counted(void)
{
    struct shop shop;
    struct leader leader;
    begin(&shop, &leader);
    queue_hold(leader.queue);
    release_volume(&shop);
    leader_read(&leader);
    for (int terms = 0; terms < 2; terms++) {
        begin_term(&leader);
        queue_hold(leader.queue);
    }
    expect(&leader, 0, 1);
    leader_stop(&leader);
    CU_ASSERT_EQUAL(times_told(&shop), 1);
    shop_close(&shop);
}

/* The watch has another thread than the worker that tells. */
static void what_is_told_while_the_watch_brings_it_again_is_counted_once(void)
{
    struct shop shop;
    struct leader leader;
    begin(&shop, &leader);
    release_volume(&shop);
    leader_read(&leader);
    autorelease(volume) struct volume *before = cluster_cache_volume(leader.context.cache, VOLUME);
    leader_read(&leader);
    kept_volume_tell(&leader.context, before);
    read_and_work(&leader);
    expect(&leader, 1, 1);
    end(&shop, &leader);
}

/* Kubernetes has not looked at it yet, so that its phase is the one from before. */
static void a_volume_that_is_given_to_another_claim_is_not_told_for_that(void)
{
    struct shop shop;
    struct leader leader;
    struct error err;
    begin(&shop, &leader);
    release_volume(&shop);
    read_and_work(&leader);
    expect(&leader, 1, 1);
    shop_put_claim(&shop, CLAIM, "{}");
    leader_read(&leader);
    CU_ASSERT_EQUAL(leader_sync_claim(&leader, CLAIM, &err), 0);
    read_and_work(&leader);
    expect(&leader, 1, 1);
    end(&shop, &leader);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_release_is_told_and_counted_once),
        TEST(a_volume_that_was_released_before_we_came_is_told_and_not_counted),
        TEST(a_volume_whose_policy_becomes_delete_after_its_release_is_counted),
        TEST(what_was_released_before_a_term_is_told_once_and_not_counted),
        TEST(what_is_told_while_the_watch_brings_it_again_is_counted_once),
        TEST(a_volume_that_is_given_to_another_claim_is_not_told_for_that),
        {0},
    };
    return suite_run("kept_volume", tests, argc, argv);
}
