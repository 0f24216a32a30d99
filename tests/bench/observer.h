/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/watch.h"

#include <stdint.h>

/* Looks on from outside: a watch on a thread of its own that says when it saw what. */
struct observer;

struct sighting {
    int64_t at_us;  /* wall clock */
    json_t *object; /* borrowed */
    bool deleted;
    bool existed; /* before we looked */
};

struct view {
    const struct resource *resource;
    const char *namespace; /* NULL: all */
    void *context;
    void (*seen)(void *context, const struct sighting *sighting); /* on the observer's thread */
    void (*listed)(void *context); /* what existed has been seen; NULL: not of interest */
};

MUST_CHECK struct observer *observer_start(const struct config *config, const struct view *view,
                                           struct error *err);
void observer_stop(struct observer *observer);
