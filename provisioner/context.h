/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "nfs/pool.h"
#include "provisioner/cluster/cluster_cache.h"
#include "provisioner/command/options.h"
#include "provisioner/export/directory_locks.h"
#include "provisioner/export/record_cache.h"
#include "provisioner/report/event_recorder.h"
#include "provisioner/report/metrics.h"

/* What the workers share: what is known of the cluster and of the exports, and the ways to both. */
struct context {
    const struct provisioner_names *names;
    struct cluster_cache *cache;
    struct pool *pool;
    struct record_cache *records;
    struct directory_locks *locks;
    struct store *namespaces; /* struct namespace_state, by namespace */
    struct store *audits;     /* what audits counted, by export */
    struct metrics *metrics;
    struct event_recorder *recorder;
    char *cluster; /* UID of namespace kube-system: whose records are ours */
};

struct context_settings {
    const struct options *options;
    const struct config *config;
    const char *instance; /* of whom events say that they come */
    /* Called without a lock held, on any thread: what waits under `key` may try again now. */
    void (*wake)(void *context, const char *key);
    bool (*busy)(void *context); /* some key may be worked on and nobody does yet */
    void *context;
};

/* Nothing is known yet, nobody is connected. */
MUST_CHECK int context_start(struct context *self, const struct context_settings *settings,
                             struct error *err);
/* Nobody may be using it any more. One that was never started is fine. */
void context_stop(struct context *self);

/* Ask for `cluster` until the API server answers; false when stopped before. */
bool context_learn_cluster(struct context *self, const struct context_settings *settings,
                           struct stop *stop);
