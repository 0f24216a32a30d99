/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/audit/export_scan.h"
#include "provisioner/cluster/cluster_snapshot.h"

/*
 * The inconsistencies between claims, volumes, records and directories. Pure: all of them were read
 * before.
 */

enum finding_kind {
    FINDING_VOLUME_WITHOUT_CLAIM,
    FINDING_VOLUME_WITHOUT_RECORD,
    FINDING_VOLUME_PATH_MISMATCH, /* its path differs from its record or its class */
    FINDING_RECORD_WITHOUT_VOLUME,
    FINDING_RECORD_UNUSABLE,
    FINDING_RECORD_WITHOUT_DIRECTORY,
    FINDING_DIRECTORY_WITHOUT_RECORD,
    FINDING_CLAIM_AMBIGUOUS,
    FINDING_KINDS,
};

/* "volume-without-claim": for logs and JSON. */
const char *finding_name(enum finding_kind kind);

/* Everything but the text is borrowed from what was compared. NULL where it does not apply. */
struct finding {
    enum finding_kind kind;
    const char *export; /* the address' key */
    const char *volume;
    const char *directory; /* below the export */
    const char *namespace;
    const char *claim;
    const void *subject; /* the struct volume, record or claim */
    char *text;          /* what is wrong and what happens next, as a sentence */
};

struct findings {
    struct finding *items;
    size_t count;
    size_t foreign_records; /* of other clusters, with or without directory */
    size_t foreign_directories;
};

/* Both add to `findings`, which begins as {0}. */
void consistency_check_export(const struct cluster_snapshot *snapshot,
                              const struct export_scan *scan, struct findings *findings);
void consistency_check_cluster(const struct cluster_snapshot *snapshot, struct findings *findings);
void findings_clear(struct findings *findings);
size_t findings_of_kind(const struct findings *findings, enum finding_kind kind);
