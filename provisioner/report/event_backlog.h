/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "k8s/event.h"

/*
 * The events that wait to be sent, the oldest first. What is added and says the same of the same
 * object (same reason and topic) as one that waits replaces it, in its place. Past `capacity` the
 * oldest normal ones are dropped first. Not thread-safe.
 */
struct event_backlog;

MUST_CHECK struct event_backlog *event_backlog_new(size_t capacity);
void event_backlog_free(struct event_backlog *backlog);

void event_backlog_add(struct event_backlog *backlog, struct event *take_event, int64_t now_ms);
/* Added at `due_ms`, unless something else is added about its object before. Calls come in the
 * order of `due_ms`. */
void event_backlog_hold(struct event_backlog *backlog, struct event *take_event, int64_t due_ms);

/*
 * The oldest one, the caller's to free or to put back; NULL when none is to be sent yet. When there
 * is other work to do (`is_busy`), normal events wait, but no longer than
 * EVENT_BACKLOG_PATIENCE_MS.
 */
MUST_CHECK struct event *event_backlog_take(struct event_backlog *backlog, int64_t now_ms,
                                            bool is_busy);

enum { EVENT_BACKLOG_PATIENCE_MS = 15000 /* somebody may be looking by then */ };

/* The one that was taken last is the oldest again, but says what was added since. */
void event_backlog_put_back(struct event_backlog *backlog, struct event *take_event);

/* When the next one that is held becomes due; INT64_MAX when none is. */
int64_t event_backlog_due_ms(const struct event_backlog *backlog);
/* How many wait, without those that are held. */
size_t event_backlog_count(const struct event_backlog *backlog);
/* How many were dropped since the last call. */
size_t event_backlog_dropped(struct event_backlog *backlog);
