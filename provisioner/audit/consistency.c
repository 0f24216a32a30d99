/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/consistency.h"

#include "base/text.h"
#include "provisioner/audit/scan_time.h"
#include "provisioner/audit/unread_record.h"
#include "provisioner/audit/unserved.h"
#include "provisioner/audit/volume_overlaps.h"
#include "provisioner/shared/sorted_map.h"

#include <string.h>

/* --- one export --- */

struct comparison {
    const struct cluster_snapshot *snapshot;
    const struct export_scan *scan;
    struct findings *findings;
    struct scans scans;                /* the one export */
    struct sorted_map volumes;         /* by name */
    struct sorted_map others;          /* volumes of other provisioners, by name */
    struct sorted_map top_directories; /* first components of the directories of all volumes */
    struct sorted_map records;         /* ours, by volume: struct scanned_record */
    struct sorted_map in_use;          /* of them, by directory: struct record */
};

/* By which mooring reaches it: its class', or without a usable class the export's. */
static const struct address *address_of(const struct comparison *self, const struct volume *volume)
{
    const struct storage_class *storage_class =
        cluster_snapshot_class(self->snapshot, volume->class_name);
    return storage_class ? storage_class->address : self->scan->address;
}

/* By the export of its class; without a usable class, by its path or what we noted at it. */
static bool is_on_export(const struct comparison *self, const struct volume *volume)
{
    return cluster_snapshot_class(self->snapshot, volume->class_name)
               ? export_scan_is_of(self->scan, address_of(self, volume))
               : export_scan_directory(self->scan, volume) != NULL;
}

/* Where a claim that comes back would find it. */
static const char *directory_of(const struct comparison *self, const struct volume *volume)
{
    return cluster_snapshot_class(self->snapshot, volume->class_name)
               ? volume_directory(volume, address_of(self, volume))
               : export_scan_directory(self->scan, volume);
}

static void add_top_directory(struct comparison *self, const struct volume *volume)
{
    const char *directory = export_scan_directory(self->scan, volume);
    if (directory)
        sorted_map_add(&self->top_directories,
                       memory_copy_bytes(directory, strcspn(directory, "/")), volume);
}

/* Another mooring of this cluster may serve other provisioner names on this export. */
static bool is_ours(const struct comparison *self, const struct record *record)
{
    return text_equals(record->cluster, self->snapshot->cluster) &&
           (is_our_name(self->snapshot->names, record->provisioner) ||
            sorted_map_find(&self->volumes, record->volume));
}

static void add_record(struct comparison *self, const struct scanned_record *scanned)
{
    const struct record *record = scanned->record;
    if (!is_ours(self, record))
        return;
    sorted_map_add(&self->records, memory_copy(record->volume), scanned);
    if (record->state == RECORD_IN_USE)
        sorted_map_add(&self->in_use, memory_copy(record->directory), record);
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
    for (size_t i = 0; i < snapshot->other_count; i++) {
        sorted_map_add(&self->others, memory_copy(snapshot->others[i]->name), snapshot->others[i]);
        add_top_directory(self, snapshot->others[i]);
    }
    sorted_map_sort(&self->volumes);
    sorted_map_sort(&self->others);
    for (size_t i = 0; i < scan->record_count; i++)
        add_record(self, &scan->records[i]);
    sorted_map_sort(&self->top_directories);
    sorted_map_sort(&self->records);
    sorted_map_sort(&self->in_use);
    scans_begin(&self->scans, (struct export_scan *const *)&self->scan, 1, snapshot->cluster);
}

static void clear_all(struct comparison *self)
{
    sorted_map_clear(&self->volumes);
    sorted_map_clear(&self->others);
    sorted_map_clear(&self->top_directories);
    sorted_map_clear(&self->records);
    sorted_map_clear(&self->in_use);
    scans_clear(&self->scans);
}

static struct finding about_volume(const struct comparison *self, enum finding_kind kind,
                                   const struct volume *volume)
{
    return (struct finding){
        .kind = kind,
        .export = self->scan->address->key,
        .volume = volume->name,
        .directory = export_scan_directory(self->scan, volume),
        .namespace = volume->claim_namespace,
        .claim = volume->claim_name,
        .subject = volume,
    };
}

/* The record names another directory than the volume, as it is to be found here, does. */
static void report_path(struct comparison *self, const struct volume *volume,
                        const struct record *record)
{
    const struct finding finding = about_volume(self, FINDING_VOLUME_PATH_MISMATCH, volume);
    const struct address *address = address_of(self, volume);
    if (volume_has_moved(volume, address, record->directory)) {
        autofree char *former = volume_export(volume, record->directory);
        findings_add(self->findings, finding,
                     "it names the export %s, its class names %s now: README, \"Another NFS "
                     "server\", says how volumes move. Until then no claim that comes back gets it",
                     former, address->key);
        return;
    }
    autofree char *location = volume_location(volume);
    findings_add(self->findings, finding,
                 "its path is %s, its record says %s: one of them was changed by hand; no claim "
                 "gets it back",
                 location ? location : "?", record->directory);
}

static void compare_volume(struct comparison *self, const struct volume *volume)
{
    const struct scanned_record *scanned = sorted_map_find(&self->records, volume->name);
    autofree char *location = volume_location(volume);
    const char *directory = directory_of(self, volume);
    if (scan_time_has_changed(self->scan, volume))
        return;
    if (scanned && !text_equals(directory, scanned->record->directory))
        report_path(self, volume, scanned->record);
    else if (!directory)
        findings_add(self->findings, about_volume(self, FINDING_VOLUME_PATH_MISMATCH, volume),
                     "its path is %s, which is not below %s, the export of its class %s",
                     location ? location : "?", address_of(self, volume)->key, volume->class_name);
    else if (!scanned && !unread_record_is_possible(self->scan, self->snapshot->cluster, volume))
        findings_add(
            self->findings, about_volume(self, FINDING_VOLUME_WITHOUT_RECORD, volume),
            "the export has no record of it: mooring run writes it within minutes, if the volume's "
            "owner is certain");
}

static bool names_other_claim(const struct volume *volume, const struct record *record)
{
    return volume->claim_uid && record->state != RECORD_SUPERSEDED &&
           !text_equals(volume->claim_uid, record->claim_uid);
}

static void compare_unfinished(struct comparison *self, const struct record *record,
                               struct finding finding)
{
    finding.kind = FINDING_RECORD_UNFINISHED;
    if (scan_time_is_in_work(self->scan, self->snapshot, record))
        return;
    findings_add(
        self->findings, finding, "%s",
        record->state == RECORD_MAKING
            ? "making its directory was interrupted: it goes on when its claim is there again, or "
              "mooring adopt takes it over"
            : "handing it over was interrupted: mooring run completes it, if claim and volume name "
              "each other; else repeat the command mooring adopt");
}

/* Has it a volume of another provisioner that says the same? */
static bool has_other_volume(const struct comparison *self, const struct record *record)
{
    const struct volume *volume = sorted_map_find(&self->others, record->volume);
    return volume && text_equals(export_scan_directory(self->scan, volume), record->directory);
}

static void compare_with_volume(struct comparison *self, const struct scanned_record *scanned,
                                struct finding finding)
{
    const struct record *record = scanned->record;
    const struct volume *volume = sorted_map_find(&self->volumes, record->volume);
    if (volume ? scan_time_has_changed(self->scan, volume)
               : scan_time_is_recent(self->scan, self->snapshot, record))
        return;
    if (volume && names_other_claim(volume, record)) {
        autofree char *path = record_path(record);
        finding.kind = FINDING_RECORD_CLAIM_MISMATCH;
        findings_add(
            self->findings, finding,
            "the volume was bound last to the claim with UID %s, its record %s says otherwise: "
            "mooring run corrects it within minutes, if claim and volume name each other",
            volume->claim_uid, path);
    } else if (scanned->has_no_owner || scanned->has_other_owner) {
        finding.kind = FINDING_RECORD_CLAIM_MISMATCH;
        findings_add(
            self->findings, finding, "%s",
            scanned->has_no_owner
                ? ".mooring/directories does not name the owner of its directory: mooring run "
                  "corrects it within minutes"
                : ".mooring/directories gives its directory, one in it or one around it to another "
                  "claim: if it stays so, look which claim the files belong to, and use mooring "
                  "adopt");
    } else if (!volume && !has_other_volume(self, record)) {
        finding.kind = FINDING_RECORD_WITHOUT_VOLUME;
        autofree char *text =
            what_becomes_of_record(self->snapshot, &self->scans, scanned, &finding.comes_back);
        findings_add(self->findings, finding, "%s", text);
    }
}

bool consistency_is_passing(const struct record *record)
{
    return record->state == RECORD_MAKING || record->state == RECORD_MOVING ||
           record->state == RECORD_TAKING;
}

static struct finding about_record(const struct comparison *self, enum finding_kind kind,
                                   const struct record *record)
{
    return (struct finding){
        .kind = kind,
        .export = self->scan->address->key,
        .volume = record->volume,
        .directory = record->directory,
        .namespace = record->namespace,
        .claim = record->claim,
        .subject = record,
    };
}

static void compare_record(struct comparison *self, const struct scanned_record *scanned)
{
    const struct record *record = scanned->record;
    struct finding finding = about_record(self, FINDING_RECORD_WITHOUT_DIRECTORY, record);
    if (!is_ours(self, record)) {
        self->findings->foreign_records++;
        self->findings->foreign_directories += scanned->has_directory;
    } else if (!cluster_snapshot_covers(self->snapshot, record->namespace)) {
        return;
    } else if (consistency_is_passing(record)) {
        compare_unfinished(self, record, finding);
    } else if (!scanned->has_directory) {
        autofree char *path = record_path(record);
        findings_add(
            self->findings, finding,
            "its record names a directory that is not on the export: restore it, or delete the "
            "volume and %s",
            path);
    } else {
        compare_with_volume(self, scanned, finding);
    }
}

/* Records in use that name one directory are neighbours. */
static void compare_directories(struct comparison *self)
{
    const struct sorted_map *map = &self->in_use;
    for (size_t i = 1; i < map->count; i++) {
        const struct record *one = map->rows[i - 1].object, *other = map->rows[i].object;
        if (strcmp(one->directory, other->directory) != 0 || record_shares(one, other) ||
            scan_time_is_in_work(self->scan, self->snapshot, one) ||
            scan_time_is_in_work(self->scan, self->snapshot, other))
            continue;
        autofree char *path = record_path(one);
        findings_add(
            self->findings, about_record(self, FINDING_DIRECTORY_SHARED, other),
            "%s names this directory, too: two claims see each other's files; look which one it "
            "belongs to, then mooring adopt",
            path);
    }
}

static void report_unusable(const struct comparison *self)
{
    const struct export_scan *scan = self->scan;
    for (size_t i = 0; i < scan->unusable_count; i++)
        findings_add(self->findings,
                     (struct finding){.kind = FINDING_RECORD_UNUSABLE,
                                      .export = scan->address->key,
                                      .volume = scan->unusable[i].volume},
                     "%s; left as it is", scan->unusable[i].reason);
}

void consistency_check_export(const struct cluster_snapshot *snapshot,
                              const struct export_scan *scan, struct findings *findings)
{
    struct comparison self = {.snapshot = snapshot, .scan = scan, .findings = findings};
    sort_all(&self);
    for (size_t i = 0; i < snapshot->volume_count; i++) {
        if (cluster_snapshot_covers(snapshot, snapshot->volumes[i]->claim_namespace) &&
            is_on_export(&self, snapshot->volumes[i]))
            compare_volume(&self, snapshot->volumes[i]);
    }
    for (size_t i = 0; i < scan->record_count; i++)
        compare_record(&self, &scan->records[i]);
    compare_directories(&self);
    volume_overlaps_check(snapshot, scan, findings);
    report_unusable(&self);
    for (size_t i = 0; i < scan->unrecorded_count; i++) {
        if (!sorted_map_find(&self.top_directories, scan->unrecorded[i]))
            findings_add(findings,
                         (struct finding){.kind = FINDING_DIRECTORY_WITHOUT_RECORD,
                                          .export = scan->address->key,
                                          .directory = scan->unrecorded[i]},
                         "no record and no volume names it");
    }
    clear_all(&self);
}

/* --- the cluster --- */

static void compare_owner(const struct cluster_snapshot *snapshot, const struct volume *volume,
                          const struct scans *scans, const struct sorted_map *claims,
                          struct findings *findings)
{
    struct finding finding = {.kind = FINDING_VOLUME_WITHOUT_CLAIM,
                              .volume = volume->name,
                              .directory = cluster_snapshot_directory(snapshot, volume),
                              .namespace = volume->claim_namespace,
                              .claim = volume->claim_name,
                              .subject = volume};
    if (!cluster_snapshot_covers(snapshot, volume->claim_namespace) ||
        (volume->claim_uid && sorted_map_find(claims, volume->claim_uid)))
        return;
    finding.export = finding.own_export = cluster_snapshot_export(snapshot, volume);
    autofree char *text = volume->claim_uid
                              ? what_becomes_of_volume(snapshot, scans, volume, finding.directory,
                                                       &finding.comes_back)
                              : NULL;
    if (text)
        findings_add(findings, finding, "%s", text);
    else
        findings_add(findings, finding,
                     volume->claim_name
                         ? "it is reserved for this claim, which is not bound to it yet"
                         : "any claim may bind it");
}

void consistency_check_cluster(const struct cluster_snapshot *snapshot, const struct scans *scans,
                               struct findings *findings)
{
    struct sorted_map claims = {0};
    for (size_t i = 0; i < snapshot->claim_count; i++) {
        const struct claim *claim = snapshot->claims[i];
        const struct claim_identity identity = cluster_snapshot_identity(snapshot, claim);
        sorted_map_add(&claims, memory_copy(claim->uid), claim);
        if (identity.kind == IDENTITY_AMBIGUOUS)
            findings_add(
                findings,
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
        compare_owner(snapshot, snapshot->volumes[i], scans, &claims, findings);
    unserved_check(snapshot, findings);
    sorted_map_clear(&claims);
}
