/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/*
 * A growing array of shared objects, of any one type: struct claim **claims, and how many there
 * are. Begins as NULL and 0. `array` is the address of the pointer: &claims.
 */

/* Takes over the reference. */
void shared_array_add(void *array, size_t *count, void *take_object);
/* Releases every object. The array begins again. */
void shared_array_clear(void *array, size_t *count);
