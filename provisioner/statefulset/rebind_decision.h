/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "provisioner/statefulset/rebind_request.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What a claim without a volume gets. A claim of the same name in the same namespace is the same
 * claim come back, where the class says so. Two answers are no answer, and what could not be read
 * is no answer either. Pure: everything was read before.
 */
enum rebind_decision {
    REBIND_NEW_DIRECTORY, /* it had nothing, or fresh data is wanted */
    REBIND_READ_SETS,     /* the same, unless there is a StatefulSet by now that uses the claim */
    REBIND_GIVE_BACK,     /* `chosen`, which may also be what an earlier try for this claim made */
    REBIND_FINISH_MAKING, /* `chosen` has a record whose directory was about to be made */
    REBIND_HOLD,          /* the claim waits; the error says for what, or what to do */
};

/* What goes with the decision. The error is told to the claim, so it names nothing of other claims
 * and clusters. */
struct rebind_answer {
    const struct candidate *chosen; /* borrowed; NULL: none */
    char *others;                   /* what the error leaves unnamed, for the log; NULL: nothing */
};

/* Caller frees `answer->others`. */
enum rebind_decision rebind_decide(const struct rebind_request *request,
                                   const struct candidate *candidates, size_t count,
                                   struct rebind_answer *answer, struct error *err);
