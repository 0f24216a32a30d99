/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/stop.h"
#include "k8s/config.h"
#include "k8s/event.h"

/*
 * The thread that sends events, so that no worker ever waits for the API server because of one.
 * Events that wait are in an event_backlog; the number of dropped events is logged.
 */
struct event_recorder;

struct event_recorder_settings {
    const struct config *config;
    const char *component; /* "mooring/nfs" */
    const char *instance;  /* the Pod's name */
    size_t capacity; /* of waiting events, and of sent events that are remembered for repeats */
    /* Is there more urgent work than sending normal events? Must not call the recorder. */
    bool (*is_busy)(void *context);
    void *context;
};

MUST_CHECK struct event_recorder *
event_recorder_start(const struct event_recorder_settings *settings, struct error *err);
/* Send the events that wait, for at most two seconds, then end the thread. */
void event_recorder_stop(struct event_recorder *recorder);

/* Never blocks on the network. */
void event_recorder_send(struct event_recorder *recorder, struct event *take_event);
/* Send the event after a second, unless another event about its object comes before. So quick work
 * has one event, which says how it ended. */
void event_recorder_send_if_slow(struct event_recorder *recorder, struct event *take_event);
