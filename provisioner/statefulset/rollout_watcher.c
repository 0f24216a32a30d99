/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rollout_watcher.h"

#include "base/clock.h"
#include "base/log.h"
#include "provisioner/statefulset/rollout_check.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* What is looked at later than this may have gone through a step that nobody saw. */
enum { LATE_MS = 1000 };

struct rollout_watcher {
    struct rollout_watcher_settings settings;
    struct stop *term; /* written while the queue is on hold, read by whoever took a key from it */
    struct client *client;
    struct set_histories *histories; /* the thread's while it has a key */
    pthread_t thread;
    bool started;
    _Atomic unsigned long double_writers;
};

static int check_pods_of(struct rollout_watcher *self, const struct stateful_set *set,
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

static bool is_open(const struct set_history *history)
{
    for (size_t i = 0; i < history->count; i++) {
        if (pod_history_is_incomplete(&history->pods[i]))
            return true;
    }
    return false;
}

static void finish_look(struct rollout_watcher *self, const char *key, int result,
                        const struct error *err)
{
    struct queue *queue = self->settings.queue;
    if (result == 0) {
        queue_done(queue, key);
    } else if (err->kind == ERROR_STOPPED) {
        queue_park(queue, key); /* the next term begins with every set */
    } else {
        char wait[32];
        snprintf(wait, sizeof wait, "%.1f s", queue_retry(queue, key, err->retry_after_ms) / 1e3);
        log_warn("Pods not looked at", "set", key, "error", err->message, "retry_in", wait);
    }
}

static void look_after(struct rollout_watcher *self, const char *key)
{
    struct queue *queue = self->settings.queue;
    autorelease(stateful_set) struct stateful_set *set =
        cluster_cache_set(self->settings.context->cache, key);
    if (!set) {
        set_histories_remove(self->histories, key);
        queue_done(queue, key);
        return;
    }
    struct set_history *history = set_histories_open(self->histories, key, set);
    int wait_ms = rate_limit_wait_ms(&history->rate_limit, clock_monotonic_ms());
    if (wait_ms > 0) {
        history->was_late = true;
        queue_delay(queue, key, wait_ms);
        return;
    }
    struct error err;
    int result = check_pods_of(self, set, history, &err);
    if (result == 0 && is_open(history))
        queue_retry(queue, key, 0); /* a Pod has no node yet */
    else
        finish_look(self, key, result, &err);
}

static void *run(void *argument)
{
    struct rollout_watcher *self = argument;
    char *key;
    while ((key = queue_take(self->settings.queue))) {
        client_set_stop(self->client, self->term);
        look_after(self, key);
        free(key);
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
    int problem = self->client ? pthread_create(&self->thread, NULL, run, self) : -1;
    self->started = problem == 0;
    if (self->started)
        return self;
    if (self->client)
        error_set(err, ERROR_UNAVAILABLE, "cannot start the rollout_watcher thread (error %d)",
                  problem);
    rollout_watcher_stop(self);
    return NULL;
}

void rollout_watcher_stop(struct rollout_watcher *rollout_watcher)
{
    if (!rollout_watcher)
        return;
    if (rollout_watcher->started)
        pthread_join(rollout_watcher->thread, NULL);
    client_close(rollout_watcher->client);
    set_histories_free(rollout_watcher->histories);
    free(rollout_watcher);
}

static void add_set(void *context, const char *key, void *object)
{
    (void)object;
    queue_add(context, key);
}

void rollout_watcher_begin_term(struct rollout_watcher *rollout_watcher, struct stop *term)
{
    rollout_watcher->term = term;
    set_histories_clear(rollout_watcher->histories);
    store_each(rollout_watcher->settings.context->cache->sets, add_set,
               rollout_watcher->settings.queue);
    queue_resume(rollout_watcher->settings.queue);
}

void rollout_watcher_end_term(struct rollout_watcher *rollout_watcher)
{
    queue_hold(rollout_watcher->settings.queue);
}

unsigned long rollout_watcher_double_writers(const struct rollout_watcher *rollout_watcher)
{
    return rollout_watcher->double_writers;
}
