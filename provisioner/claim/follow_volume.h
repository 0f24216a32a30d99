/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/claim/follow_reading.h"

struct followed {
    bool is_changed;    /* the record is another one now */
    const char *reason; /* why nothing was done although it should be; a literal, or NULL */
};

/*
 * Make the record of a volume follow the claim that it is bound to, or write it where it is missing
 * (follow_decision.h). Everything is read live. A refusal is logged, and no failure. Nobody else
 * works on the claim that the volume names meanwhile (context's claim_locks).
 */
MUST_CHECK int follow_volume(const struct follow_job *job, const char *volume_name,
                             struct followed *followed, struct error *err);
