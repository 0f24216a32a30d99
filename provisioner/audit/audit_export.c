/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/audit_export.h"

#include "base/clock.h"
#include "base/log.h"
#include "provisioner/audit/audit_metrics.h"
#include "provisioner/audit/consistency.h"
#include "provisioner/audit/record_repair.h"
#include "provisioner/shared/work_key.h"

#include <string.h>

/* So many findings of a kind are logged; `mooring list` shows them all. */
enum { LOGGED_MAX = 20 };

/* A record that is younger may not have its volume yet: the worker that wrote it makes it next. */
enum { RECENT_US = 60 * 1000 * 1000 };

static void append(void *array, size_t *count, void *object)
{
    void ***objects = array;
    *objects = memory_grow(*objects, *count + 1, sizeof(void *));
    (*objects)[(*count)++] = shared_hold(object);
}

static void add_volume(void *context, const char *key, void *object)
{
    (void)key;
    struct cluster_snapshot *snapshot = context;
    append(&snapshot->volumes, &snapshot->volume_count, object);
}

struct our_classes {
    const struct provisioner_names *names;
    struct cluster_snapshot *snapshot;
};

static void add_class(void *context, const char *key, void *object)
{
    (void)key;
    const struct our_classes *ours = context;
    const struct storage_class *storage_class = object;
    if (is_our_name(ours->names, storage_class->provisioner))
        append(&ours->snapshot->classes, &ours->snapshot->class_count, object);
}

bool is_auditing_class(const struct storage_class *storage_class,
                       struct storage_class *const *classes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!classes[i]->problem &&
            strcmp(classes[i]->address->key, storage_class->address->key) == 0 &&
            strcmp(classes[i]->name, storage_class->name) < 0)
            return false;
    }
    return true;
}

/* record_repair logs what it does not write, record_cache what it cannot read. */
static void log_findings(const struct findings *findings)
{
    size_t logged[FINDING_KINDS] = {0};
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        if (finding->kind == FINDING_VOLUME_WITHOUT_RECORD ||
            finding->kind == FINDING_RECORD_UNUSABLE)
            continue;
        if (logged[finding->kind]++ < LOGGED_MAX)
            log_warn(finding_name(finding->kind), "export", finding->export, "volume",
                     finding->volume, "directory", finding->directory, "namespace",
                     finding->namespace, "claim", finding->claim, "reason", finding->text);
    }
    for (int kind = 0; kind < FINDING_KINDS; kind++) {
        if (logged[kind] <= LOGGED_MAX)
            continue;
        autofree char *more = memory_format("%zu", logged[kind] - LOGGED_MAX);
        log_warn(finding_name((enum finding_kind)kind), "more", more, "see", "mooring list");
    }
}

static void log_audited(const struct export_scan *scan, const struct findings *findings,
                        size_t repaired)
{
    autofree char *records = memory_format("%zu", scan->record_count);
    autofree char *others = memory_format("%zu", findings->foreign_records);
    autofree char *written = memory_format("%zu", repaired);
    autofree char *left = memory_format("%zu", findings->count - repaired);
    log_info("export audited", "export", scan->address->key, "records", records,
             "of_other_clusters", others, "written", written, "inconsistencies", left);
}

/* Volumes are taken last: a record precedes its volume, so a scanned record has its volume now. */
static int audit_share(const struct record_repair *repair, const char *key,
                       struct cluster_snapshot *snapshot, struct error *err)
{
    struct context *self = repair->context;
    struct findings findings = {0};
    size_t repaired = 0;
    int result = 0;
    autodestroy(export_scan) struct export_scan *scan =
        export_scan_read(repair->share, self->records, key, err);
    if (!scan)
        return -1;
    store_each(self->cache->volumes, add_volume, snapshot);
    consistency_check_export(snapshot, scan, &findings);
    log_findings(&findings);
    for (size_t i = 0; i < findings.count && result == 0; i++) {
        bool written = false;
        if (findings.items[i].kind == FINDING_VOLUME_WITHOUT_RECORD)
            result = record_repair_volume(repair, findings.items[i].subject, &written, err);
        repaired += written;
    }
    if (result == 0) {
        audit_metrics_put(self->audits, scan, &findings, repaired);
        log_audited(scan, &findings, repaired);
    }
    findings_clear(&findings);
    return result;
}

int audit_export(struct context *self, struct client *client, const char *class_name,
                 struct error *err)
{
    autorelease(storage_class) struct storage_class *storage_class =
        cluster_cache_class(self->cache, class_name);
    if (!storage_class || storage_class->problem ||
        !is_our_name(self->names, storage_class->provisioner))
        return 0;

    struct cluster_snapshot snapshot = {0};
    struct our_classes ours = {.names = self->names, .snapshot = &snapshot};
    struct record_repair repair = {
        .context = self, .client = client, .since_us = clock_monotonic_us()};
    autofree char *key = work_key_of_audit(class_name);
    int result = 0;
    store_each(self->cache->classes, add_class, &ours);
    if (is_auditing_class(storage_class, snapshot.classes, snapshot.class_count)) {
        repair.share = pool_take(self->pool, storage_class->address, key, err);
        snapshot.cluster = memory_copy(self->cluster);
        snapshot.recent_since_us = clock_wall_us() - RECENT_US;
        result = repair.share ? audit_share(&repair, key, &snapshot, err) : -1;
        pool_give(self->pool, repair.share);
    }
    cluster_snapshot_clear(&snapshot);
    return result;
}
