/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/pod.h"
#include "provisioner/statefulset/double_writers.h"

/*
 * What is remembered of one ordinal of a set between two looks at its Pods, and what a new look
 * says compared with it. Pure. What was never seen is never compared: whoever comes late says
 * nothing.
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
    bool is_compared;                 /* the Pod's directories are those above */
    char *previous_node;              /* owns what `previous_pod` says */
    struct previous_pod previous_pod; /* a Pod that may still write; no node: none */
};

void pod_history_init(struct pod_history *pod_history, int ordinal, size_t template_count);
void pod_history_clear(struct pod_history *pod_history);

/* The node to read before pod_history_update with this Pod (NULL: there is none now); borrowed, or
 * NULL.
 */
const char *pod_history_node_to_read(const struct pod_history *pod_history, const struct pod *pod);

/* Remember the Pod. `state` is that of the node asked for. */
void pod_history_update(struct pod_history *pod_history, const struct pod *pod,
                        enum node_state state, bool may_have_missed);

/* Must somebody look again by himself? The set does not change when its Pod gets a node. */
bool pod_history_is_incomplete(const struct pod_history *pod_history);

/* May the Pod that was seen last share its directories with the one before it? */
enum double_writers_decision pod_history_double_writers(const struct pod_history *pod_history);
/* It was said, or there is nothing to say. */
void pod_history_clear_double_writers(struct pod_history *pod_history);

enum kept {
    KEPT_UNKNOWN, /* nothing to compare with */
    KEPT_YES,
    KEPT_NO,
};

/* Should the directories be found out? Only once the Pod has a node: before, its claims may still
 * be on their way. */
bool pod_history_needs_directories(const struct pod_history *pod_history);
/* Are there any to compare with? */
bool pod_history_has_directories(const struct pod_history *pod_history);

/* What the Pod has, against what the one before it had. All texts may be NULL, not known. */
enum kept pod_history_compare(const struct pod_history *pod_history, char *const *directories);
/* Is the Pod of another revision than the one before it? */
bool pod_history_is_update(const struct pod_history *pod_history);
/* Remember those that are known. Takes the texts, not the array. */
void pod_history_take_directories(struct pod_history *pod_history, char **take_directories);
