/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/daemon/workers.h"

#include "base/log.h"
#include "base/thread.h"
#include "provisioner/audit/audit_export.h"
#include "provisioner/claim/known_exports.h"
#include "provisioner/claim/sync.h"
#include "provisioner/daemon/sync_work.h"
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

/* One audit at a time, so that they never take all workers. False: it waits for another one. */
static bool begin(struct workers *self, const struct work_key *key, const char *text)
{
    if (key->kind != WORK_AUDIT)
        return true;
    pthread_mutex_lock(&self->lock);
    bool may_begin = !self->is_auditing;
    if (!may_begin)
        waiters_add(&self->audits, text);
    self->is_auditing = true;
    pthread_mutex_unlock(&self->lock);
    return may_begin;
}

/* The memory of an audit goes back to the system: it may be much, and is needed for a moment. */
static void end(struct workers *self, const struct work_key *key)
{
    struct context *context = self->settings.context;
    if (key->kind != WORK_AUDIT)
        return;
    malloc_trim(0);
    pthread_mutex_lock(&self->lock);
    self->is_auditing = false;
    struct waiters waiting = waiters_take(&self->audits);
    pthread_mutex_unlock(&self->lock);
    waiters_wake(&waiting, context->wake, context->program);
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

/* What is done waits for no export: it may be of a claim that was deleted while that was down. */
static void finish(struct workers *self, const char *key, int wait_ms)
{
    pool_forget(self->settings.context->pool, key);
    if (wait_ms)
        queue_repeat(self->settings.queue, key, wait_ms);
    else
        queue_done(self->settings.queue, key);
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
    struct workers *workers = worker->workers;
    struct queue *queue = workers->settings.queue;
    struct context *context = workers->settings.context;
    for (;;) {
        struct error err;
        autofree char *text = queue_take(queue);
        if (!text)
            return NULL;
        const struct work_key key = work_key_parse(text);
        if (!begin(workers, &key, text)) {
            queue_park(queue, text);
            continue;
        }
        client_set_stop(worker->client, workers->term);
        int result = sync_work(context, worker->client, &key, &err);
        end(workers, &key);
        if (result == 0) {
            finish(workers, text, period_ms(context, &key));
        } else if (err.kind == ERROR_BUSY) {
            queue_park(queue, text);
        } else if (err.kind == ERROR_STOPPED) {
            queue_add(queue, text); /* its end may be put off yet; the next one begins anew */
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
    pool_forget_all(workers->settings.context->pool);
}
