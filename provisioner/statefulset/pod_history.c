/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/pod_history.h"

#include "base/text.h"

void pod_history_init(struct pod_history *history, int ordinal, size_t template_count)
{
    *history = (struct pod_history){.ordinal = ordinal, .template_count = template_count};
    history->directories = memory_new((template_count + 1) * sizeof *history->directories);
}

void pod_history_clear(struct pod_history *history)
{
    for (size_t i = 0; i < history->template_count; i++)
        free(history->directories[i]);
    free(history->directories);
    free(history->uid);
    free(history->node);
    free(history->revision);
    free(history->revision_before);
    free(history->previous_node);
}

static bool is_gone(const struct pod_history *history, const struct pod *pod)
{
    return history->uid && (!pod || !text_equals(pod->uid, history->uid));
}

const char *pod_history_node_to_read(const struct pod_history *history, const struct pod *pod)
{
    if (is_gone(history, pod) && history->node)
        return history->has_ended ? NULL : history->node;
    return pod && pod->node ? history->previous_node : NULL;
}

/* A Pod that cannot write any more, wherever the next one runs, is forgotten at once: its node may
 * go away later for good reasons. */
static void remember_previous_pod(struct pod_history *history, enum node_state state,
                                  bool may_have_missed)
{
    const struct previous_pod previous_pod = {.node = history->node,
                                              .state = state,
                                              .was_seen_ending = history->is_ending,
                                              .was_seen_ended = history->has_ended,
                                              .may_have_missed_it = may_have_missed};
    if (double_writers_decide(&previous_pod, NULL) == DOUBLE_WRITERS_NONE)
        return;
    memory_replace(&history->previous_node, memory_copy(previous_pod.node));
    history->previous_pod = previous_pod;
    history->previous_pod.node = history->previous_node;
}

static void forget_pod(struct pod_history *history)
{
    if (history->is_compared)
        memory_replace(&history->revision_before, memory_copy(history->revision));
    history->is_compared = false;
    memory_replace(&history->uid, NULL);
    memory_replace(&history->node, NULL);
    memory_replace(&history->revision, NULL);
    history->is_ending = history->has_ended = false;
}

void pod_history_update(struct pod_history *history, const struct pod *pod, enum node_state state,
                        bool may_have_missed)
{
    if (is_gone(history, pod) && history->node)
        remember_previous_pod(history, state, may_have_missed);
    else if (pod && pod->node && history->previous_node)
        history->previous_pod.state = state; /* it may have come back, or have been shut down */
    if (is_gone(history, pod))
        forget_pod(history);
    if (!pod)
        return;
    memory_replace(&history->uid, memory_copy(pod->uid));
    memory_replace(&history->node, memory_copy(pod->node));
    memory_replace(&history->revision, memory_copy(pod->revision));
    history->is_ending |= pod->is_deleting;
    history->has_ended |= pod->has_ended && pod->is_deleting;
}

bool pod_history_is_incomplete(const struct pod_history *history)
{
    return history->uid && (!history->node || !history->is_compared);
}

enum double_writers_decision pod_history_double_writers(const struct pod_history *history)
{
    if (!history->uid || !history->node || !history->previous_node)
        return DOUBLE_WRITERS_NONE;
    return double_writers_decide(&history->previous_pod, history->node);
}

void pod_history_clear_double_writers(struct pod_history *history)
{
    if (!history->uid || !history->node)
        return;
    history->previous_pod = (struct previous_pod){0};
    memory_replace(&history->previous_node, NULL);
}

bool pod_history_needs_directories(const struct pod_history *history)
{
    return history->uid && history->node && !history->is_compared;
}

bool pod_history_has_directories(const struct pod_history *history)
{
    for (size_t i = 0; i < history->template_count; i++) {
        if (history->directories[i])
            return true;
    }
    return false;
}

enum kept pod_history_compare(const struct pod_history *history, char *const *directories)
{
    enum kept kept = KEPT_UNKNOWN;
    for (size_t i = 0; i < history->template_count; i++) {
        const char *before = history->directories[i];
        if (!before || !directories[i])
            continue;
        if (!text_equals(before, directories[i]))
            return KEPT_NO;
        kept = KEPT_YES;
    }
    return kept;
}

bool pod_history_is_update(const struct pod_history *history)
{
    return history->revision && history->revision_before &&
           !text_equals(history->revision, history->revision_before);
}

void pod_history_take_directories(struct pod_history *history, char **take_directories)
{
    for (size_t i = 0; i < history->template_count; i++) {
        if (take_directories[i])
            memory_replace(&history->directories[i], take_directories[i]);
        take_directories[i] = NULL;
    }
    history->is_compared = true;
}
