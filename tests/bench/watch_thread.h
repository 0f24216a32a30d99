/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/watch.h"

#include <stdint.h>

/* A watch on a thread of its own, which reports each object with the moment at which it came. */
struct watch_thread;

struct watch_event {
    int64_t at_us;  /* wall clock */
    json_t *object; /* borrowed */
    bool deleted;
    bool existed; /* when the watch began */
};

struct watch_settings {
    const struct resource *resource;
    const char *namespace; /* NULL: all */
    void *context;
    void (*seen)(void *context, const struct watch_event *event); /* on the watch's thread */
    void (*listed)(
        void *context); /* once, when every object that existed has been reported; may be NULL */
};

MUST_CHECK struct watch_thread *watch_thread_start(const struct config *config,
                                                   const struct watch_settings *settings,
                                                   struct error *err);
void watch_thread_stop(struct watch_thread *watch_thread);
