/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/provisioner/claim/witness.h"

/* How everything comes to its end. */
struct ending {
    const char *label; /* of the case, in a report */
    bool is_replaced;  /* the claim is deleted and comes back before it does */
    bool may_be_held;  /* with words, instead of being bound */
    /* What the next leader does at once. NULL: leader_lead_once. */
    int (*lead_once)(struct shop *shop, struct error *err);
    bool has_remains;         /* of a process that went on too long, which no claim uses */
    bool has_stray_directory; /* at most an empty directory is such */
};

/* The job was done, or begun. A Pod uses the claim; then the job must come to its end. The next
 * leader serves the claim at once; what else is to be put right may take until later ones audit. */
void ending_expect(struct shop *shop, const struct scenario *scenario, const struct ending *ending);
