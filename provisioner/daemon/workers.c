/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/daemon/workers.h"

#include "base/log.h"
#include "provisioner/audit/audit_export.h"
#include "provisioner/report/event_messages.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct workers {
    struct workers_settings settings;
    struct stop *term; /* written while the queue is on hold, read by whoever took a key from it */
    pthread_t *threads;
    struct client **clients;
    int started;
};

struct worker {
    struct workers *workers;
    struct client *client;
};

static void report_failure(struct workers *self, const char *key, const struct error *err,
                           int wait_ms)
{
    struct context *context = self->settings.context;
    autorelease(claim) struct claim *claim = cluster_cache_claim(context->cache, key);
    char wait[32];
    snprintf(wait, sizeof wait, "%.1f s", wait_ms / 1000.0);
    bool is_claim = strchr(key, '/') != NULL;
    log_warn(audit_is_key(key) ? "export not audited"
             : is_claim        ? "claim not provisioned"
                               : "volume not looked after",
             is_claim ? "claim" : "key", key, "error", err->message, "kind",
             error_kind_name(err->kind), "retry_in", wait);
    if (claim)
        announce_claim_warning(context->recorder, claim, "ProvisioningFailed", "%s; next try in %s",
                               err->message, wait);
}

/* A class' name may hold no slash either, so that what a key is for shows in the key. */
static int sync(struct context *context, struct client *client, const char *key, struct error *err)
{
    if (audit_is_key(key))
        return audit_export(context, client, key, err);
    if (strchr(key, '/'))
        return sync_claim(context, client, key, err);
    return sync_volume(context, client, key, err);
}

static void work_on(struct workers *self, struct client *client, const char *key)
{
    struct queue *queue = self->settings.queue;
    struct error err;
    if (sync(self->settings.context, client, key, &err) == 0) {
        queue_done(queue, key);
    } else if (err.kind == ERROR_BUSY) {
        queue_park(queue, key);
    } else if (err.kind == ERROR_STOPPED) {
        queue_add(queue, key); /* the next term begins with it */
        queue_park(queue, key);
    } else {
        report_failure(self, key, &err, queue_retry(queue, key, err.retry_after_ms));
    }
}

static void *work(void *argument)
{
    autofree struct worker *worker = argument;
    struct workers *self = worker->workers;
    for (;;) {
        autofree char *key = queue_take(self->settings.queue);
        if (!key)
            return NULL;
        client_set_stop(worker->client, self->term);
        work_on(self, worker->client, key);
    }
}

static int start_worker(struct workers *self, struct error *err)
{
    struct client **client = &self->clients[self->started];
    *client = client_open(self->settings.config, NULL, self->settings.timeout_ms, err);
    if (!*client)
        return -1;
    struct worker *worker = memory_new(sizeof *worker);
    worker->workers = self;
    worker->client = *client;
    int problem = pthread_create(&self->threads[self->started], NULL, work, worker);
    if (problem) {
        free(worker);
        client_close(*client);
        return error_set(err, ERROR_UNAVAILABLE, "cannot start a worker thread (error %d)",
                         problem);
    }
    self->started++;
    return 0;
}

struct workers *workers_start(const struct workers_settings *settings, struct error *err)
{
    struct workers *self = memory_new(sizeof *self);
    self->settings = *settings;
    self->threads = memory_new(sizeof *self->threads * (size_t)settings->count);
    self->clients = memory_new(sizeof(struct client *) * (size_t)settings->count);
    for (int i = 0; i < settings->count; i++) {
        if (start_worker(self, err) < 0) {
            queue_close(settings->queue);
            workers_stop(self);
            return NULL;
        }
    }
    return self;
}

void workers_stop(struct workers *workers)
{
    if (!workers)
        return;
    for (int i = 0; i < workers->started; i++) {
        pthread_join(workers->threads[i], NULL);
        client_close(workers->clients[i]);
    }
    free(workers->threads);
    free(workers->clients);
    free(workers);
}

void workers_begin_term(struct workers *workers, struct stop *term)
{
    workers->term = term;
    queue_resume(workers->settings.queue);
}

void workers_end_term(struct workers *workers)
{
    queue_hold(workers->settings.queue);
}
