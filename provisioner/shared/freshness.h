/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * How long an answer of the API server serves: everybody who needs one that was asked for after
 * some moment before, for a few seconds only. A member of what was read; only it changes.
 */
struct freshness {
    int64_t asked_us; /* monotonic: when the read began */
    _Atomic bool is_being_renewed;
};

/* Before the read. */
void freshness_begin(struct freshness *freshness);

/* Does it serve who needs what was true after `since_us`? When it is no longer fresh, one caller is
 * told no, to read again, and it serves the others until it is stale. */
bool freshness_serves(struct freshness *freshness, int64_t since_us);

/* Was it asked for just now? Claims that come faster than that share an answer anyway. */
bool freshness_is_new(const struct freshness *freshness);
