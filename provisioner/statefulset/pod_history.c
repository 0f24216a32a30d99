/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/pod_history.h"

#include <string.h>

void pod_history_init(struct pod_history *pod_history, int ordinal, size_t template_count)
{
    *pod_history = (struct pod_history){.ordinal = ordinal, .template_count = template_count};
    pod_history->directories = memory_new((template_count + 1) * sizeof *pod_history->directories);
}

void pod_history_clear(struct pod_history *pod_history)
{
    for (size_t i = 0; i < pod_history->template_count; i++)
        free(pod_history->directories[i]);
    free(pod_history->directories);
    free(pod_history->uid);
    free(pod_history->node);
    free(pod_history->revision);
    free(pod_history->revision_before);
    free(pod_history->previous_node);
}

static bool is_gone(const struct pod_history *pod_history, const struct pod *pod)
{
    return pod_history->uid && (!pod || strcmp(pod->uid, pod_history->uid) != 0);
}

const char *pod_history_node_to_read(const struct pod_history *pod_history, const struct pod *pod)
{
    if (is_gone(pod_history, pod) && pod_history->node)
        return pod_history->has_ended ? NULL : pod_history->node;
    return pod && pod->node ? pod_history->previous_node : NULL;
}

static void forget_previous_pod(struct pod_history *pod_history)
{
    pod_history->previous_pod = (struct previous_pod){0};
    memory_replace(&pod_history->previous_node, NULL);
}

/* One that is no danger wherever its successor comes up is forgotten at once: its node may go away
 * later for good reasons. */
static void remember_previous_pod(struct pod_history *pod_history, enum node_state state,
                                  bool may_have_missed)
{
    const struct previous_pod previous_pod = {.node = pod_history->node,
                                              .state = state,
                                              .was_seen_ending = pod_history->is_ending,
                                              .was_seen_ended = pod_history->has_ended,
                                              .may_have_missed_it = may_have_missed};
    if (double_writers_decide(&previous_pod, NULL) == DOUBLE_WRITERS_NONE)
        return;
    memory_replace(&pod_history->previous_node, memory_copy(previous_pod.node));
    pod_history->previous_pod = previous_pod;
    pod_history->previous_pod.node = pod_history->previous_node;
}

static void forget_pod(struct pod_history *pod_history)
{
    if (pod_history->is_compared)
        memory_replace(&pod_history->revision_before, memory_copy(pod_history->revision));
    pod_history->is_compared = false;
    memory_replace(&pod_history->uid, NULL);
    memory_replace(&pod_history->node, NULL);
    memory_replace(&pod_history->revision, NULL);
    pod_history->is_ending = pod_history->has_ended = false;
}

void pod_history_update(struct pod_history *pod_history, const struct pod *pod,
                        enum node_state state, bool may_have_missed)
{
    if (is_gone(pod_history, pod)) {
        if (pod_history->node)
            remember_previous_pod(pod_history, state, may_have_missed);
        forget_pod(pod_history);
    } else if (pod && pod->node && pod_history->previous_node) {
        pod_history->previous_pod.state = state; /* it may have come back, or have been shut down */
    }
    if (!pod)
        return;
    memory_replace(&pod_history->uid, memory_copy(pod->uid));
    memory_replace(&pod_history->node, memory_copy(pod->node));
    memory_replace(&pod_history->revision, memory_copy(pod->revision));
    pod_history->is_ending |= pod->is_deleting;
    pod_history->has_ended |= pod->has_ended && pod->is_deleting;
}

bool pod_history_is_incomplete(const struct pod_history *pod_history)
{
    return pod_history->uid && (!pod_history->node || !pod_history->is_compared);
}

enum double_writers_decision pod_history_double_writers(const struct pod_history *pod_history)
{
    if (!pod_history->uid || !pod_history->node || !pod_history->previous_node)
        return DOUBLE_WRITERS_NONE;
    return double_writers_decide(&pod_history->previous_pod, pod_history->node);
}

void pod_history_clear_double_writers(struct pod_history *pod_history)
{
    if (pod_history->uid && pod_history->node)
        forget_previous_pod(pod_history);
}

bool pod_history_needs_directories(const struct pod_history *pod_history)
{
    return pod_history->uid && pod_history->node && !pod_history->is_compared;
}

bool pod_history_has_directories(const struct pod_history *pod_history)
{
    for (size_t i = 0; i < pod_history->template_count; i++) {
        if (pod_history->directories[i])
            return true;
    }
    return false;
}

enum kept pod_history_compare(const struct pod_history *pod_history, char *const *directories)
{
    enum kept kept = KEPT_UNKNOWN;
    for (size_t i = 0; i < pod_history->template_count; i++) {
        const char *before = pod_history->directories[i];
        if (!before || !directories[i])
            continue;
        if (strcmp(before, directories[i]) != 0)
            return KEPT_NO;
        kept = KEPT_YES;
    }
    return kept;
}

bool pod_history_is_update(const struct pod_history *pod_history)
{
    return pod_history->revision && pod_history->revision_before &&
           strcmp(pod_history->revision, pod_history->revision_before) != 0;
}

void pod_history_take_directories(struct pod_history *pod_history, char **take_directories)
{
    for (size_t i = 0; i < pod_history->template_count; i++) {
        if (take_directories[i])
            memory_replace(&pod_history->directories[i], take_directories[i]);
        take_directories[i] = NULL;
    }
    pod_history->is_compared = true;
}
