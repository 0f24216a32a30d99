/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/list_lines.h"

#include <string.h>

/* What the lines are made from. */
struct sources {
    const struct cluster_snapshot *snapshot;
    struct sorted_map records; /* by volume */
    struct sorted_map owners;  /* volumes by the UID of their claim */
};

static const char *phase_of(const struct claim *claim)
{
    if (claim->is_deleting)
        return "Terminating";
    if (claim->is_lost)
        return "Lost";
    return claim->volume_name ? "Bound" : "Pending";
}

static const char *directory_of(const struct cluster_snapshot *snapshot,
                                const struct volume *volume)
{
    const char *directory = cluster_snapshot_directory(snapshot, volume);
    return directory ? directory : volume->path;
}

static struct list_line line_of(const struct sources *sources, const struct claim *claim)
{
    const struct claim_identity identity = cluster_snapshot_identity(sources->snapshot, claim);
    struct list_line line = {.claim = claim, .phase = phase_of(claim)};
    line.volume = claim->volume_name
                      ? cluster_snapshot_volume(sources->snapshot, claim->volume_name)
                      : sorted_map_find(&sources->owners, claim->uid);
    const char *volume = line.volume ? line.volume->name : claim->volume_name;
    line.record = volume ? sorted_map_find(&sources->records, volume) : NULL;
    if (line.volume)
        line.directory = directory_of(sources->snapshot, line.volume);
    else if (line.record)
        line.directory = line.record->directory;
    if (identity.kind != IDENTITY_NONE) {
        line.stateful_set = identity.set->name;
        line.ordinal = identity.ordinal;
    } else if (line.record && line.record->stateful_set) {
        line.stateful_set = line.record->stateful_set;
        line.ordinal = line.record->ordinal;
    }
    return line;
}

static int compare_lines(const void *first, const void *second)
{
    const struct list_line *one = first, *other = second;
    int order = strcmp(one->claim->namespace, other->claim->namespace);
    if (order == 0)
        order = strcmp(one->stateful_set ? one->stateful_set : "",
                       other->stateful_set ? other->stateful_set : "");
    if (order == 0)
        order = (one->ordinal > other->ordinal) - (one->ordinal < other->ordinal);
    return order ? order : strcmp(one->claim->name, other->claim->name);
}

struct list_line *list_lines_make(const struct cluster_snapshot *snapshot,
                                  struct export_scan *const *scans, size_t scan_count)
{
    struct sources sources = {.snapshot = snapshot};
    struct list_line *lines = memory_new((snapshot->claim_count + 1) * sizeof *lines);
    for (size_t i = 0; i < scan_count; i++) {
        const struct export_scan *scan = scans[i];
        for (size_t j = 0; j < scan->record_count; j++) {
            const struct record *record = scan->records[j].record;
            if (strcmp(record->cluster, snapshot->cluster) == 0)
                sorted_map_add(&sources.records, memory_copy(record->volume), record);
        }
    }
    for (size_t i = 0; i < snapshot->volume_count; i++) {
        if (snapshot->volumes[i]->claim_uid)
            sorted_map_add(&sources.owners, memory_copy(snapshot->volumes[i]->claim_uid),
                           snapshot->volumes[i]);
    }
    sorted_map_sort(&sources.records);
    sorted_map_sort(&sources.owners);
    for (size_t i = 0; i < snapshot->claim_count; i++)
        lines[i] = line_of(&sources, snapshot->claims[i]);
    if (snapshot->claim_count)
        qsort(lines, snapshot->claim_count, sizeof *lines, compare_lines);
    sorted_map_clear(&sources.records);
    sorted_map_clear(&sources.owners);
    return lines;
}
