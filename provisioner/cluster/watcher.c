/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/cluster/watcher.h"

#include "base/log.h"
#include "base/thread.h"
#include "k8s/watch.h"
#include "provisioner/cluster/watched_kinds.h"

#include <malloc.h>
#include <stdio.h>

enum { TIMEOUT_MS = 30000 /* a page of 500 from a busy server takes seconds */ };

/* The watch of one kind and its thread. */
struct source {
    struct watcher *watcher;
    const struct watched_kind *kind;
    struct watch watch;
    struct client *client;
    struct thread thread;
    _Atomic bool is_synced;
};

struct watcher {
    struct watcher_settings settings;
    struct stop *stop;
    struct source sources[WATCHED_KINDS];
};

static void list_begun(void *context)
{
    const struct source *source = context;
    source->kind->list_begun(&source->watcher->settings);
}

static void list_ended(void *context)
{
    struct source *source = context;
    source->kind->list_ended(&source->watcher->settings);
    if (!source->is_synced)
        log_info("all objects listed", "kind", source->kind->resource->kind);
    source->is_synced = true;
    malloc_trim(0); /* the pages of a large list are many times what is kept of them */
}

static void object_seen(void *context, json_t *object, bool is_deleted)
{
    const struct source *source = context;
    struct error err;
    if (source->kind->object(&source->watcher->settings, object, is_deleted, &err) < 0)
        log_error("object ignored", "kind", source->kind->resource->kind, "error", err.message);
}

/* Changes of sets may have been missed, or may be told late. */
static void note_gap(void *context)
{
    const struct source *source = context;
    if (source->kind == &watched_kinds[WATCHED_SETS])
        source->watcher->settings.cache->set_gaps++;
}

static void object_unreadable(void *context, const struct error *problem)
{
    const struct source *source = context;
    note_gap(context);
    log_error("object ignored", "kind", source->kind->resource->kind, "error", problem->message);
}

static void watch_failed(void *context, const struct error *err, int wait_ms)
{
    const struct source *source = context;
    char wait[32];
    snprintf(wait, sizeof wait, "%.1f s", wait_ms / 1000.0);
    note_gap(context);
    log_warn("watch interrupted", "kind", source->kind->resource->kind, "error", err->message,
             "retry_in", wait);
}

bool watcher_is_synced(const struct watcher *watcher)
{
    for (int i = 0; i < WATCHED_SETS; i++) {
        if (!watcher->sources[i].is_synced)
            return false;
    }
    return true;
}

static void *run(void *context)
{
    struct source *source = context;
    struct watcher *watcher = source->watcher;
    while (source->kind == &watched_kinds[WATCHED_SETS] && !watcher_is_synced(watcher)) {
        if (stop_wait(watcher->stop, 20))
            return NULL;
    }
    watch_run(&source->watch, source->client, watcher->stop);
    return NULL;
}

struct watcher *watcher_start(const struct watcher_settings *settings, struct error *err)
{
    struct watcher *watcher = memory_new(sizeof *watcher);
    watcher->settings = *settings;
    watcher->stop = stop_new();
    for (int i = 0; i < WATCHED_KINDS; i++) {
        struct source *source = &watcher->sources[i];
        source->watcher = watcher;
        source->kind = &watched_kinds[i];
        source->watch = (struct watch){.resource = source->kind->resource,
                                       .handler = {.context = source,
                                                   .list_begun = list_begun,
                                                   .object = object_seen,
                                                   .list_ended = list_ended,
                                                   .unreadable = object_unreadable,
                                                   .failed = watch_failed,
                                                   .was_silent = note_gap}};
        source->client = client_open(settings->config, watcher->stop, TIMEOUT_MS, err);
        if (!source->client ||
            thread_start(&source->thread, source->kind->thread_name, run, source, err) < 0) {
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
    for (int i = 0; i < WATCHED_KINDS; i++) {
        thread_join(&watcher->sources[i].thread);
        client_close(watcher->sources[i].client);
    }
    stop_free(watcher->stop);
    free(watcher);
}

void watcher_queue_everything(struct watcher *watcher)
{
    watched_kinds_queue_everything(&watcher->settings);
}
