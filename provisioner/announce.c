/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/announce.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>

PRINTF_LIKE(1, 0) static char *format_text(const char *format, va_list arguments)
{
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    return text;
}

static struct event *event_about_claim(const struct claim *claim, bool warning, const char *reason)
{
    struct event *event = memory_new(sizeof *event);
    event->about = &resource_claims;
    event->namespace = memory_copy(claim->namespace);
    event->name = memory_copy(claim->name);
    event->uid = memory_copy(claim->uid);
    event->resource_version = memory_copy(claim->resource_version);
    event->warning = warning;
    event->reason = memory_copy(reason);
    event->time_us = clock_wall_us();
    return event;
}

void announce_claim(struct reporter *reporter, const struct claim *claim, const char *reason,
                    const char *format, ...)
{
    struct event *event = event_about_claim(claim, false, reason);
    va_list arguments;
    va_start(arguments, format);
    event->message = format_text(format, arguments);
    va_end(arguments);
    reporter_send(reporter, event);
}

void announce_claim_warning(struct reporter *reporter, const struct claim *claim,
                            const char *reason, const char *format, ...)
{
    struct event *event = event_about_claim(claim, true, reason);
    va_list arguments;
    va_start(arguments, format);
    event->message = format_text(format, arguments);
    va_end(arguments);
    reporter_send(reporter, event);
}

void announce_volume_warning(struct reporter *reporter, const struct volume *volume,
                             const char *reason, const char *format, ...)
{
    struct event *event = memory_new(sizeof *event);
    event->about = &resource_volumes;
    event->namespace = memory_copy("");
    event->name = memory_copy(volume->name);
    event->uid = memory_copy(volume->uid);
    event->resource_version = memory_copy(volume->resource_version);
    event->warning = true;
    event->reason = memory_copy(reason);
    event->time_us = clock_wall_us();
    va_list arguments;
    va_start(arguments, format);
    event->message = format_text(format, arguments);
    va_end(arguments);
    reporter_send(reporter, event);
}
