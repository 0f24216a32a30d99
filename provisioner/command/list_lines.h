/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/audit/export_scan.h"
#include "provisioner/cluster/cluster_snapshot.h"
#include "provisioner/shared/sorted_map.h"

/* Every claim of ours with what it is moored to: what `mooring list` shows first. Pure. */

struct list_line {
    const struct claim *claim;
    const struct volume *volume; /* NULL: none yet */
    const struct record *record; /* NULL: none, or its export was not read */
    const char *stateful_set;    /* NULL: of no set */
    int ordinal;
    const char *directory; /* below the export; the whole path when it is on none of ours */
    const char *phase;     /* "Bound", "Pending", "Lost", "Terminating" */
};

/* One line per claim, by namespace, set, ordinal and name. Borrows from snapshot and scans; the
 * array is the caller's. */
struct list_line *list_lines_make(const struct cluster_snapshot *snapshot,
                                  struct export_scan *const *scans, size_t scan_count);
