/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/observer.h"

#include "tests/bench/program.h"

#include <pthread.h>
#include <stdio.h>

enum { TIMEOUT_MS = 60000 };

struct observer {
    struct view view;
    struct watch watch;
    struct client *client;
    struct stop *stop;
    pthread_t thread;
    bool listed;
};

static void list_begun(void *context)
{
    (void)context;
}

static void see(void *context, json_t *object, bool deleted)
{
    struct observer *observer = context;
    const struct sighting sighting = {
        .at_us = moment(), .object = object, .deleted = deleted, .existed = !observer->listed};
    observer->view.seen(observer->view.context, &sighting);
}

static void list_ended(void *context)
{
    struct observer *observer = context;
    bool first = !observer->listed;
    observer->listed = true;
    if (first && observer->view.listed)
        observer->view.listed(observer->view.context);
}

static void failed(void *context, const struct error *err, int wait_ms)
{
    (void)context;
    fprintf(stderr, "bench: %s, again in %d ms\n", err->message, wait_ms);
}

static void *run(void *argument)
{
    struct observer *observer = argument;
    watch_run(&observer->watch, observer->client, observer->stop);
    return NULL;
}

struct observer *observer_start(const struct config *config, const struct view *view,
                                struct error *err)
{
    struct observer *observer = memory_new(sizeof *observer);
    observer->view = *view;
    observer->watch = (struct watch){.resource = view->resource,
                                     .namespace = view->namespace,
                                     .handler = {.context = observer,
                                                 .list_begun = list_begun,
                                                 .object = see,
                                                 .list_ended = list_ended,
                                                 .failed = failed}};
    observer->stop = stop_new();
    observer->client = client_open(config, observer->stop, TIMEOUT_MS, err);
    if (observer->client && pthread_create(&observer->thread, NULL, run, observer) == 0)
        return observer;
    if (observer->client)
        error_set(err, ERROR_UNAVAILABLE, "no thread can be started");
    client_close(observer->client);
    stop_free(observer->stop);
    free(observer);
    return NULL;
}

void observer_stop(struct observer *observer)
{
    if (!observer)
        return;
    stop_raise(observer->stop);
    pthread_join(observer->thread, NULL);
    client_close(observer->client);
    stop_free(observer->stop);
    free(observer);
}
