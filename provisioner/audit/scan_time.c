/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/scan_time.h"

#include "base/text.h"

/* A record in a state that passes is left alone for so long. */
enum { IN_WORK_US = 60 * 1000 * 1000 };

/* Where it is not known what there was before, the time counts, of which the API server tells only
 * the second. */
bool scan_time_has_changed(const struct export_scan *scan, const struct volume *volume)
{
    enum { SECOND_US = 1000 * 1000 };

    if (scan->volumes_before.count == 0)
        return scan->began_us && volume->created_us > scan->began_us - SECOND_US;
    const struct volume *before = sorted_map_find(&scan->volumes_before, volume->name);
    return !before || !text_equals(before->resource_version, volume->resource_version);
}

static bool is_since(const struct record *record, int64_t since_us)
{
    return since_us && (record->created_us > since_us || record->changed_us > since_us);
}

bool scan_time_is_recent(const struct export_scan *scan, const struct cluster_snapshot *snapshot,
                         const struct record *record)
{
    return is_since(record, snapshot->recent_since_us ? snapshot->recent_since_us : scan->began_us);
}

bool scan_time_is_in_work(const struct export_scan *scan, const struct cluster_snapshot *snapshot,
                          const struct record *record)
{
    int64_t began_us = scan->began_us;
    return scan_time_is_recent(scan, snapshot, record) ||
           is_since(record, began_us ? began_us - IN_WORK_US : 0);
}
