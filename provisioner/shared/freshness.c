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

bool freshness_serves(struct freshness *freshness, int64_t since_us)
{
    if (freshness->asked_us <= since_us || age_us(freshness) >= STALE_US)
        return false;
    return age_us(freshness) < FRESH_US || atomic_exchange(&freshness->is_being_renewed, true);
}

bool freshness_is_new(const struct freshness *freshness)
{
    return age_us(freshness) < NEW_US;
}
