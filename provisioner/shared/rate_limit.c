/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/shared/rate_limit.h"

static const int64_t interval_ms = 1000, burst = 5;

int rate_limit_wait_ms(struct rate_limit *limit, int64_t now_ms)
{
    int64_t full_ms = limit->full_ms > now_ms ? limit->full_ms : now_ms;
    int64_t wait_ms = full_ms + interval_ms - burst * interval_ms - now_ms;
    if (wait_ms > 0)
        return (int)wait_ms;
    limit->full_ms = full_ms + interval_ms;
    return 0;
}
