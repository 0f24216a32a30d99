/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

/* The monotonic clock of a test runs ahead of the real one: by 0 at first, then by what the test
 * says. To be linked with the library clock_ahead. */
void clock_ahead_set(int64_t ms);
void clock_ahead_add(int64_t ms);
