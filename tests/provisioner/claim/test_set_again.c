/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/log.h"
#include "k8s/resource.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/memory_share.h"

/*
 * A set is deleted with --cascade=orphan and applied again, as one does to change its claim
 * templates: it has another UID, and its claims and volumes have lived on.
 */
#define CLAIM "data-web-0"
#define VOLUME "pvc-uid-1"
#define RECORD ".mooring/claims/cluster-1/shop/namespace-1/" CLAIM "/" VOLUME ".uid-1.in-use"

/* Its retention policy. */
#define DISCARDING "{'whenDeleted': 'Delete', 'whenScaled': 'Retain'}"
#define KEEPING "{'whenDeleted': 'Retain', 'whenScaled': 'Retain'}"
#define OWNED_BY_EARLIER                                                                           \
    "{'metadata': {'ownerReferences': [{'apiVersion': 'apps/v1', 'kind': 'StatefulSet', 'uid':"    \
    " 'set-1'}]}}"
#define LEAVING "{'metadata': {'deletionTimestamp': '2026-01-02T00:00:00Z'}}"

static const struct object_key volume_key = {.resource = &resource_volumes, .name = VOLUME};
static const struct object_key claim_key_here = {
    .resource = &resource_claims, .namespace = "shop", .name = CLAIM};

static struct error last_err;

static void put_set(struct shop *shop, const char *policy, const char *uid)
{
    autofree char *changes = memory_format(
        "{'metadata': {'uid': '%s'}, 'spec': {'persistentVolumeClaimRetentionPolicy': %s}}", uid,
        policy);
    shop_put_set(shop, changes);
}

static void finish(struct shop *shop)
{
    CU_ASSERT_EQUAL(leader_finish(shop, &last_err), 0);
}

static void begin(struct shop *shop, const char *policy)
{
    log_set_level(LOG_ERROR);
    shop_open(shop, "{}");
    put_set(shop, policy, "set-1");
    shop_put_claim(shop, CLAIM, "{}");
    finish(shop);
}

static void change(struct shop *shop, const struct object_key *key, const char *changes)
{
    memory_cluster_change(shop->cluster, key, object_from(changes));
}

static bool is_noted(const struct shop *shop, const char *uid)
{
    json_auto_t *volume = shop_volume(shop, VOLUME);
    json_t *annotations = json_object_get(json_object_get(volume, "metadata"), "annotations");
    return is_text(json_string_value(json_object_get(annotations, "mooring/stateful-set-uid")),
                   uid);
}

static void expect_volume_after_deletion(struct shop *shop, const char *expected)
{
    shop_replace_claim(shop, CLAIM, "{}");
    finish(shop);
    json_auto_t *claim = shop_claim(shop, CLAIM);
    CU_ASSERT_STRING_EQUAL(shop_text(claim, "spec.volumeName"), expected);
}

static void a_claim_deleted_by_hand_keeps_what_it_has_under_the_new_set(void)
{
    struct shop shop;
    begin(&shop, DISCARDING);
    put_set(&shop, DISCARDING, "set-2");
    finish(&shop);
    CU_ASSERT(is_noted(&shop, "set-2"));
    expect_volume_after_deletion(&shop, VOLUME);
    shop_close(&shop);
}

static void also_where_it_discards_only_later(void)
{
    struct shop shop;
    begin(&shop, KEEPING);
    put_set(&shop, KEEPING, "set-2");
    finish(&shop);
    put_set(&shop, DISCARDING, "set-2");
    finish(&shop);
    expect_volume_after_deletion(&shop, VOLUME);
    shop_close(&shop);
}

/* As one that was made when mooring noted no UID. */
static void also_where_nothing_was_noted(void)
{
    struct shop shop;
    begin(&shop, DISCARDING);
    change(&shop, &volume_key, "{'metadata': {'annotations': {'mooring/stateful-set-uid': null}}}");
    finish(&shop);
    expect_volume_after_deletion(&shop, VOLUME);
    shop_close(&shop);
}

/* Manifests, and operators, may make the claim first: its volume has no labels of a set. */
static void also_where_the_claim_was_made_before_its_set(void)
{
    const struct object_key set_key = {
        .resource = &resource_stateful_sets, .namespace = "shop", .name = "web"};
    struct shop shop;
    struct leader leader;
    log_set_level(LOG_ERROR);
    shop_open(&shop, "{}");
    memory_cluster_remove(shop.cluster, &set_key);
    shop_put_claim(&shop, CLAIM, "{}");
    finish(&shop);
    leader_start(&leader, &shop);
    put_set(&shop, DISCARDING, "set-1");
    leader_read_kind(&leader, WATCHED_SETS);
    CU_ASSERT(leader_drops_volume(&leader, VOLUME));
    leader_stop(&leader);
    finish(&shop);
    leader_start(&leader, &shop);
    CU_ASSERT_FALSE(leader_drops_volume(&leader, VOLUME));
    leader_stop(&leader);
    expect_volume_after_deletion(&shop, VOLUME);
    shop_close(&shop);
}

/* Kubernetes is about to delete it with its own set. */
static void a_claim_that_goes_with_the_earlier_set_is_not_the_new_one_s(void)
{
    static const char *const going[] = {OWNED_BY_EARLIER, LEAVING};
    for (size_t i = 0; i < sizeof going / sizeof *going; i++) {
        struct shop shop;
        struct leader leader;
        begin(&shop, DISCARDING);
        change(&shop, &claim_key_here, going[i]);
        put_set(&shop, DISCARDING, "set-2");
        leader_start(&leader, &shop);
        ASSERT_CASE(!leader_drops_volume(&leader, VOLUME), going[i]);
        CU_ASSERT_EQUAL(leader_sync_volume(&leader, VOLUME, &last_err), 0);
        leader_stop(&leader);
        ASSERT_CASE(is_noted(&shop, "set-1"), going[i]);
        expect_volume_after_deletion(&shop, "pvc-uid-2");
        shop_close(&shop);
    }
}

/* Whether the watch told of the deletion or not. */
static void the_volume_is_looked_at_at_once(void)
{
    struct shop shop;
    struct leader leader;
    begin(&shop, DISCARDING);
    leader_start(&leader, &shop);
    CU_ASSERT_FALSE(leader_drops_volume(&leader, VOLUME));
    put_set(&shop, DISCARDING, "set-2");
    leader_read_kind(&leader, WATCHED_SETS);
    CU_ASSERT(leader_drops_volume(&leader, VOLUME));
    leader_stop(&leader);
    shop_close(&shop);
}

/* Kubernetes makes the Pods and claims of a set from the first ordinal on. */
static void also_after_an_ordinal_without_its_claim(void)
{
    struct shop shop;
    struct leader leader;
    begin(&shop, DISCARDING);
    shop_put_claim(&shop, "data-web-1", "{}");
    finish(&shop);
    shop_delete_claim(&shop, CLAIM);
    leader_start(&leader, &shop);
    put_set(&shop, DISCARDING, "set-2");
    leader_read_kind(&leader, WATCHED_SETS);
    CU_ASSERT(leader_drops_volume(&leader, "pvc-uid-2"));
    leader_stop(&leader);
    shop_close(&shop);
}

/* The API server does not mind that all have one name. */
static void no_number_of_templates_and_replicas_keeps_the_watch_busy(void)
{
    enum { TEMPLATES = 2000, LONGEST_MS = 5000 };

    struct shop shop;
    struct leader leader;
    begin(&shop, DISCARDING);
    shop_put_claim(&shop, "data-web-999900000", "{}");
    shop_delete_claim(&shop, CLAIM);
    leader_start(&leader, &shop);
    json_auto_t *set =
        object_from("{'metadata': {'uid': 'set-2'},"
                    " 'spec': {'replicas': 2000000000, 'volumeClaimTemplates': []}}");
    json_t *templates = json_object_get(json_object_get(set, "spec"), "volumeClaimTemplates");
    for (int i = 0; i < TEMPLATES; i++)
        json_array_append_new(templates, object_from("{'metadata': {'name': 'data'}, 'spec': {}}"));
    autofree char *changes = json_dumps(set, 0);
    shop_put_set(&shop, changes);
    int64_t started_ms = clock_monotonic_ms();
    leader_read_kind(&leader, WATCHED_SETS);
    CU_ASSERT(clock_monotonic_ms() - started_ms < LONGEST_MS);
    leader_stop(&leader);
    shop_close(&shop);
}

/* Of an ordinal that the set has no Pod for now: Kubernetes makes the set its owner later. */
static void also_when_only_the_claim_changes(void)
{
    struct shop shop;
    struct leader leader;
    begin(&shop, DISCARDING);
    leader_start(&leader, &shop);
    put_set(&shop, DISCARDING, "set-2");
    leader_read_kind(&leader, WATCHED_SETS);
    leader_drop_work(&leader);
    leader_read_kind(&leader, WATCHED_CLAIMS);
    CU_ASSERT(leader_drops_volume(&leader, VOLUME));
    leader_stop(&leader);
    shop_close(&shop);
}

/* Nor is the record touched. */
static void only_the_note_changes_and_once(void)
{
    struct shop shop;
    begin(&shop, DISCARDING);
    autofree char *before = memory_share_text(RECORD);
    json_auto_t *volume = shop_volume(&shop, VOLUME);
    json_object_set_new(json_object_get(json_object_get(volume, "metadata"), "annotations"),
                        "mooring/stateful-set-uid", json_string("set-2"));
    put_set(&shop, DISCARDING, "set-2");
    request_log_clear(memory_cluster_log(shop.cluster));
    finish(&shop);
    finish(&shop);
    CU_ASSERT_EQUAL(request_log_count(memory_cluster_log(shop.cluster), "PATCH"), 1);
    autofree char *after = memory_share_text(RECORD);
    CU_ASSERT(is_text(after, before));
    json_auto_t *now = shop_volume(&shop, VOLUME);
    static const char *const parts[] = {"labels", "annotations"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        ASSERT_CASE(json_equal(json_object_get(json_object_get(now, "metadata"), parts[i]),
                               json_object_get(json_object_get(volume, "metadata"), parts[i])),
                    parts[i]);
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_claim_deleted_by_hand_keeps_what_it_has_under_the_new_set),
        TEST(also_where_it_discards_only_later),
        TEST(also_where_nothing_was_noted),
        TEST(also_where_the_claim_was_made_before_its_set),
        TEST(a_claim_that_goes_with_the_earlier_set_is_not_the_new_one_s),
        TEST(the_volume_is_looked_at_at_once),
        TEST(also_after_an_ordinal_without_its_claim),
        TEST(no_number_of_templates_and_replicas_keeps_the_watch_busy),
        TEST(also_when_only_the_claim_changes),
        TEST(only_the_note_changes_and_once),
        {0},
    };
    return suite_run("set made again", tests, argc, argv);
}
