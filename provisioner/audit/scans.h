/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/audit/export_scan.h"

/* The exports that were read, with this cluster's records of all of them to be found by key. */
struct scans {
    struct export_scan *const *items; /* borrowed */
    size_t count;
    struct sorted_map records; /* by export and volume: struct scanned_record */
    struct sorted_map in_use;  /* those in use, by claim and class: struct record */
};

/* Nothing may be added to the exports until scans_clear. `cluster` is that of the records. */
void scans_begin(struct scans *scans, struct export_scan *const *items, size_t count,
                 const char *cluster);
void scans_clear(struct scans *scans);

/* The record of the volume on the export to which the address leads, or NULL. Borrowed from that
 * export. `address` NULL: on any of them. */
const struct scanned_record *scans_find(const struct scans *scans, const char *volume,
                                        const struct address *address);

/* Does the address lead to one of them? */
bool scans_have(const struct scans *scans, const struct address *address);

/* How many directories of this record's class are recorded in use for its claim. */
size_t scans_count_in_use(const struct scans *scans, const struct record *record);
