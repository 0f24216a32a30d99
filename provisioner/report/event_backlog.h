/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "k8s/event.h"

/*
 * The events that wait to be sent, the oldest first. What is added and says the same of the same
 * object (same reason and topic) as one that waits replaces it, in its place. Past `capacity` the
 * oldest normal ones are dropped first. Not thread-safe.
 */
struct backlog;

MUST_CHECK struct backlog *backlog_new(size_t capacity);
void backlog_free(struct backlog *backlog);

void backlog_add(struct backlog *backlog, struct event *take_event, int64_t now_ms);
/* Added at `due_ms`, unless something else is added about its object before. Calls come in the
 * order of `due_ms`. */
void backlog_hold(struct backlog *backlog, struct event *take_event, int64_t due_ms);

/*
 * The oldest one, the caller's to free or to put back; NULL when none is to be sent yet. When there
 * is other work to do (`busy`), normal events wait, but no longer than BACKLOG_PATIENCE_MS.
 */
MUST_CHECK struct event *backlog_take(struct backlog *backlog, int64_t now_ms, bool busy);

enum { BACKLOG_PATIENCE_MS = 15000 /* somebody may be looking by then */ };

/* The one that was taken last is the oldest again, but says what was added since. */
void backlog_put_back(struct backlog *backlog, struct event *take_event);

/* When the next one that is held becomes due; INT64_MAX when none is. */
int64_t backlog_due_ms(const struct backlog *backlog);
/* How many wait, without those that are held. */
size_t backlog_count(const struct backlog *backlog);
/* How many were dropped since the last call. */
size_t backlog_dropped(struct backlog *backlog);
