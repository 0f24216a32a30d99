/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/report/event_messages.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>

/* About what; the caller adds its name and what it says. */
static struct event *event_new(const struct resource *about, bool warning, const char *reason)
{
    struct event *event = memory_new(sizeof *event);
    event->about = about;
    event->warning = warning;
    event->reason = memory_copy(reason);
    event->time_us = clock_wall_us();
    return event;
}

PRINTF_LIKE(2, 0)

static void say(struct event *event, const char *format, va_list arguments)
{
    if (vasprintf(&event->message, format, arguments) < 0)
        abort(); /* out of memory, as in base/memory */
}

PRINTF_LIKE(3, 0)

static void send(struct event_recorder *recorder, struct event *take_event, const char *format,
                 va_list arguments)
{
    say(take_event, format, arguments);
    event_recorder_send(recorder, take_event);
}

static struct event *event_about_claim(const struct claim *claim, bool warning, const char *reason)
{
    struct event *event = event_new(&resource_claims, warning, reason);
    event->namespace = memory_copy(claim->namespace);
    event->name = memory_copy(claim->name);
    event->uid = memory_copy(claim->uid);
    event->resource_version = memory_copy(claim->resource_version);
    return event;
}

void announce_claim(struct event_recorder *recorder, const struct claim *claim, const char *reason,
                    const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    send(recorder, event_about_claim(claim, false, reason), format, arguments);
    va_end(arguments);
}

void announce_claim_begun(struct event_recorder *recorder, const struct claim *claim,
                          const char *reason, const char *format, ...)
{
    struct event *event = event_about_claim(claim, false, reason);
    va_list arguments;
    va_start(arguments, format);
    say(event, format, arguments);
    va_end(arguments);
    event_recorder_send_if_slow(recorder, event);
}

void announce_claim_warning(struct event_recorder *recorder, const struct claim *claim,
                            const char *reason, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    send(recorder, event_about_claim(claim, true, reason), format, arguments);
    va_end(arguments);
}

void announce_volume_warning(struct event_recorder *recorder, const struct volume *volume,
                             const char *reason, const char *format, ...)
{
    struct event *event = event_new(&resource_volumes, true, reason);
    event->namespace = memory_copy("");
    event->name = memory_copy(volume->name);
    event->uid = memory_copy(volume->uid);
    event->resource_version = memory_copy(volume->resource_version);
    va_list arguments;
    va_start(arguments, format);
    send(recorder, event, format, arguments);
    va_end(arguments);
}

void announce_pod_warning(struct event_recorder *recorder, const struct pod *pod,
                          const char *reason, const char *format, ...)
{
    struct event *event = event_new(&resource_pods, true, reason);
    event->namespace = memory_copy(pod->namespace);
    event->name = memory_copy(pod->name);
    event->uid = memory_copy(pod->uid);
    event->resource_version = memory_copy(pod->resource_version);
    va_list arguments;
    va_start(arguments, format);
    send(recorder, event, format, arguments);
    va_end(arguments);
}

static struct event *event_about_ordinal(const struct stateful_set *set, int ordinal, bool warning,
                                         const char *reason)
{
    struct event *event = event_new(&resource_stateful_sets, warning, reason);
    event->namespace = memory_copy(set->namespace);
    event->name = memory_copy(set->name);
    event->uid = memory_copy(set->uid);
    event->topic = memory_format("%d", ordinal);
    return event;
}

void announce_directory_kept(struct event_recorder *recorder, const struct stateful_set *set,
                             int ordinal, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    send(recorder, event_about_ordinal(set, ordinal, false, "DirectoryKept"), format, arguments);
    va_end(arguments);
}

void announce_directory_changed(struct event_recorder *recorder, const struct stateful_set *set,
                                int ordinal, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    send(recorder, event_about_ordinal(set, ordinal, true, "DirectoryChanged"), format, arguments);
    va_end(arguments);
}
