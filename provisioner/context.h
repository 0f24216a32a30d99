/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "nfs/pool.h"
#include "provisioner/cluster/class_state.h"
#include "provisioner/cluster/cluster_cache.h"
#include "provisioner/export/export_session.h"
#include "provisioner/report/event_recorder.h"
#include "provisioner/report/metrics.h"
#include "provisioner/shared/claim_locks.h"

/*
 * What every part of the running program is handed: what is known of the cluster and of the
 * exports, the ways to both, and where to report.
 */
struct context {
    const struct provisioner_names *names;
    struct cluster_cache *cache;
    struct pool *pool;               /* connections to the exports */
    struct claim_locks *claim_locks; /* "namespace/name" of claims that are worked on */
    struct store *namespaces;        /* struct namespace_state, by namespace */
    struct store *older_owners;      /* what is told of earlier namespaces and other clusters */
    struct class_states classes;
    struct store *audits; /* what the last audit of each export counted */
    struct metrics *metrics;
    struct event_recorder *recorder;
    /* The work called `key` may be tried again now, or is new. */
    void (*wake)(void *program, const char *key);
    /* Claims wait for a worker, or for a connection, which an audit that pauses does not hold up.
     * NULL: it would. */
    bool (*is_busy)(void *program);
    void *program;                               /* handed to both */
    const struct export_default *default_export; /* of classes that name none */
    const char *instance;                        /* this process, for people */
    char *cluster; /* UID of namespace kube-system: this cluster's records carry it */
};

struct context_settings {
    const struct config *config;
    const struct provisioner_names *names;
    const struct export_default *default_export; /* of classes that name none */
    const char *instance;                        /* the Pod's name, as events give their source */
    int workers;
    int nfs_timeout_ms; /* of one NFS call */
    int api_timeout_ms; /* of one API call */
    /* Called on any thread, without a lock held: the work called `key` may be tried again now. */
    void (*wake)(void *program, const char *key);
    bool (*is_busy)(void *program); /* claims wait for a worker, or for a connection */
    void *program;                  /* handed to both */
};

/* Start the parts. Nothing is known yet and no connection is open. `settings` is borrowed. */
MUST_CHECK int context_start(struct context *context, const struct context_settings *settings,
                             struct error *err);

/* No other thread may use the context any more. One that was never started is accepted. */
void context_stop(struct context *context);

/* Ask for `cluster` until the API server answers. False when `stop` was raised before. */
bool context_learn_cluster(struct context *context, const struct context_settings *settings,
                           struct stop *stop);

/* Is the class ours, and can it be used? NULL: there is none. */
bool context_can_use(const struct context *context, const struct storage_class *storage_class);
/* The class as the watch has brought it, if it can be used, else NULL. A new reference. */
struct storage_class *context_usable_class(const struct context *context, const char *name);

/* A connection for the work `key`, as pool_take gives it, whose listings end with the client's
 * stop. To be given back with pool_give. */
MUST_CHECK struct share *context_take_share(const struct context *context, struct client *client,
                                            const struct address *address, const char *key,
                                            struct error *err);

/* For export_session_begin. Borrowed from the context. */
struct export_session context_session(const struct context *context);
