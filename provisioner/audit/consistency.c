/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/consistency.h"

#include "base/text.h"
#include "provisioner/shared/sorted_map.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const names[FINDING_KINDS] = {
    [FINDING_VOLUME_WITHOUT_CLAIM] = "volume-without-claim",
    [FINDING_VOLUME_WITHOUT_RECORD] = "volume-without-record",
    [FINDING_VOLUME_PATH_MISMATCH] = "volume-path-mismatch",
    [FINDING_RECORD_WITHOUT_VOLUME] = "record-without-volume",
    [FINDING_RECORD_UNUSABLE] = "record-unusable",
    [FINDING_RECORD_WITHOUT_DIRECTORY] = "record-without-directory",
    [FINDING_DIRECTORY_WITHOUT_RECORD] = "directory-without-record",
    [FINDING_CLAIM_AMBIGUOUS] = "claim-ambiguous",
};

const char *finding_name(enum finding_kind kind)
{
    return names[kind];
}

void findings_clear(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        free(findings->items[i].text);
    free(findings->items);
    *findings = (struct findings){0};
}

size_t findings_of_kind(const struct findings *findings, enum finding_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < findings->count; i++)
        count += findings->items[i].kind == kind;
    return count;
}

PRINTF_LIKE(3, 4)

static void add(struct findings *findings, struct finding finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&finding.text, format, arguments) < 0)
        abort(); /* out of memory, as in base/memory */
    va_end(arguments);
    findings->items = memory_grow(findings->items, findings->count + 1, sizeof *findings->items);
    findings->items[findings->count++] = finding;
}

/* --- one export --- */

struct comparison {
    const struct cluster_snapshot *snapshot;
    const struct export_scan *scan;
    struct findings *findings;
    struct sorted_map volumes;         /* by name */
    struct sorted_map top_directories; /* first components of the directories of all volumes */
    struct sorted_map records;         /* by volume: struct scanned_record */
    struct sorted_map unusable;        /* by volume: struct unusable_record */
};

/* By the export of its class; without a usable class, by its path. */
static bool is_on_export(const struct comparison *self, const struct volume *volume)
{
    const struct storage_class *storage_class =
        cluster_snapshot_class(self->snapshot, volume->class_name);
    if (storage_class)
        return text_equals(storage_class->address->key, self->scan->address->key);
    return volume_directory(volume, self->scan->address) != NULL;
}

static void add_top_directory(struct comparison *self, const struct volume *volume)
{
    const char *directory = volume_directory(volume, self->scan->address);
    if (directory)
        sorted_map_add(&self->top_directories,
                       memory_copy_bytes(directory, strcspn(directory, "/")), volume);
}

static void sort_all(struct comparison *self)
{
    const struct export_scan *scan = self->scan;
    const struct cluster_snapshot *snapshot = self->snapshot;
    for (size_t i = 0; i < snapshot->volume_count; i++) {
        sorted_map_add(&self->volumes, memory_copy(snapshot->volumes[i]->name),
                       snapshot->volumes[i]);
        add_top_directory(self, snapshot->volumes[i]);
    }
    for (size_t i = 0; i < snapshot->other_count; i++)
        add_top_directory(self, snapshot->others[i]);
    for (size_t i = 0; i < scan->record_count; i++)
        sorted_map_add(&self->records, memory_copy(scan->records[i].record->volume),
                       &scan->records[i]);
    for (size_t i = 0; i < scan->unusable_count; i++)
        sorted_map_add(&self->unusable, memory_copy(scan->unusable[i].volume), &scan->unusable[i]);
    sorted_map_sort(&self->volumes);
    sorted_map_sort(&self->top_directories);
    sorted_map_sort(&self->records);
    sorted_map_sort(&self->unusable);
}

static struct finding about_volume(const struct comparison *self, enum finding_kind kind,
                                   const struct volume *volume)
{
    return (struct finding){
        .kind = kind,
        .export = self->scan->address->key,
        .volume = volume->name,
        .directory = volume_directory(volume, self->scan->address),
        .namespace = volume->claim_namespace,
        .claim = volume->claim_name,
        .subject = volume,
    };
}

static void compare_volume(struct comparison *self, const struct volume *volume)
{
    const struct scanned_record *scanned = sorted_map_find(&self->records, volume->name);
    const struct address *address = self->scan->address;
    const char *directory = volume_directory(volume, address);
    const char *path = volume->path ? volume->path : "?";
    const char *server = volume->server ? volume->server : "?";
    if (scanned && !text_equals(directory, scanned->record->directory))
        add(self->findings, about_volume(self, FINDING_VOLUME_PATH_MISMATCH, volume),
            "its path is %s:%s, its record says %s: one of them was changed by hand; no claim gets "
            "it back",
            server, path, scanned->record->directory);
    else if (!directory)
        add(self->findings, about_volume(self, FINDING_VOLUME_PATH_MISMATCH, volume),
            "its path is %s:%s, which is not below %s, the export of its class %s", server, path,
            address->key, volume->class_name);
    else if (!scanned && !sorted_map_find(&self->unusable, volume->name))
        add(self->findings, about_volume(self, FINDING_VOLUME_WITHOUT_RECORD, volume),
            "the export has no .mooring/volumes/%s.json: mooring run writes it when it becomes the "
            "leader, if the volume's owner is certain",
            volume->name);
}

/* A record is written before its volume is made. */
static bool is_recent(const struct cluster_snapshot *snapshot, const struct record *record)
{
    return snapshot->recent_since_us && (record->created_us > snapshot->recent_since_us ||
                                         record->rebound_us > snapshot->recent_since_us);
}

static void compare_record(struct comparison *self, const struct scanned_record *scanned)
{
    const struct record *record = scanned->record;
    struct finding finding = {
        .export = self->scan->address->key,
        .volume = record->volume,
        .directory = record->directory,
        .namespace = record->namespace,
        .claim = record->claim,
        .subject = record,
    };
    if (!text_equals(record->cluster, self->snapshot->cluster)) {
        self->findings->foreign_records++;
        self->findings->foreign_directories += scanned->has_directory;
    } else if (!scanned->has_directory) {
        finding.kind = FINDING_RECORD_WITHOUT_DIRECTORY;
        add(self->findings, finding,
            "its record names a directory that is not on the export: restore it, or delete the "
            "volume and .mooring/volumes/%s.json",
            record->volume);
    } else if (!is_recent(self->snapshot, record) &&
               !sorted_map_find(&self->volumes, record->volume)) {
        finding.kind = FINDING_RECORD_WITHOUT_VOLUME;
        add(self->findings, finding, "%s",
            record->state == RECORD_SUPERSEDED
                ? "superseded: its claim got another directory; this one is kept"
                : "the volume object is gone; it is made again when its claim comes back, if the "
                  "class parameter rebind allows it");
    }
}

void consistency_check_export(const struct cluster_snapshot *snapshot,
                              const struct export_scan *scan, struct findings *findings)
{
    struct comparison self = {.snapshot = snapshot, .scan = scan, .findings = findings};
    sort_all(&self);
    for (size_t i = 0; i < snapshot->volume_count; i++) {
        if (is_on_export(&self, snapshot->volumes[i]))
            compare_volume(&self, snapshot->volumes[i]);
    }
    for (size_t i = 0; i < scan->record_count; i++)
        compare_record(&self, &scan->records[i]);
    for (size_t i = 0; i < scan->unusable_count; i++)
        add(findings,
            (struct finding){.kind = FINDING_RECORD_UNUSABLE,
                             .export = scan->address->key,
                             .volume = scan->unusable[i].volume},
            "%s; left as it is", scan->unusable[i].reason);
    for (size_t i = 0; i < scan->unrecorded_count; i++) {
        if (!sorted_map_find(&self.top_directories, scan->unrecorded[i]))
            add(findings,
                (struct finding){.kind = FINDING_DIRECTORY_WITHOUT_RECORD,
                                 .export = scan->address->key,
                                 .directory = scan->unrecorded[i]},
                "no record and no volume names it");
    }
    sorted_map_clear(&self.volumes);
    sorted_map_clear(&self.top_directories);
    sorted_map_clear(&self.records);
    sorted_map_clear(&self.unusable);
}

/* --- the cluster --- */

static void compare_owner(const struct cluster_snapshot *snapshot, const struct volume *volume,
                          const struct sorted_map *claims, struct findings *findings)
{
    const struct storage_class *storage_class =
        cluster_snapshot_class(snapshot, volume->class_name);
    const struct address *address = storage_class ? storage_class->address : NULL;
    struct finding finding = {.kind = FINDING_VOLUME_WITHOUT_CLAIM,
                              .export = address ? address->key : NULL,
                              .volume = volume->name,
                              .directory = address ? volume_directory(volume, address) : NULL,
                              .namespace = volume->claim_namespace,
                              .claim = volume->claim_name,
                              .subject = volume};
    if (volume->claim_uid && sorted_map_find(claims, volume->claim_uid))
        return;
    if (volume->claim_uid)
        add(findings, finding, "its claim is gone; it is kept for when that comes back");
    else
        add(findings, finding,
            volume->claim_name ? "it is reserved for this claim, which is not bound to it yet"
                               : "any claim may bind it");
}

void consistency_check_cluster(const struct cluster_snapshot *snapshot, struct findings *findings)
{
    struct sorted_map claims = {0};
    for (size_t i = 0; i < snapshot->claim_count; i++) {
        const struct claim *claim = snapshot->claims[i];
        const struct claim_identity identity = cluster_snapshot_identity(snapshot, claim);
        sorted_map_add(&claims, memory_copy(claim->uid), claim);
        if (identity.kind == IDENTITY_AMBIGUOUS)
            add(findings,
                (struct finding){.kind = FINDING_CLAIM_AMBIGUOUS,
                                 .volume = claim->volume_name,
                                 .namespace = claim->namespace,
                                 .claim = claim->name,
                                 .subject = claim},
                "it matches StatefulSets %s and %s: rename one of them or its template, or their "
                "Pods share its volume",
                identity.set->name, identity.other->name);
    }
    sorted_map_sort(&claims);
    for (size_t i = 0; i < snapshot->volume_count; i++)
        compare_owner(snapshot, snapshot->volumes[i], &claims, findings);
    sorted_map_clear(&claims);
}
