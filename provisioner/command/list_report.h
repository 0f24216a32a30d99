/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/audit/consistency.h"
#include "provisioner/command/list_claims.h"

#include <stdio.h>

/* What `mooring list` found out, and its two ways of saying it. */

struct listed_export {
    const struct address *address; /* borrowed from its class */
    char *problem;                 /* NULL: it was read */
};

struct listing {
    struct cluster_snapshot snapshot;
    struct listed_export *exports;
    size_t export_count;
    struct export_scan **scans; /* of the exports that were read */
    size_t scan_count;
    struct findings findings;
    struct roster_line *lines; /* one per claim of the snapshot */
    const char *namespace;     /* only what concerns it; NULL: everything */
    int64_t now_us;
};

void listing_print(const struct listing *listing, FILE *file, bool colour);
/* A new reference. The names in it are described in README.md. */
json_t *listing_json(const struct listing *listing);

/* Is it about the namespace that was asked for? */
bool listing_has(const struct listing *listing, const struct finding *finding);
