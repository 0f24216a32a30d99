/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/claim/follow_decision.h"
#include "provisioner/context.h"

struct namespace_state;

/* With what, on which export and for which claim a volume's record is made to follow. All
 * borrowed. */
struct follow_job {
    struct context *context;
    struct client *client;
    struct share *share;   /* of the export that the volume is on */
    const char *export_id; /* its identity */
    const char *key;       /* of the work that this is, woken when another thread is done */
    const char *claim;     /* "namespace/name": the caller holds its lock (context's claim_locks) */
};

/* What was read about a volume; owns it. */
struct follow_reading {
    struct volume *volume; /* NULL: gone, or not ours */
    struct claim *claim;
    struct namespace_state *namespace_state;
    struct parsed_owner found;
    struct claim_owner other; /* the claim whose folder was read beside that of the volume's claim;
                                 without a name: none. Borrowed from `found` or `record` */
    bool has_sharer;          /* a record of another volume has the directory, to share it */
    struct record *record;
    struct record *duplicate; /* another record of the volume in its claim's folder, with the same
                                 directory: two processes gave the volume back at once */
    char *problem;
    struct follow_input input; /* without a volume: there is nothing to decide */
};

/* Read a volume, its claim and what the export has about both, as they are now. Changes nothing.
 * Clear it with follow_reading_clear, also after a failure. */
MUST_CHECK int follow_reading_make(const struct follow_job *job, const char *volume_name,
                                   struct follow_reading *reading, struct error *err);
void follow_reading_clear(struct follow_reading *reading);
