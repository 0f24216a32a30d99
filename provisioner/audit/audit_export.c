/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/audit_export.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "provisioner/audit/audit_metrics.h"
#include "provisioner/audit/consistency.h"
#include "provisioner/audit/restore_owner.h"
#include "provisioner/shared/shared_array.h"
#include "provisioner/shared/work_key.h"

#include <string.h>

enum { TWO_PERIODS_US = INT64_C(2000) * AUDIT_PERIOD_MS };

/* So many findings of a kind are logged; `mooring list` shows them all. */
enum { LOGGED_MAX = 20 };

/* A record that is younger may not have its volume yet: the worker that wrote it makes it next. */
enum { RECENT_US = 60 * 1000 * 1000 };

static void add_volume(void *context, const char *key, void *object)
{
    (void)key;
    struct cluster_snapshot *snapshot = context;
    shared_array_add(&snapshot->volumes, &snapshot->volume_count, shared_hold(object));
}

static void add_other(void *context, const char *key, void *object)
{
    (void)key;
    struct cluster_snapshot *snapshot = context;
    shared_array_add(&snapshot->others, &snapshot->other_count, shared_hold(object));
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
        shared_array_add(&ours->snapshot->classes, &ours->snapshot->class_count,
                         shared_hold(object));
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

/* The volume for which follow_volume is to decide anew, by what is read then; NULL: none. */
static const struct volume *volume_to_follow(const struct cluster_snapshot *snapshot,
                                             const struct finding *finding)
{
    bool is_about_record = finding->kind == FINDING_VOLUME_WITHOUT_RECORD ||
                           finding->kind == FINDING_RECORD_CLAIM_MISMATCH;
    return is_about_record ? cluster_snapshot_volume(snapshot, finding->volume) : NULL;
}

/* follow_volume looks only at volumes that name a claim. */
static bool is_left_to_follow(const struct cluster_snapshot *snapshot,
                              const struct finding *finding)
{
    const struct volume *volume = volume_to_follow(snapshot, finding);
    return volume && volume->claim_uid;
}

/* follow_volume logs what it does not write. */
static void log_findings(const struct cluster_snapshot *snapshot, const struct findings *findings)
{
    size_t logged[FINDING_KINDS] = {0};
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->items[i];
        if (is_left_to_follow(snapshot, finding))
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

/* The volumes that are queued, for follow_volume. */
struct queueing {
    struct context *context;
    const struct export_scan *scan;
    struct sorted_map states; /* their states */
    size_t count;
};

/* One that is as it was when the last audit queued it is not queued again. */
static void queue_volume(struct queueing *self, const struct volume *volume)
{
    struct context *context = self->context;
    autofree char *state = audit_metrics_volume_state(volume);
    if (!audit_metrics_has_queued(context->audits, self->scan->address->key, state)) {
        autofree char *key = work_key_of_volume(volume->name);
        context->wake(context->program, key);
        self->count++;
    }
    sorted_map_add(&self->states, steal(state), volume);
}

/* Has it stopped halfway, does its text not follow the volume, or does the volume not say which
 * export it is on? */
static bool must_follow(const struct record *record, const struct volume *volume)
{
    return record->state == RECORD_IN_USE
               ? !volume->export_id || !record_fits_volume(record, volume)
               : record->state != RECORD_MAKING && consistency_is_passing(record);
}

/* Was its set made after the claim, so that the record does not say it? */
static bool must_learn_set(const struct context *context, const struct record *record)
{
    if (record->state != RECORD_IN_USE || record->stateful_set)
        return false;
    autorelease(stateful_set) struct stateful_set *set =
        cluster_cache_set_of(context->cache, record->namespace, record->claim);
    const struct claim_identity identity = {.set = set};
    return set && !claim_identity_discards(&identity);
}

/* What has stopped halfway is queued at once, and reported only when it stays so. */
static void queue_volumes(struct queueing *self, const struct cluster_snapshot *snapshot,
                          const struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct volume *volume = volume_to_follow(snapshot, &findings->items[i]);
        if (volume)
            queue_volume(self, volume);
    }
    for (size_t i = 0; i < self->scan->record_count; i++) {
        const struct record *record = self->scan->records[i].record;
        const struct volume *volume = text_equals(record->cluster, snapshot->cluster)
                                          ? cluster_snapshot_volume(snapshot, record->volume)
                                          : NULL;
        if (volume && (must_follow(record, volume) || must_learn_set(self->context, record)))
            queue_volume(self, volume);
    }
}

static void log_audited(const struct export_scan *scan, const struct findings *findings,
                        size_t queued)
{
    autofree char *records = memory_format("%zu", scan->record_count);
    autofree char *others = memory_format("%zu", findings->foreign_records);
    autofree char *looked_at = memory_format("%zu", queued);
    autofree char *found = memory_format("%zu", findings->count);
    log_info("export audited", "export", scan->address->key, "records", records, "of_others",
             others, "inconsistencies", found, "looked_at_again", looked_at);
}

/* The record's volume was bound to another claim: follow_volume finds the record where the owner of
 * its directory leads, and makes it follow. */
static bool is_to_follow(const struct cluster_snapshot *snapshot, const struct record *record)
{
    const struct volume *volume = cluster_snapshot_volume(snapshot, record->volume);
    return volume && volume->claim_uid && !text_equals(volume->claim_uid, record->claim_uid);
}

/* The next audit tries again what fails. What is another claim's is logged as a finding, unless
 * that is left to follow_volume. -1: nothing more can be done on this export. */
static int restore_owner_of(const struct audit *audit, const struct cluster_snapshot *snapshot,
                            const struct finding *finding, size_t *logged, struct error *err)
{
    if (restore_owner(audit, finding->subject, err) == 0)
        return 0;
    if (err->kind == ERROR_STOPPED || share_is_dead(audit->share))
        return -1;
    bool is_news = err->kind != ERROR_CONFLICT || is_left_to_follow(snapshot, finding);
    if (is_news && (*logged)++ < LOGGED_MAX)
        log_warn("owner of a directory not restored", "directory", finding->directory, "reason",
                 err->message);
    return 0;
}

/* First those of records that say what their volumes do. */
static int restore_owners(const struct audit *audit, const struct cluster_snapshot *snapshot,
                          const struct findings *findings, struct error *err)
{
    size_t logged = 0;
    for (int follows = 0; follows < 2; follows++) {
        for (size_t i = 0; i < findings->count; i++) {
            const struct finding *finding = &findings->items[i];
            if (finding->kind == FINDING_RECORD_CLAIM_MISMATCH &&
                is_to_follow(snapshot, finding->subject) == follows &&
                restore_owner_of(audit, snapshot, finding, &logged, err) < 0)
                return -1;
        }
    }
    return 0;
}

/* What was found is logged, counted, and queued or put right. */
static int report(const struct audit *audit, const struct cluster_snapshot *snapshot,
                  const struct export_scan *scan, struct error *err)
{
    struct context *self = audit->context;
    struct findings findings = {0};
    struct queueing queueing = {.context = self, .scan = scan};
    consistency_check_export(snapshot, scan, &findings);
    log_findings(snapshot, &findings);
    int result = restore_owners(audit, snapshot, &findings, err);
    queue_volumes(&queueing, snapshot, &findings);
    log_audited(scan, &findings, queueing.count);
    audit_metrics_put(self->audits, scan, &findings, &queueing.states);
    findings_clear(&findings);
    return result;
}

/* Volumes are taken last: a record precedes its volume, so a scanned record has its volume now. */
static int compare(const struct audit *audit, struct cluster_snapshot *snapshot,
                   struct export_scan *scan, struct error *err)
{
    struct context *self = audit->context;
    const struct export_scan_pace pace = {
        .client = audit->client, .is_busy = self->is_busy, .program = self->program};
    audit_metrics_add_addresses(self->audits, scan);
    if (export_scan_read(scan, audit->share, self->cluster, &pace, err) < 0)
        return -1;
    store_each(self->cache->volumes, add_volume, snapshot);
    store_each(self->cache->other_volumes, add_other, snapshot);
    return report(audit, snapshot, scan, err);
}

/* Each address must lead to the export that its volumes are on, but one of them is enough to read
 * that. */
static int audit_scan(const struct audit *audit, struct cluster_snapshot *snapshot,
                      struct export_scan *scan, struct error *err)
{
    struct context *self = audit->context;
    struct cluster_snapshot before = {0};
    store_each(self->cache->volumes, add_volume, &before);
    int result = export_scan_check_identity(scan, before.volumes, before.volume_count, err);
    for (size_t i = 0; i < before.volume_count; i++)
        sorted_map_add(&scan->volumes_before, memory_copy(before.volumes[i]->name),
                       before.volumes[i]);
    sorted_map_sort(&scan->volumes_before);
    if (result == 0 && !audit_metrics_has_export(self->audits, scan, TWO_PERIODS_US))
        result = compare(audit, snapshot, scan, err);
    cluster_snapshot_clear(&before);
    return result;
}

static int audit_share(const struct audit *audit, struct cluster_snapshot *snapshot,
                       struct error *err)
{
    autodestroy(export_scan) struct export_scan *scan = export_scan_begin(audit->share, err);
    if (!scan || export_scan_inspect(scan, audit->share, err) < 0)
        return -1;
    snapshot->names = audit->context->names;
    snapshot->cluster = memory_copy(audit->context->cluster);
    snapshot->recent_since_us = scan->began_us - RECENT_US;
    return audit_scan(audit, snapshot, scan, err);
}

/* Another class may audit the export over another version of NFS. When that fails, this one does.
 */
static bool should_audit(const struct context *self, const struct storage_class *storage_class,
                         const struct cluster_snapshot *snapshot)
{
    return is_auditing_class(storage_class, snapshot->classes, snapshot->class_count) &&
           !audit_metrics_has_place(self->audits, storage_class->address, TWO_PERIODS_US);
}

static int audit_class(struct context *self, struct client *client, const char *class_name,
                       struct cluster_snapshot *snapshot, struct error *err)
{
    autorelease(storage_class) struct storage_class *storage_class =
        context_usable_class(self, class_name);
    if (!storage_class || !should_audit(self, storage_class, snapshot))
        return 0;
    autofree char *key = work_key_of_audit(class_name);
    struct share *share = context_take_share(self, client, storage_class->address, key, err);
    const struct audit audit = {.context = self, .client = client, .share = share, .key = key};
    int result = share ? audit_share(&audit, snapshot, err) : -1;
    pool_give(self->pool, share);
    return result;
}

int audit_export(struct context *self, struct client *client, const char *class_name,
                 struct error *err)
{
    struct cluster_snapshot snapshot = {0};
    struct our_classes ours = {.names = self->names, .snapshot = &snapshot};
    store_each(self->cache->classes, add_class, &ours);
    audit_metrics_keep(self->audits, snapshot.classes, snapshot.class_count);
    int result = audit_class(self, client, class_name, &snapshot, err);
    cluster_snapshot_clear(&snapshot);
    return result;
}
