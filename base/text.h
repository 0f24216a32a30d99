/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Do both texts say the same? False when either is NULL, even when both are. */
bool text_equals(const char *one, const char *other);

/* The same, but two texts that are both missing are the same. */
bool text_is_same(const char *one, const char *other);

/* The length in bytes of the UTF-8 character at `text`, which is stored; 0 when it is not a valid
 * one. The end of the text counts as a character of one byte. */
size_t text_character(const char *text, uint32_t *character);

/* One of C0, DEL and C1. */
bool text_is_control(uint32_t character);

/*
 * Texts that mooring did not write may hold what a terminal obeys (control characters), what turns
 * the order of the characters beside it around, or bytes that are no UTF-8. The length in bytes of
 * the character at `text` when it is none of these and can be printed; else 0, and the byte there
 * is to be shown as \xNN.
 */
size_t text_printable_length(const char *text);

/* Can all of it be printed as it is? */
bool text_is_printable(const char *text);

/* The whole text with every byte that must not be printed as \xNN. NULL gives NULL. Caller frees.
 */
MUST_CHECK char *text_printable(const char *text);
