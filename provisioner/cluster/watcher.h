/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/stop.h"
#include "k8s/config.h"
#include "provisioner/cluster/cluster_cache.h"
#include "provisioner/shared/queue.h"

/*
 * The threads that watch claims, volumes, storage classes and StatefulSets, keep the cache as the
 * cluster is, and put into the queues what may need work or a look. They run on a standby too, so
 * that it is ready the moment it leads.
 */
struct watcher;

struct watcher_settings {
    const struct config *config;
    const struct provisioner_names *names;
    const struct export_default *fallback; /* for classes without server or path */
    struct cluster_cache *cache;
    struct queue *queue; /* keys of claims, names of volumes */
    struct queue *sets;  /* keys of StatefulSets that changed */
};

/* `settings` is copied, what it points at is borrowed. */
MUST_CHECK struct watcher *watcher_start(const struct watcher_settings *settings,
                                         struct error *err);
void watcher_stop(struct watcher *watcher);

/* Queue an audit of the export of each class of ours. */
void watcher_queue_audits(struct watcher *watcher);

/* True once everything that provisioning needs was listed whole. */
bool watcher_is_synced(const struct watcher *watcher);
