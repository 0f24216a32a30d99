/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/share.h"
#include "provisioner/command/adopt_decision.h"

/* What `mooring adopt` does once it was decided and agreed. All borrowed. */
struct adopt_job {
    struct client *client;
    struct share *share;
    const struct adopt_request *request;
    const struct adopt_decision *decision;
};

/*
 * Write the records, then hand over the volume or make it. ERROR_CONFLICT: something changed since
 * it was read. Cut off between two steps, a repetition goes on.
 */
MUST_CHECK int adopt_apply(const struct adopt_job *job, struct error *err);
