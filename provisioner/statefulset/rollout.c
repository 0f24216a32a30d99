/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rollout.h"

#include "base/text.h"

#include <string.h>

enum {
    /* Kubernetes makes the next Pod within a second or two when the one before it is gone. It tries
     * again for ever when it may not, and only events say so. */
    LACKING_MS = 60 * 1000,
    /* A Pod's label holds the set's name, a dash and the hash of its template in 63 characters. */
    NAME_LENGTH_MAX = 52,
};

static void add_steps(struct rollout *rollout, const struct stateful_set *set,
                      const struct pod_list *pods)
{
    rollout->steps = memory_new(((size_t)set->replicas + 1) * sizeof *rollout->steps);
    for (int index = set->replicas - 1; index >= 0; index--) {
        struct rollout_step *step = &rollout->steps[rollout->count++];
        step->ordinal = set->start + index;
        step->pod = pod_list_find(pods, step->ordinal);
        if (step->pod)
            step->revision = text_equals(step->pod->revision, set->update_revision) ? REVISION_NEW
                                                                                    : REVISION_OLD;
        /* The partition counts Pods from the first ordinal on. */
        step->is_due = set->strategy == UPDATE_ON_DELETE || index >= set->partition;
    }
}

static bool is_healthy(const struct rollout_step *step)
{
    return step->pod && step->pod->is_ready && !step->pod->is_deleting;
}

/* Kubernetes first waits for the lowest ordinal that is not ready, except with Parallel, and then
 * goes on with the highest one that still has the old revision. */
static const struct rollout_step *find_awaited(const struct rollout *rollout,
                                               const struct stateful_set *set)
{
    if (!set->is_parallel) {
        for (size_t i = rollout->count; i > 0; i--) {
            if (!is_healthy(&rollout->steps[i - 1]))
                return &rollout->steps[i - 1];
        }
    }
    for (size_t i = 0; i < rollout->count; i++) {
        const struct rollout_step *step = &rollout->steps[i];
        if (!is_healthy(step) || (step->is_due && step->revision == REVISION_OLD))
            return step;
    }
    return NULL;
}

/* Kubernetes replaces a failing Pod by itself only where it does not wait for that Pod first. */
static bool is_stuck(const struct rollout_step *step, const struct stateful_set *set)
{
    if (!step->pod || !step->pod->is_failing || step->pod->is_ready || step->pod->is_deleting)
        return false;
    bool is_replaced = set->is_parallel && set->strategy == UPDATE_ROLLING && step->is_due &&
                       step->revision == REVISION_OLD;
    return !is_replaced;
}

void rollout_decide(struct rollout *rollout, const struct stateful_set *set,
                    const struct pod_list *pods)
{
    *rollout = (struct rollout){.state = ROLLOUT_UNDER_WAY};
    add_steps(rollout, set, pods);
    if (!set->is_observed)
        return; /* Kubernetes has not looked at the change yet */
    const struct rollout_step *step = find_awaited(rollout, set);
    rollout->waits_for = step;
    if (!step)
        rollout->state = ROLLOUT_OVER;
    else if (is_stuck(step, set))
        rollout->state = ROLLOUT_STUCK;
    else if (set->strategy == UPDATE_ON_DELETE && is_healthy(step))
        rollout->state = ROLLOUT_WAITS_FOR_USER;
}

void rollout_note_lacking(struct rollout *rollout, int64_t lacking_ms)
{
    if (rollout->state == ROLLOUT_UNDER_WAY && lacking_ms >= LACKING_MS)
        rollout->state = ROLLOUT_STUCK;
}

void rollout_clear(struct rollout *rollout)
{
    free(rollout->steps);
    *rollout = (struct rollout){0};
}

static bool has_pods(const struct rollout *rollout)
{
    for (size_t i = 0; i < rollout->count; i++) {
        if (rollout->steps[i].pod)
            return true;
    }
    return false;
}

/* The ordinal that is awaited has no Pod. */
static char *lacking_sentence(const struct rollout *rollout, const struct stateful_set *set)
{
    int ordinal = rollout->waits_for->ordinal;
    size_t length = strlen(set->name);
    autofree char *ask =
        memory_format("kubectl describe statefulset -n %s %s says why", set->namespace, set->name);
    autofree char *start =
        rollout->state == ROLLOUT_STUCK
            ? memory_format("stuck at ordinal %d: Kubernetes has made no Pod for it for a minute",
                            ordinal)
            : memory_format("under way: ordinal %d has no Pod yet", ordinal);
    if (length > NAME_LENGTH_MAX && !has_pods(rollout))
        return memory_format(
            "%s, most likely because the set's name has %zu characters: Kubernetes "
            "makes no Pods for more than %d; %s",
            start, length, NAME_LENGTH_MAX, ask);
    if (rollout->state == ROLLOUT_STUCK)
        return memory_format("%s: %s (such as a quota or an admission rule)", start, ask);
    return memory_format("%s; if it stays so, %s", start, ask);
}

static char *stuck_sentence(const struct rollout_step *step, const struct stateful_set *set)
{
    const struct pod *pod = step->pod;
    if (step->revision == REVISION_NEW)
        return memory_format("stuck at ordinal %d: Pod %s of the new revision does not become "
                             "ready (%s): repair the template of StatefulSet %s%s",
                             step->ordinal, pod->name, pod->phase, set->name,
                             set->is_parallel ? "" : ", then delete this Pod by hand");
    return memory_format("stuck at ordinal %d: Pod %s of an older revision does not become ready "
                         "(%s), and Kubernetes waits for it: kubectl delete pod -n %s %s",
                         step->ordinal, pod->name, pod->phase, pod->namespace, pod->name);
}

static char *progress_sentence(const struct rollout_step *step)
{
    if (!step)
        return memory_copy("under way: Kubernetes has not looked at the change yet");
    return memory_format("under way: waits for ordinal %d, Pod %s (%s, %s revision)", step->ordinal,
                         step->pod->name, step->pod->phase,
                         step->revision == REVISION_NEW ? "new" : "old");
}

static char *state_sentence(const struct rollout *rollout, const struct stateful_set *set)
{
    const struct rollout_step *step = rollout->waits_for;
    if (step && !step->pod)
        return lacking_sentence(rollout, set);
    switch (rollout->state) {
    case ROLLOUT_STUCK:
        return stuck_sentence(step, set);
    case ROLLOUT_WAITS_FOR_USER:
        return memory_format("OnDelete: waits until Pod %s of ordinal %d is deleted",
                             step->pod->name, step->ordinal);
    case ROLLOUT_UNDER_WAY:
        return progress_sentence(step);
    case ROLLOUT_OVER:
        break;
    }
    if (set->strategy == UPDATE_ROLLING && set->partition > 0 && set->partition < set->replicas)
        return memory_format("over: every ordinal from %d on has revision %s, the partition keeps "
                             "the others",
                             set->start + set->partition, set->update_revision);
    return memory_format("over: revision %s", set->update_revision);
}

char *rollout_sentence(const struct rollout *rollout, const struct stateful_set *set)
{
    char *sentence = state_sentence(rollout, set);
    if (set->replicas_written > set->replicas)
        memory_replace(&sentence,
                       memory_format("%s; only the first %d of %lld replicas are looked at",
                                     sentence, set->replicas, (long long)set->replicas_written));
    return sentence;
}
