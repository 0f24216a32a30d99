/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/kept_state.h"

#include "base/memory.h"

struct kept_state *kept_state_new(bool is_told, bool is_counted)
{
    struct kept_state *state = memory_new(sizeof *state);
    shared_init(&state->shared, free);
    state->is_told = is_told;
    state->is_counted = is_counted;
    return state;
}
