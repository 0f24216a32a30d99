/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"

#include <stdbool.h>

/*
 * Follow every object of one resource until stopped: list in pages of 500, then watch with
 * bookmarks from that version, resume where a stream ended, list again when the server says 410.
 * Nothing is lost: between `list_begun` and `list_ended` every existing object is reported, so that
 * what was not reported is gone. A list that fails half way begins again with `list_begun`.
 */
struct watch_handler {
    void *context;
    void (*list_begun)(void *context);
    /* `object` is borrowed for the call. `deleted` says that it is gone; otherwise it is new or
     * changed. */
    void (*object)(void *context, json_t *object, bool deleted);
    void (*list_ended)(void *context);
    /* A new or changed object, or one that is gone, that cannot be read: `problem` names it. */
    void (*unreadable)(void *context, const struct error *problem);
    /* Something failed and is tried again after `wait_ms`; for the log. */
    void (*failed)(void *context, const struct error *err, int wait_ms);
    /* A stream that had said nothing for a while was cut, and is resumed at once. It may have been
     * dead for as long: what changed meanwhile is reported late. NULL: it does not matter. */
    void (*was_silent)(void *context);
};

struct watch {
    const struct resource *resource;
    const char *namespace; /* NULL: all */
    struct watch_handler handler;
    int stall_ms;    /* silence after which a stream counts as dead; 0: 90 s */
    int shortest_ms; /* a stream that ends sooner and said nothing is a failure, and one that is
                        cut after a longer silence was silent; 0: 1 s */
};

/* Returns when `stop` is raised, which becomes the client's. Waits between failures grow from 0.5 s
 * to 30 s with jitter, or as Retry-After says. */
void watch_run(const struct watch *watch, struct client *client, struct stop *stop);
