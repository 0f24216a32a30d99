/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/*
 * How often something may be done: a handful of times in a row, then once a second, so that what
 * happens quickly is seen in its steps and what goes on for long costs little. Pure; starts zeroed.
 */
struct rate_limit {
    int64_t full_ms; /* monotonic: when the whole handful is there again */
};

/* 0: now, and it counts. Else how long to wait before asking again; nothing is counted. */
int rate_limit_wait_ms(struct rate_limit *limit, int64_t now_ms);
