/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/command/adopt_request.h"

/* Who has a volume on the directory, in it or around it, whichever provisioner made that volume.
 * `*own`: the volume of ours that is to be patched, borrowed; stays as it is when there is none.
 * ERROR_CONFLICT: the directory must not be handed to the claim. Pure. */
MUST_CHECK int adopt_users_check(const struct adopt_request *request, const struct volume **own,
                                 struct error *err);
