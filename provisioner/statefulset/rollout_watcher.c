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

struct lookout {
    struct lookout_settings settings;
    struct stop *term; /* written while the queue is on hold, read by whoever took a key from it */
    struct client *client;
    struct logbook *logbook; /* the thread's while it has a key */
    pthread_t thread;
    bool started;
    _Atomic unsigned long double_writers;
};

static int look(struct lookout *self, const struct stateful_set *set, struct page *page,
                struct error *err)
{
    struct provisioner *provisioner = self->settings.provisioner;
    unsigned set_gaps = provisioner->cache->set_gaps;
    bool is_late = clock_monotonic_ms() - set->seen_ms > LATE_MS;
    struct look look = {
        .provisioner = provisioner,
        .client = self->client,
        .set = set,
        .may_have_missed = is_late || page->was_late || page->set_gaps != set_gaps,
    };
    int result = look_at_set(&look, page, err);
    self->double_writers += look.double_writers;
    page->was_late = result < 0;
    page->set_gaps = set_gaps;
    return result;
}

static bool is_open(const struct page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        if (sighting_is_open(&page->sightings[i]))
            return true;
    }
    return false;
}

static void finish_look(struct lookout *self, const char *key, int result, const struct error *err)
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

static void look_after(struct lookout *self, const char *key)
{
    struct queue *queue = self->settings.queue;
    autodestroy(stateful_set) struct stateful_set *set =
        cluster_cache_set(self->settings.provisioner->cache, key);
    if (!set) {
        logbook_tear_out(self->logbook, key);
        queue_done(queue, key);
        return;
    }
    struct page *page = logbook_open(self->logbook, key, set);
    int wait_ms = rate_limit_wait_ms(&page->rate_limit, clock_monotonic_ms());
    if (wait_ms > 0) {
        page->was_late = true;
        queue_delay(queue, key, wait_ms);
        return;
    }
    struct error err;
    int result = look(self, set, page, &err);
    if (result == 0 && is_open(page))
        queue_retry(queue, key, 0); /* a Pod has no node yet */
    else
        finish_look(self, key, result, &err);
}

static void *run(void *argument)
{
    struct lookout *self = argument;
    char *key;
    while ((key = queue_take(self->settings.queue))) {
        client_set_stop(self->client, self->term);
        look_after(self, key);
        free(key);
    }
    return NULL;
}

struct lookout *lookout_start(const struct lookout_settings *settings, struct error *err)
{
    struct lookout *self = memory_new(sizeof *self);
    self->settings = *settings;
    self->logbook = logbook_new();
    self->client = client_open(settings->config, NULL, settings->timeout_ms, err);
    int problem = self->client ? pthread_create(&self->thread, NULL, run, self) : -1;
    self->started = problem == 0;
    if (self->started)
        return self;
    if (self->client)
        error_set(err, ERROR_UNAVAILABLE, "cannot start the lookout thread (error %d)", problem);
    lookout_stop(self);
    return NULL;
}

void lookout_stop(struct lookout *lookout)
{
    if (!lookout)
        return;
    if (lookout->started)
        pthread_join(lookout->thread, NULL);
    client_close(lookout->client);
    logbook_free(lookout->logbook);
    free(lookout);
}

static void add_set(void *context, const char *key, void *object)
{
    (void)object;
    queue_add(context, key);
}

void lookout_begin_term(struct lookout *lookout, struct stop *term)
{
    lookout->term = term;
    logbook_forget(lookout->logbook);
    store_each(lookout->settings.provisioner->cache->sets, add_set, lookout->settings.queue);
    queue_resume(lookout->settings.queue);
}

void lookout_end_term(struct lookout *lookout)
{
    queue_hold(lookout->settings.queue);
}

unsigned long lookout_double_writers(const struct lookout *lookout)
{
    return lookout->double_writers;
}
