/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/pod.h"
#include "provisioner/object/stateful_set.h"

/*
 * How far a set's rollout is, ordinal by ordinal. Pure: judged from the set and its Pods as they
 * were read, never from status.currentRevision, which with a partition or OnDelete stays behind for
 * good.
 */
enum revision_state {
    REVISION_NONE, /* no Pod */
    REVISION_OLD,
    REVISION_NEW, /* the one that the set's template has now */
};

struct rollout_step {
    int ordinal;
    const struct pod *pod; /* borrowed; NULL: there is none now */
    enum revision_state revision;
    bool is_due; /* takes the new revision: not kept back by the partition */
};

enum rollout_state {
    ROLLOUT_OVER,
    ROLLOUT_UNDER_WAY,
    ROLLOUT_WAITS_FOR_USER, /* OnDelete: until somebody deletes the Pod */
    ROLLOUT_STUCK,          /* Kubernetes waits for a Pod that will not become ready by itself */
};

struct rollout {
    enum rollout_state state;
    struct rollout_step
        *steps; /* from the highest ordinal to the lowest, as Kubernetes updates them */
    size_t count;
    const struct rollout_step *waits_for; /* one of the steps; NULL: none */
};

/* Clear with rollout_clear; borrows the Pods. */
void rollout_decide(struct rollout *rollout, const struct stateful_set *set,
                    const struct pod_list *pods);
void rollout_clear(struct rollout *rollout);

/* What it waits for, and what to do where it is stuck. The caller's. */
char *rollout_sentence(const struct rollout *rollout, const struct stateful_set *set);
