/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/*
 * Limits calls to a burst of five, then one a second, so that quick changes are seen step by step
 * and long ones cost little. Pure. Starts zeroed.
 */
struct rate_limit {
    int64_t full_ms; /* monotonic: when a whole burst is allowed again */
};

/* Returns 0 and counts the call, or the milliseconds to wait before asking again. */
int rate_limit_wait_ms(struct rate_limit *limit, int64_t now_ms);
