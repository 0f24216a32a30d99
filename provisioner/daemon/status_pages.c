/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/daemon/status_pages.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/pulse.h"
#include "provisioner/audit/audit_metrics.h"
#include "provisioner/claim/kept_volume.h"

/* Beyond its own deadline: a node that is short of processor time makes every thread late. */
enum { HUNG_MS = 60000 };

/* Nothing in this process can free a thread that hangs; the next process goes on where it was. */
static char *health(void *context, bool *healthy)
{
    struct status_pages *self = context;
    int64_t late_ms = 0;
    autofree char *late = pulse_find_late(clock_monotonic_ms(), &late_ms);
    bool was_hung = self->is_hung;
    self->is_hung = late && late_ms >= HUNG_MS;
    *healthy = !self->is_hung;
    if (!self->is_hung)
        return memory_copy("ok\n");
    autofree char *seconds = memory_format("%lld s", (long long)(late_ms / 1000));
    if (!was_hung)
        log_error("a thread hangs: kubelet restarts this Pod, please report it", "thread", late,
                  "beyond_its_deadline", seconds);
    return memory_format("not healthy: the thread \"%s\" hangs, %s beyond its deadline: kubelet "
                         "restarts this Pod\n",
                         late, seconds);
}

static char *readiness(void *context, bool *ready)
{
    const struct status_pages *self = context;
    *ready = self->is_synced(self->program);
    if (!*ready)
        return memory_copy("not ready: claims, volumes and classes are not all listed yet; the log "
                           "says why\n");
    return memory_copy(self->is_leading(self->program) ? "ok: leading\n" : "ok: standing by\n");
}

static char *metrics_page(void *context)
{
    const struct status_pages *self = context;
    struct queue_counts queued;
    struct pool_counts exports;
    queue_count(self->queue, &queued);
    pool_count(self->context->pool, &exports);
    const char *queue_help = "Claims in the work queue, by state.";
    const char *export_help = "Exports in use, by state.";
    const struct metrics_gauge gauges[] = {
        {"mooring_leading", "1 on the replica that writes.", NULL, self->is_leading(self->program)},
        {"mooring_claims", "Claims of ours that exist.", NULL,
         (double)store_size(self->context->cache->claims)},
        {"mooring_volumes", "Volumes of ours that exist.", NULL,
         (double)store_size(self->context->cache->volumes)},
        {"mooring_volumes_released_with_policy_delete",
         "Released volumes of ours that are kept although their policy is Delete.", NULL,
         (double)kept_volume_count(self->context->cache->volumes)},
        {"mooring_queue_keys", queue_help, "state=\"due\"", (double)queued.due},
        {"mooring_queue_keys", queue_help, "state=\"delayed\"", (double)queued.delayed},
        {"mooring_queue_keys", queue_help, "state=\"working\"", (double)queued.working},
        {"mooring_exports", export_help, "state=\"answering\"", exports.answering},
        {"mooring_exports", export_help, "state=\"untried\"", exports.untried},
        {"mooring_exports", export_help, "state=\"down\"", exports.down},
        {"mooring_nfs_connections", "Open connections to NFS servers.", NULL, exports.connections},
        {"mooring_possible_double_writers_total",
         "Pods that took the place of one that may still have been writing.", NULL,
         (double)rollout_watcher_double_writers(self->rollout_watcher)},
    };
    autofree char *page =
        metrics_render(self->context->metrics, gauges, sizeof gauges / sizeof *gauges);
    autofree char *audits = audit_metrics_render(self->context->audits);
    return memory_format("%s%s", page, audits);
}

struct status_handlers status_pages_handlers(struct status_pages *pages)
{
    return (struct status_handlers){
        .context = pages, .health = health, .readiness = readiness, .metrics = metrics_page};
}
