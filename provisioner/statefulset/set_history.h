/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/stateful_set.h"
#include "provisioner/shared/rate_limit.h"
#include "provisioner/statefulset/pod_history.h"

/* What is remembered of each set between two checks. Not thread-safe. */
struct set_histories;

struct set_history {
    char *key;                    /* "namespace/name" */
    char *set_uid;                /* a set of that name with another UID is another set */
    struct rate_limit rate_limit; /* of the checks */
    unsigned set_gaps;            /* interruptions of the watch of sets before the last check */
    bool was_late;                /* a change since the last check may have been missed */
    struct pod_history *pods;     /* sorted by ordinal */
    size_t count;
};

struct set_histories *set_histories_new(void);
void set_histories_free(struct set_histories *histories);

/* The history of a set, which is empty for a new set. Borrowed until the next of these three. */
struct set_history *set_histories_open(struct set_histories *histories, const char *key,
                                       const struct stateful_set *set);
void set_histories_remove(struct set_histories *histories, const char *key);
void set_histories_clear(struct set_histories *histories);

/* The history of an ordinal, which is empty for a new one. Borrowed until the next call. */
struct pod_history *set_history_of_ordinal(struct set_history *history, int ordinal,
                                           size_t template_count);

/* Does some ordinal need another check before the set changes again? */
bool set_history_is_incomplete(const struct set_history *history);
