/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/stateful_set.h"
#include "provisioner/shared/rate_limit.h"
#include "provisioner/statefulset/pod_history.h"

/* What is remembered of each set: a page per set, a sighting per ordinal. Not thread-safe. */
struct logbook;

struct page {
    char *key;                    /* "namespace/name" */
    char *set_uid;                /* of the set that it is about */
    struct rate_limit rate_limit; /* of looking at it */
    unsigned set_gaps;            /* interruptions of the watch before the last look */
    bool was_late;                /* something may have passed unseen since the last look */
    struct sighting *sightings;   /* by ordinal */
    size_t count;
};

struct logbook *logbook_new(void);
void logbook_free(struct logbook *logbook);

/* The page of a set, borrowed until the next of these three; a new one for a set that is new. */
struct page *logbook_open(struct logbook *logbook, const char *key, const struct stateful_set *set);
void logbook_tear_out(struct logbook *logbook, const char *key);
void logbook_forget(struct logbook *logbook);

/* The sighting of an ordinal, borrowed until the next call; a blank one when it is new. */
struct sighting *page_sighting(struct page *page, int ordinal, size_t template_count);
