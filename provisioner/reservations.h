/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "nfs/address.h"

/*
 * Between the look at who has a directory and its record, no other thread makes the same one, or
 * one around it or in it. Thread-safe.
 */
struct reservations;

struct reservations *reservations_new(void);
void reservations_free(struct reservations *reservations);

/* ERROR_CONFLICT while another thread has it. Every success is to be ended. */
MUST_CHECK int reservations_make(struct reservations *reservations, const struct address *address,
                                 const char *directory, struct error *err);
void reservations_end(struct reservations *reservations, const struct address *address,
                      const char *directory);
