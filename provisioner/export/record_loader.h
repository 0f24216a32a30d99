/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Many names that are to be read once, by as many threads as come: one lists them, then each takes
 * the next ones. Whoever cannot go on yet leaves a key behind. Thread-safe.
 */
struct reading;

/* `wake` is called, without a lock held, for each key when there is something to do for it. */
struct reading *reading_new(void (*wake)(void *context, const char *key), void *context);
void reading_free(struct reading *reading);
DEFINE_AUTODESTROY(reading)

enum reading_part {
    READING_LIST, /* find the names, say them with reading_begin, and help; then reading_leave */
    READING_HELP, /* take names with reading_next until there are none; then reading_leave */
    READING_WAIT, /* another lists: `key` is woken */
    READING_OVER, /* all was read before */
};

/* What is to be done by a thread that needs all to be read. */
enum reading_part reading_join(struct reading *reading, const char *key);

/* The names, which are the reading's from then on, as share_free_names takes them. */
void reading_begin(struct reading *reading, char **take_names, size_t count);

/* The next names, at most `most`, good until reading_leave. 0: there are none, or somebody failed.
 */
size_t reading_next(struct reading *reading, size_t most, char *const **names);

/*
 * True when all has been read. Otherwise, unless it is this thread that failed, `key` is woken when
 * the last one leaves. After a failure, who joins next begins anew.
 */
MUST_CHECK bool reading_leave(struct reading *reading, const char *key, bool failed);
