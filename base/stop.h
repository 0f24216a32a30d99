/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * The one way to stop: a flag that any thread may raise. Raising it wakes every wait and makes its
 * descriptor readable, so that a poll() on a socket can watch it as well. It stays raised.
 */
struct stop;

struct stop *stop_new(void);
void stop_free(struct stop *stop);

/* As if it were raised from `end_ms` (monotonic) on, also where no thread comes to raising it in
 * time; 0: no end. It may be moved on. Waits are not woken by it. */
void stop_set_end(struct stop *stop, int64_t end_ms);

/* Safe from a signal handler. */
void stop_raise(struct stop *stop);

/* NULL is a stop that is never raised. Its descriptor is -1, which poll() ignores. */
bool stop_is_raised(const struct stop *stop);

/* Sleep at most `timeout_ms`; true when stopped before or meanwhile. */
bool stop_wait(struct stop *stop, int timeout_ms);

/* Readable once raised; owned by the stop, never read from it. */
int stop_descriptor(const struct stop *stop);
