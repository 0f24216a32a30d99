/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/context.h"
#include "provisioner/statefulset/set_history.h"

/* One look at the Pods of a set: what they are now against what its page says, told as events and
 * in the log, then written down on the page. Changes nothing else. */
struct rollout_check {
    struct context *context;
    struct client *client;
    const struct stateful_set *set;
    bool may_have_missed;  /* something may have passed unseen since the look before */
    int double_writers;    /* found by this look */
    const struct pod *pod; /* rollout_check_set's own: of the ordinal that it is at, NULL: none */
    struct pod_history *pod_history; /* the same */
};

MUST_CHECK int rollout_check_set(struct rollout_check *check, struct set_history *history,
                                 struct error *err);
