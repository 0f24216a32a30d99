/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/stop.h"
#include "k8s/config.h"
#include "provisioner/cluster/cluster_cache.h"
#include "provisioner/shared/queue.h"

/*
 * The threads that watch claims, volumes, storage classes and StatefulSets. They keep the cache up
 * to date and queue what may need work. They also run on a standby, so that it is ready at once
 * when it becomes the leader.
 */
struct watcher;

struct watcher_settings {
    const struct config *config;
    const struct provisioner_names *names;
    const struct export_default *fallback; /* for classes without server or path */
    struct cluster_cache *cache;
    struct queue *queue; /* gets work keys: claims, volumes and audits */
    struct queue *sets;  /* gets "namespace/name" of StatefulSets that changed */
};

/* `settings` is copied; what it points to is borrowed. */
MUST_CHECK struct watcher *watcher_start(const struct watcher_settings *settings,
                                         struct error *err);
void watcher_stop(struct watcher *watcher);

/* Queue an audit of the export of each of our classes. */
void watcher_queue_audits(struct watcher *watcher);

/* True once all claims, volumes and classes have been listed. */
bool watcher_is_synced(const struct watcher *watcher);
