/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/audit/consistency.h"
#include "provisioner/command/list_lines.h"

#include <stdio.h>

/* What `mooring list` found, and its two forms: for people and as JSON. */

struct list_export {
    const struct address *address; /* borrowed from its class; NULL: the class cannot be used */
    char *problem;                 /* NULL: it was read */
};

struct list_report {
    struct cluster_snapshot snapshot;
    struct list_export *exports; /* once each, by the address by which it was read */
    size_t export_count;
    struct export_scan **scans; /* of the exports that were read */
    size_t scan_count;
    struct findings findings;
    struct list_line *lines; /* one per claim of the snapshot */
    const char *namespace;   /* only what concerns it; NULL: everything */
    int64_t now_us;
};

/* What was read of the export that has this key among its addresses'. NULL: it was not read. */
const struct export_scan *list_report_scan_of(const struct list_report *report, const char *key);

/* Let every finding name its export by the address by which that was read. */
void list_report_name_exports(struct list_report *report);

/* An export that is another one than its volumes were made on counts as not read. */
void list_report_check_identities(struct list_report *report);

void list_report_print(const struct list_report *report, FILE *file, bool colour);
/* A new reference. The names in it are described in README.md. */
json_t *list_report_json(const struct list_report *report);
