/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/context.h"
#include "provisioner/statefulset/set_history.h"

/*
 * One check of a set: its Pods as they are now are compared with the set's history, what differs is
 * told as events and in the log, and the history is brought up to date. Nothing else is changed.
 */
struct rollout_check {
    struct context *context;
    struct client *client;
    const struct stateful_set *set;
    bool may_have_missed; /* a Pod may have come and gone since the check before */
    int double_writers;   /* how many this check found */
    const struct pod
        *pod; /* of the ordinal that is checked, set by rollout_check_set; NULL: it has none */
    struct pod_history *history; /* of that ordinal */
};

MUST_CHECK int rollout_check_set(struct rollout_check *check, struct set_history *set_history,
                                 struct error *err);
