/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/audit/export_scan.h"
#include "provisioner/cluster/cluster_snapshot.h"
#include "provisioner/shared/sorted_map.h"

/* The first table of `mooring list`: each claim with its volume, record and directory. Pure. */

struct list_line {
    const struct claim *claim;
    const struct volume *volume; /* NULL: none yet */
    const struct record *record; /* NULL: none, or its export was not read */
    const char *stateful_set;    /* NULL: no set has this claim */
    int ordinal;
    const char *directory; /* below the export; the whole path if that is not known */
    const char *phase;     /* "Bound", "Pending", "Lost", "Terminating" */
};

/* One line per claim, sorted by namespace, set, ordinal and name. Borrows from snapshot and scans.
 * Caller frees the array. */
struct list_line *list_lines_make(const struct cluster_snapshot *snapshot,
                                  struct export_scan *const *scans, size_t scan_count);
