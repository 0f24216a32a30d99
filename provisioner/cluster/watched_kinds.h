/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/config.h"
#include "provisioner/cluster/cluster_cache.h"
#include "provisioner/shared/queue.h"

/* What the watcher is given. */
struct watcher_settings {
    const struct config *config;
    const struct provisioner_names *names;
    const struct export_default *fallback; /* for classes without server or path */
    struct cluster_cache *cache;
    struct queue *queue; /* gets work keys: claims, volumes and audits */
    struct queue *sets;  /* gets "namespace/name" of StatefulSets that changed */
};

/* What one watched kind of object does to the cache and to the queues. */
struct watched_kind {
    const struct resource *resource;
    const char *thread_name;
    /* Between these two every object that exists is reported; the others are gone. */
    void (*list_begun)(const struct watcher_settings *settings);
    void (*list_ended)(const struct watcher_settings *settings);
    /* A new or changed object, or one that was deleted. -1: not usable, nothing changed. */
    int (*object)(const struct watcher_settings *settings, json_t *object, bool is_deleted,
                  struct error *err);
};

/* StatefulSets come last: only their classes and claims tell which of them use our volumes. */
enum { WATCHED_CLASSES, WATCHED_VOLUMES, WATCHED_CLAIMS, WATCHED_SETS, WATCHED_KINDS };

extern const struct watched_kind watched_kinds[WATCHED_KINDS];

/*
 * Queue what there is to do by what the cache has. Every object is in the cache before it is
 * queued, so that nothing is lost that came while the queue was held. What only a change tells
 * (a volume's new capacity) the audit of its export finds.
 */
void watched_kinds_queue_everything(const struct watcher_settings *settings);
