/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/pool.h"

#include "base/clock.h"
#include "base/pulse.h"
#include "base/stop.h"
#include "base/thread.h"
#include "nfs/export.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* How often the pool's thread closes old connections and wakes keys that still wait. */
enum { TIDY_INTERVAL_MS = 1000 };

struct pool {
    struct pool_settings settings;
    struct stop *stop;
    int probe_due; /* an eventfd that wakes the pool's thread */
    struct thread thread;

    pthread_mutex_t lock; /* guards what follows */
    struct exports exports;
};

/* What is done after the lock is released: waking calls out, and closing may block. */
struct deferred {
    struct woken_keys woken;
    struct pooled_shares closed;
};

static void run_deferred(struct pool *pool, struct deferred *deferred)
{
    for (size_t i = 0; i < deferred->woken.count; i++)
        pool->settings.wake(pool->settings.context, deferred->woken.items[i]);
    woken_keys_free(&deferred->woken);
    pooled_shares_free(&deferred->closed);
}

static struct export *find_or_add_export(struct pool *pool, const struct address *address)
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

static struct pooled_share *connect_share(struct pool *pool, const struct address *address,
                                          struct error *err)
{
    struct share *share = share_open(address, pool->settings.timeout_ms, err);
    return share ? pooled_share_new(share) : NULL;
}

/* The export, if `key` may use a connection to it now; and an unused connection, if there is one.
 */
static struct export *acquire(struct pool *pool, const struct address *address, const char *key,
                              struct pooled_share **unused, struct error *err)
{
    pthread_mutex_lock(&pool->lock);
    struct export *export = find_or_add_export(pool, address);
    export->used_ms = clock_monotonic_ms();
    bool acquired = export_state_acquire(export->state, key);
    if (acquired)
        *unused = export_take_unused(export);
    else if (export_state_status(export->state) == EXPORT_DOWN)
        error_set(err, ERROR_UNAVAILABLE, "%s", export->last_error.message);
    else
        error_set(err, ERROR_BUSY, "all connections to %s are in use", export->address->key);
    pthread_mutex_unlock(&pool->lock);
    /* The export is not freed while a connection is acquired. */
    return acquired ? export : NULL;
}

/* The export does not answer, as its last error says: `key` waits for the probe. */
static void set_down(struct pool *pool, struct export *export, const char *key,
                     struct deferred *deferred)
{
    uint64_t one = 1;
    export_state_failed(export->state, key, clock_monotonic_ms(), &deferred->woken);
    export_close_unused(export, INT64_MAX, &deferred->closed);
    if (write(pool->probe_due, &one, sizeof one) < 0)
        perror("eventfd");
}

struct share *pool_take(struct pool *pool, const struct address *address, const char *key,
                        struct error *err)
{
    struct pooled_share *pooled = NULL;
    struct export *export = acquire(pool, address, key, &pooled, err);
    if (!export)
        return NULL;
    /* The server may have restarted since the connection was last used. */
    if (pooled && share_is_dead(pooled->share)) {
        pooled_share_free(pooled);
        pooled = NULL;
    }
    if (!pooled)
        pooled = connect_share(pool, address, err);

    struct deferred deferred = {0};
    pthread_mutex_lock(&pool->lock);
    if (pooled) {
        memory_replace(&pooled->key, memory_copy(key));
        LIST_INSERT_HEAD(&export->in_use, pooled, next);
        export_state_answered(export->state, &deferred.woken);
    } else {
        if (err->kind == ERROR_UNAVAILABLE) {
            export->last_error = *err;
            set_down(pool, export, key, &deferred);
        }
        export_state_release(export->state, &deferred.woken);
    }
    pthread_mutex_unlock(&pool->lock);
    run_deferred(pool, &deferred);
    return pooled ? pooled->share : NULL;
}

static void note_death(struct pool *pool, struct export *export, const struct pooled_share *pooled,
                       struct deferred *deferred)
{
    if (share_has_lost_root(pooled->share)) {
        export->root_lost_ms = clock_monotonic_ms();
        export_close_unused(export, INT64_MAX, &deferred->closed);
        return;
    }
    error_set(&export->last_error, ERROR_UNAVAILABLE, "%s has stopped answering",
              export->address->key);
    set_down(pool, export, pooled->key, deferred);
}

void pool_give(struct pool *pool, struct share *share)
{
    if (!share)
        return;
    bool is_dead = share_is_dead(share);
    share_set_stop(share, NULL);

    struct deferred deferred = {0};
    pthread_mutex_lock(&pool->lock);
    struct export *export = find_or_add_export(pool, share_address(share));
    struct pooled_share *pooled = export_take_in_use(export, share);
    pooled->unused_since_ms = export->used_ms = clock_monotonic_ms();
    if (is_dead)
        note_death(pool, export, pooled, &deferred);
    bool is_kept = !is_dead && pooled->opened_ms > export->root_lost_ms;
    memory_replace(&pooled->key, NULL);
    LIST_INSERT_HEAD(is_kept ? &export->unused : &deferred.closed, pooled, next);
    export_state_release(export->state, &deferred.woken);
    pthread_mutex_unlock(&pool->lock);
    run_deferred(pool, &deferred);
}

void pool_forget(struct pool *pool, const char *key)
{
    pthread_mutex_lock(&pool->lock);
    for (struct export *export = LIST_FIRST(&pool->exports); export;
         export = LIST_NEXT(export, next))
        export_state_forget(export->state, key);
    pthread_mutex_unlock(&pool->lock);
}

void pool_forget_all(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    for (struct export *export = LIST_FIRST(&pool->exports); export;
         export = LIST_NEXT(export, next))
        export_state_forget_all(export->state);
    pthread_mutex_unlock(&pool->lock);
}

void pool_count(struct pool *pool, struct pool_counts *counts)
{
    *counts = (struct pool_counts){0};
    pthread_mutex_lock(&pool->lock);
    for (struct export *export = LIST_FIRST(&pool->exports); export;
         export = LIST_NEXT(export, next)) {
        enum export_status status = export_state_status(export->state);
        counts->answering += status == EXPORT_ANSWERING;
        counts->untried += status == EXPORT_UNTRIED;
        counts->down += status == EXPORT_DOWN;
        counts->connections +=
            pooled_shares_count(&export->in_use) + pooled_shares_count(&export->unused);
        counts->waiting += export_state_waiting(export->state);
    }
    pthread_mutex_unlock(&pool->lock);
}

/* The export that is probed next and when; NULL and INT64_MAX when no export is down. */
static struct export *find_next_probe(struct pool *pool, int64_t *due_ms)
{
    struct export *next = NULL;
    *due_ms = INT64_MAX;
    pthread_mutex_lock(&pool->lock);
    for (struct export *export = LIST_FIRST(&pool->exports); export;
         export = LIST_NEXT(export, next)) {
        int64_t probe_ms = export_state_next_probe_ms(export->state);
        if (probe_ms < *due_ms) {
            *due_ms = probe_ms;
            next = export;
        }
    }
    pthread_mutex_unlock(&pool->lock);
    /* Only the pool's thread frees exports, and it is the one that asks. */
    return next;
}

/* A server that refuses us does answer: the work that waits will be told so by the server. */
static void probe(struct pool *pool, struct export *export)
{
    struct error err = {0};
    struct deferred deferred = {0};
    struct pooled_share *pooled = connect_share(pool, export->address, &err);
    pthread_mutex_lock(&pool->lock);
    if (!pooled && err.kind == ERROR_UNAVAILABLE) {
        export->last_error = err;
        export_state_probe_failed(export->state, clock_monotonic_ms());
    } else {
        export_state_probe_answered(export->state, &deferred.woken);
    }
    if (pooled) {
        pooled->unused_since_ms = export->used_ms = clock_monotonic_ms();
        LIST_INSERT_HEAD(&export->unused, pooled, next);
    }
    pthread_mutex_unlock(&pool->lock);
    run_deferred(pool, &deferred);
}

static void tidy(struct pool *pool)
{
    struct deferred deferred = {0};
    struct export *following;
    int64_t old_ms = clock_monotonic_ms() - pool->settings.idle_ms;
    pthread_mutex_lock(&pool->lock);
    for (struct export *export = LIST_FIRST(&pool->exports); export; export = following) {
        following = LIST_NEXT(export, next);
        export_close_unused(export, old_ms, &deferred.closed);
        export_state_wake_waiting(export->state, &deferred.woken);
        bool idle = export_state_is_idle(export->state) && LIST_EMPTY(&export->unused);
        if (idle && export->used_ms <= old_ms) {
            LIST_REMOVE(export, next);
            export_free(export);
        }
    }
    pthread_mutex_unlock(&pool->lock);
    run_deferred(pool, &deferred);
}

/* Sleep until the next probe is due, but no longer than TIDY_INTERVAL_MS. */
static void wait_for_work(struct pool *pool)
{
    int64_t probe_ms;
    uint64_t ignored;
    find_next_probe(pool, &probe_ms);
    int timeout_ms = clock_left_ms(probe_ms);
    struct pollfd ready[] = {{.fd = stop_descriptor(pool->stop), .events = POLLIN},
                             {.fd = pool->probe_due, .events = POLLIN}};
    if (timeout_ms > TIDY_INTERVAL_MS)
        timeout_ms = TIDY_INTERVAL_MS;
    pulse_expect(timeout_ms);
    poll(ready, 2, timeout_ms);
    if (ready[1].revents && read(pool->probe_due, &ignored, sizeof ignored) < 0)
        perror("eventfd");
}

static void *run(void *argument)
{
    struct pool *pool = argument;
    while (!stop_is_raised(pool->stop)) {
        wait_for_work(pool);
        int64_t probe_ms;
        struct export *next = find_next_probe(pool, &probe_ms);
        if (next && probe_ms <= clock_monotonic_ms())
            probe(pool, next);
        tidy(pool);
    }
    return NULL;
}

struct pool *pool_start(const struct pool_settings *settings, struct error *err)
{
    struct pool *pool = memory_new(sizeof *pool);
    pool->settings = *settings;
    pool->stop = stop_new();
    pool->probe_due = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    LIST_INIT(&pool->exports);
    pthread_mutex_init(&pool->lock, NULL);
    if (pool->probe_due < 0)
        error_set(err, ERROR_UNAVAILABLE, "cannot make an eventfd: %m");
    else if (thread_start(&pool->thread, "nfs-pool", run, pool, err) == 0)
        return pool;
    pool_stop(pool);
    return NULL;
}

void pool_stop(struct pool *pool)
{
    if (!pool)
        return;
    stop_raise(pool->stop);
    thread_join(&pool->thread);
    while (!LIST_EMPTY(&pool->exports)) {
        struct export *export = LIST_FIRST(&pool->exports);
        LIST_REMOVE(export, next);
        export_free(export);
    }
    pthread_mutex_destroy(&pool->lock);
    stop_free(pool->stop);
    if (pool->probe_due >= 0)
        close(pool->probe_due);
    free(pool);
}
