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
};

enum rollout_state {
    ROLLOUT_OVER,
    ROLLOUT_UNDER_WAY,
    ROLLOUT_WAITS_FOR_USER, /* OnDelete: until a user deletes the Pod */
    ROLLOUT_STUCK, /* Kubernetes waits for a Pod that will not become ready, or be made, by itself
                    */
};

struct rollout {
    enum rollout_state state;
    /* From the highest ordinal to the lowest, as Kubernetes updates them. */
    struct rollout_step *steps;
    size_t count;
    const struct rollout_step *waits_for; /* one of the steps; NULL: none */
};

/* Fills `rollout`, which borrows the Pods. Clear it with rollout_clear. */
void rollout_decide(struct rollout *rollout, const struct stateful_set *set,
                    const struct pod_list *pods);
/* The Pod that the rollout waits for has been lacking for so long: after a minute it is stuck. */
void rollout_note_lacking(struct rollout *rollout, int64_t lacking_ms);
void rollout_clear(struct rollout *rollout);

/* What the rollout waits for, and what to do when it is stuck. Caller frees. */
char *rollout_sentence(const struct rollout *rollout, const struct stateful_set *set);
