/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/daemon/workers.h"

#include "base/log.h"
#include "base/thread.h"
#include "provisioner/audit/audit_export.h"
#include "provisioner/claim/known_exports.h"
#include "provisioner/claim/sync.h"
#include "provisioner/daemon/sign_of_life.h"
#include "provisioner/export/cluster_sign.h"
#include "provisioner/report/event_messages.h"
#include "provisioner/shared/waiters.h"
#include "provisioner/shared/work_key.h"

#include <malloc.h>
#include <pthread.h>
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
    pthread_mutex_t lock; /* guards what follows */
    bool is_auditing;
    struct waiters audits; /* that wait for the one that runs */
};

static bool begin_audit(struct workers *self, const char *text)
{
    pthread_mutex_lock(&self->lock);
    bool may_begin = !self->is_auditing;
    if (!may_begin)
        waiters_add(&self->audits, text);
    self->is_auditing = true;
    pthread_mutex_unlock(&self->lock);
    return may_begin;
}

static void end_audit(struct workers *self)
{
    struct context *context = self->settings.context;
    pthread_mutex_lock(&self->lock);
    self->is_auditing = false;
    struct waiters waiting = waiters_take(&self->audits);
    pthread_mutex_unlock(&self->lock);
    waiters_wake(&waiting, context->wake, context->program);
}

/* One at a time, so that audits never take all workers. Its memory goes back to the system: it may
 * be much, and is needed for a moment. */
static int audit(struct worker *worker, const struct work_key *key, const char *text,
                 struct error *err)
{
    struct workers *workers = worker->workers;
    if (!begin_audit(workers, text))
        return error_set(err, ERROR_BUSY, "another export is being audited");
    int result = audit_export(workers->settings.context, worker->client, key->name, err);
    malloc_trim(0);
    end_audit(workers);
    return result;
}

static int sync(struct worker *worker, const struct work_key *key, const char *text,
                struct error *err)
{
    struct context *context = worker->workers->settings.context;
    struct client *client = worker->client;
    switch (key->kind) {
    case WORK_CLAIM:
        return sync_claim(context, client, key->name, err);
    case WORK_VOLUME:
        return sync_volume(context, client, key->name, err);
    case WORK_AUDIT:
        return audit(worker, key, text, err);
    case WORK_SIGN:
        return sign_of_life_give(context, client, key->name, err);
    }
    return 0;
}

/* When work that was done is due again; 0: when something queues it. */
static int period_ms(struct context *context, const struct work_key *key)
{
    if (key->kind == WORK_CLAIM)
        return sync_claim_should_repeat(context, key->name) ? LOST_CLAIM_PERIOD_MS : 0;
    static const int periods[] = {
        [WORK_AUDIT] = AUDIT_PERIOD_MS, [WORK_SIGN] = CLUSTER_SIGN_PERIOD_MS};
    if (key->kind != WORK_AUDIT && key->kind != WORK_SIGN)
        return 0;
    autorelease(storage_class) struct storage_class *storage_class =
        cluster_cache_class(context->cache, key->name);
    bool is_due = key->kind == WORK_SIGN ? known_exports_has_class(context, key->name)
                                         : storage_class != NULL;
    return is_due ? periods[key->kind] : 0;
}

static void finish(struct queue *queue, const char *key, int wait_ms)
{
    if (wait_ms)
        queue_repeat(queue, key, wait_ms);
    else
        queue_done(queue, key);
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
        [WORK_SIGN] = {"sign of life not written", "class"},
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
        if (sync(worker, &key, text, &err) == 0) {
            finish(queue, text, period_ms(context, &key));
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
    pthread_mutex_init(&self->lock, NULL);
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
    waiters_clear(&workers->audits);
    pthread_mutex_destroy(&workers->lock);
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
