/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The keys of work to do. A key is in the queue at most once and is worked on by at most one thread
 * at a time; a key that is added while it is worked on comes again afterwards. Each key has its own
 * count of failures, which only queue_retry raises and queue_done clears.
 */
struct queue;

struct queue *queue_new(void);
void queue_free(struct queue *queue);
DEFINE_AUTODESTROY(queue)

/* Before the queue is used: keys of which this says so are taken before the others, of which only
 * one is taken after eight of them. */
void queue_set_urgent(struct queue *queue, bool (*is_urgent)(const char *key));

/* Make the key due at once, even when it was waiting for a later time. */
void queue_add(struct queue *queue, const char *key);

/* Wait for the next due key, the oldest first. NULL once the queue is closed. Caller frees, and
 * hands the key back with one of the five below. */
MUST_CHECK char *queue_take(struct queue *queue);

/* The work is done: forget its failures. */
void queue_done(struct queue *queue, const char *key);
/* The work is done for now: forget its failures, and make it due again after `wait_ms`, or at once
 * when it was added during the work. */
void queue_repeat(struct queue *queue, const char *key, int wait_ms);
/*
 * The work failed: due again after the backoff for its count of failures, but not before the
 * `asked_ms` that the other side asked for: base/backoff.h. Returns the wait in ms. A queue_add
 * afterwards makes it due at once. After one during the work it waits as after its first failure:
 * what woke it may have come too late for this try, but work that is woken by each of its own
 * failures must not go round without a pause.
 */
int queue_retry(struct queue *queue, const char *key, int asked_ms);
/* The key was taken too early: due again after `wait_ms`. Its failures stay as they are. */
void queue_delay(struct queue *queue, const char *key, int wait_ms);
/* The work waits for something that will queue_add the key. Its failures stay as they are. */
void queue_park(struct queue *queue, const char *key);

/*
 * Hand out no more keys, return when every taken key is back, and forget them all. Until
 * queue_resume every key that is added is dropped: the caller of queue_resume then adds a key for
 * all that there is to do.
 */
void queue_hold(struct queue *queue);
void queue_resume(struct queue *queue);
/* Every waiting and later queue_take returns NULL. A closed queue stays closed. */
void queue_close(struct queue *queue);

struct queue_counts {
    size_t due;     /* could be worked on now */
    size_t delayed; /* waiting for their backoff */
    size_t working; /* taken */
};

void queue_count(struct queue *queue, struct queue_counts *counts);
