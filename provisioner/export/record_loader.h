/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Shares the work of reading many files once between threads: the first thread lists their names,
 * then each thread takes the next names to read. A thread that has to wait leaves a key, which is
 * woken. Thread-safe.
 */
struct record_loader;

/* `wake` is called, with no mutex held, for each key that should join again. */
struct record_loader *record_loader_new(void (*wake)(void *context, const char *key),
                                        void *context);
void record_loader_free(struct record_loader *loader);
DEFINE_AUTODESTROY(record_loader)

enum record_loader_part {
    LOADER_LIST, /* list the names, call record_loader_begin, then do as LOADER_HELP */
    LOADER_HELP, /* read the names of record_loader_next until it has none, then
                    record_loader_leave */
    LOADER_WAIT, /* another thread is listing: `key` will be woken */
    LOADER_OVER, /* everything has been read */
};

/* What the calling thread has to do until everything has been read. */
enum record_loader_part record_loader_join(struct record_loader *loader, const char *key);

/* Hand over the names, allocated as for share_free_names. */
void record_loader_begin(struct record_loader *loader, char **take_names, size_t count);

/* The next names to read, at most `most`; valid until record_loader_leave. Returns how many; 0 when
 * none is left or a thread has failed. */
size_t record_loader_next(struct record_loader *loader, size_t most, char *const **names);

/*
 * True when everything has been read. Otherwise `key` will be woken when the last thread leaves,
 * unless it is this thread that has failed. After a failure the next thread to join lists again.
 */
MUST_CHECK bool record_loader_leave(struct record_loader *loader, const char *key, bool has_failed);
