/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/pod.h"
#include "provisioner/object/stateful_set.h"

/*
 * How far a set's rollout is, ordinal by ordinal, decided from the set and its Pods as they were
 * read. status.currentRevision is not used: with a partition or OnDelete it stays behind for good.
 * Pure.
 */
enum revision_state {
    REVISION_NONE, /* the ordinal has no Pod */
    REVISION_OLD,
    REVISION_NEW, /* of the set's template as it is now */
};

struct rollout_step {
    int ordinal;
    const struct pod *pod; /* borrowed; NULL: it has none now */
    enum revision_state revision;
    bool is_due; /* it takes the new revision: the partition does not keep it back */
    /* It is there to stay, and has been ready for as long as the set wants (minReadySeconds). */
    bool is_available;
};

enum rollout_state {
    ROLLOUT_OVER,
    ROLLOUT_UNDER_WAY,
    ROLLOUT_WAITS_FOR_USER, /* OnDelete: until a user deletes the Pod */
    /* Kubernetes waits for a Pod that will not become ready, or be made, by itself. */
    ROLLOUT_STUCK,
};

struct rollout {
    enum rollout_state state;
    /* From the highest ordinal to the lowest, as Kubernetes updates them. */
    struct rollout_step *steps;
    size_t count;
    const struct rollout_step *waits_for; /* one of the steps; NULL: none */
    bool goes_on;                         /* others are updated beside the one that is awaited */
    /* Some versions of Kubernetes make or replace the awaited Pod by themselves, at once; with
     * none, Kubernetes is about to look at the change. */
    bool may_go_on;
};

/* Fills `rollout`, which borrows the Pods, read at `now_us` on the wall clock. Clear it with
 * rollout_clear. */
void rollout_decide(struct rollout *rollout, const struct stateful_set *set,
                    const struct pod_list *pods, int64_t now_us);
/* It has waited for the same for so long. What Kubernetes does at once and has not done after a
 * minute, it does not do: the rollout is stuck. */
void rollout_note_wait(struct rollout *rollout, int64_t waited_ms);
void rollout_clear(struct rollout *rollout);
