/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/scans.h"

#include "base/text.h"

static char *key_in_use(const struct record *record)
{
    const struct claim_owner owner = record_owner(record);
    autofree char *folder = claim_owner_folder(&owner);
    return memory_format("%s/%s", folder, record->class_name ? record->class_name : "");
}

/* `index`: of the export. */
static char *key_of_volume(size_t index, const char *volume)
{
    return memory_format("%zu %s", index, volume);
}

static void add_scan(struct scans *scans, size_t index, const char *cluster)
{
    const struct export_scan *scan = scans->items[index];
    for (size_t i = 0; i < scan->record_count; i++) {
        const struct record *record = scan->records[i].record;
        if (!text_equals(record->cluster, cluster))
            continue;
        sorted_map_add(&scans->records, key_of_volume(index, record->volume), &scan->records[i]);
        if (record->state == RECORD_IN_USE)
            sorted_map_add(&scans->in_use, key_in_use(record), record);
    }
}

void scans_begin(struct scans *scans, struct export_scan *const *items, size_t count,
                 const char *cluster)
{
    *scans = (struct scans){.items = items, .count = count};
    for (size_t i = 0; i < count; i++)
        add_scan(scans, i, cluster);
    sorted_map_sort(&scans->records);
    sorted_map_sort(&scans->in_use);
}

void scans_clear(struct scans *scans)
{
    sorted_map_clear(&scans->records);
    sorted_map_clear(&scans->in_use);
}

const struct scanned_record *scans_find(const struct scans *scans, const char *volume,
                                        const struct address *address)
{
    const struct scanned_record *found = NULL;
    for (size_t i = 0; i < scans->count && !found; i++) {
        autofree char *key = key_of_volume(i, volume);
        if (!address || export_scan_is_of(scans->items[i], address))
            found = sorted_map_find(&scans->records, key);
    }
    return found;
}

bool scans_have(const struct scans *scans, const struct address *address)
{
    for (size_t i = 0; i < scans->count; i++) {
        if (export_scan_is_of(scans->items[i], address))
            return true;
    }
    return false;
}

size_t scans_count_in_use(const struct scans *scans, const struct record *record)
{
    autofree char *key = key_in_use(record);
    return sorted_map_count(&scans->in_use, key);
}
