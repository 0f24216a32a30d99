/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What went wrong, for the caller (a kind to branch on) and for the person who reads it (a
 * sentence). The caller owns the struct; it holds no memory. Functions that fail return -1 or NULL
 * and write it; on success it is untouched.
 */
enum error_kind {
    ERROR_NOT_FOUND = 1,
    ERROR_ALREADY_EXISTS,
    ERROR_CONFLICT,    /* the object changed under us: read it again */
    ERROR_EXPIRED,     /* the watch fell behind: list again */
    ERROR_INVALID,     /* the request is wrong: retrying the same cannot help */
    ERROR_FORBIDDEN,   /* credentials, RBAC or export access list */
    ERROR_READ_ONLY,   /* the export cannot be written */
    ERROR_FULL,        /* no space or quota left on the export */
    ERROR_UNAVAILABLE, /* the other side is unwell: retry later */
    ERROR_STALE,       /* the root of the export is another now: decide again */
    ERROR_BUSY,        /* no connection is free: the work is resumed when one is */
    ERROR_STOPPED,     /* we are shutting down or lost the lease: not a failure */
};

/* Advice comes last, behind names of up to 255 bytes. An event has 1024, for this and the time of
 * the next try. */
enum { ERROR_MESSAGE_SIZE = 1000 };

struct error {
    enum error_kind kind;
    int retry_after_ms; /* what the other side asked for; 0 when it did not say */
    char message[ERROR_MESSAGE_SIZE];
};

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first) __attribute__((format(printf, format_index, first)))

/* Set kind and message. Always -1, so that failing is one line. */
int error_set(struct error *err, enum error_kind kind, const char *format, ...) PRINTF_LIKE(3, 4);

/* The same for a function that returns a pointer. Always NULL. */
void *error_null(struct error *err, enum error_kind kind, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Put "context: " before the message, keep the kind. Always -1. */
int error_wrap(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* One word for logs and metrics, such as "unavailable". */
const char *error_kind_name(enum error_kind kind);
