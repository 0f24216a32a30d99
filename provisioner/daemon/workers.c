/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/daemon/workers.h"

#include "base/log.h"
#include "base/thread.h"
#include "provisioner/audit/audit_export.h"
#include "provisioner/claim/sync.h"
#include "provisioner/report/event_messages.h"
#include "provisioner/shared/work_key.h"

#include <stdio.h>

struct worker {
    struct workers *workers;
    struct client *client;
    struct thread thread;
};

struct workers {
    struct workers_settings settings;
    struct stop *term; /* written while the queue is held, read by a worker that took a key */
    struct worker *members;
};

static int sync(struct context *context, struct client *client, const struct work_key *key,
                struct error *err)
{
    switch (key->kind) {
    case WORK_CLAIM:
        return sync_claim(context, client, key->name, err);
    case WORK_VOLUME:
        return sync_volume(context, client, key->name, err);
    case WORK_AUDIT:
        return audit_export(context, client, key->name, err);
    }
    return 0;
}

static void report_failure(struct context *context, const struct work_key *key,
                           const struct error *err, int wait_ms)
{
    static const struct {
        const char *message;
        const char *label;
    } kinds[] = {
        [WORK_CLAIM] = {"claim not provisioned", "claim"},
        [WORK_VOLUME] = {"volume sync failed", "volume"},
        [WORK_AUDIT] = {"export not audited", "class"},
    };

    char wait[32];
    snprintf(wait, sizeof wait, "%.1f s", wait_ms / 1000.0);
    log_warn(kinds[key->kind].message, kinds[key->kind].label, key->name, "error", err->message,
             "kind", error_kind_name(err->kind), "retry_in", wait);
    autorelease(claim) struct claim *claim =
        key->kind == WORK_CLAIM ? cluster_cache_claim(context->cache, key->name) : NULL;
    if (claim)
        announce(context->recorder, event_about_claim(claim, EVENT_WARNING, "ProvisioningFailed"),
                 "%s; next try in %s", err->message, wait);
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct queue *queue = worker->workers->settings.queue;
    struct context *context = worker->workers->settings.context;
    for (;;) {
        struct error err;
        autofree char *text = queue_take(queue);
        if (!text)
            return NULL;
        const struct work_key key = work_key_parse(text);
        client_set_stop(worker->client, worker->workers->term);
        if (sync(context, worker->client, &key, &err) == 0) {
            queue_done(queue, text);
        } else if (err.kind == ERROR_BUSY) {
            queue_park(queue, text);
        } else if (err.kind == ERROR_STOPPED) {
            queue_add(queue, text); /* for the next term */
            queue_park(queue, text);
        } else {
            report_failure(context, &key, &err, queue_retry(queue, text, err.retry_after_ms));
        }
    }
}

struct workers *workers_start(const struct workers_settings *settings, struct error *err)
{
    struct workers *self = memory_new(sizeof *self);
    self->settings = *settings;
    self->members = memory_new(sizeof *self->members * (size_t)settings->count);
    for (int i = 0; i < settings->count; i++) {
        struct worker *worker = &self->members[i];
        worker->workers = self;
        worker->client = client_open(settings->config, NULL, settings->timeout_ms, err);
        if (!worker->client || thread_start(&worker->thread, "worker", work, worker, err) < 0) {
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
    for (int i = 0; i < workers->settings.count; i++) {
        thread_join(&workers->members[i].thread);
        client_close(workers->members[i].client);
    }
    free(workers->members);
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
