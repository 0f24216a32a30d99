/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/statefulset/rebind_request.h"

/*
 * What becomes of a directory that a claim of this name had, for events and lists. Pure. The first
 * is said exactly of what rebind_decide gives back.
 */
enum kept_reason {
    KEPT_COMES_BACK,
    KEPT_HELD,       /* the claim will wait: it cannot be given back as it is */
    KEPT_BEHIND,     /* the claim gets another one that comes first */
    KEPT_UNUSED,     /* it was never more than about to be made */
    KEPT_SUPERSEDED, /* its claim got another one since */
    KEPT_DISCARDED,  /* the set asks for fresh data */
    KEPT_NONE,       /* rebind: none */
    KEPT_PLAIN,      /* rebind: stateful, and no set has such a claim */
    KEPT_CLASS,      /* it is of another class */
    KEPT_NAMESPACE,  /* of an earlier namespace of that name */
    KEPT_CLUSTER,    /* of another cluster */
    KEPT_OTHER,      /* of another claim */
};

/* Why the candidate at `index`, one of all that a claim like that of the request has, comes back or
 * not. Which sets there are must be known. */
enum kept_reason kept_reason_of(const struct rebind_request *request,
                                const struct candidate *candidates, size_t count, size_t index);

/* The class that the record names, else the volume. Borrowed; NULL: the volume names none. */
const char *kept_reason_class(const struct candidate *candidate);

/* "its class nfs gives nothing back (rebind: none)"; NULL for what comes back or was never used.
 * Caller frees. */
char *kept_reason_words(enum kept_reason reason, const struct rebind_request *request,
                        const struct candidate *candidate);
