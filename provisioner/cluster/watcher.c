/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/cluster/watcher.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "k8s/watch.h"
#include "provisioner/shared/work_key.h"

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { KINDS = 4, SETS = KINDS - 1 };

enum { TIMEOUT_MS = 30000 /* a page of 500 from a busy server takes seconds */ };

/* One watched kind: its thread and what it does with what it sees. */
struct source {
    struct watcher *watcher;
    struct watch watch;
    struct client *client;
    pthread_t thread;
    bool started;
    _Atomic bool synced;
};

struct watcher {
    struct watcher_settings settings;
    struct stop *stop;
    struct source sources[KINDS];
};

static void log_unusable(const struct source *source, const struct error *err)
{
    log_error("object ignored", "kind", source->watch.resource->kind, "error", err->message);
}

static void list_is_whole(struct source *source)
{
    if (!source->synced)
        log_info("listed", "kind", source->watch.resource->kind);
    source->synced = true;
    malloc_trim(0); /* the pages of a large list are many times what is kept of them */
}

/* --- claims and storage classes: each has one store, which a list replaces --- */

static struct store *store_of(const struct source *source)
{
    struct cluster_cache *cache = source->watcher->settings.cache;
    return source->watch.resource == &resource_claims ? cache->claims : cache->classes;
}

static void list_begun(void *context)
{
    store_begin_replace(store_of(context));
}

static void list_ended(void *context)
{
    store_end_replace(store_of(context), NULL, NULL);
    list_is_whole(context);
}

static void queue_claim(const struct watcher_settings *settings, const struct claim *claim)
{
    autofree char *key = work_key_of_claim(claim->namespace, claim->name);
    queue_add(settings->queue, key);
}

static void see_claim(void *context, json_t *object, bool deleted)
{
    struct source *source = context;
    struct watcher_settings *settings = &source->watcher->settings;
    struct error err;
    autorelease(claim) struct claim *claim = claim_parse(object, &err);
    if (!claim) {
        log_unusable(source, &err);
        return;
    }
    autofree char *key = claim_key(claim->namespace, claim->name);
    autorelease(storage_class) struct storage_class *storage_class =
        cluster_cache_class(settings->cache, claim->class_name);
    if (deleted || !is_our_claim(claim, storage_class, settings->names)) {
        store_remove(settings->cache->claims, key);
        return;
    }
    claim->seen_us = clock_monotonic_us();
    cluster_cache_put_claim(settings->cache, claim_hold(claim));
    if (claim_wants_volume(claim))
        queue_claim(settings, claim);
}

struct waiting_for_class {
    const struct watcher_settings *settings;
    const char *class_name;
};

static void queue_if_waiting(void *context, const char *key, void *object)
{
    (void)key;
    const struct waiting_for_class *waiting = context;
    const struct claim *claim = object;
    if (claim_wants_volume(claim) && text_equals(claim->class_name, waiting->class_name))
        queue_claim(waiting->settings, claim);
}

static void queue_audit(const struct watcher_settings *settings,
                        const struct storage_class *storage_class)
{
    autofree char *key = work_key_of_audit(storage_class->name);
    if (is_our_name(settings->names, storage_class->provisioner))
        queue_add(settings->queue, key);
}

static void see_class(void *context, json_t *object, bool deleted)
{
    struct source *source = context;
    struct watcher_settings *settings = &source->watcher->settings;
    struct error err;
    autorelease(storage_class) struct storage_class *storage_class =
        storage_class_parse(object, settings->fallback, &err);
    if (!storage_class) {
        log_unusable(source, &err);
        return;
    }
    const char *name = storage_class->name;
    if (deleted) {
        store_remove(settings->cache->classes, name);
        return;
    }
    if (storage_class->problem && is_our_name(settings->names, storage_class->provisioner))
        log_warn("storage class unusable", "class", name, "error", storage_class->problem);
    cluster_cache_put_class(settings->cache, storage_class_hold(storage_class));
    queue_audit(settings, storage_class);
    struct waiting_for_class waiting = {.settings = settings, .class_name = name};
    store_each(settings->cache->claims, queue_if_waiting, &waiting);
}

/* --- volumes --- */

static void volumes_begun(void *context)
{
    struct source *source = context;
    cluster_cache_begin_volumes(source->watcher->settings.cache);
}

/* Its claim may have been seen to want one before the volume was seen to go: each kind has a watch
 * of its own. */
static void volume_gone(void *context, const struct volume *volume)
{
    const struct watcher_settings *settings = context;
    if (!volume->claim_namespace || !volume->claim_name)
        return;
    autofree char *key = claim_key(volume->claim_namespace, volume->claim_name);
    autorelease(claim) struct claim *claim = cluster_cache_claim(settings->cache, key);
    if (claim && claim_wants_volume(claim))
        queue_claim(settings, claim);
}

static void see_volume(void *context, json_t *object, bool deleted)
{
    struct source *source = context;
    struct watcher_settings *settings = &source->watcher->settings;
    struct error err;
    autorelease(volume) struct volume *volume = volume_parse(object, &err);
    if (!volume) {
        log_unusable(source, &err);
        return;
    }
    if (deleted || !is_our_name(settings->names, volume->provisioned_by)) {
        cluster_cache_remove_volume(settings->cache, volume->name);
        volume_gone(settings, volume);
        return;
    }
    cluster_cache_put_volume(settings->cache, volume_hold(volume));
    autofree char *key = work_key_of_volume(volume->name);
    if ((volume->released && volume->reclaim_delete) || volume->is_adopted)
        queue_add(settings->queue, key);
}

static void volumes_ended(void *context)
{
    struct source *source = context;
    struct watcher_settings *settings = &source->watcher->settings;
    cluster_cache_end_volumes(settings->cache, volume_gone, settings);
    list_is_whole(source);
}

/* --- StatefulSets --- */

static void sets_begun(void *context)
{
    struct source *source = context;
    struct cluster_cache *cache = source->watcher->settings.cache;
    cache->set_gaps++;
    store_begin_replace(cache->sets);
}

static void see_set(void *context, json_t *object, bool deleted)
{
    struct source *source = context;
    struct watcher_settings *settings = &source->watcher->settings;
    struct error err;
    struct stateful_set *set = stateful_set_parse(object, &err);
    if (!set) {
        log_unusable(source, &err);
        return;
    }
    set->seen_ms = clock_monotonic_ms();
    autofree char *key = claim_key(set->namespace, set->name);
    if (deleted ? cluster_cache_remove_set(settings->cache, set)
                : cluster_cache_put_set(settings->cache, set, settings->names))
        queue_add(settings->sets, key);
}

static void set_vanished(void *context, const char *key, void *object)
{
    (void)object;
    queue_add(context, key);
}

static void sets_ended(void *context)
{
    struct source *source = context;
    struct watcher_settings *settings = &source->watcher->settings;
    store_end_replace(settings->cache->sets, set_vanished, settings->sets);
    list_is_whole(source);
}

/* --- the threads --- */

static void watch_failed(void *context, const struct error *err, int wait_ms)
{
    const struct source *source = context;
    char wait[32];
    snprintf(wait, sizeof wait, "%.1f s", wait_ms / 1000.0);
    if (source->watch.resource == &resource_stateful_sets)
        source->watcher->settings.cache->set_gaps++;
    log_warn("watch interrupted", "kind", source->watch.resource->kind, "error", err->message,
             "retry_in", wait);
}

static bool is_synced(const struct watcher *watcher, int kinds)
{
    for (int i = 0; i < kinds; i++) {
        if (!watcher->sources[i].synced)
            return false;
    }
    return true;
}

static void *run(void *argument)
{
    struct source *source = argument;
    /* Which sets are ours is known by their classes and claims. */
    struct watcher *watcher = source->watcher;
    while (source == &watcher->sources[SETS] && !is_synced(watcher, SETS)) {
        if (stop_wait(watcher->stop, 20))
            return NULL;
    }
    watch_run(&source->watch, source->client, watcher->stop);
    return NULL;
}

static int start_source(struct source *source, struct watcher *watcher, const struct watch *watch,
                        struct error *err)
{
    source->watcher = watcher;
    source->watch = *watch;
    source->watch.handler.context = source;
    source->watch.handler.failed = watch_failed;
    source->client = client_open(watcher->settings.config, watcher->stop, TIMEOUT_MS, err);
    if (!source->client)
        return -1;
    int problem = pthread_create(&source->thread, NULL, run, source);
    if (problem)
        return error_set(err, ERROR_UNAVAILABLE, "cannot start a watch thread (error %d)", problem);
    source->started = true;
    return 0;
}

struct watcher *watcher_start(const struct watcher_settings *settings, struct error *err)
{
    const struct watch watches[KINDS] = {
        {.resource = &resource_storage_classes,
         .handler = {.list_begun = list_begun, .object = see_class, .list_ended = list_ended}},
        {.resource = &resource_volumes,
         .handler = {.list_begun = volumes_begun,
                     .object = see_volume,
                     .list_ended = volumes_ended}},
        {.resource = &resource_claims,
         .handler = {.list_begun = list_begun, .object = see_claim, .list_ended = list_ended}},
        [SETS] = {.resource = &resource_stateful_sets,
                  .handler = {.list_begun = sets_begun,
                              .object = see_set,
                              .list_ended = sets_ended}},
    };
    struct watcher *watcher = memory_new(sizeof *watcher);
    watcher->settings = *settings;
    watcher->stop = stop_new();
    for (int i = 0; i < KINDS; i++) {
        if (start_source(&watcher->sources[i], watcher, &watches[i], err) < 0) {
            watcher_stop(watcher);
            return NULL;
        }
    }
    return watcher;
}

void watcher_stop(struct watcher *watcher)
{
    if (!watcher)
        return;
    stop_raise(watcher->stop);
    for (int i = 0; i < KINDS; i++) {
        if (watcher->sources[i].started)
            pthread_join(watcher->sources[i].thread, NULL);
        client_close(watcher->sources[i].client);
    }
    stop_free(watcher->stop);
    free(watcher);
}

static void queue_audit_of(void *context, const char *key, void *object)
{
    (void)key;
    queue_audit(context, object);
}

void watcher_queue_audits(struct watcher *watcher)
{
    store_each(watcher->settings.cache->classes, queue_audit_of, &watcher->settings);
}

bool watcher_is_synced(const struct watcher *watcher)
{
    return is_synced(watcher, SETS);
}
