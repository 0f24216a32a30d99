/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/shared/freshness.h"

#include "base/clock.h"

#include <stdatomic.h>

enum {
    FRESH_US = 5000 * 1000,
    STALE_US = 2 * FRESH_US,
    NEW_US = 20 * 1000,
};

static int64_t age_us(const struct freshness *freshness)
{
    return clock_monotonic_us() - freshness->asked_us;
}

void freshness_begin(struct freshness *freshness)
{
    freshness->asked_us = clock_monotonic_us();
}

bool freshness_is_over(const struct freshness *freshness)
{
    return age_us(freshness) >= STALE_US;
}

bool freshness_serves(struct freshness *freshness, int64_t since_us)
{
    if (freshness->asked_us <= since_us || freshness_is_over(freshness))
        return false;
    return age_us(freshness) < FRESH_US || atomic_exchange(&freshness->is_being_renewed, true);
}

bool freshness_is_new(const struct freshness *freshness)
{
    return age_us(freshness) < NEW_US;
}

void freshness_keep(struct store *known, const char *key, void *take_object,
                    bool (*is_over)(const void *object))
{
    bool is_new = store_put(known, key, take_object);
    if (is_new && store_size(known) % FRESHNESS_PRUNED_AT == 0)
        store_remove_if(known, is_over);
}
