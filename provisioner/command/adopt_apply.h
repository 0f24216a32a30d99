/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "nfs/share.h"
#include "provisioner/command/adopt_reading.h"

/* What `mooring adopt` does once the user has agreed. All members are borrowed. */
struct adopt_job {
    struct client *client;
    struct share *share;
    const struct adopt_reading *reading; /* as it is now */
};

/*
 * Hand the directory over. Its record is set aside first, into a state in which no claim gets it;
 * then the volume is patched, if it is still as it was read, or created, which only one can do;
 * then the record gets its text and becomes the claim's, by one RENAME, and then the directory.
 * When the volume could not be saved, everything becomes what it was, where that is safe: the
 * message says whether nothing was done, or the command must be repeated, or another claim has the
 * volume now. After an interruption between two steps, the same command completes the rest.
 */
MUST_CHECK int adopt_apply(const struct adopt_job *job, struct error *err);
