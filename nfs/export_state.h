/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Whether one export answers, how many of its connections may be in use, and which work waits for
 * one: the pool's decisions, without lock, clock or network. Work that gets no connection waits
 * under its key, once. A key that is woken no longer waits: it has to ask again.
 */
struct export_state;

enum export_status {
    EXPORT_UNTRIED,   /* nothing is known yet: one connection */
    EXPORT_ANSWERING, /* as many connections as the limit allows */
    EXPORT_DOWN,      /* no connection until a probe is answered */
};

/* Keys to wake, the one that waited longest first. Free with woken_keys_free. */
struct woken_keys {
    char **items;
    size_t count;
};

void woken_keys_free(struct woken_keys *keys);

/* `limit` is the most connections that may be in use at once. */
MUST_CHECK struct export_state *export_state_new(int limit, int probe_interval_ms);
void export_state_free(struct export_state *state);
enum export_status export_state_status(const struct export_state *state);

/* True: use a connection, then call export_state_release. False: `key` waits. */
MUST_CHECK bool export_state_acquire(struct export_state *state, const char *key);

/* Wakes as many keys as there are free connections. */
void export_state_release(struct export_state *state, struct woken_keys *woken);

/* A connection in use got an answer. The first answer wakes all keys. */
void export_state_answered(struct export_state *state, struct woken_keys *woken);

/* A connection in use got no answer: the export is down and a probe is due now. `key` waits until a
 * probe is answered. Wakes all other keys, the first time, so that each learns of the failure. */
void export_state_failed(struct export_state *state, const char *key, int64_t now_ms,
                         struct woken_keys *woken);

/* Wakes keys that wait although connections are free, because a key that was woken for one did not
 * use it. To be called from time to time. */
void export_state_wake_waiting(struct export_state *state, struct woken_keys *woken);

/* The work `key` is done, or is no more: it waits no longer, if it did. */
void export_state_forget(struct export_state *state, const char *key);
/* No key waits any longer. */
void export_state_forget_all(struct export_state *state);

/* How many keys wait for a connection to be free: of an export that is down, none. */
size_t export_state_waiting(const struct export_state *state);

/* When the next probe is due, on the clock that `now_ms` comes from; INT64_MAX when none is. */
int64_t export_state_next_probe_ms(const struct export_state *state);
void export_state_probe_failed(struct export_state *state, int64_t now_ms);
/* Wakes all keys. */
void export_state_probe_answered(struct export_state *state, struct woken_keys *woken);

/* No connection is in use and no key waits, so that no work needs to know whether the export is
 * down: the state may be freed. */
bool export_state_is_idle(const struct export_state *state);
