/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/pod.h"
#include "provisioner/statefulset/double_writers.h"

/*
 * What is remembered of one ordinal of a set between two looks at its Pods, and what a new look
 * says compared with it. Pure. What was never seen is never compared: whoever comes late says
 * nothing.
 */
struct sighting {
    int ordinal;
    char *uid; /* of its Pod; NULL: it has none */
    char *node;
    char *revision;
    char *revision_before; /* of the last Pod whose directories were known; NULL: of none */
    char **directories;    /* by template; NULL: not known yet */
    size_t template_count;
    bool is_ending;
    bool has_ended;
    bool is_compared;          /* the Pod's directories are those above */
    char *departed_node;       /* owns what `departed` says */
    struct departure departed; /* a Pod that may still write; no node: none */
};

void sighting_init(struct sighting *sighting, int ordinal, size_t template_count);
void sighting_clear(struct sighting *sighting);

/* The node to read before sighting_see with this Pod (NULL: there is none now); borrowed, or NULL.
 */
const char *sighting_node_to_read(const struct sighting *sighting, const struct pod *pod);

/* Remember the Pod. `state` is that of the node asked for. */
void sighting_see(struct sighting *sighting, const struct pod *pod, enum node_state state,
                  bool may_have_missed);

/* Must somebody look again by himself? The set does not change when its Pod gets a node. */
bool sighting_is_open(const struct sighting *sighting);

/* May the Pod that was seen last share its directories with the one before it? */
enum writers sighting_writers(const struct sighting *sighting);
/* It was said, or there is nothing to say. */
void sighting_settle_writers(struct sighting *sighting);

enum kept {
    KEPT_UNKNOWN, /* nothing to compare with */
    KEPT_YES,
    KEPT_NO,
};

/* Should the directories be found out? Only once the Pod has a node: before, its claims may still
 * be on their way. */
bool sighting_wants_directories(const struct sighting *sighting);
/* Are there any to compare with? */
bool sighting_knows_directories(const struct sighting *sighting);

/* What the Pod has, against what the one before it had. All texts may be NULL, not known. */
enum kept sighting_compare(const struct sighting *sighting, char *const *directories);
/* Is the Pod of another revision than the one before it? */
bool sighting_is_update(const struct sighting *sighting);
/* Remember those that are known. Takes the texts, not the array. */
void sighting_take_directories(struct sighting *sighting, char **take_directories);
