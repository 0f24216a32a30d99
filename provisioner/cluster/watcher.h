/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/stop.h"
#include "k8s/config.h"
#include "provisioner/cluster/cluster_cache.h"
#include "provisioner/shared/queue.h"

/*
 * The threads that watch claims, volumes, storage classes and StatefulSets, keep the catalog as the
 * cluster is, and put into the queues what may need work or a look. They run on a standby too, so
 * that it is ready the moment it leads.
 */
struct feed;

struct feed_settings {
    const struct config *config;
    const struct provisioner_names *names;
    const struct export_default *fallback; /* for classes without server or path */
    struct catalog *catalog;
    struct queue *queue; /* keys of claims, names of volumes */
    struct queue *sets;  /* keys of StatefulSets that changed */
};

/* `settings` is copied, what it points at is borrowed. */
MUST_CHECK struct feed *feed_start(const struct feed_settings *settings, struct error *err);
void feed_stop(struct feed *feed);

/* True once everything that provisioning needs was listed whole. */
bool feed_is_synced(const struct feed *feed);
