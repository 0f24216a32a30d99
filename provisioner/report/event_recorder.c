/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/report/event_recorder.h"

#include "base/clock.h"
#include "base/log.h"
#include "k8s/backoff.h"
#include "provisioner/report/event_backlog.h"

#include <pthread.h>

enum {
    CALL_TIMEOUT_MS = 10000,
    FLUSH_MS = 2000,
    SLOW_MS = 1000, /* nobody looks twice within a second */
    LOOK_AGAIN_MS = 50,
};

struct reporter {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct backlog *backlog;
    bool idle; /* the thread sleeps until it is woken, or for long */
    bool (*busy)(void *context);
    void *context;
    struct stop *closing; /* send what is left */
    struct stop *stop;    /* the time for it is over */
    struct stop *ended;   /* the thread is done */
    struct client *client;
    struct event_sender *sender;
    pthread_t thread;
};

/* Nobody says when the work is done: while events wait for that, look again. */
static int64_t next_look_ms(const struct reporter *reporter, int64_t now_ms)
{
    int64_t due_ms = backlog_due_ms(reporter->backlog);
    bool waits = backlog_count(reporter->backlog) > 0 && now_ms + LOOK_AGAIN_MS < due_ms;
    return waits ? now_ms + LOOK_AGAIN_MS : due_ms;
}

/* The thread looks again by itself while something waits: only for the first is it to be woken. */
static void wake_if_idle(struct reporter *reporter)
{
    if (reporter->idle)
        pthread_cond_signal(&reporter->changed);
    reporter->idle = false;
}

static void wait_for_change(struct reporter *reporter, int64_t now_ms)
{
    int64_t until_ms = next_look_ms(reporter, now_ms);
    const struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
    reporter->idle = until_ms - now_ms > LOOK_AGAIN_MS;
    if (until_ms == INT64_MAX)
        pthread_cond_wait(&reporter->changed, &reporter->lock);
    else
        pthread_cond_timedwait(&reporter->changed, &reporter->lock, &until);
    reporter->idle = false;
}

static struct event *take_next(struct reporter *reporter, int64_t now_ms)
{
    bool closing = stop_is_raised(reporter->closing);
    bool busy = !closing && reporter->busy(reporter->context);
    return backlog_take(reporter->backlog, now_ms, busy);
}

/* NULL: stopped, and nothing is left or the time for it is over. */
static struct event *wait_for_next(struct reporter *reporter, size_t *dropped)
{
    struct event *next = NULL;
    pthread_mutex_lock(&reporter->lock);
    while (!stop_is_raised(reporter->stop)) {
        int64_t now_ms = clock_monotonic_ms();
        next = take_next(reporter, now_ms);
        if (next || stop_is_raised(reporter->closing))
            break;
        wait_for_change(reporter, now_ms);
    }
    *dropped = backlog_dropped(reporter->backlog);
    pthread_mutex_unlock(&reporter->lock);
    return next;
}

static void put_back(struct reporter *reporter, struct event *take_event)
{
    pthread_mutex_lock(&reporter->lock);
    backlog_put_back(reporter->backlog, take_event);
    pthread_mutex_unlock(&reporter->lock);
}

/* Closing cuts the wait that is under way short. */
static void wait_before_retry(struct reporter *reporter, int wait_ms)
{
    stop_wait(stop_is_raised(reporter->closing) ? reporter->stop : reporter->closing, wait_ms);
}

static void log_lost(size_t count, const char *why)
{
    autofree char *text = memory_format("%zu", count);
    if (count > 0)
        log_warn("events lost", "count", text, "why", why);
}

static void log_refused(const struct event *event, const struct error *err)
{
    log_warn("event not accepted", "kind", event->about->kind, "namespace", event->namespace,
             "name", event->name, "reason", event->reason, "message", event->message, "error",
             err->message);
}

static void deliver(struct reporter *reporter, struct event *take_event, unsigned *failures)
{
    struct error err;
    int result = event_send(reporter->sender, reporter->client, take_event, &err);
    if (result < 0 && (err.kind == ERROR_UNAVAILABLE || err.kind == ERROR_STOPPED)) {
        put_back(reporter, take_event);
        if (err.kind == ERROR_UNAVAILABLE && ++*failures == 1)
            log_warn("events wait for the API server", "error", err.message);
        wait_before_retry(reporter, backoff_ms(*failures, err.retry_after_ms, 0));
        return;
    }
    if (result < 0)
        log_refused(take_event, &err);
    *failures = 0;
    event_free(take_event);
}

static void *run(void *context)
{
    struct reporter *reporter = context;
    struct event *next;
    size_t dropped;
    unsigned failures = 0;
    while ((next = wait_for_next(reporter, &dropped))) {
        log_lost(dropped, "too many waited for the API server");
        deliver(reporter, next, &failures);
    }
    stop_raise(reporter->ended);
    return NULL;
}

static void reporter_free(struct reporter *reporter)
{
    backlog_free(reporter->backlog);
    event_sender_free(reporter->sender);
    client_close(reporter->client);
    stop_free(reporter->ended);
    stop_free(reporter->stop);
    stop_free(reporter->closing);
    pthread_cond_destroy(&reporter->changed);
    pthread_mutex_destroy(&reporter->lock);
    free(reporter);
}

static struct reporter *reporter_new(const struct reporter_settings *settings)
{
    struct reporter *reporter = memory_new(sizeof *reporter);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&reporter->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&reporter->lock, NULL);
    reporter->backlog = backlog_new(settings->capacity);
    reporter->busy = settings->busy;
    reporter->context = settings->context;
    reporter->closing = stop_new();
    reporter->stop = stop_new();
    reporter->ended = stop_new();
    reporter->sender =
        event_sender_new(settings->component, settings->instance, settings->capacity);
    return reporter;
}

struct reporter *reporter_start(const struct reporter_settings *settings, struct error *err)
{
    struct reporter *reporter = reporter_new(settings);
    reporter->client = client_open(settings->config, reporter->stop, CALL_TIMEOUT_MS, err);
    if (!reporter->client) {
        reporter_free(reporter);
        return NULL;
    }
    int problem = pthread_create(&reporter->thread, NULL, run, reporter);
    if (problem) {
        error_set(err, ERROR_UNAVAILABLE, "cannot start the reporter thread (error %d)", problem);
        reporter_free(reporter);
        return NULL;
    }
    return reporter;
}

void reporter_stop(struct reporter *reporter)
{
    if (!reporter)
        return;
    pthread_mutex_lock(&reporter->lock);
    stop_raise(reporter->closing);
    pthread_cond_signal(&reporter->changed);
    pthread_mutex_unlock(&reporter->lock);

    stop_wait(reporter->ended, FLUSH_MS);
    stop_raise(reporter->stop);
    pthread_join(reporter->thread, NULL);
    log_lost(backlog_count(reporter->backlog) + backlog_dropped(reporter->backlog),
             "the API server did not take them in time");
    reporter_free(reporter);
}

void reporter_send(struct reporter *reporter, struct event *take_event)
{
    pthread_mutex_lock(&reporter->lock);
    backlog_add(reporter->backlog, take_event, clock_monotonic_ms());
    wake_if_idle(reporter);
    pthread_mutex_unlock(&reporter->lock);
}

void reporter_send_if_slow(struct reporter *reporter, struct event *take_event)
{
    pthread_mutex_lock(&reporter->lock);
    backlog_hold(reporter->backlog, take_event, clock_monotonic_ms() + SLOW_MS);
    wake_if_idle(reporter);
    pthread_mutex_unlock(&reporter->lock);
}
