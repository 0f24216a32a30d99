/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/volume_overlaps.h"

#include "base/text.h"
#include "provisioner/audit/scan_time.h"
#include "provisioner/object/directory_name.h"
#include "provisioner/shared/sorted_map.h"

#include <string.h>

struct search {
    const struct cluster_snapshot *snapshot;
    const struct export_scan *scan;
    struct findings *findings;
    struct sorted_map places;   /* struct volume, by sorting_key */
    struct sorted_map recorded; /* struct record in use, by volume */
    struct sorted_map shared;   /* struct record of a directory that claims share, by volume */
};

static bool is_ours(const struct search *self, const struct volume *volume)
{
    return is_our_name(self->snapshot->names, volume->provisioned_by);
}

/* What is in a directory follows that at once, before names that are longer. Caller frees. */
static char *sorting_key(const char *directory, const struct volume *volume)
{
    enum { BEFORE_NAME = 1, BEFORE_COMPONENT };

    char *key = memory_format("%s%c%s", directory, BEFORE_NAME, volume->name);
    for (char *slash = strchr(key, '/'); slash; slash = strchr(slash, '/'))
        *slash = BEFORE_COMPONENT;
    return key;
}

static void add_volume(struct search *self, const struct volume *volume)
{
    const char *directory = export_scan_directory(self->scan, volume);
    bool is_late = is_ours(self, volume) && scan_time_has_changed(self->scan, volume);
    if (directory && !is_late)
        sorted_map_add(&self->places, sorting_key(directory, volume), volume);
}

static void add_all(struct search *self)
{
    const struct cluster_snapshot *snapshot = self->snapshot;
    for (size_t i = 0; i < snapshot->volume_count; i++)
        add_volume(self, snapshot->volumes[i]);
    for (size_t i = 0; i < snapshot->other_count; i++)
        add_volume(self, snapshot->others[i]);
    for (size_t i = 0; i < self->scan->record_count; i++) {
        const struct record *record = self->scan->records[i].record;
        if (!text_equals(record->cluster, snapshot->cluster))
            continue;
        if (record->state == RECORD_IN_USE)
            sorted_map_add(&self->recorded, memory_copy(record->volume), record);
        if (record->is_shared)
            sorted_map_add(&self->shared, memory_copy(record->volume), record);
    }
    sorted_map_sort(&self->places);
    sorted_map_sort(&self->recorded);
    sorted_map_sort(&self->shared);
}

/* Does its record say that claims of its namespace share its directory? */
static bool is_shared(const struct search *self, const struct volume *volume)
{
    const struct record *record = sorted_map_find(&self->shared, volume->name);
    return is_ours(self, volume) && record &&
           text_equals(record->directory, export_scan_directory(self->scan, volume)) &&
           text_equals(record->namespace, volume->claim_namespace);
}

static bool share(const struct search *self, const struct volume *one, const struct volume *other)
{
    return is_shared(self, one) && is_shared(self, other) &&
           text_equals(one->claim_namespace, other->claim_namespace) &&
           text_equals(export_scan_directory(self->scan, one),
                       export_scan_directory(self->scan, other));
}

/* Is it found by their records, too? */
static bool is_recorded(const struct search *self, const struct volume *one,
                        const struct volume *other)
{
    const struct record *record = sorted_map_find(&self->recorded, one->name);
    const struct record *second = sorted_map_find(&self->recorded, other->name);
    return is_ours(self, one) && is_ours(self, other) && record && second &&
           text_equals(record->directory, second->directory);
}

static void report(const struct search *self, const struct volume *volume,
                   const struct volume *other)
{
    findings_add(
        self->findings,
        (struct finding){.kind = FINDING_DIRECTORY_SHARED,
                         .export = self->scan->address->key,
                         .volume = volume->name,
                         .directory = export_scan_directory(self->scan, volume),
                         .namespace = volume->claim_namespace,
                         .claim = volume->claim_name,
                         .subject = volume},
        "volume %s has the same directory, one in it or one around it: no claim gets this "
        "one back until one of the two is gone; set the reclaim policy of the wrong one to "
        "Retain and delete it",
        other->name);
}

void volume_overlaps_check(const struct cluster_snapshot *snapshot, const struct export_scan *scan,
                           struct findings *findings)
{
    struct search self = {.snapshot = snapshot, .scan = scan, .findings = findings};
    const struct volume *outer = NULL; /* the last that is in none before it */
    add_all(&self);
    for (size_t i = 0; i < self.places.count; i++) {
        const struct volume *volume = self.places.rows[i].object;
        if (!outer || !directory_name_overlaps(export_scan_directory(scan, outer),
                                               export_scan_directory(scan, volume)))
            outer = volume;
        else if (share(&self, outer, volume) || is_recorded(&self, outer, volume))
            continue;
        else if (is_ours(&self, volume))
            report(&self, volume, outer);
        else if (is_ours(&self, outer))
            report(&self, outer, volume);
    }
    sorted_map_clear(&self.places);
    sorted_map_clear(&self.recorded);
    sorted_map_clear(&self.shared);
}
