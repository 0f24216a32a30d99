/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "k8s/event.h"

/*
 * The events that wait to be sent, the oldest first. A new event replaces a waiting one about the
 * same object with the same reason and topic, and takes its place. Past `capacity` the oldest
 * events are dropped, normal ones before warnings. Not thread-safe.
 */
struct event_backlog;

MUST_CHECK struct event_backlog *event_backlog_new(size_t capacity);
void event_backlog_free(struct event_backlog *backlog);

void event_backlog_add(struct event_backlog *backlog, struct event *take_event, int64_t now_ms);
/* Add the event at `due_ms`, unless another event about its object is added before. Must be called
 * in the order of `due_ms`. */
void event_backlog_hold(struct event_backlog *backlog, struct event *take_event, int64_t due_ms);

/*
 * Take the oldest event; NULL when there is none to send yet. While there is other work to do
 * (`is_busy`), normal events wait, but no longer than EVENT_BACKLOG_PATIENCE_MS. Caller frees the
 * event or puts it back.
 */
MUST_CHECK struct event *event_backlog_take(struct event_backlog *backlog, int64_t now_ms,
                                            bool is_busy);

enum { EVENT_BACKLOG_PATIENCE_MS = 15000 /* by then a user may look for the event */ };

/* Make the event that was taken last the oldest again. An event that replaces it and was added
 * since takes its place. */
void event_backlog_put_back(struct event_backlog *backlog, struct event *take_event);

/* When the next held event becomes due; INT64_MAX when none is held. */
int64_t event_backlog_due_ms(const struct event_backlog *backlog);
/* How many events wait, without held ones. */
size_t event_backlog_count(const struct event_backlog *backlog);
/* How many events were dropped since the last call. */
size_t event_backlog_dropped(struct event_backlog *backlog);
