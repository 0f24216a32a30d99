/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rollout.h"

#include "base/text.h"

/* Kubernetes makes the next Pod within a second or two when the one before it is gone. It tries
 * again for ever when it may not, and only events say so. */
enum { WAIT_MS = 60 * 1000 };

static bool is_available(const struct pod *pod, const struct stateful_set *set, int64_t now_us)
{
    if (!pod || !pod->is_ready || pod->is_deleting)
        return false;
    int64_t min_ready_us = (int64_t)set->min_ready_s * 1000 * 1000;
    return min_ready_us == 0 || (pod->ready_us >= 0 && now_us - pod->ready_us >= min_ready_us);
}

static void add_steps(struct rollout *rollout, const struct stateful_set *set,
                      const struct pod_list *pods, int64_t now_us)
{
    rollout->steps = memory_new(((size_t)set->replicas + 1) * sizeof *rollout->steps);
    for (int index = set->replicas - 1; index >= 0; index--) {
        struct rollout_step *step = &rollout->steps[rollout->count++];
        step->ordinal = set->start + index;
        step->pod = pod_list_find(pods, step->ordinal);
        step->is_available = is_available(step->pod, set, now_us);
        if (step->pod)
            step->revision = text_equals(step->pod->revision, set->update_revision) ? REVISION_NEW
                                                                                    : REVISION_OLD;
        step->is_due = index >= set->partition; /* it counts Pods from the first ordinal on */
    }
}

/* Kubernetes first waits for the lowest ordinal that is not available, except with Parallel, and
 * then goes on with the highest one that still has the old revision. */
static const struct rollout_step *find_awaited(const struct rollout *rollout,
                                               const struct stateful_set *set)
{
    if (!set->is_parallel) {
        for (size_t i = rollout->count; i > 0; i--) {
            if (!rollout->steps[i - 1].is_available)
                return &rollout->steps[i - 1];
        }
    }
    for (size_t i = 0; i < rollout->count; i++) {
        const struct rollout_step *step = &rollout->steps[i];
        if (!step->is_available || (step->is_due && step->revision == REVISION_OLD))
            return step;
    }
    return NULL;
}

/* It will not become ready by itself. */
static bool is_failing(const struct rollout_step *step)
{
    const struct pod *pod = step->pod;
    return pod && pod->is_failing && !pod->is_ready && !pod->is_deleting;
}

/* The next of Kubernetes' steps would be to delete it. */
static bool needs_update(const struct rollout_step *step)
{
    return step->is_due && step->revision == REVISION_OLD && !step->pod->is_deleting;
}

/* One Pod at a time, also with OrderedReady and a limit: there Kubernetes deletes several, but
 * makes them again in order, and does nothing at all while one of the set is not available. */
static void decide_in_order(struct rollout *rollout, const struct stateful_set *set)
{
    const struct rollout_step *step = find_awaited(rollout, set);
    rollout->waits_for = step;
    if (!step) {
        rollout->state = ROLLOUT_OVER;
        return;
    }
    /* A failing Pod is replaced only where Kubernetes does not wait for that Pod first. */
    bool is_replaced = set->is_parallel && set->strategy == UPDATE_ROLLING && needs_update(step);
    if (is_failing(step) && !is_replaced)
        rollout->state = ROLLOUT_STUCK;
    else if (set->strategy == UPDATE_ON_DELETE && step->is_available)
        rollout->state = ROLLOUT_WAITS_FOR_USER;
    rollout->may_go_on = !step->pod;
}

/* The first from above of each sort; NULL: there is none. */
struct survey {
    int unavailable;
    const struct rollout_step *next;        /* it needs the update */
    const struct rollout_step *starting;    /* not available yet, or leaving, or not there */
    const struct rollout_step *failing;     /* of the new revision, or kept back */
    const struct rollout_step *failing_old; /* it needs the update */
};

static void note(const struct rollout_step **slot, const struct rollout_step *step)
{
    if (!*slot)
        *slot = step;
}

static struct survey survey(const struct rollout *rollout)
{
    struct survey found = {0};
    for (size_t i = 0; i < rollout->count; i++) {
        const struct rollout_step *step = &rollout->steps[i];
        if (needs_update(step))
            note(&found.next, step);
        if (step->is_available)
            continue;
        found.unavailable++;
        if (!is_failing(step))
            note(&found.starting, step);
        else
            note(needs_update(step) ? &found.failing_old : &found.failing, step);
    }
    return found;
}

/* Parallel, with a limit: as many as the limit allows are unavailable, whichever they are. */
static void decide_with_limit(struct rollout *rollout, const struct stateful_set *set)
{
    const struct survey found = survey(rollout);
    if (found.next && found.unavailable < set->max_unavailable) {
        rollout->goes_on = true;
        rollout->waits_for = found.failing    ? found.failing
                             : found.starting ? found.starting
                                              : found.next;
    } else if (found.starting) {
        rollout->waits_for = found.starting;
        rollout->may_go_on = !found.starting->pod;
    } else if (found.failing_old) {
        /* The failing Pod itself is one of those that fill the limit. Newer versions of Kubernetes
         * do not count it, and go on; older versions wait for it. */
        rollout->waits_for = found.failing_old;
        rollout->may_go_on = true;
    } else if (found.failing) {
        rollout->waits_for = found.failing;
        rollout->state = ROLLOUT_STUCK;
    } else {
        rollout->state = ROLLOUT_OVER;
    }
}

/* All old Pods are deleted, failing or not, and gone before a new one is made. */
static void decide_recreation(struct rollout *rollout, const struct stateful_set *set)
{
    for (size_t i = 0; i < rollout->count && !rollout->waits_for; i++) {
        if (rollout->steps[i].revision == REVISION_OLD)
            rollout->waits_for = &rollout->steps[i];
    }
    if (!rollout->waits_for)
        decide_in_order(rollout, set);
}

static void decide_unknown(struct rollout *rollout, const struct stateful_set *set)
{
    rollout->waits_for = find_awaited(rollout, set);
    if (!rollout->waits_for)
        rollout->state = ROLLOUT_OVER;
}

/* Kubernetes has not looked at the change yet, as far as the set's status says. Kubernetes 1.20
 * also leaves the status as it is while it may not make the next Pod. */
static void decide_unobserved(struct rollout *rollout)
{
    for (size_t i = rollout->count; i > 0 && !rollout->waits_for; i--) {
        if (!rollout->steps[i - 1].pod)
            rollout->waits_for = &rollout->steps[i - 1];
    }
    rollout->may_go_on = true;
}

void rollout_decide(struct rollout *rollout, const struct stateful_set *set,
                    const struct pod_list *pods, int64_t now_us)
{
    *rollout = (struct rollout){.state = ROLLOUT_UNDER_WAY};
    add_steps(rollout, set, pods, now_us);
    if (!set->is_observed)
        decide_unobserved(rollout);
    else if (set->strategy == UPDATE_RECREATE)
        decide_recreation(rollout, set);
    else if (set->strategy == UPDATE_OTHER)
        decide_unknown(rollout, set);
    else if (set->is_parallel && set->max_unavailable > 0)
        decide_with_limit(rollout, set);
    else
        decide_in_order(rollout, set);
}

void rollout_note_wait(struct rollout *rollout, int64_t waited_ms)
{
    if (rollout->state == ROLLOUT_UNDER_WAY && rollout->may_go_on && waited_ms >= WAIT_MS)
        rollout->state = ROLLOUT_STUCK;
}

void rollout_clear(struct rollout *rollout)
{
    free(rollout->steps);
    *rollout = (struct rollout){0};
}
