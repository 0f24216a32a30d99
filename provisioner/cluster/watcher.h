/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/stop.h"
#include "provisioner/cluster/watched_kinds.h"

/*
 * The threads that watch claims, volumes, storage classes and StatefulSets. They keep the cache up
 * to date and queue what may need work. They also run on a standby, so that it is ready at once
 * when it becomes the leader.
 */
struct watcher;

/* `settings` is copied; what it points to is borrowed. */
MUST_CHECK struct watcher *watcher_start(const struct watcher_settings *settings,
                                         struct error *err);
void watcher_stop(struct watcher *watcher);

/* Queue what there is to do, by all that has been seen so far: a term begins. */
void watcher_queue_everything(struct watcher *watcher);

/* True once all claims, volumes and classes have been listed. */
bool watcher_is_synced(const struct watcher *watcher);
