/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/log.h"
#include "provisioner/audit/record_repair.h"
#include "provisioner/claim/sync.h"
#include "provisioner/report/event_messages.h"
#include "provisioner/shared/work_key.h"

static int read_adopted_record(struct context *context, struct client *client,
                               const struct volume *volume, struct error *err)
{
    autorelease(storage_class) struct storage_class *storage_class =
        cluster_cache_class(context->cache, volume->class_name);
    if (!storage_class || storage_class->problem)
        return 0;
    autofree char *key = work_key_of_volume(volume->name);
    struct share *share = pool_take(context->pool, storage_class->address, key, err);
    if (!share)
        return -1;
    const struct record_repair repair = {
        .context = context, .client = client, .share = share, .since_us = clock_monotonic_us()};
    bool written;
    int result = record_cache_load(context->records, share, key, err);
    if (result == 0)
        result = record_repair_volume(&repair, volume, &written, err);
    pool_give(context->pool, share);
    return result;
}

static void announce_kept(struct context *context, const struct volume *volume)
{
    metrics_count_delete(context->metrics, volume->class_name ? volume->class_name : "", "", false,
                         0);
    announce(
        context->recorder, event_about_volume(volume, EVENT_WARNING, "VolumeFailedDelete"),
        "the claim is gone and the reclaim policy is Delete, but mooring does not remove data yet: "
        "the volume and its directory %s:%s are kept; to give up the volume, kubectl delete pv %s "
        "(the directory stays)",
        volume->server ? volume->server : "?", volume->path ? volume->path : "?", volume->name);
    log_warn("released volume kept", "volume", volume->name, "path", volume->path);
}

int sync_volume(struct context *context, struct client *client, const char *name, struct error *err)
{
    autorelease(volume) struct volume *volume = cluster_cache_volume(context->cache, name);
    if (!volume || volume->is_deleting || !is_our_name(context->names, volume->provisioned_by))
        return 0;
    if (volume->is_released && volume->has_delete_policy)
        announce_kept(context, volume);
    return volume->is_adopted ? read_adopted_record(context, client, volume, err) : 0;
}
