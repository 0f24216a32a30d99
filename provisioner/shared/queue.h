/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The work that waits, by key. A key is in the queue at most once and is worked on by at most one
 * thread at a time; one that is added while it is worked on comes again afterwards. Each key has
 * its own count of failures, which only queue_retry raises and queue_done clears.
 */
struct queue;

/* Holding nothing back: see queue_hold. */
struct queue *queue_new(void);
void queue_free(struct queue *queue);
DEFINE_AUTODESTROY(queue)

/* Due at once, also when it was waiting for a later time. */
void queue_add(struct queue *queue, const char *key);

/* The next due key, oldest first; waits for one. NULL once closed. The caller's; ends with one of
 * the four below. */
MUST_CHECK char *queue_take(struct queue *queue);

/* Finished: forget its failures. */
void queue_done(struct queue *queue, const char *key);
/*
 * Failed: due again after the backoff for its count of failures, but not before `at_least_ms`.
 * Returns the wait chosen. Added again meanwhile does not shorten it; queue_add afterwards does.
 */
int queue_retry(struct queue *queue, const char *key, int at_least_ms);
/* Taken too early: due again after `wait_ms`; its failures stay as they are. */
void queue_delay(struct queue *queue, const char *key, int wait_ms);
/* Could not be worked on now and somebody will queue_add it; its failures stay as they are. */
void queue_park(struct queue *queue, const char *key);

/* Hand out nothing more and return when every taken key has come back. Adding goes on. */
void queue_hold(struct queue *queue);
void queue_resume(struct queue *queue);
/* For good: every waiting and later queue_take returns NULL. */
void queue_close(struct queue *queue);

struct queue_counts {
    size_t due;     /* could be worked on now */
    size_t delayed; /* waiting for their backoff */
    size_t working; /* taken */
};

void queue_count(struct queue *queue, struct queue_counts *counts);
