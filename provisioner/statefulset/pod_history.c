/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/pod_history.h"

#include <string.h>

void sighting_init(struct sighting *sighting, int ordinal, size_t template_count)
{
    *sighting = (struct sighting){.ordinal = ordinal, .template_count = template_count};
    sighting->directories = memory_new((template_count + 1) * sizeof *sighting->directories);
}

void sighting_clear(struct sighting *sighting)
{
    for (size_t i = 0; i < sighting->template_count; i++)
        free(sighting->directories[i]);
    free(sighting->directories);
    free(sighting->uid);
    free(sighting->node);
    free(sighting->revision);
    free(sighting->revision_before);
    free(sighting->departed_node);
}

static bool is_gone(const struct sighting *sighting, const struct pod *pod)
{
    return sighting->uid && (!pod || strcmp(pod->uid, sighting->uid) != 0);
}

const char *sighting_node_to_read(const struct sighting *sighting, const struct pod *pod)
{
    if (is_gone(sighting, pod) && sighting->node)
        return sighting->has_ended ? NULL : sighting->node;
    return pod && pod->node ? sighting->departed_node : NULL;
}

static void forget_departed(struct sighting *sighting)
{
    sighting->departed = (struct departure){0};
    memory_replace(&sighting->departed_node, NULL);
}

/* One that is no danger wherever its successor comes up is forgotten at once: its node may go away
 * later for good reasons. */
static void remember_departed(struct sighting *sighting, enum node_state state,
                              bool may_have_missed)
{
    const struct departure departed = {.node = sighting->node,
                                       .state = state,
                                       .was_seen_ending = sighting->is_ending,
                                       .was_seen_ended = sighting->has_ended,
                                       .may_have_missed_it = may_have_missed};
    if (judge_writers(&departed, NULL) == WRITERS_ONE)
        return;
    memory_replace(&sighting->departed_node, memory_copy(departed.node));
    sighting->departed = departed;
    sighting->departed.node = sighting->departed_node;
}

static void forget_pod(struct sighting *sighting)
{
    if (sighting->is_compared)
        memory_replace(&sighting->revision_before, memory_copy(sighting->revision));
    sighting->is_compared = false;
    memory_replace(&sighting->uid, NULL);
    memory_replace(&sighting->node, NULL);
    memory_replace(&sighting->revision, NULL);
    sighting->is_ending = sighting->has_ended = false;
}

void sighting_see(struct sighting *sighting, const struct pod *pod, enum node_state state,
                  bool may_have_missed)
{
    if (is_gone(sighting, pod)) {
        if (sighting->node)
            remember_departed(sighting, state, may_have_missed);
        forget_pod(sighting);
    } else if (pod && pod->node && sighting->departed_node) {
        sighting->departed.state = state; /* it may have come back, or have been shut down */
    }
    if (!pod)
        return;
    memory_replace(&sighting->uid, memory_copy(pod->uid));
    memory_replace(&sighting->node, memory_copy(pod->node));
    memory_replace(&sighting->revision, memory_copy(pod->revision));
    sighting->is_ending |= pod->is_deleting;
    sighting->has_ended |= pod->has_ended && pod->is_deleting;
}

bool sighting_is_open(const struct sighting *sighting)
{
    return sighting->uid && (!sighting->node || !sighting->is_compared);
}

enum writers sighting_writers(const struct sighting *sighting)
{
    if (!sighting->uid || !sighting->node || !sighting->departed_node)
        return WRITERS_ONE;
    return judge_writers(&sighting->departed, sighting->node);
}

void sighting_settle_writers(struct sighting *sighting)
{
    if (sighting->uid && sighting->node)
        forget_departed(sighting);
}

bool sighting_wants_directories(const struct sighting *sighting)
{
    return sighting->uid && sighting->node && !sighting->is_compared;
}

bool sighting_knows_directories(const struct sighting *sighting)
{
    for (size_t i = 0; i < sighting->template_count; i++) {
        if (sighting->directories[i])
            return true;
    }
    return false;
}

enum kept sighting_compare(const struct sighting *sighting, char *const *directories)
{
    enum kept kept = KEPT_UNKNOWN;
    for (size_t i = 0; i < sighting->template_count; i++) {
        const char *before = sighting->directories[i];
        if (!before || !directories[i])
            continue;
        if (strcmp(before, directories[i]) != 0)
            return KEPT_NO;
        kept = KEPT_YES;
    }
    return kept;
}

bool sighting_is_update(const struct sighting *sighting)
{
    return sighting->revision && sighting->revision_before &&
           strcmp(sighting->revision, sighting->revision_before) != 0;
}

void sighting_take_directories(struct sighting *sighting, char **take_directories)
{
    for (size_t i = 0; i < sighting->template_count; i++) {
        if (take_directories[i])
            memory_replace(&sighting->directories[i], take_directories[i]);
        take_directories[i] = NULL;
    }
    sighting->is_compared = true;
}
