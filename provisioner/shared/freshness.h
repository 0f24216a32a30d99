/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/shared/store.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * How long an answer of the API server serves. It serves each caller that needs an answer which was
 * asked for after some moment in the past, if it was, and for a few seconds only. A member of what
 * was read; only it changes.
 */
struct freshness {
    int64_t asked_us; /* monotonic: when the read began */
    _Atomic bool is_being_renewed;
};

/* Before the read. */
void freshness_begin(struct freshness *freshness);

/* Does it serve a caller that needs what was true after `since_us`? When it is no longer fresh, one
 * caller is told no, to read again, and it serves the other callers until it is stale. */
bool freshness_serves(struct freshness *freshness, int64_t since_us);

/* Is it so old that it serves no caller any more? */
bool freshness_is_over(const struct freshness *freshness);

enum { FRESHNESS_PRUNED_AT = 1000 };

/*
 * Keep what was read under `key`, in place of what was read before; takes over the reference. Each
 * time that FRESHNESS_PRUNED_AT more are kept, those are removed of which `is_over` says, by their
 * freshness, that they serve no caller any more: most are never asked for again.
 */
void freshness_keep(struct store *known, const char *key, void *take_object,
                    bool (*is_over)(const void *object));

/* Was it asked for just now? Claims that come faster than that share an answer anyway. */
bool freshness_is_new(const struct freshness *freshness);
