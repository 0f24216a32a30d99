/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stateful_set;

/* What we use of a Pod of a StatefulSet, as it was when it was listed. */
struct pod {
    char *namespace;
    char *name;
    char *uid;
    char *resource_version;
    int ordinal;
    char *revision; /* label controller-revision-hash; "" without it */
    char *node;     /* NULL: not scheduled */
    char *phase;    /* as kubectl shows it: "Running", "Terminating", "ImagePullBackOff" */
    bool is_ready;
    int64_t ready_us; /* since when, by the wall clock; -1: unknown */
    bool is_deleting;
    bool has_ended;  /* its node reported that every container has ended */
    bool is_failing; /* a container cannot start, or keeps crashing */
};

/* The Pods of one set, sorted by ordinal. All zero is none. */
struct pod_list {
    struct pod *pods;
    size_t count;
};

/* Keep a Pod that the set owns: its selector may match other Pods. ERROR_INVALID when it is not a
 * usable Pod. Clear with pod_list_clear, also after a failure. */
MUST_CHECK int pod_list_add(struct pod_list *list, json_t *object, const struct stateful_set *set,
                            struct error *err);
void pod_list_clear(struct pod_list *list);

/* The Pod of that ordinal, borrowed, or NULL. */
const struct pod *pod_list_find(const struct pod_list *list, int ordinal);
