/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/statefulset/rebind_request.h"

#include <stdbool.h>
#include <stddef.h>

/* Which of the candidates that were read count for the claim. Pure. */

/* What counts before what. */
enum rank {
    RANK_NONE,     /* the candidate is another claim's, or was superseded */
    RANK_EARLIER,  /* an earlier claim of this name had it */
    RANK_RESERVED, /* an administrator chose it for a claim to come */
    RANK_OWN,      /* an earlier try for this very claim made it, or it is bound to the claim */
};

enum rank rank_of(const struct rebind_request *request, const struct candidate *candidate);

/* Whatever the class says about giving back, a pattern leads to the same directory again. */
bool is_where_pattern_leads(const struct rebind_request *request,
                            const struct candidate *candidate);

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
