/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/context.h"

#include "base/log.h"
#include "provisioner/cluster/cluster_snapshot.h"

enum {
    PROBE_INTERVAL_MS = 2000,
    IDLE_MS = 60000,
    MOST_EVENTS = 10000,
    LEARN_RETRY_MS = 2000,
};

static struct pool *start_pool(const struct context_settings *settings)
{
    /* Two workers are always left for other exports than a busy or slow one. */
    int workers = settings->options->workers;
    return pool_start(&(struct pool_settings){
        .per_export = workers > 3 ? workers - 2 : 1,
        .timeout_ms = settings->options->nfs_timeout_ms,
        .probe_interval_ms = PROBE_INTERVAL_MS,
        .idle_ms = IDLE_MS,
        .wake = settings->wake,
        .context = settings->context,
    });
}

int context_start(struct context *self, const struct context_settings *settings, struct error *err)
{
    *self = (struct context){
        .names = &settings->options->names,
        .cache = cluster_cache_new(),
        .pool = start_pool(settings),
        .records = record_cache_new(settings->wake, settings->context),
        .locks = directory_locks_new(settings->wake, settings->context),
        .namespaces = store_new(),
        .audits = store_new(),
        .metrics = metrics_new(),
    };
    self->recorder =
        event_recorder_start(&(struct event_recorder_settings){.config = settings->config,
                                                               .component = self->names->names[0],
                                                               .instance = settings->instance,
                                                               .capacity = MOST_EVENTS,
                                                               .busy = settings->busy,
                                                               .context = settings->context},
                             err);
    return self->recorder ? 0 : -1;
}

void context_stop(struct context *self)
{
    event_recorder_stop(self->recorder);
    pool_stop(self->pool);
    record_cache_free(self->records);
    directory_locks_free(self->locks);
    store_free(self->namespaces);
    store_free(self->audits);
    metrics_free(self->metrics);
    cluster_cache_free(self->cache);
    free(self->cluster);
}

static char *read_cluster(const struct context_settings *settings, struct stop *stop,
                          struct error *err)
{
    autoclose(client) struct client *client =
        client_open(settings->config, stop, settings->options->api_timeout_ms, err);
    return client ? read_namespace_uid(client, "kube-system", err) : NULL;
}

bool context_learn_cluster(struct context *self, const struct context_settings *settings,
                           struct stop *stop)
{
    struct error err;
    while (!(self->cluster = read_cluster(settings, stop, &err))) {
        if (stop_is_raised(stop))
            return false;
        log_warn("cluster not known yet", "error", err.message, "retry_in", "2 s");
        stop_wait(stop, LEARN_RETRY_MS);
    }
    return true;
}
