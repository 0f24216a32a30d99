/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/memory.h"
#include "nfs/address.h"

/*
 * Between the look at who has a directory and its record, no other thread makes the same one, or
 * one around it or in it. Thread-safe.
 */
struct reservations;

/* `wake` is called, without a lock held, for each key that waits for a directory. */
struct reservations *reservations_new(void (*wake)(void *context, const char *key), void *context);
void reservations_free(struct reservations *reservations);
DEFINE_AUTODESTROY(reservations)

/* ERROR_BUSY while another thread has it: `key` is woken. Every success is to be ended. */
MUST_CHECK int reservations_make(struct reservations *reservations, const struct address *address,
                                 const char *directory, const char *key, struct error *err);
void reservations_end(struct reservations *reservations, const struct address *address,
                      const char *directory);
