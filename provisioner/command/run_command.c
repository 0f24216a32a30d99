/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "k8s/config_load.h"
#include "provisioner/cluster/watcher.h"
#include "provisioner/command/commands.h"
#include "provisioner/daemon/leader_election.h"
#include "provisioner/daemon/status_pages.h"
#include "provisioner/daemon/workers.h"
#include "provisioner/shared/work_key.h"
#include "provisioner/statefulset/statefulset.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* The parts of the running program. */
struct run {
    const struct options *options;
    struct config *config;
    char *identity;
    char *host_name;
    struct queue *queue;
    struct queue *sets; /* StatefulSets to check */
    struct context_settings context_settings;
    struct context context;
    struct status_pages pages;
    struct status_server *status_server;
    struct watcher *watcher;
    struct workers *workers;
    struct rollout_watcher *rollout_watcher;
    struct leader_election *leader;
    pthread_mutex_t lock; /* guards watcher and leader, which the probes read, while they change */
};

static struct stop *signal_stop;

static void on_signal(int number)
{
    (void)number;
    stop_raise(signal_stop);
}

static void catch_signals(void)
{
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    signal_stop = stop_new();
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGPIPE, &ignore, NULL); /* writing to a closed connection is an error of that call */
}

static void choose_identity(struct run *self)
{
    char host[256] = "mooring";
    uint64_t random = 0;
    gethostname(host, sizeof host - 1);
    if (getrandom(&random, sizeof random, 0) < 0)
        random = (uint64_t)getpid();
    self->host_name = memory_copy(host);
    self->identity = memory_format("%s_%016llx", host, (unsigned long long)random);
}

static const char *lease_namespace(const struct run *self)
{
    if (self->options->lease_namespace)
        return self->options->lease_namespace;
    return self->config->namespace ? self->config->namespace : "default";
}

/* --- for the probes --- */

static bool is_synced(void *context)
{
    struct run *self = context;
    pthread_mutex_lock(&self->lock);
    bool synced = self->watcher && watcher_is_synced(self->watcher);
    pthread_mutex_unlock(&self->lock);
    return synced;
}

static bool is_leading(void *context)
{
    struct run *self = context;
    pthread_mutex_lock(&self->lock);
    bool leading = self->leader && leader_election_is_leading(self->leader);
    pthread_mutex_unlock(&self->lock);
    return leading;
}

/* --- starting and stopping --- */

static void wake(void *context, const char *key)
{
    struct run *self = context;
    queue_add(self->queue, key);
}

static bool is_busy(void *context)
{
    struct run *self = context;
    struct queue_counts queued;
    struct pool_counts exports;
    queue_count(self->queue, &queued);
    pool_count(self->context.pool, &exports);
    return queued.due > 0 || exports.waiting > 0;
}

static void term_begins(void *context, struct stop *term)
{
    struct run *self = context;
    workers_begin_term(self->workers, term);
    watcher_queue_everything(self->watcher);
    rollout_watcher_begin_term(self->rollout_watcher, term);
}

static void term_ended(void *context)
{
    struct run *self = context;
    workers_end_term(self->workers);
    store_begin_replace(self->context.audits); /* the next leader counts them again */
    store_end_replace(self->context.audits, NULL, NULL);
    rollout_watcher_end_term(self->rollout_watcher);
}

static int start_status_server(struct run *self, struct error *err)
{
    self->pages = (struct status_pages){.context = &self->context,
                                        .queue = self->queue,
                                        .rollout_watcher = self->rollout_watcher,
                                        .is_synced = is_synced,
                                        .is_leading = is_leading,
                                        .program = self};
    const struct status_handlers handlers = status_pages_handlers(&self->pages);
    self->status_server = status_server_start(self->options->listen, &handlers, err);
    return self->status_server ? 0 : error_wrap(err, "--listen");
}

/* The parts that do not need the watcher. Nothing writes to the cluster yet. */
static int start_parts(struct run *self, struct error *err)
{
    const struct options *options = self->options;
    self->queue = queue_new();
    queue_set_urgent(self->queue, work_key_is_urgent);
    self->sets = queue_new();
    queue_hold(self->queue); /* until a term begins */
    queue_hold(self->sets);
    self->context_settings = (struct context_settings){.names = &options->names,
                                                       .default_export = &options->export,
                                                       .workers = options->workers,
                                                       .nfs_timeout_ms = options->nfs_timeout_ms,
                                                       .api_timeout_ms = options->api_timeout_ms,
                                                       .config = self->config,
                                                       .instance = self->host_name,
                                                       .wake = wake,
                                                       .is_busy = is_busy,
                                                       .program = self};
    if (context_start(&self->context, &self->context_settings, err) < 0)
        return -1;
    self->rollout_watcher = rollout_watcher_start(
        &(struct rollout_watcher_settings){.context = &self->context,
                                           .queue = self->sets,
                                           .config = self->config,
                                           .timeout_ms = options->api_timeout_ms},
        err);
    if (!self->rollout_watcher)
        return -1;
    if (start_status_server(self, err) < 0)
        return -1;
    self->workers = workers_start(&(struct workers_settings){.context = &self->context,
                                                             .queue = self->queue,
                                                             .config = self->config,
                                                             .count = options->workers,
                                                             .timeout_ms = options->api_timeout_ms},
                                  err);
    return self->workers ? 0 : -1;
}

static int start_watcher(struct run *self, struct error *err)
{
    struct watcher *watcher =
        watcher_start(&(struct watcher_settings){.config = self->config,
                                                 .names = &self->options->names,
                                                 .fallback = &self->options->export,
                                                 .cache = self->context.cache,
                                                 .queue = self->queue,
                                                 .sets = self->sets},
                      err);
    pthread_mutex_lock(&self->lock);
    self->watcher = watcher;
    pthread_mutex_unlock(&self->lock);
    return watcher ? 0 : -1;
}

static int start_leader_election(struct run *self, struct error *err)
{
    struct leader_election *leader = leader_election_start(
        &(struct leader_election_settings){.config = self->config,
                                           .namespace = lease_namespace(self),
                                           .names = &self->options->names,
                                           .identity = self->identity,
                                           .duration_ms = LEADER_ELECTION_DURATION_MS,
                                           .is_enabled = self->options->leader_election,
                                           .term_begins = term_begins,
                                           .term_ended = term_ended,
                                           .context = self},
        err);
    pthread_mutex_lock(&self->lock);
    self->leader = leader;
    pthread_mutex_unlock(&self->lock);
    return leader ? 0 : -1;
}

/* The leader must know every volume: the lists are read first, then it competes for the lease. */
static int serve(struct run *self, struct error *err)
{
    if (start_parts(self, err) < 0 || start_watcher(self, err) < 0)
        return -1;
    while (!watcher_is_synced(self->watcher)) {
        if (stop_wait(signal_stop, 20))
            return 0;
    }
    if (!context_learn_cluster(&self->context, &self->context_settings, signal_stop))
        return 0;
    if (start_leader_election(self, err) < 0)
        return -1;
    while (!stop_wait(signal_stop, 3600 * 1000))
        ;
    log_info("stopping");
    return 0;
}

static void stop_parts(struct run *self)
{
    pthread_mutex_lock(&self->lock);
    struct leader_election *leader = steal(self->leader);
    pthread_mutex_unlock(&self->lock);
    leader_election_stop(leader); /* a term may begin until this returns, and it uses the watcher */

    pthread_mutex_lock(&self->lock);
    struct watcher *watcher = steal(self->watcher);
    pthread_mutex_unlock(&self->lock);
    watcher_stop(watcher);
    if (self->queue)
        queue_close(self->queue);
    if (self->sets)
        queue_close(self->sets);
    workers_stop(self->workers);
    status_server_stop(self->status_server);
    rollout_watcher_stop(self->rollout_watcher);
    context_stop(&self->context);
    queue_free(self->queue);
    queue_free(self->sets);
    config_free(self->config);
    free(self->identity);
    free(self->host_name);
}

enum exit_code run_command(const struct options *options)
{
    struct run self = {.options = options, .lock = PTHREAD_MUTEX_INITIALIZER};
    struct error err;
    enum exit_code code = EXIT_OK;

    self.config = config_load(options->kubeconfig, &err);
    if (!self.config) {
        log_error("cannot find the API server", "error", err.message);
        return EXIT_USAGE;
    }
    choose_identity(&self);
    catch_signals();
    autofree char *names = provisioner_names_text(&options->names);
    log_info("starting", "version", MOORING_VERSION, "provisioner", names, "api",
             self.config->server, "nfs_server", options->export.server, "nfs_path",
             options->export.path);
    if (serve(&self, &err) < 0) {
        log_error("cannot run", "error", err.message);
        code = EXIT_FAILED;
    }
    stop_parts(&self);
    stop_free(signal_stop);
    return code;
}
