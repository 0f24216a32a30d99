/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/pod.h"
#include "provisioner/statefulset/double_writers.h"

/*
 * What is remembered of one ordinal of a set between two checks, and what a new check means
 * compared with it. What was never seen is never compared: a replica that begins to lead late
 * reports nothing about what it missed. Pure.
 */
struct pod_history {
    int ordinal;
    char *uid; /* of its Pod; NULL: it has none */
    char *node;
    char *revision;
    char *revision_before; /* of the last Pod whose directories were known; NULL: of none */
    char **directories;    /* by template; NULL: not known yet */
    size_t template_count;
    bool is_ending;
    bool has_ended;
    bool is_compared;                 /* the directories above are those of the Pod above */
    struct previous_pod previous_pod; /* it may still write; without a node: there is none */
    char *previous_node;              /* owns the text in `previous_pod` */
};

void pod_history_init(struct pod_history *history, int ordinal, size_t template_count);
void pod_history_clear(struct pod_history *history);

/* The node to read before pod_history_update with this Pod (NULL: the ordinal has none now).
 * Borrowed; NULL: no node needs to be read. */
const char *pod_history_node_to_read(const struct pod_history *history, const struct pod *pod);

/* Remember the Pod. `state` is that of the node that was to be read. */
void pod_history_update(struct pod_history *history, const struct pod *pod, enum node_state state,
                        bool may_have_missed);

/* Is another check needed although the set does not change? It does not when its Pod gets a node.
 */
bool pod_history_is_incomplete(const struct pod_history *history);

/* May the Pod that was seen last write beside the one before it? */
enum double_writers_decision pod_history_double_writers(const struct pod_history *history);
/* Forget the Pod before: it was reported, or there was nothing to report. */
void pod_history_clear_double_writers(struct pod_history *history);

enum kept {
    KEPT_UNKNOWN, /* there is nothing to compare with */
    KEPT_YES,
    KEPT_NO,
};

/* Should the directories be read? Not before the Pod has a node: its claims may not be bound yet.
 */
bool pod_history_needs_directories(const struct pod_history *history);
/* Are there directories to compare with? */
bool pod_history_has_directories(const struct pod_history *history);

/* The Pod's directories compared with those of the Pod before. A text that is NULL is not known. */
enum kept pod_history_compare(const struct pod_history *history, char *const *directories);
/* Is the Pod of another revision than the one before it? */
bool pod_history_is_update(const struct pod_history *history);
/* Remember the directories that are not NULL. Takes the texts, not the array. */
void pod_history_take_directories(struct pod_history *history, char **take_directories);
