/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Who may use one export, and who is told when that changes: the decisions behind the pool, without
 * lock, clock or network. Work goes by a key; a key that is sent away waits, once, and is handed
 * back to be woken, which ends its waiting: should it be too late again, it asks again.
 */
struct gate;

enum gate_state {
    GATE_UNTRIED,   /* nothing is known: one may go ahead and see */
    GATE_ANSWERING, /* so many at a time as the limit says */
    GATE_DOWN,      /* nobody, until a probe is answered */
};

/* Waiting keys beyond this are not remembered; whoever asks also retries on a schedule of its own.
 */
enum { GATE_WAITING_MAX = 100 * 1000 };

/* Keys to wake, in the order in which they came. The caller's. */
struct gate_keys {
    char **items;
    size_t count;
};

void gate_keys_free(struct gate_keys *keys);

MUST_CHECK struct gate *gate_new(int limit, int probe_interval_ms);
void gate_free(struct gate *gate);
enum gate_state gate_state(const struct gate *gate);

/* True: go ahead, and call gate_leave later. False: `key` waits. */
MUST_CHECK bool gate_enter(struct gate *gate, const char *key);

/* Somebody inside was answered. The first time, all who wait may try. */
void gate_answered(struct gate *gate, struct gate_keys *woken);

/* Somebody inside found the export dead: it is probed at once. `key` waits for that. The first
 * time, all who wait for a place are woken, so that each hears it. */
void gate_died(struct gate *gate, const char *key, int64_t now_ms, struct gate_keys *woken);

/* Wakes as many as there is room for. */
void gate_leave(struct gate *gate, struct gate_keys *woken);

/* Who waits although there is room: whoever was woken for it had no more need. From time to time.
 */
void gate_wake_stragglers(struct gate *gate, struct gate_keys *woken);

/* When the next probe is due, or INT64_MAX when none is needed. */
int64_t gate_next_probe_ms(const struct gate *gate);
void gate_probe_failed(struct gate *gate, int64_t now_ms);
/* Wakes all. */
void gate_probe_answered(struct gate *gate, struct gate_keys *woken);

/* Nobody is inside, nobody waits and no probe is due: it can be forgotten. */
bool gate_is_idle(const struct gate *gate);
