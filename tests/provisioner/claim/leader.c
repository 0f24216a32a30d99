/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/leader.h"

#include "base/clock.h"
#include "provisioner/cluster/namespace_state.h"
#include "provisioner/daemon/sync_work.h"
#include "provisioner/shared/queue.h"
#include "provisioner/shared/work_key.h"
#include "tests/provisioner/claim/later.h"

enum { TIMEOUT_MS = 5000, ROUNDS = 5 };

static char *name_texts[] = {(char *)"mooring/nfs"};
static const struct provisioner_names names = {name_texts, 1};

static void wake(void *program, const char *key)
{
    struct leader *leader = program;
    queue_add(leader->queue, key);
}

static bool is_busy(void *program)
{
    (void)program;
    return false;
}

void leader_start(struct leader *leader, struct shop *shop)
{
    struct error err;
    *leader = (struct leader){.shop = shop,
                              .config = memory_cluster_config(shop->cluster),
                              .events = memory_cluster_config(shop->events),
                              .term = stop_new(),
                              .queue = queue_new(),
                              .sets = queue_new()};
    leader->client = client_open(leader->config, leader->term, TIMEOUT_MS, &err);
    require(leader->client);
    leader->default_export = (struct export_default){shop_export_server(), shop_export_path()};
    const struct context_settings settings = {.config = leader->events,
                                              .default_export = &leader->default_export,
                                              .names = &names,
                                              .instance = "mooring-1",
                                              .workers = 4,
                                              .nfs_timeout_ms = TIMEOUT_MS,
                                              .api_timeout_ms = TIMEOUT_MS,
                                              .wake = wake,
                                              .is_busy = is_busy,
                                              .program = leader};
    CU_ASSERT_EQUAL_FATAL(context_start(&leader->context, &settings, &err), 0);
    leader->context.cluster = memory_copy(shop->cluster_uid);
    leader_read(leader);
}

void leader_stop(struct leader *leader)
{
    context_stop(&leader->context);
    client_close(leader->client);
    queue_free(leader->queue);
    queue_free(leader->sets);
    stop_free(leader->term);
    config_free(leader->config);
    config_free(leader->events);
}

static struct watcher_settings watcher_settings(const struct leader *leader)
{
    return (struct watcher_settings){.names = &names,
                                     .fallback = &leader->default_export,
                                     .cache = leader->context.cache,
                                     .queue = leader->queue,
                                     .sets = leader->sets};
}

void leader_queue_everything(struct leader *leader)
{
    const struct watcher_settings settings = watcher_settings(leader);
    watched_kinds_queue_everything(&settings);
}

void leader_read_kind(struct leader *leader, int number)
{
    const struct watcher_settings settings = watcher_settings(leader);
    const struct watched_kind *kind = &watched_kinds[number];
    size_t i;
    json_t *object;
    struct error err;
    json_auto_t *objects = memory_cluster_list(leader->shop->cluster, kind->resource);
    kind->list_begun(&settings);
    json_array_foreach (objects, i, object) {
        CU_ASSERT_EQUAL(kind->object(&settings, object, false, &err), 0);
    }
    kind->list_ended(&settings);
}

void leader_read(struct leader *leader)
{
    for (int i = 0; i < WATCHED_KINDS; i++)
        leader_read_kind(leader, i);
}

void leader_warm_up(struct leader *leader)
{
    struct error err;
    struct context *context = &leader->context;
    autodestroy(address) struct address *address =
        address_new(shop_export_server(), shop_export_path(), 3, 0, 0, &err);
    struct share *share = pool_take(context->pool, address, "test", &err);
    require(share);
    const struct export_session session = context_session(context);
    require(export_session_begin(&session, share, &err));
    autorelease(namespace_state) struct namespace_state *state = namespace_state_read(
        context->namespaces, leader->client, "shop", clock_monotonic_us(), &err);
    require(state);
    pool_give(context->pool, share);
    class_state_release(
        class_state_read(&context->classes, leader->client, "nfs", clock_monotonic_us(), &err));
}

int leader_sync_claim(struct leader *leader, const char *name, struct error *err)
{
    autofree char *claim = claim_key("shop", name);
    const struct work_key key = {.kind = WORK_CLAIM, .name = claim};
    return sync_work(&leader->context, leader->client, &key, err);
}

int leader_sync_claim_once(struct shop *shop, const char *name, struct error *err)
{
    struct leader leader;
    leader_start(&leader, shop);
    leader_read(&leader);
    int result = leader_sync_claim(&leader, name, err);
    leader_stop(&leader);
    shop_run_kubernetes(shop);
    return result;
}

int leader_sync_volume(struct leader *leader, const char *name, struct error *err)
{
    const struct work_key key = {.kind = WORK_VOLUME, .name = name};
    return sync_work(&leader->context, leader->client, &key, err);
}

int leader_audit(struct leader *leader, struct error *err)
{
    const struct work_key key = {.kind = WORK_AUDIT, .name = "nfs"};
    return sync_work(&leader->context, leader->client, &key, err);
}

int leader_sign(struct leader *leader, struct error *err)
{
    const struct work_key key = {.kind = WORK_SIGN, .name = "nfs"};
    return sync_work(&leader->context, leader->client, &key, err);
}

static bool has_work(struct leader *leader)
{
    struct queue_counts counts;
    queue_count(leader->queue, &counts);
    return counts.due > 0;
}

int leader_work_alone(struct leader *leader, struct error *err)
{
    int failures = 0;
    while (has_work(leader)) {
        autofree char *text = queue_take(leader->queue);
        const struct work_key key = work_key_parse(text);
        struct error problem;
        if (sync_work(&leader->context, leader->client, &key, &problem) < 0) {
            *err = problem; /* what succeeds may leave anything in its own */
            failures++;
        }
        queue_done(leader->queue, text);
    }
    return failures;
}

bool leader_drops_volume(struct leader *leader, const char *name)
{
    autofree char *volume = work_key_of_volume(name);
    bool was_queued = false;
    while (has_work(leader)) {
        autofree char *text = queue_take(leader->queue);
        was_queued |= strcmp(text, volume) == 0;
        queue_done(leader->queue, text);
    }
    return was_queued;
}

void leader_drop_work(struct leader *leader)
{
    (void)leader_drops_volume(leader, "");
}

int leader_work(struct leader *leader, struct error *err)
{
    int failures = leader_work_alone(leader, err);
    shop_run_kubernetes(leader->shop);
    return failures;
}

int leader_lead_once(struct shop *shop, struct error *err)
{
    struct leader leader;
    leader_start(&leader, shop);
    int failures = leader_work(&leader, err);
    leader_stop(&leader);
    return failures ? -1 : 0;
}

/* Six minutes pass, after which it audits again. To an export with a clock of its own it is as if
 * no time had passed. */
static void wait_for_audit(struct leader *leader)
{
    struct error err;
    for (int minute = 0; minute < 6; minute++) {
        later(60);
        if (shop_export_follows_later())
            CU_ASSERT_EQUAL(leader_sign(leader, &err), 0);
    }
    leader_read(leader);
}

int leader_finish(struct shop *shop, struct error *err)
{
    struct leader leader;
    int failures = 0, quiet = 0;
    leader_start(&leader, shop);
    for (int round = 0; round < ROUNDS && quiet < 3; round++) {
        failures = leader_work(&leader, err);
        quiet = failures ? 0 : quiet + 1;
        wait_for_audit(&leader);
    }
    leader_stop(&leader);
    return failures ? -1 : 0;
}

void leader_open_bound(struct shop *shop, const char *class_changes, const char *claim)
{
    struct error err;
    shop_open(shop, class_changes);
    shop_put_claim(shop, claim, "{}");
    CU_ASSERT_EQUAL_FATAL(leader_finish(shop, &err), 0);
}
