/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/pool.h"

#include "base/clock.h"
#include "base/stop.h"
#include "nfs/export.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* The pool's thread looks this often at what is idle or was forgotten. */
enum { TIDY_INTERVAL_MS = 1000 };

struct pool {
    struct pool_settings settings;
    struct stop *stop;
    int nudge; /* an eventfd: look again, something is down */
    pthread_t thread;

    pthread_mutex_t lock; /* guards what follows */
    struct exports exports;
};

/* What is to be done once the lock is no longer held. */
struct aftermath {
    struct woken_keys woken;
    struct loans closed;
};

static void settle(struct pool *pool, struct aftermath *aftermath)
{
    for (size_t i = 0; i < aftermath->woken.count; i++)
        pool->settings.wake(pool->settings.context, aftermath->woken.items[i]);
    woken_keys_free(&aftermath->woken);
    loans_free(&aftermath->closed);
}

static void mark_down(struct pool *pool, struct export *export, const char *key,
                      struct aftermath *aftermath)
{
    uint64_t one = 1;
    export_state_failed(export->state, key, clock_monotonic_ms(), &aftermath->woken);
    export_close_unused(export, INT64_MAX, &aftermath->closed);
    if (write(pool->nudge, &one, sizeof one) < 0)
        perror("eventfd");
}

static struct export *find_export(struct pool *pool, const struct address *address)
{
    struct export *export = LIST_FIRST(&pool->exports);
    while (export && strcmp(export->address->key, address->key) != 0)
        export = LIST_NEXT(export, next);
    if (!export) {
        export = export_new(
            address, export_state_new(pool->settings.per_export, pool->settings.probe_interval_ms));
        LIST_INSERT_HEAD(&pool->exports, export, next);
    }
    return export;
}

/* The words for who is sent away. */
static void refuse(const struct export *export, struct error *err)
{
    if (export_state_status(export->state) == EXPORT_DOWN)
        error_set(err, ERROR_UNAVAILABLE, "%s", export->last.message);
    else
        error_set(err, ERROR_BUSY, "all connections to %s are in use", export->address->key);
}

static struct loan *open_loan(struct pool *pool, const struct address *address, struct error *err)
{
    struct share *share = share_open(address, pool->settings.timeout_ms, err);
    return share ? loan_new(share) : NULL;
}

/* Let `key` in and find it a connection that was used before, if there is one. */
static struct export *enter(struct pool *pool, const struct address *address, const char *key,
                            struct loan **unused, struct error *err)
{
    pthread_mutex_lock(&pool->lock);
    struct export *export = find_export(pool, address);
    export->used_ms = clock_monotonic_ms();
    bool entered = export_state_acquire(export->state, key);
    if (entered)
        *unused = export_take_unused(export);
    else
        refuse(export, err);
    pthread_mutex_unlock(&pool->lock);
    /* With somebody inside, the export is not forgotten. */
    return entered ? export : NULL;
}

static void leave_without(struct pool *pool, struct export *export, const char *key,
                          const struct error *err)
{
    struct aftermath aftermath = {0};
    pthread_mutex_lock(&pool->lock);
    if (err->kind == ERROR_UNAVAILABLE) {
        export->last = *err;
        mark_down(pool, export, key, &aftermath);
    }
    export_state_release(export->state, &aftermath.woken);
    pthread_mutex_unlock(&pool->lock);
    settle(pool, &aftermath);
}

static void stay_with(struct pool *pool, struct export *export, const char *key, struct loan *loan)
{
    struct aftermath aftermath = {0};
    pthread_mutex_lock(&pool->lock);
    memory_replace(&loan->key, memory_copy(key));
    loans_add(&export->out, loan);
    export_state_answered(export->state, &aftermath.woken);
    pthread_mutex_unlock(&pool->lock);
    settle(pool, &aftermath);
}

struct share *pool_take(struct pool *pool, const struct address *address, const char *key,
                        struct error *err)
{
    struct loan *loan = NULL;
    struct export *export = enter(pool, address, key, &loan, err);
    if (!export)
        return NULL;
    /* The server may have restarted since. */
    if (loan && share_is_dead(loan->share)) {
        loan_free(loan);
        loan = NULL;
    }
    if (!loan)
        loan = open_loan(pool, address, err);
    if (!loan) {
        leave_without(pool, export, key, err);
        return NULL;
    }
    stay_with(pool, export, key, loan);
    return loan->share;
}

/* What is dead is closed, and its export is down until it answers. */
static void take_back(struct pool *pool, struct export *export, struct loan *loan, bool dead,
                      struct aftermath *aftermath)
{
    loans_remove(loan);
    loan->unused_since_ms = export->used_ms = clock_monotonic_ms();
    if (!dead) {
        memory_replace(&loan->key, NULL);
        loans_add(&export->unused, loan);
        return;
    }
    error_set(&export->last, ERROR_UNAVAILABLE, "%s has stopped answering", export->address->key);
    mark_down(pool, export, loan->key, aftermath);
    loans_add(&aftermath->closed, loan);
}

void pool_give(struct pool *pool, struct share *share)
{
    struct aftermath aftermath = {0};
    if (!share)
        return;
    bool dead = share_is_dead(share);
    pthread_mutex_lock(&pool->lock);
    struct export *export = find_export(pool, share_address(share));
    struct loan *loan = loans_find(&export->out, share);
    assert(loan); /* it was taken from this pool, and is given back once */
    take_back(pool, export, loan, dead, &aftermath);
    export_state_release(export->state, &aftermath.woken);
    pthread_mutex_unlock(&pool->lock);
    settle(pool, &aftermath);
}

/* The export that has waited longest for a probe, if one is due. */
static struct export *find_due_probe(struct pool *pool, int64_t now_ms)
{
    struct export *due = NULL;
    int64_t earliest_ms = now_ms;
    pthread_mutex_lock(&pool->lock);
    for (struct export *export = LIST_FIRST(&pool->exports); export;
         export = LIST_NEXT(export, next)) {
        int64_t next_ms = export_state_next_probe_ms(export->state);
        if (next_ms <= earliest_ms) {
            earliest_ms = next_ms;
            due = export;
        }
    }
    pthread_mutex_unlock(&pool->lock);
    /* Only this thread forgets exports, and none that is down. */
    return due;
}

/* A server that refuses us answers, too: whoever waits will hear it from there. */
static void probe(struct pool *pool, struct export *export)
{
    struct error err = {0};
    struct aftermath aftermath = {0};
    struct loan *loan = open_loan(pool, export->address, &err);
    pthread_mutex_lock(&pool->lock);
    if (!loan && err.kind == ERROR_UNAVAILABLE) {
        export->last = err;
        export_state_probe_failed(export->state, clock_monotonic_ms());
    } else {
        export_state_probe_answered(export->state, &aftermath.woken);
    }
    if (loan) {
        loan->unused_since_ms = export->used_ms = clock_monotonic_ms();
        loans_add(&export->unused, loan);
    }
    pthread_mutex_unlock(&pool->lock);
    settle(pool, &aftermath);
}

static bool is_forgotten(const struct export *export, int64_t old_ms)
{
    return export_state_is_idle(export->state) && LIST_EMPTY(&export->unused) &&
           export->used_ms <= old_ms;
}

static void tidy(struct pool *pool)
{
    struct aftermath aftermath = {0};
    struct export *following;
    int64_t old_ms = clock_monotonic_ms() - pool->settings.idle_ms;
    pthread_mutex_lock(&pool->lock);
    for (struct export *export = LIST_FIRST(&pool->exports); export; export = following) {
        following = LIST_NEXT(export, next);
        export_close_unused(export, old_ms, &aftermath.closed);
        export_state_wake_waiting(export->state, &aftermath.woken);
        if (is_forgotten(export, old_ms)) {
            LIST_REMOVE(export, next);
            export_free(export);
        }
    }
    pthread_mutex_unlock(&pool->lock);
    settle(pool, &aftermath);
}

static int64_t find_next_probe_ms(struct pool *pool)
{
    int64_t next_ms = INT64_MAX;
    pthread_mutex_lock(&pool->lock);
    for (struct export *export = LIST_FIRST(&pool->exports); export;
         export = LIST_NEXT(export, next)) {
        int64_t due_ms = export_state_next_probe_ms(export->state);
        next_ms = due_ms < next_ms ? due_ms : next_ms;
    }
    pthread_mutex_unlock(&pool->lock);
    return next_ms;
}

static void wait_for_work(struct pool *pool)
{
    uint64_t nudges;
    int until_probe_ms = clock_left_ms(find_next_probe_ms(pool));
    struct pollfd ready[] = {{.fd = stop_descriptor(pool->stop), .events = POLLIN},
                             {.fd = pool->nudge, .events = POLLIN}};
    poll(ready, 2, until_probe_ms < TIDY_INTERVAL_MS ? until_probe_ms : TIDY_INTERVAL_MS);
    if (ready[1].revents && read(pool->nudge, &nudges, sizeof nudges) < 0)
        perror("eventfd");
}

static void *run(void *argument)
{
    struct pool *pool = argument;
    while (!stop_is_raised(pool->stop)) {
        wait_for_work(pool);
        struct export *due = find_due_probe(pool, clock_monotonic_ms());
        if (due)
            probe(pool, due);
        tidy(pool);
    }
    return NULL;
}

struct pool *pool_start(const struct pool_settings *settings)
{
    struct pool *pool = memory_new(sizeof *pool);
    pool->settings = *settings;
    pool->stop = stop_new();
    pool->nudge = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    LIST_INIT(&pool->exports);
    pthread_mutex_init(&pool->lock, NULL);
    if (pool->nudge < 0 || pthread_create(&pool->thread, NULL, run, pool) != 0) {
        perror("mooring: the pool's thread");
        abort();
    }
    return pool;
}

void pool_stop(struct pool *pool)
{
    if (!pool)
        return;
    stop_raise(pool->stop);
    pthread_join(pool->thread, NULL);
    while (!LIST_EMPTY(&pool->exports)) {
        struct export *export = LIST_FIRST(&pool->exports);
        LIST_REMOVE(export, next);
        export_free(export);
    }
    pthread_mutex_destroy(&pool->lock);
    stop_free(pool->stop);
    close(pool->nudge);
    free(pool);
}

void pool_count(struct pool *pool, struct pool_counts *counts)
{
    *counts = (struct pool_counts){0};
    pthread_mutex_lock(&pool->lock);
    for (struct export *export = LIST_FIRST(&pool->exports); export;
         export = LIST_NEXT(export, next)) {
        enum export_status state = export_state_status(export->state);
        counts->answering += state == EXPORT_ANSWERING;
        counts->untried += state == EXPORT_UNTRIED;
        counts->down += state == EXPORT_DOWN;
        counts->connections += loans_count(&export->out) + loans_count(&export->unused);
    }
    pthread_mutex_unlock(&pool->lock);
}
