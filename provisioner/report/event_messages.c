/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/report/event_messages.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>

static struct event *event_new(const struct resource *about, enum event_type type,
                               const char *reason)
{
    struct event *event = memory_new(sizeof *event);
    event->about = about;
    event->warning = type == EVENT_WARNING;
    event->reason = memory_copy(reason);
    event->time_us = clock_wall_us();
    return event;
}

struct event *event_about_claim(const struct claim *claim, enum event_type type, const char *reason)
{
    struct event *event = event_new(&resource_claims, type, reason);
    event->namespace = memory_copy(claim->namespace);
    event->name = memory_copy(claim->name);
    event->uid = memory_copy(claim->uid);
    event->resource_version = memory_copy(claim->resource_version);
    return event;
}

struct event *event_about_volume(const struct volume *volume, enum event_type type,
                                 const char *reason)
{
    struct event *event = event_new(&resource_volumes, type, reason);
    event->namespace = memory_copy("");
    event->name = memory_copy(volume->name);
    event->uid = memory_copy(volume->uid);
    event->resource_version = memory_copy(volume->resource_version);
    return event;
}

struct event *event_about_pod(const struct pod *pod, enum event_type type, const char *reason)
{
    struct event *event = event_new(&resource_pods, type, reason);
    event->namespace = memory_copy(pod->namespace);
    event->name = memory_copy(pod->name);
    event->uid = memory_copy(pod->uid);
    event->resource_version = memory_copy(pod->resource_version);
    return event;
}

struct event *event_about_ordinal(const struct stateful_set *set, int ordinal, enum event_type type,
                                  const char *reason)
{
    struct event *event = event_new(&resource_stateful_sets, type, reason);
    event->namespace = memory_copy(set->namespace);
    event->name = memory_copy(set->name);
    event->uid = memory_copy(set->uid);
    event->topic = memory_format("%d", ordinal);
    return event;
}

PRINTF_LIKE(2, 0)

static void set_message(struct event *event, const char *format, va_list arguments)
{
    if (vasprintf(&event->message, format, arguments) < 0)
        abort(); /* out of memory, as in base/memory */
}

void announce(struct event_recorder *recorder, struct event *take_event, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    set_message(take_event, format, arguments);
    va_end(arguments);
    event_recorder_send(recorder, take_event);
}

void announce_if_slow(struct event_recorder *recorder, struct event *take_event, const char *format,
                      ...)
{
    va_list arguments;
    va_start(arguments, format);
    set_message(take_event, format, arguments);
    va_end(arguments);
    event_recorder_send_if_slow(recorder, take_event);
}
