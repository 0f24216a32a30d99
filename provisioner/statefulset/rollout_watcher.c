/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rollout_watcher.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "provisioner/statefulset/rollout_check.h"

#include <stdio.h>

/* A check that begins later than this after the change may have missed a step of the rollout. */
enum { LATE_MS = 1000 };

struct rollout_watcher {
    struct rollout_watcher_settings settings;
    struct stop *term; /* written while the queue is on hold, read by the thread with a key of it */
    struct client *client;
    struct set_histories *histories; /* the thread's while it has a key */
    struct thread thread;
    _Atomic unsigned long double_writers;
};

static int check_set(struct rollout_watcher *self, const struct stateful_set *set,
                     struct set_history *history, struct error *err)
{
    struct context *context = self->settings.context;
    unsigned set_gaps = context->cache->set_gaps;
    bool is_late = clock_monotonic_ms() - set->seen_ms > LATE_MS;
    struct rollout_check check = {
        .context = context,
        .client = self->client,
        .set = set,
        .may_have_missed = is_late || history->was_late || history->set_gaps != set_gaps,
    };
    int result = rollout_check_set(&check, history, err);
    self->double_writers += check.double_writers;
    history->was_late = result < 0;
    history->set_gaps = set_gaps;
    return result;
}

static void work_on(struct rollout_watcher *self, const char *name)
{
    struct queue *queue = self->settings.queue;
    autorelease(stateful_set) struct stateful_set *set =
        cluster_cache_set(self->settings.context->cache, name);
    if (!set) {
        set_histories_remove(self->histories, name);
        queue_done(queue, name);
        return;
    }
    struct set_history *history = set_histories_open(self->histories, name, set);
    int wait_ms = rate_limit_wait_ms(&history->rate_limit, clock_monotonic_ms());
    if (wait_ms > 0) {
        history->was_late = true;
        queue_delay(queue, name, wait_ms);
        return;
    }
    struct error err;
    if (check_set(self, set, history, &err) == 0) {
        if (set_history_is_incomplete(history))
            queue_retry(queue, name, 0); /* the set does not change when its Pod gets a node */
        else
            queue_done(queue, name);
    } else if (err.kind == ERROR_STOPPED) {
        queue_park(queue, name); /* the next term begins with every set */
    } else {
        char wait[32];
        snprintf(wait, sizeof wait, "%.1f s", queue_retry(queue, name, err.retry_after_ms) / 1e3);
        log_warn("rollout not checked", "set", name, "error", err.message, "retry_in", wait);
    }
}

static void *run(void *argument)
{
    struct rollout_watcher *self = argument;
    char *name;
    while ((name = queue_take(self->settings.queue))) {
        client_set_stop(self->client, self->term);
        work_on(self, name);
        free(name);
    }
    return NULL;
}

struct rollout_watcher *rollout_watcher_start(const struct rollout_watcher_settings *settings,
                                              struct error *err)
{
    struct rollout_watcher *self = memory_new(sizeof *self);
    self->settings = *settings;
    self->histories = set_histories_new();
    self->client = client_open(settings->config, NULL, settings->timeout_ms, err);
    if (self->client && thread_start(&self->thread, "rollout-watcher", run, self, err) == 0)
        return self;
    rollout_watcher_stop(self);
    return NULL;
}

void rollout_watcher_stop(struct rollout_watcher *watcher)
{
    if (!watcher)
        return;
    thread_join(&watcher->thread);
    client_close(watcher->client);
    set_histories_free(watcher->histories);
    free(watcher);
}

static void add_set(void *context, const char *key, void *object)
{
    (void)object;
    queue_add(context, key);
}

void rollout_watcher_begin_term(struct rollout_watcher *watcher, struct stop *term)
{
    watcher->term = term;
    set_histories_clear(watcher->histories);
    queue_resume(watcher->settings.queue);
    store_each(watcher->settings.context->cache->sets, add_set, watcher->settings.queue);
}

void rollout_watcher_end_term(struct rollout_watcher *watcher)
{
    queue_hold(watcher->settings.queue);
}

unsigned long rollout_watcher_double_writers(const struct rollout_watcher *watcher)
{
    return watcher->double_writers;
}
