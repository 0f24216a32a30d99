/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/claim/follow_reading.h"

struct followed {
    enum follow_decision decision;
    const char *reason; /* as follow_decide gives it */
};

/*
 * Make the record of a volume follow the claim that it is bound to, or write it where it is missing
 * (follow_decision.h). Everything is read live. A reason is logged, and no failure. A volume that
 * does not say which export it is on, as one of another provisioner, says so afterwards.
 */
MUST_CHECK int follow_volume(const struct follow_job *job, const char *volume_name,
                             struct followed *followed, struct error *err);
