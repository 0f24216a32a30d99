/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/share.h"

/*
 * Connections to all exports in use, shared by the worker threads, so that one dead export cannot
 * use up the workers of another. Each export is in one of three states:
 *   untried    nothing is known yet: one connection at a time
 *   answering  at most `per_export` connections are in use at once
 *   down       callers fail at once with the last error, until the pool's thread has connected
 *
 * The pool's thread tries an export that is down at once, then every `probe_interval_ms`. An export
 * that no work has used or waited for during `idle_ms` is forgotten, down or not. Work that
 * gets no connection is remembered by its key and woken when it may try again, unless it is
 * forgotten before.
 */
struct pool;

struct pool_settings {
    int per_export;
    int timeout_ms;        /* for connecting and for every call */
    int probe_interval_ms; /* between two tries of an export that is down */
    int idle_ms;           /* an unused connection is closed after this */
    /* The work `key` may try again now. Called without a lock held, on any thread. */
    void (*wake)(void *context, const char *key);
    void *context;
};

/* Copies `settings` and starts the pool's thread. ERROR_UNAVAILABLE: the system has no room for it.
 */
MUST_CHECK struct pool *pool_start(const struct pool_settings *settings, struct error *err);
/* Every share must have been given back. Returns within `timeout_ms`. */
void pool_stop(struct pool *pool);

/*
 * A connection for the work called `key`, to be given back with pool_give. NULL with
 *   ERROR_BUSY         all connections are in use; `key` is woken when one is free
 *   ERROR_UNAVAILABLE  the export does not answer; `key` is woken when it answers again
 *   other kinds        as share_open sets them
 */
MUST_CHECK struct share *pool_take(struct pool *pool, const struct address *address,
                                   const char *key, struct error *err);

/* A dead share is closed, and its export is down until it answers. One that has lost its root is
 * closed, and no connection from before is used again. NULL is accepted. */
void pool_give(struct pool *pool, struct share *share);

/* The work `key` is done, or is no more: it waits for no export any longer. */
void pool_forget(struct pool *pool, const char *key);
/* No work waits any longer. */
void pool_forget_all(struct pool *pool);

/* The number of exports in each state, of open connections, and of what waits for them. */
struct pool_counts {
    int answering;
    int untried;
    int down;
    int connections;
    size_t waiting; /* work that waits for a connection to be free */
};

void pool_count(struct pool *pool, struct pool_counts *counts);
