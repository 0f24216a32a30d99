/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

PRINTF_LIKE(3, 0)

static void set(struct error *err, enum error_kind kind, const char *format, va_list arguments)
{
    /* The arguments may point into the very message that is being replaced. */
    char message[ERROR_MESSAGE_SIZE];
    vsnprintf(message, sizeof message, format, arguments);

    err->kind = kind;
    err->retry_after_ms = 0;
    memcpy(err->message, message, sizeof message);
}

int error_set(struct error *err, enum error_kind kind, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    set(err, kind, format, arguments);
    va_end(arguments);
    return -1;
}

void *error_null(struct error *err, enum error_kind kind, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    set(err, kind, format, arguments);
    va_end(arguments);
    return NULL;
}

int error_wrap(struct error *err, const char *format, ...)
{
    char message[ERROR_MESSAGE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);

    size_t used = length < 0 ? 0 : (size_t)length;
    if (used + 2 < sizeof message)
        snprintf(message + used, sizeof message - used, ": %.*s", (int)(sizeof message - used - 3),
                 err->message);
    memcpy(err->message, message, sizeof message);
    return -1;
}

const char *error_kind_name(enum error_kind kind)
{
    switch (kind) {
    case ERROR_NOT_FOUND:
        return "not-found";
    case ERROR_ALREADY_EXISTS:
        return "already-exists";
    case ERROR_CONFLICT:
        return "conflict";
    case ERROR_EXPIRED:
        return "expired";
    case ERROR_INVALID:
        return "invalid";
    case ERROR_FORBIDDEN:
        return "forbidden";
    case ERROR_READ_ONLY:
        return "read-only";
    case ERROR_FULL:
        return "full";
    case ERROR_UNAVAILABLE:
        return "unavailable";
    case ERROR_STALE:
        return "stale";
    case ERROR_BUSY:
        return "busy";
    case ERROR_STOPPED:
        return "stopped";
    }
    return "unknown";
}
