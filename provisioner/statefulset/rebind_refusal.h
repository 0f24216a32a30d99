/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/statefulset/rebind_request.h"

/* Why the directory that counts for a claim cannot be given back as it is, and what to do; NULL: it
 * can. Pure. Caller frees. */
char *rebind_refusal(const struct rebind_request *request, const struct candidate *candidate);
