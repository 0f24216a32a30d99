/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/memory.h"
#include "nfs/address.h"

/*
 * Locks on directories of exports. A thread holds one from the check that no record has the
 * directory until its own record is written, so that no other thread makes the same directory, one
 * that contains it or one inside it. Thread-safe.
 */
struct directory_locks;

/* `wake` is called, with no mutex held, for each key that waited for a directory. */
struct directory_locks *directory_locks_new(void (*wake)(void *context, const char *key),
                                            void *context);
void directory_locks_free(struct directory_locks *locks);
DEFINE_AUTODESTROY(directory_locks)

/* ERROR_BUSY while another thread holds an overlapping directory; `key` is woken then. Release
 * after success. */
MUST_CHECK int directory_locks_take(struct directory_locks *locks, const struct address *address,
                                    const char *directory, const char *key, struct error *err);
void directory_locks_release(struct directory_locks *locks, const struct address *address,
                             const char *directory);
