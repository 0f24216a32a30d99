/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/share.h"

/*
 * Connections to every export in use, shared by worker threads, so that one dead export cannot use
 * up the workers of another. An export is either answering (at most `per_export` connections are
 * out at once), untried (one at most) or down (none: callers fail at once with what was seen last,
 * and the pool's own thread tries it, at once and then every `probe_interval_ms`). Who is refused
 * is remembered by a key, once, and woken; so many keys at most (EXPORT_WAITING_MAX) that callers
 * must also try again on a schedule of their own.
 */
struct pool;

struct pool_settings {
    int per_export;
    int timeout_ms;        /* for connecting and for every call */
    int probe_interval_ms; /* between two tries of an export that is down */
    int idle_ms;           /* an unused connection is closed after this */
    /* Called without a lock held, on any thread: what waits under `key` may try again now. */
    void (*wake)(void *context, const char *key);
    void *context;
};

/* Starts the probing thread. `settings` is copied. */
MUST_CHECK struct pool *pool_start(const struct pool_settings *settings);
/* Every share must have been given back. Returns within `timeout_ms`. */
void pool_stop(struct pool *pool);

/*
 * A connection for the work called `key`. NULL with
 *   ERROR_BUSY         all connections are out; `key` is woken when one comes back
 *   ERROR_UNAVAILABLE  the export does not answer; `key` is also woken when it answers again
 *   other kinds        as share_open sets them
 */
MUST_CHECK struct share *pool_take(struct pool *pool, const struct address *address,
                                   const char *key, struct error *err);

/* Give it back. One that is dead is closed, and its export is down until it answers. NULL is
 * accepted. */
void pool_give(struct pool *pool, struct share *share);

/* How many exports there are in each state and how many connections are open: for metrics. */
struct pool_counts {
    int answering;
    int untried;
    int down;
    int connections;
};

void pool_count(struct pool *pool, struct pool_counts *counts);
