/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/share.h"
#include "provisioner/command/adopt_decision.h"

/* What `mooring adopt` does once the user has agreed. All members are borrowed. */
struct adopt_job {
    struct client *client;
    struct share *share;
    const struct adopt_request *request;
    const struct adopt_decision *decision;
};

/*
 * Write the records, then patch or create the volume. ERROR_CONFLICT: something changed since it
 * was read. After an interruption between two steps, the same command completes the rest.
 */
MUST_CHECK int adopt_apply(const struct adopt_job *job, struct error *err);
