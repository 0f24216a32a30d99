/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/cluster/watcher.h"

#include "base/clock.h"
#include "base/log.h"
#include "k8s/watch.h"
#include "provisioner/audit/audit_export.h"

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { KINDS = 4, SETS = KINDS - 1 };

enum { TIMEOUT_MS = 30000 /* a page of 500 from a busy server takes seconds */ };

/* One watched kind: its thread and what it does with what it sees. */
struct source {
    struct feed *feed;
    struct watch watch;
    struct client *client;
    pthread_t thread;
    bool started;
    _Atomic bool synced;
};

struct feed {
    struct feed_settings settings;
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
    struct catalog *catalog = source->feed->settings.catalog;
    return source->watch.resource == &resource_claims ? catalog->claims : catalog->classes;
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

static void see_claim(void *context, json_t *object, bool deleted)
{
    struct source *source = context;
    struct feed_settings *settings = &source->feed->settings;
    struct error err;
    struct claim *claim = claim_parse(object, &err);
    if (!claim) {
        log_unusable(source, &err);
        return;
    }
    autofree char *key = claim_key(claim->namespace, claim->name);
    autodestroy(storage_class) struct storage_class *storage_class =
        catalog_class(settings->catalog, claim->class_name);
    if (deleted || !is_our_claim(claim, storage_class, settings->names)) {
        store_remove(settings->catalog->claims, key);
        claim_free(claim);
        return;
    }
    claim->seen_us = clock_monotonic_us();
    bool needs_work = claim_wants_volume(claim);
    catalog_put_claim(settings->catalog, claim);
    if (needs_work)
        queue_add(settings->queue, key);
}

struct waiting_for_class {
    struct queue *queue;
    const char *class_name;
};

static void add_if_waiting(void *context, const char *key, void *object)
{
    const struct waiting_for_class *waiting = context;
    const struct claim *claim = object;
    if (claim_wants_volume(claim) && claim->class_name &&
        strcmp(claim->class_name, waiting->class_name) == 0)
        queue_add(waiting->queue, key);
}

static void see_class(void *context, json_t *object, bool deleted)
{
    struct source *source = context;
    struct feed_settings *settings = &source->feed->settings;
    struct error err;
    struct storage_class *storage_class = storage_class_parse(object, settings->fallback, &err);
    if (!storage_class) {
        log_unusable(source, &err);
        return;
    }
    autofree char *name = memory_copy(storage_class->name);
    if (deleted) {
        store_remove(settings->catalog->classes, name);
        storage_class_free(storage_class);
        return;
    }
    if (storage_class->problem && is_our_name(settings->names, storage_class->provisioner))
        log_warn("storage class unusable", "class", name, "error", storage_class->problem);
    catalog_put_class(settings->catalog, shared_hold(storage_class));
    audit_wake(settings->queue, settings->names, storage_class);
    storage_class_free(storage_class);
    struct waiting_for_class waiting = {.queue = settings->queue, .class_name = name};
    store_each(settings->catalog->claims, add_if_waiting, &waiting);
}

/* --- volumes --- */

static void volumes_begun(void *context)
{
    struct source *source = context;
    catalog_begin_volumes(source->feed->settings.catalog);
}

/* Its claim may have been seen to want one before the volume was seen to go: each kind has a watch
 * of its own. */
static void volume_gone(void *context, const struct volume *volume)
{
    const struct feed_settings *settings = context;
    if (!volume->claim_namespace || !volume->claim_name)
        return;
    autofree char *key = claim_key(volume->claim_namespace, volume->claim_name);
    autodestroy(claim) struct claim *claim = catalog_claim(settings->catalog, key);
    if (claim && claim_wants_volume(claim))
        queue_add(settings->queue, key);
}

static void see_volume(void *context, json_t *object, bool deleted)
{
    struct source *source = context;
    struct feed_settings *settings = &source->feed->settings;
    struct error err;
    struct volume *volume = volume_parse(object, &err);
    if (!volume) {
        log_unusable(source, &err);
        return;
    }
    if (deleted || !is_our_name(settings->names, volume->provisioned_by)) {
        catalog_remove_volume(settings->catalog, volume->name);
        volume_gone(settings, volume);
        volume_free(volume);
        return;
    }
    autofree char *name = memory_copy(volume->name);
    bool needs_work = (volume->released && volume->reclaim_delete) || volume->is_adopted;
    catalog_put_volume(settings->catalog, volume);
    if (needs_work)
        queue_add(settings->queue, name);
}

static void volumes_ended(void *context)
{
    struct source *source = context;
    struct feed_settings *settings = &source->feed->settings;
    catalog_end_volumes(settings->catalog, volume_gone, settings);
    list_is_whole(source);
}

/* --- StatefulSets --- */

static void sets_begun(void *context)
{
    struct source *source = context;
    struct catalog *catalog = source->feed->settings.catalog;
    catalog->set_gaps++;
    store_begin_replace(catalog->sets);
}

static void see_set(void *context, json_t *object, bool deleted)
{
    struct source *source = context;
    struct feed_settings *settings = &source->feed->settings;
    struct error err;
    struct stateful_set *set = stateful_set_parse(object, &err);
    if (!set) {
        log_unusable(source, &err);
        return;
    }
    set->seen_ms = clock_monotonic_ms();
    autofree char *key = claim_key(set->namespace, set->name);
    if (deleted ? catalog_remove_set(settings->catalog, set)
                : catalog_put_set(settings->catalog, set, settings->names))
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
    struct feed_settings *settings = &source->feed->settings;
    store_end_replace(settings->catalog->sets, set_vanished, settings->sets);
    list_is_whole(source);
}

/* --- the threads --- */

static void watch_failed(void *context, const struct error *err, int wait_ms)
{
    const struct source *source = context;
    char wait[32];
    snprintf(wait, sizeof wait, "%.1f s", wait_ms / 1000.0);
    if (source->watch.resource == &resource_stateful_sets)
        source->feed->settings.catalog->set_gaps++;
    log_warn("watch interrupted", "kind", source->watch.resource->kind, "error", err->message,
             "retry_in", wait);
}

static bool is_synced(const struct feed *feed, int kinds)
{
    for (int i = 0; i < kinds; i++) {
        if (!feed->sources[i].synced)
            return false;
    }
    return true;
}

static void *run(void *argument)
{
    struct source *source = argument;
    /* Which sets are ours is known by their classes and claims. */
    struct feed *feed = source->feed;
    while (source == &feed->sources[SETS] && !is_synced(feed, SETS)) {
        if (stop_wait(feed->stop, 20))
            return NULL;
    }
    watch_run(&source->watch, source->client, feed->stop);
    return NULL;
}

static int start_source(struct source *source, struct feed *feed, const struct watch *watch,
                        struct error *err)
{
    source->feed = feed;
    source->watch = *watch;
    source->watch.handler.context = source;
    source->watch.handler.failed = watch_failed;
    source->client = client_open(feed->settings.config, feed->stop, TIMEOUT_MS, err);
    if (!source->client)
        return -1;
    int problem = pthread_create(&source->thread, NULL, run, source);
    if (problem)
        return error_set(err, ERROR_UNAVAILABLE, "cannot start a watch thread (error %d)", problem);
    source->started = true;
    return 0;
}

struct feed *feed_start(const struct feed_settings *settings, struct error *err)
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
    struct feed *feed = memory_new(sizeof *feed);
    feed->settings = *settings;
    feed->stop = stop_new();
    for (int i = 0; i < KINDS; i++) {
        if (start_source(&feed->sources[i], feed, &watches[i], err) < 0) {
            feed_stop(feed);
            return NULL;
        }
    }
    return feed;
}

void feed_stop(struct feed *feed)
{
    if (!feed)
        return;
    stop_raise(feed->stop);
    for (int i = 0; i < KINDS; i++) {
        if (feed->sources[i].started)
            pthread_join(feed->sources[i].thread, NULL);
        client_close(feed->sources[i].client);
    }
    stop_free(feed->stop);
    free(feed);
}

bool feed_is_synced(const struct feed *feed)
{
    return is_synced(feed, SETS);
}
