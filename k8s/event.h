/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What happened to an object, for `kubectl describe`. The same happening again raises the count of
 * one Event instead of making another. Owns its strings; crosses threads.
 */
struct event {
    const struct resource *about; /* claims, volumes, Pods or sets */
    char *namespace;              /* "" for what has none: its Event goes to "default" */
    char *name;
    char *uid;
    char *resource_version;
    bool warning; /* else normal */
    char *reason; /* "ProvisioningFailed" */
    char *topic;  /* tells it from others of this reason that are to stand beside it; NULL: none */
    char *message;
    int64_t time_us; /* wall clock */
};

void event_free(struct event *event);

/*
 * Sends events and remembers what it sent, so that a repeat (same object, reason and topic)
 * becomes a patch of count and lastTimestamp. Remembers at most `capacity` warnings, and fewer of
 * the others. Not thread-safe: one thread owns it.
 */
struct event_sender;

MUST_CHECK struct event_sender *event_sender_new(const char *component, const char *instance,
                                                 size_t capacity);
void event_sender_free(struct event_sender *sender);

/* Create or patch it. A namespace that is being deleted or gone is a success: the Event would go
 * with it. */
MUST_CHECK int event_send(struct event_sender *sender, struct client *client,
                          const struct event *event, struct error *err);
