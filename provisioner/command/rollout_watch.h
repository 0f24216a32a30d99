/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/statefulset/rollout.h"

/*
 * When `mooring rollout --watch` ends. A rollout that is over at once may be about to begin, since
 * people start the command just before the change: it must stay over for a few seconds. Pure.
 */
struct rollout_watch {
    int64_t begun_ms; /* monotonic */
    int timeout_ms;   /* 0: none */
    bool has_seen_it; /* the rollout was seen before it was over */
};

enum rollout_watch_end {
    ROLLOUT_WATCH_GOES_ON,
    ROLLOUT_WATCH_OVER,
    ROLLOUT_WATCH_TIMED_OUT,
};

/* `rollout` was read at `now_ms`; NULL: it could not be. */
enum rollout_watch_end rollout_watch_next(struct rollout_watch *watch,
                                          const struct rollout *rollout, int64_t now_ms);
