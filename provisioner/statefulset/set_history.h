/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/stateful_set.h"
#include "provisioner/shared/rate_limit.h"
#include "provisioner/statefulset/pod_history.h"

/* What is remembered of each set: a page per set, a pod_history per ordinal. Not thread-safe. */
struct set_histories;

struct set_history {
    char *key;                    /* "namespace/name" */
    char *set_uid;                /* of the set that it is about */
    struct rate_limit rate_limit; /* of looking at it */
    unsigned set_gaps;            /* interruptions of the watch before the last look */
    bool was_late;                /* something may have passed unseen since the last look */
    struct pod_history *pods;     /* by ordinal */
    size_t count;
};

struct set_histories *set_histories_new(void);
void set_histories_free(struct set_histories *histories);

/* The page of a set, borrowed until the next of these three; a new one for a set that is new. */
struct set_history *set_histories_open(struct set_histories *histories, const char *key,
                                       const struct stateful_set *set);
void set_histories_remove(struct set_histories *histories, const char *key);
void set_histories_clear(struct set_histories *histories);

/* The pod_history of an ordinal, borrowed until the next call; a blank one when it is new. */
struct pod_history *set_history_of_ordinal(struct set_history *history, int ordinal,
                                           size_t template_count);
