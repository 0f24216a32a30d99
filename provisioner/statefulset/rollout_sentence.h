/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/statefulset/rollout.h"

/* What the rollout waits for, and what to do when it is stuck. Caller frees. Pure. */
char *rollout_sentence(const struct rollout *rollout, const struct stateful_set *set);
