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

/* Does the candidate belong to this claim, so that what becomes of it must be decided? One that
 * does not is another claim's, or was superseded, and is ignored. */
bool is_candidate(const struct rebind_request *request, const struct candidate *candidate);

/* Is the candidate of the claim's namespace as it is now, as its record says? A volume without one
 * is not if it is older than the namespace, unless it was given to a claim of this one since; nor
 * is what was reserved before. */
bool is_of_namespace(const struct rebind_request *request, const struct candidate *candidate);

/* Is the candidate of the claim's namespace as it is now, given to the claim, or chosen for it?
 * Then nothing that earlier namespaces and other clusters have counts beside it. */
bool is_own_candidate(const struct rebind_request *request, const struct candidate *candidate);

/* Does the decision depend on the candidate's directory? When fresh data is asked for, only that of
 * a reserved one, and of what was made for this claim, counts. */
bool should_inspect_directory(const struct rebind_request *request,
                              const struct candidate *candidate);

/* Fresh data is wanted: the directory is kept, but never given back again by itself. */
bool should_supersede(const struct rebind_request *request, const struct candidate *candidate);

/* It was being made for an earlier claim of this name, which the pattern led elsewhere. */
bool is_abandoned(const struct rebind_request *request, const struct candidate *candidate);

/* Must be known where the pattern leads? It may lead to a directory that the claim had and that it
 * would not be given back otherwise, or that it does not want any more, or no longer to one that
 * was being made for the claim before. */
bool should_expand_pattern(const struct rebind_request *request, const struct candidate *candidates,
                           size_t count);

/* Caller frees `answer->others`. */
enum rebind_decision rebind_decide(const struct rebind_request *request,
                                   const struct candidate *candidates, size_t count,
                                   struct rebind_answer *answer, struct error *err);
