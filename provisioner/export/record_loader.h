/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Many names that are to be read once, by as many threads as come: one lists them, then each takes
 * the next ones. Whoever cannot go on yet leaves a key behind. Thread-safe.
 */
struct record_loader;

/* `wake` is called, without a lock held, for each key when there is something to do for it. */
struct record_loader *record_loader_new(void (*wake)(void *context, const char *key),
                                        void *context);
void record_loader_free(struct record_loader *loader);
DEFINE_AUTODESTROY(record_loader)

enum record_loader_part {
    LOADER_LIST, /* find the names, say them with record_loader_begin, and help; then
                    record_loader_leave */
    LOADER_HELP, /* take names with record_loader_next until there are none; then
                    record_loader_leave */
    LOADER_WAIT, /* another lists: `key` is woken */
    LOADER_OVER, /* all was read before */
};

/* What is to be done by a thread that needs all to be read. */
enum record_loader_part record_loader_join(struct record_loader *loader, const char *key);

/* The names, which are the loader's from then on, as share_free_names takes them. */
void record_loader_begin(struct record_loader *loader, char **take_names, size_t count);

/* The next names, at most `most`, good until record_loader_leave. 0: there are none, or a
 * thread failed.
 */
size_t record_loader_next(struct record_loader *loader, size_t most, char *const **names);

/*
 * True when all has been read. Otherwise, unless it is this thread that failed, `key` is woken when
 * the last one leaves. After a failure, who joins next begins anew.
 */
MUST_CHECK bool record_loader_leave(struct record_loader *loader, const char *key, bool has_failed);
