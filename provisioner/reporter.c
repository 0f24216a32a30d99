/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/reporter.h"

#include "base/log.h"
#include "provisioner/backoff.h"

#include <pthread.h>
#include <search.h>
#include <string.h>
#include <sys/queue.h>

enum {
    CALL_TIMEOUT_MS = 10000,
    LONGEST_WAIT_MS = 30000,
    FLUSH_MS = 2000,
};

/* An event that waits, or is being sent. */
struct waiting {
    struct event *event;
    uint64_t number; /* the order of arrival */
    TAILQ_ENTRY(waiting) neighbours;
};

TAILQ_HEAD(line, waiting);

struct reporter {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct line lines[2]; /* normal events and warnings, the oldest first */
    void *events;         /* the same, a tree of tsearch by what they say of what */
    size_t count;
    size_t capacity;
    uint64_t next_number;
    size_t dropped;       /* and not logged yet */
    struct stop *closing; /* send what is left */
    struct stop *stop;    /* the time for it is over */
    struct stop *ended;   /* the thread is done */
    struct client *client;
    struct event_sender *sender;
    pthread_t thread;
};

static int compare_texts(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

/* Events that compare equal say the same of the same object; their messages may differ. */
static int compare_events(const void *left, const void *right)
{
    const struct event *a = ((const struct waiting *)left)->event;
    const struct event *b = ((const struct waiting *)right)->event;
    int order = compare_texts(a->uid, b->uid);
    if (order == 0)
        order = compare_texts(a->reason, b->reason);
    if (order == 0)
        order = compare_texts(a->topic, b->topic);
    if (order == 0)
        order = compare_texts(a->name, b->name);
    if (order == 0)
        order = compare_texts(a->namespace, b->namespace);
    if (order == 0)
        order = strcmp(a->about->kind, b->about->kind);
    return order == 0 ? a->warning - b->warning : order;
}

static void waiting_free(struct waiting *waiting)
{
    event_free(waiting->event);
    free(waiting);
}

static struct line *line_of(struct reporter *reporter, const struct waiting *waiting)
{
    return &reporter->lines[waiting->event->warning];
}

static void remember(struct reporter *reporter, struct waiting *waiting)
{
    if (!tsearch(waiting, &reporter->events, compare_events))
        abort(); /* out of memory, as in base/memory */
    reporter->count++;
}

static void take_out(struct reporter *reporter, struct waiting *waiting)
{
    TAILQ_REMOVE(line_of(reporter, waiting), waiting, neighbours);
    tdelete(waiting, &reporter->events, compare_events);
    reporter->count--;
}

static struct waiting *find_same(struct reporter *reporter, const struct waiting *waiting)
{
    struct waiting **same = tfind(waiting, &reporter->events, compare_events);
    return same ? *same : NULL;
}

static void swap_events(struct waiting *a, struct waiting *b)
{
    struct event *event = a->event;
    a->event = b->event;
    b->event = event;
}

static void drop_one(struct reporter *reporter)
{
    struct waiting *oldest = TAILQ_FIRST(&reporter->lines[false]);
    if (!oldest)
        oldest = TAILQ_FIRST(&reporter->lines[true]);
    take_out(reporter, oldest);
    waiting_free(oldest);
    reporter->dropped++;
}

static struct waiting *take_oldest(struct reporter *reporter)
{
    struct waiting *normal = TAILQ_FIRST(&reporter->lines[false]);
    struct waiting *warning = TAILQ_FIRST(&reporter->lines[true]);
    struct waiting *oldest = normal;
    if (!normal || (warning && warning->number < normal->number))
        oldest = warning;
    if (oldest)
        take_out(reporter, oldest);
    return oldest;
}

/* It keeps its place, but says what was reported since. */
static void put_back(struct reporter *reporter, struct waiting *waiting)
{
    pthread_mutex_lock(&reporter->lock);
    struct waiting *newer = find_same(reporter, waiting);
    if (newer) {
        take_out(reporter, newer);
        swap_events(newer, waiting);
        waiting_free(newer);
    }
    remember(reporter, waiting);
    TAILQ_INSERT_HEAD(line_of(reporter, waiting), waiting, neighbours);
    pthread_mutex_unlock(&reporter->lock);
}

/* NULL: stopped, and nothing is left or the time for it is over. */
static struct waiting *wait_for_next(struct reporter *reporter, size_t *dropped)
{
    pthread_mutex_lock(&reporter->lock);
    while (reporter->count == 0 && !stop_is_raised(reporter->closing))
        pthread_cond_wait(&reporter->changed, &reporter->lock);
    struct waiting *next = stop_is_raised(reporter->stop) ? NULL : take_oldest(reporter);
    if (next) {
        *dropped = reporter->dropped;
        reporter->dropped = 0;
    }
    pthread_mutex_unlock(&reporter->lock);
    return next;
}

/* Closing cuts the wait that is under way short. */
static void wait_before_retry(struct reporter *reporter, int wait_ms)
{
    stop_wait(stop_is_raised(reporter->closing) ? reporter->stop : reporter->closing, wait_ms);
}

static int wait_for(int failures, const struct error *err)
{
    int wait_ms = backoff_wait_ms(failures, 0);
    if (wait_ms < err->retry_after_ms)
        wait_ms = err->retry_after_ms;
    return wait_ms < LONGEST_WAIT_MS ? wait_ms : LONGEST_WAIT_MS;
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

static void deliver(struct reporter *reporter, struct waiting *waiting, int *failures)
{
    struct error err;
    int result = event_send(reporter->sender, reporter->client, waiting->event, &err);
    if (result < 0 && (err.kind == ERROR_UNAVAILABLE || err.kind == ERROR_STOPPED)) {
        put_back(reporter, waiting);
        if (err.kind == ERROR_UNAVAILABLE && ++*failures == 1)
            log_warn("events wait for the API server", "error", err.message);
        wait_before_retry(reporter, wait_for(*failures, &err));
        return;
    }
    if (result < 0)
        log_refused(waiting->event, &err);
    *failures = 0;
    waiting_free(waiting);
}

static void *run(void *context)
{
    struct reporter *reporter = context;
    struct waiting *next;
    size_t dropped;
    int failures = 0;
    while ((next = wait_for_next(reporter, &dropped))) {
        log_lost(dropped, "too many waited for the API server");
        deliver(reporter, next, &failures);
    }
    stop_raise(reporter->ended);
    return NULL;
}

static void reporter_free(struct reporter *reporter)
{
    for (struct waiting *oldest; (oldest = take_oldest(reporter));)
        waiting_free(oldest);
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
    pthread_cond_init(&reporter->changed, NULL);
    pthread_mutex_init(&reporter->lock, NULL);
    TAILQ_INIT(&reporter->lines[false]);
    TAILQ_INIT(&reporter->lines[true]);
    reporter->capacity = settings->capacity;
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
    log_lost(reporter->count + reporter->dropped, "the API server did not take them in time");
    reporter_free(reporter);
}

void reporter_send(struct reporter *reporter, struct event *take_event)
{
    struct waiting *waiting = memory_new(sizeof *waiting);
    waiting->event = take_event;
    pthread_mutex_lock(&reporter->lock);
    struct waiting *same = find_same(reporter, waiting);
    if (same) {
        swap_events(same, waiting);
        waiting_free(waiting);
    } else {
        waiting->number = reporter->next_number++;
        remember(reporter, waiting);
        TAILQ_INSERT_TAIL(line_of(reporter, waiting), waiting, neighbours);
        if (reporter->count > reporter->capacity)
            drop_one(reporter);
        pthread_cond_signal(&reporter->changed);
    }
    pthread_mutex_unlock(&reporter->lock);
}
