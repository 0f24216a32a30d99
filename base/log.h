/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

#include <stdbool.h>

/*
 * logfmt on stderr, one write per line, so that lines of several threads never mix:
 *   time=2026-01-02T15:04:05Z level=info msg="volume saved" claim=default/data volume=pvc-1
 */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Set once at start, before there are threads. */
void log_set_level(enum log_level level);

/* "debug", "info", "warn", "error", in upper or lower case. False when it is none of them. */
MUST_CHECK bool log_parse_level(const char *name, enum log_level *level);

/*
 * log_info("volume saved", "claim", key, "volume", name): a message, then pairs of key and text.
 * Values are quoted when they need it, and what must not be printed (base/text.h) is \xNN in them;
 * a NULL value is left out with its key.
 */
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__, (char *)0)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__, (char *)0)
#define log_warn(...) log_write(LOG_WARN, __VA_ARGS__, (char *)0)
#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__, (char *)0)

/* The pairs end with a NULL key. */
void log_write(enum log_level level, const char *message, ...) __attribute__((sentinel));
