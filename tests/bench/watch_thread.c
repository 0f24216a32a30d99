/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/watch_thread.h"

#include "base/thread.h"
#include "tests/bench/program.h"

#include <stdio.h>

enum { TIMEOUT_MS = 60000 };

struct watch_thread {
    struct watch_settings settings;
    struct watch watch;
    struct client *client;
    struct stop *stop;
    struct thread thread;
    bool listed;
};

static void list_begun(void *context)
{
    (void)context;
}

static void report(void *context, json_t *object, bool deleted)
{
    struct watch_thread *self = context;
    const struct watch_event event = {
        .at_us = wall_clock_us(), .object = object, .deleted = deleted, .existed = !self->listed};
    self->settings.seen(self->settings.context, &event);
}

static void list_ended(void *context)
{
    struct watch_thread *self = context;
    bool first = !self->listed;
    self->listed = true;
    if (first && self->settings.listed)
        self->settings.listed(self->settings.context);
}

static void unreadable(void *context, const struct error *problem)
{
    (void)context;
    fprintf(stderr, "bench: %s\n", problem->message);
}

static void failed(void *context, const struct error *err, int wait_ms)
{
    (void)context;
    fprintf(stderr, "bench: %s, retried in %d ms\n", err->message, wait_ms);
}

static void *run(void *argument)
{
    struct watch_thread *self = argument;
    watch_run(&self->watch, self->client, self->stop);
    return NULL;
}

struct watch_thread *watch_thread_start(const struct config *config,
                                        const struct watch_settings *settings, struct error *err)
{
    struct watch_thread *self = memory_new(sizeof *self);
    self->settings = *settings;
    self->watch = (struct watch){.resource = settings->resource,
                                 .namespace = settings->namespace,
                                 .handler = {.context = self,
                                             .list_begun = list_begun,
                                             .object = report,
                                             .list_ended = list_ended,
                                             .unreadable = unreadable,
                                             .failed = failed}};
    self->stop = stop_new();
    self->client = client_open(config, self->stop, TIMEOUT_MS, err);
    if (self->client && thread_start(&self->thread, "watch", run, self, err) == 0)
        return self;
    client_close(self->client);
    stop_free(self->stop);
    free(self);
    return NULL;
}

void watch_thread_stop(struct watch_thread *self)
{
    if (!self)
        return;
    stop_raise(self->stop);
    thread_join(&self->thread);
    client_close(self->client);
    stop_free(self->stop);
    free(self);
}
