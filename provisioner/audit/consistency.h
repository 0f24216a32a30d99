/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/audit/export_scan.h"
#include "provisioner/cluster/cluster_snapshot.h"

/*
 * What has no counterpart: claims, volumes, records and directories compared with each other. Pure:
 * all of it was read elsewhere.
 */

enum finding_kind {
    FINDING_VOLUME_WITHOUT_CLAIM,
    FINDING_VOLUME_WITHOUT_RECORD,
    FINDING_VOLUME_PATH_MISMATCH, /* it does not lie where its record or its class says */
    FINDING_RECORD_WITHOUT_VOLUME,
    FINDING_RECORD_UNUSABLE,
    FINDING_RECORD_WITHOUT_DIRECTORY,
    FINDING_DIRECTORY_WITHOUT_RECORD,
    FINDING_CLAIM_AMBIGUOUS,
    FINDING_KINDS,
};

/* "volume-without-claim": for logs and JSON. */
const char *finding_name(enum finding_kind kind);

/* Everything but the text is borrowed from what was compared; what does not apply is NULL. */
struct finding {
    enum finding_kind kind;
    const char *export; /* the address' key */
    const char *volume;
    const char *directory; /* below the export */
    const char *namespace;
    const char *claim;
    const void *subject; /* the struct volume, record or claim that it is about */
    char *text;          /* a sentence: what it is and what becomes of it */
};

struct findings {
    struct finding *items;
    size_t count;
    size_t foreign_records; /* of another cluster on the same export, with or without directory */
    size_t foreign_directories;
};

/* Both add to `findings`, which begins as {0}. */
void consistency_check_export(const struct cluster_snapshot *snapshot,
                              const struct export_scan *scan, struct findings *findings);
void consistency_check_cluster(const struct cluster_snapshot *snapshot, struct findings *findings);
void findings_clear(struct findings *findings);
size_t findings_of_kind(const struct findings *findings, enum finding_kind kind);
