/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/statefulset/rebind_request.h"

/* Why the directory that counts for a claim cannot be given back as it is, and what to do; NULL: it
 * can. The claim is told this, so it names nothing of another claim or cluster: `*others` does, for
 * the log; NULL: there is nothing more to say. Pure. Caller frees both. */
char *rebind_refusal(const struct rebind_request *request, const struct candidate *candidate,
                     char **others);
