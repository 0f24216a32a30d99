/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

#include <stddef.h>

/* The inconsistencies that were found. */

enum finding_kind {
    FINDING_VOLUME_WITHOUT_CLAIM,
    FINDING_VOLUME_WITHOUT_RECORD,
    FINDING_VOLUME_PATH_MISMATCH,  /* its path differs from its record or its class */
    FINDING_RECORD_CLAIM_MISMATCH, /* its volume or its directory is another claim's */
    FINDING_RECORD_WITHOUT_VOLUME,
    FINDING_RECORD_UNUSABLE,
    FINDING_RECORD_UNFINISHED, /* what was being done about it has stopped halfway */
    FINDING_RECORD_WITHOUT_DIRECTORY,
    FINDING_DIRECTORY_SHARED, /* two records or volumes have it */
    FINDING_DIRECTORY_WITHOUT_RECORD,
    FINDING_CLAIM_AMBIGUOUS,
    FINDING_CLAIM_UNSERVED, /* no provisioner makes its volume */
    FINDING_CLASS_UNSERVED, /* its provisioner's name only resembles ours */
    FINDING_KINDS,
};

/* Is data whose claim or volume object is gone given back to the claim that is made again? */
enum comes_back {
    COMES_BACK_UNKNOWN, /* or the finding is about something else */
    COMES_BACK_NO,      /* not unless an administrator does what the text says */
    COMES_BACK_YES,
};

/* "volume-without-claim": for logs and JSON. */
const char *finding_name(enum finding_kind kind);

/* Everything but the text and `own_export` is borrowed from what was compared. NULL where it does
 * not apply. */
struct finding {
    enum finding_kind kind;
    const char *export; /* the address' key */
    const char *volume;
    const char *directory; /* below the export */
    const char *namespace;
    const char *claim;
    const void *subject; /* the struct volume, record, claim or storage_class */
    enum comes_back comes_back;
    char *own_export; /* what `export` points to, where nothing else has it; NULL */
    char *text;       /* what is wrong and what happens next, as a sentence */
};

struct findings {
    struct finding *items;
    size_t count;
    size_t foreign_records; /* of other clusters or provisioner names, with or without directory */
    size_t foreign_directories;
};

/* Add a finding with this text. Takes over its `own_export`. */
void findings_add(struct findings *findings, struct finding finding, const char *format, ...)
    PRINTF_LIKE(3, 4);
void findings_clear(struct findings *findings);
size_t findings_of_kind(const struct findings *findings, enum finding_kind kind);
