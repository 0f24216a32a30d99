/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

#include <stdint.h>

/*
 * Which thread hangs. Before it waits, and when it takes up work, a thread says by when it says
 * something again. It hangs when it is far beyond that: in a deadlock, in an endless loop, in a
 * call that keeps no deadline. In a thread that thread_start() has not started these do nothing.
 */

/* For thread_start: from the one to the other the calling thread is watched, at first resting. */
void pulse_begin(const char *name);
void pulse_end(void);

void pulse_expect(int64_t within_ms);

/* It waits for something that need not come: it is never late. */
void pulse_rest(void);

/* The name of the thread that is furthest beyond what it said, and how far, at `now_ms` on the
 * monotonic clock. NULL: none is. Caller frees. */
MUST_CHECK char *pulse_find_late(int64_t now_ms, int64_t *late_ms);
