/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

/* Do both texts say the same? False when either is NULL, even when both are. */
bool text_equals(const char *one, const char *other);

/* The same, but two texts that are both missing are the same. */
bool text_is_same(const char *one, const char *other);
