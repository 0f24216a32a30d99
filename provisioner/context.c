/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/context.h"

#include "base/log.h"
#include "provisioner/cluster/namespace_state.h"

enum {
    PROBE_INTERVAL_MS = 2000,
    IDLE_MS = 60000,
    MOST_EVENTS = 10000,
    LEARN_RETRY_MS = 2000,
    WORKERS_TO_SPARE = 4, /* with less, an audit may have the only connection to its export */
};

int context_start(struct context *context, const struct context_settings *settings,
                  struct error *err)
{
    const struct pool_settings pool = {
        /* Two workers are always left for other exports than a busy or slow one. */
        .per_export = settings->workers >= WORKERS_TO_SPARE ? settings->workers - 2 : 1,
        .timeout_ms = settings->nfs_timeout_ms,
        .probe_interval_ms = PROBE_INTERVAL_MS,
        .idle_ms = IDLE_MS,
        .wake = settings->wake,
        .context = settings->program,
    };
    const struct event_recorder_settings recorder = {
        .config = settings->config,
        .component = settings->names->names[0],
        .instance = settings->instance,
        .capacity = MOST_EVENTS,
        .is_busy = settings->is_busy,
        .context = settings->program,
    };
    *context = (struct context){
        .names = settings->names,
        .default_export = settings->default_export,
        .cache = cluster_cache_new(),
        .pool = pool_start(&pool, err),
        .claim_locks = claim_locks_new(settings->wake, settings->program),
        .namespaces = store_new(),
        .older_owners = store_new(),
        .classes = {.known = store_new(), .fallback = settings->default_export},
        .audits = store_new(),
        .metrics = metrics_new(),
        .wake = settings->wake,
        .is_busy = settings->workers >= WORKERS_TO_SPARE ? settings->is_busy : NULL,
        .program = settings->program,
        .instance = settings->instance,
    };
    context->recorder = context->pool ? event_recorder_start(&recorder, err) : NULL;
    return context->recorder ? 0 : -1;
}

void context_stop(struct context *context)
{
    event_recorder_stop(context->recorder);
    pool_stop(context->pool);
    claim_locks_free(context->claim_locks);
    store_free(context->namespaces);
    store_free(context->older_owners);
    store_free(context->classes.known);
    store_free(context->audits);
    metrics_free(context->metrics);
    cluster_cache_free(context->cache);
    free(context->cluster);
}

bool context_learn_cluster(struct context *context, const struct context_settings *settings,
                           struct stop *stop)
{
    struct error err;
    while (!stop_is_raised(stop)) {
        autoclose(client) struct client *client =
            client_open(settings->config, stop, settings->api_timeout_ms, &err);
        context->cluster = client ? namespace_state_read_uid(client, "kube-system", &err) : NULL;
        if (context->cluster)
            return true;
        if (!stop_is_raised(stop))
            log_warn("cluster not known yet", "error", err.message, "retry_in", "2 s");
        stop_wait(stop, LEARN_RETRY_MS);
    }
    return false;
}

bool context_can_use(const struct context *context, const struct storage_class *storage_class)
{
    return storage_class && !storage_class->problem &&
           is_our_name(context->names, storage_class->provisioner);
}

struct storage_class *context_usable_class(const struct context *context, const char *name)
{
    autorelease(storage_class) struct storage_class *storage_class =
        cluster_cache_class(context->cache, name);
    return context_can_use(context, storage_class) ? steal(storage_class) : NULL;
}

struct share *context_take_share(const struct context *context, struct client *client,
                                 const struct address *address, const char *key, struct error *err)
{
    struct share *share = pool_take(context->pool, address, key, err);
    if (share)
        share_set_stop(share, client_stop(client));
    return share;
}

struct export_session context_session(const struct context *context)
{
    return (struct export_session){.volumes = context->cache->volumes,
                                   .cluster = context->cluster,
                                   .instance = context->instance};
}
