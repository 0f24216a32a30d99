/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/shared/shared.h"

#include <stdbool.h>

/*
 * What this process has done about a volume that is kept after its release (volume_is_kept). All
 * versions of the volume share it until it is used again, whichever thread has which of them, so
 * that a release is told once.
 */
struct kept_state {
    struct shared shared;
    _Atomic bool is_told;
    _Atomic bool is_counted; /* or not to be counted by this process */
};
DEFINE_SHARED(kept_state)

struct kept_state *kept_state_new(bool is_told, bool is_counted);
