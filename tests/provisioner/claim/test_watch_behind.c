/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/log.h"
#include "k8s/resource.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/memory_share.h"

#include <unistd.h>

/*
 * Each kind of object has its own watch, and one may be behind the others by half a minute. What
 * it has not brought yet decides nothing.
 */
#define CLAIM "data-web-0"
#define VOLUME "pvc-uid-1"
#define ADOPTS "{'parameters': {'adopt': 'always'}}"

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

static void expect_text(const struct fixture *fixture, const char *volume, const char *path,
                        const char *expected)
{
    json_auto_t *object = shop_volume(&fixture->shop, volume);
    CU_ASSERT_STRING_EQUAL(shop_text(object, path), expected);
}

static void expect_directory(const struct fixture *fixture, const char *volume,
                             const char *directory)
{
    expect_text(fixture, volume, "metadata.annotations.mooring/directory", directory);
}

/* --- classes --- */

/* A claim of the class as it was; then the namespace is made again, and the leader knows all. */
static void begin_with_data(struct fixture *fixture, const char *class_changes)
{
    begin(fixture, class_changes);
    shop_put_claim(&fixture->shop, CLAIM, "{}");
    CU_ASSERT_EQUAL_FATAL(leader_finish(&fixture->shop, &fixture->err), 0);
    shop_replace_namespace(&fixture->shop);
    shop_delete_volume(&fixture->shop, VOLUME);
    shop_put_claim(&fixture->shop, CLAIM, "{}");
    leader_start(&fixture->leader, &fixture->shop);
}

static void a_claim_gets_what_its_class_adopts_now(void)
{
    struct fixture fixture;
    begin_with_data(&fixture, "{}");
    shop_put_class(&fixture.shop, ADOPTS);
    CU_ASSERT_EQUAL(leader_sync_claim(&fixture.leader, CLAIM, &fixture.err), 0);
    expect_directory(&fixture, VOLUME, "shop-" CLAIM "-" VOLUME);
    end(&fixture);
}

static void a_claim_does_not_get_what_its_class_adopts_no_longer(void)
{
    struct fixture fixture;
    begin_with_data(&fixture, ADOPTS);
    shop_put_class(&fixture.shop, "{}");
    CU_ASSERT_EQUAL(leader_sync_claim(&fixture.leader, CLAIM, &fixture.err), 0);
    expect_directory(&fixture, "pvc-uid-2", "shop-" CLAIM "-pvc-uid-2");
    end(&fixture);
}

/* It was read for another claim just now. */
static void a_class_that_the_watch_has_brought_since_it_was_read_is_read_again(void)
{
    struct fixture fixture;
    begin_with_data(&fixture, "{}");
    leader_warm_up(&fixture.leader);
    shop_put_class(&fixture.shop, ADOPTS);
    leader_read(&fixture.leader);
    CU_ASSERT_EQUAL(leader_sync_claim(&fixture.leader, CLAIM, &fixture.err), 0);
    expect_directory(&fixture, VOLUME, "shop-" CLAIM "-" VOLUME);
    end(&fixture);
}

static void a_claim_whose_class_is_gone_gets_nothing(void)
{
    static const struct object_key key = {.resource = &resource_storage_classes, .name = "nfs"};
    struct fixture fixture;
    begin_with_data(&fixture, "{}");
    memory_cluster_remove(fixture.shop.cluster, &key);
    CU_ASSERT_EQUAL(leader_sync_claim(&fixture.leader, CLAIM, &fixture.err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(fixture.err.message, "storage class nfs does not exist"));
    CU_ASSERT_EQUAL(memory_cluster_count(fixture.shop.cluster, &resource_volumes), 0);
    end(&fixture);
}

static void a_claim_whose_class_waits_for_a_node_now_waits(void)
{
    struct fixture fixture;
    begin_with_data(&fixture, "{}");
    shop_put_class(&fixture.shop, "{'volumeBindingMode': 'WaitForFirstConsumer'}");
    CU_ASSERT_EQUAL(leader_sync_claim(&fixture.leader, CLAIM, &fixture.err), 0);
    CU_ASSERT_EQUAL(memory_cluster_count(fixture.shop.cluster, &resource_volumes), 0);
    end(&fixture);
}

static void a_claim_whose_class_cannot_be_read_waits(void)
{
    struct fixture fixture;
    begin_with_data(&fixture, "{}");
    disturb(memory_cluster_log(fixture.shop.cluster), .request = "GET storageclasses/nfs",
            .answer = 503);
    CU_ASSERT_EQUAL(leader_sync_claim(&fixture.leader, CLAIM, &fixture.err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(fixture.err.message, "read storage class nfs"));
    CU_ASSERT_EQUAL(memory_cluster_count(fixture.shop.cluster, &resource_volumes), 0);
    end(&fixture);
}

/* What a claim needs is read before Kubernetes has asked a provisioner, and other claims share it.
 */
static void claims_that_come_together_share_what_is_read(void)
{
    static const char not_asked[] =
        "{'metadata': {'annotations': {'volume.kubernetes.io/storage-provisioner': ''}}}";
    static const char *const names[] = {"a", "b", "c"};
    struct fixture fixture;
    begin(&fixture, "{}");
    for (int i = 0; i < 3; i++)
        shop_put_claim(&fixture.shop, names[i], not_asked);
    leader_start(&fixture.leader, &fixture.shop);
    struct request_log *log = memory_cluster_log(fixture.shop.cluster);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(leader_sync_claim(&fixture.leader, names[i], &fixture.err), 0);
    for (int i = 0; i < 3; i++) {
        const struct object_key key = {&resource_claims, "shop", names[i]};
        memory_cluster_change(fixture.shop.cluster, &key,
                              json_pack("{s:{s:{s:s}}}", "metadata", "annotations",
                                        "volume.kubernetes.io/storage-provisioner", "mooring/nfs"));
    }
    CU_ASSERT_EQUAL(request_log_count(log, "GET storageclasses/nfs"), 1);
    leader_read_kind(&fixture.leader, WATCHED_CLAIMS);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(leader_sync_claim(&fixture.leader, names[i], &fixture.err), 0);
    CU_ASSERT_EQUAL(memory_cluster_count(fixture.shop.cluster, &resource_volumes), 3);
    CU_ASSERT_EQUAL(request_log_count(log, "GET"), 3); /* namespace, sets, class */
    end(&fixture);
}

/* --- StatefulSets --- */

#define CLAIM_OF_DB "data-db-0"

static void put_new_set(struct shop *shop)
{
    shop_put_set(shop, "{'metadata': {'name': 'db', 'uid': 'set-2'}}");
}

/* So long claims that come together share what is read once more. */
static void pass_the_moment_that_is_shared(void)
{
    usleep(250 * 1000);
}

/* A claim that belonged to no set has come back, and the leader has read the namespace. */
static void begin_plain(struct fixture *fixture)
{
    begin(fixture, "{}");
    shop_put_claim(&fixture->shop, CLAIM_OF_DB, "{}");
    CU_ASSERT_EQUAL_FATAL(leader_finish(&fixture->shop, &fixture->err), 0);
    shop_replace_claim(&fixture->shop, CLAIM_OF_DB, "{}");
    leader_start(&fixture->leader, &fixture->shop);
    leader_warm_up(&fixture->leader);
    pass_the_moment_that_is_shared();
}

static void a_claim_comes_back_to_a_set_that_is_newer_than_what_was_read(void)
{
    struct fixture fixture;
    begin_plain(&fixture);
    put_new_set(&fixture.shop);
    CU_ASSERT_EQUAL(leader_sync_claim(&fixture.leader, CLAIM_OF_DB, &fixture.err), 0);
    expect_text(&fixture, VOLUME, "spec.claimRef.uid", "uid-2");
    expect_text(&fixture, VOLUME, "metadata.labels.mooring/stateful-set", "db");
    end(&fixture);
}

static void a_claim_that_still_has_no_set_begins_anew(void)
{
    struct fixture fixture;
    begin_plain(&fixture);
    CU_ASSERT_EQUAL(leader_sync_claim(&fixture.leader, CLAIM_OF_DB, &fixture.err), 0);
    expect_text(&fixture, VOLUME, "spec.claimRef.uid", "uid-1");
    expect_text(&fixture, "pvc-uid-2", "spec.claimRef.uid", "uid-2");
    end(&fixture);
}

/* Were the sets read for each of them, thousands would read them thousands of times. */
static void claims_that_come_back_together_read_the_sets_once_more(void)
{
    static const char *const names[] = {"data-db-0", "data-db-1", "data-db-2", "data-db-3"};
    struct fixture fixture;
    begin(&fixture, "{}");
    for (int i = 0; i < 4; i++)
        shop_put_claim(&fixture.shop, names[i], "{}");
    CU_ASSERT_EQUAL_FATAL(leader_finish(&fixture.shop, &fixture.err), 0);
    for (int i = 0; i < 4; i++)
        shop_replace_claim(&fixture.shop, names[i], "{}");
    leader_start(&fixture.leader, &fixture.shop);
    leader_warm_up(&fixture.leader);
    pass_the_moment_that_is_shared();
    struct request_log *log = memory_cluster_log(fixture.shop.cluster);
    request_log_clear(log);
    int64_t began_us = clock_monotonic_us();
    for (int i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(leader_sync_claim(&fixture.leader, names[i], &fixture.err), 0);
    int64_t moments = (clock_monotonic_us() - began_us) / INT64_C(200000) + 1;
    CU_ASSERT_TRUE(request_log_count(log, "GET namespaces/shop/statefulsets") <= moments);
    CU_ASSERT_EQUAL(memory_cluster_count(fixture.shop.cluster, &resource_volumes), 8);
    end(&fixture);
}

static void a_claim_waits_until_it_is_known_that_no_set_is_new(void)
{
    struct fixture fixture;
    begin_plain(&fixture);
    disturb(memory_cluster_log(fixture.shop.cluster), .request = "GET namespaces/shop/statefulsets",
            .answer = 503);
    CU_ASSERT_EQUAL(leader_sync_claim(&fixture.leader, CLAIM_OF_DB, &fixture.err), -1);
    CU_ASSERT_EQUAL(memory_cluster_count(fixture.shop.cluster, &resource_volumes), 1);
    end(&fixture);
}

static void a_try_after_one_that_failed_knows_a_set_that_is_new(void)
{
    struct fixture fixture;
    begin(&fixture, "{}");
    shop_put_claim(&fixture.shop, CLAIM_OF_DB, "{}");
    leader_start(&fixture.leader, &fixture.shop);
    leader_warm_up(&fixture.leader);
    disturb(memory_share_log(), .request = "WRITE", .answer = ERROR_FULL);
    CU_ASSERT_EQUAL(leader_sync_claim(&fixture.leader, CLAIM_OF_DB, &fixture.err), -1);
    put_new_set(&fixture.shop);
    CU_ASSERT_EQUAL(leader_sync_claim(&fixture.leader, CLAIM_OF_DB, &fixture.err), 0);
    expect_text(&fixture, VOLUME, "metadata.labels.mooring/stateful-set", "db");
    end(&fixture);
}

/* Its Pod comes from a set that was made after the claim. */
static void a_claim_that_waited_for_a_node_knows_a_set_that_is_new(void)
{
    static const struct object_key key = {&resource_claims, "shop", CLAIM_OF_DB};
    struct fixture fixture;
    begin(&fixture, "{'volumeBindingMode': 'WaitForFirstConsumer'}");
    shop_put_claim(&fixture.shop, CLAIM_OF_DB, "{}");
    leader_start(&fixture.leader, &fixture.shop);
    CU_ASSERT_EQUAL(leader_sync_claim(&fixture.leader, CLAIM_OF_DB, &fixture.err), 0);
    CU_ASSERT_EQUAL(memory_cluster_count(fixture.shop.cluster, &resource_volumes), 0);
    leader_warm_up(&fixture.leader);
    put_new_set(&fixture.shop);
    memory_cluster_change(fixture.shop.cluster, &key,
                          json_pack("{s:{s:{s:s}}}", "metadata", "annotations",
                                    "volume.kubernetes.io/selected-node", "node-1"));
    leader_read_kind(&fixture.leader, WATCHED_CLAIMS);
    CU_ASSERT_EQUAL(leader_sync_claim(&fixture.leader, CLAIM_OF_DB, &fixture.err), 0);
    expect_text(&fixture, VOLUME, "metadata.labels.mooring/stateful-set", "db");
    end(&fixture);
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
        TEST(a_claim_gets_what_its_class_adopts_now),
        TEST(a_claim_does_not_get_what_its_class_adopts_no_longer),
        TEST(a_class_that_the_watch_has_brought_since_it_was_read_is_read_again),
        TEST(a_claim_whose_class_is_gone_gets_nothing),
        TEST(a_claim_whose_class_waits_for_a_node_now_waits),
        TEST(a_claim_whose_class_cannot_be_read_waits),
        TEST(claims_that_come_together_share_what_is_read),
        TEST(a_claim_comes_back_to_a_set_that_is_newer_than_what_was_read),
        TEST(a_claim_that_still_has_no_set_begins_anew),
        TEST(claims_that_come_back_together_read_the_sets_once_more),
        TEST(a_claim_waits_until_it_is_known_that_no_set_is_new),
        TEST(a_try_after_one_that_failed_knows_a_set_that_is_new),
        TEST(a_claim_that_waited_for_a_node_knows_a_set_that_is_new),
        TEST(a_claim_whose_volume_was_moved_on_before_it_was_bound_is_told),
        {0},
    };
    return suite_run("watch_behind", tests, argc, argv);
}
