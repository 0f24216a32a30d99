/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/rollout_watch.h"

enum { OVER_MS = 5000 };

enum rollout_watch_end rollout_watch_next(struct rollout_watch *watch,
                                          const struct rollout *rollout, int64_t now_ms)
{
    int64_t passed_ms = now_ms - watch->begun_ms;
    bool is_over = rollout && rollout->state == ROLLOUT_OVER;
    if (rollout && !is_over)
        watch->has_seen_it = true;
    if (is_over && (watch->has_seen_it || passed_ms >= OVER_MS))
        return ROLLOUT_WATCH_OVER;
    return watch->timeout_ms > 0 && passed_ms >= watch->timeout_ms ? ROLLOUT_WATCH_TIMED_OUT
                                                                   : ROLLOUT_WATCH_GOES_ON;
}
