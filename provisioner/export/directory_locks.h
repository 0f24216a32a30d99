/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/memory.h"
#include "nfs/address.h"

/*
 * Between the look at who has a directory and its record, no other thread makes the same one, or
 * one around it or in it. Thread-safe.
 */
struct directory_locks;

/* `wake` is called, without a lock held, for each key that waits for a directory. */
struct directory_locks *directory_locks_new(void (*wake)(void *context, const char *key),
                                            void *context);
void directory_locks_free(struct directory_locks *locks);
DEFINE_AUTODESTROY(directory_locks)

/* ERROR_BUSY while another thread has it: `key` is woken. Every success is to be ended. */
MUST_CHECK int directory_locks_take(struct directory_locks *locks, const struct address *address,
                                    const char *directory, const char *key, struct error *err);
void directory_locks_release(struct directory_locks *locks, const struct address *address,
                             const char *directory);
