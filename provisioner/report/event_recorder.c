/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/report/event_recorder.h"

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/pulse.h"
#include "base/thread.h"
#include "provisioner/report/event_backlog.h"

#include <pthread.h>

enum {
    CALL_TIMEOUT_MS = 10000,
    FLUSH_MS = 2000,
    SLOW_MS = 1000, /* work that takes longer has an event when it begins */
    POLL_MS = 50,
};

struct event_recorder {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct event_backlog *backlog;
    bool is_idle; /* the thread sleeps for longer than POLL_MS unless it is woken */
    bool (*is_busy)(void *context);
    void *context;
    struct stop *closing; /* send the events that are left */
    struct stop *stop;    /* the time for that is over */
    struct stop *ended;   /* the thread has ended */
    struct client *client;
    struct event_sender *sender;
    struct thread thread;
};

/* While events wait, the thread polls: only the first event has to wake it. */
static void wake_if_idle(struct event_recorder *recorder)
{
    if (recorder->is_idle)
        pthread_cond_signal(&recorder->changed);
    recorder->is_idle = false;
}

/* The end of busy work is not signalled: poll while events wait for it. */
static void wait_for_change(struct event_recorder *recorder, int64_t now_ms)
{
    int64_t until_ms = event_backlog_due_ms(recorder->backlog);
    if (event_backlog_count(recorder->backlog) > 0 && now_ms + POLL_MS < until_ms)
        until_ms = now_ms + POLL_MS;
    const struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
    recorder->is_idle = until_ms - now_ms > POLL_MS;
    pulse_rest();
    if (until_ms == INT64_MAX)
        pthread_cond_wait(&recorder->changed, &recorder->lock);
    else
        pthread_cond_timedwait(&recorder->changed, &recorder->lock, &until);
    recorder->is_idle = false;
}

/* NULL when the recorder stops, and no event is left or the time is over. */
static struct event *wait_for_next(struct event_recorder *recorder, size_t *dropped)
{
    struct event *next = NULL;
    pthread_mutex_lock(&recorder->lock);
    while (!stop_is_raised(recorder->stop)) {
        int64_t now_ms = clock_monotonic_ms();
        bool is_closing = stop_is_raised(recorder->closing);
        bool is_busy = !is_closing && recorder->is_busy(recorder->context);
        next = event_backlog_take(recorder->backlog, now_ms, is_busy);
        if (next || is_closing)
            break;
        wait_for_change(recorder, now_ms);
    }
    *dropped = event_backlog_dropped(recorder->backlog);
    pthread_mutex_unlock(&recorder->lock);
    return next;
}

static void log_lost(size_t count, const char *why)
{
    autofree char *text = memory_format("%zu", count);
    if (count > 0)
        log_warn("events lost", "count", text, "why", why);
}

static void deliver(struct event_recorder *recorder, struct event *take_event, unsigned *failures)
{
    struct error err;
    int result = event_send(recorder->sender, recorder->client, take_event, &err);
    if (result < 0 && (err.kind == ERROR_UNAVAILABLE || err.kind == ERROR_STOPPED)) {
        pthread_mutex_lock(&recorder->lock);
        event_backlog_put_back(recorder->backlog, take_event);
        pthread_mutex_unlock(&recorder->lock);
        if (err.kind == ERROR_UNAVAILABLE && ++*failures == 1)
            log_warn("events wait until the API server answers", "error", err.message);
        /* Closing ends a wait that has begun. */
        stop_wait(stop_is_raised(recorder->closing) ? recorder->stop : recorder->closing,
                  backoff_request_ms(*failures, err.retry_after_ms, 0));
        return;
    }
    if (result < 0)
        log_warn("event refused by the API server", "kind", take_event->about->kind, "namespace",
                 take_event->namespace, "name", take_event->name, "reason", take_event->reason,
                 "message", take_event->message, "error", err.message);
    *failures = 0;
    event_free(take_event);
}

static void *run(void *context)
{
    struct event_recorder *recorder = context;
    struct event *next;
    size_t dropped;
    unsigned failures = 0;
    while ((next = wait_for_next(recorder, &dropped))) {
        log_lost(dropped, "too many waited for the API server");
        deliver(recorder, next, &failures);
    }
    stop_raise(recorder->ended);
    return NULL;
}

static void event_recorder_free(struct event_recorder *recorder)
{
    event_backlog_free(recorder->backlog);
    event_sender_free(recorder->sender);
    client_close(recorder->client);
    stop_free(recorder->ended);
    stop_free(recorder->stop);
    stop_free(recorder->closing);
    pthread_cond_destroy(&recorder->changed);
    pthread_mutex_destroy(&recorder->lock);
    free(recorder);
}

struct event_recorder *event_recorder_start(const struct event_recorder_settings *settings,
                                            struct error *err)
{
    struct event_recorder *recorder = memory_new(sizeof *recorder);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&recorder->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&recorder->lock, NULL);
    recorder->backlog = event_backlog_new(settings->capacity);
    recorder->is_busy = settings->is_busy;
    recorder->context = settings->context;
    recorder->closing = stop_new();
    recorder->stop = stop_new();
    recorder->ended = stop_new();
    recorder->sender =
        event_sender_new(settings->component, settings->instance, settings->capacity);

    recorder->client = client_open(settings->config, recorder->stop, CALL_TIMEOUT_MS, err);
    if (!recorder->client ||
        thread_start(&recorder->thread, "event recorder", run, recorder, err) < 0) {
        event_recorder_free(recorder);
        return NULL;
    }
    return recorder;
}

void event_recorder_stop(struct event_recorder *recorder)
{
    if (!recorder)
        return;
    pthread_mutex_lock(&recorder->lock);
    stop_raise(recorder->closing);
    pthread_cond_signal(&recorder->changed);
    pthread_mutex_unlock(&recorder->lock);

    stop_wait(recorder->ended, FLUSH_MS);
    stop_raise(recorder->stop);
    thread_join(&recorder->thread);
    log_lost(event_backlog_count(recorder->backlog) + event_backlog_dropped(recorder->backlog),
             "the API server did not take them in time");
    event_recorder_free(recorder);
}

void event_recorder_send(struct event_recorder *recorder, struct event *take_event)
{
    pthread_mutex_lock(&recorder->lock);
    event_backlog_add(recorder->backlog, take_event, clock_monotonic_ms());
    wake_if_idle(recorder);
    pthread_mutex_unlock(&recorder->lock);
}

void event_recorder_send_if_slow(struct event_recorder *recorder, struct event *take_event)
{
    pthread_mutex_lock(&recorder->lock);
    event_backlog_hold(recorder->backlog, take_event, clock_monotonic_ms() + SLOW_MS);
    wake_if_idle(recorder);
    pthread_mutex_unlock(&recorder->lock);
}
