/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/stop.h"
#include "k8s/config.h"
#include "k8s/event.h"

/*
 * The thread that sends events, so that no worker ever waits for one: not for its answer, nor for
 * its share of a busy API server. Those that wait are a backlog; what is dropped from it is logged.
 */
struct event_recorder;

struct event_recorder_settings {
    const struct config *config;
    const char *component; /* "mooring/nfs" */
    const char *instance;  /* the Pod's name */
    size_t capacity;       /* of events that wait, and of those sent that a repeat is counted on */
    /* Is there work that is more urgent than to tell of what is done? Must not call back. */
    bool (*is_busy)(void *context);
    void *context;
};

MUST_CHECK struct event_recorder *
event_recorder_start(const struct event_recorder_settings *settings, struct error *err);
/* Sends what waits, for at most two seconds, then ends. */
void event_recorder_stop(struct event_recorder *recorder);

/* Never blocks on the network. Takes the event. */
void event_recorder_send(struct event_recorder *recorder, struct event *take_event);
/* The same, a second later, and only if nothing else was reported of its object by then: work that
 * is over so soon is told of once, by how it ended. */
void event_recorder_send_if_slow(struct event_recorder *recorder, struct event *take_event);
