/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

bool text_equals(const char *one, const char *other)
{
    return one && other && strcmp(one, other) == 0;
}

bool text_is_same(const char *one, const char *other)
{
    return one && other ? strcmp(one, other) == 0 : one == other;
}

/* The length in bytes of the UTF-8 character that starts with `first`; 0 when none does. */
static size_t length_from_first(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc0 || first >= 0xf8)
        return 0;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

size_t text_character(const char *text, uint32_t *character)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)text;
    size_t length = length_from_first(*bytes);
    if (length == 0)
        return 0;
    *character = length == 1 ? *bytes : *bytes & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80) /* so is the end of the text */
            return 0;
        *character = *character << 6 | (bytes[i] & 0x3fU);
    }
    bool surrogate = *character >= 0xd800 && *character < 0xe000;
    return *character < smallest[length] || *character > 0x10ffff || surrogate ? 0 : length;
}

bool text_is_control(uint32_t character)
{
    return character < ' ' || (character >= 0x7f && character < 0xa0);
}

/* Ends a line, or sets in which direction what follows is shown. */
static bool changes_layout(uint32_t character)
{
    return character == 0x61c || character == 0x200e || character == 0x200f ||
           (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2066 && character <= 0x2069);
}

size_t text_printable_length(const char *text)
{
    uint32_t character = 0;
    size_t length = text_character(text, &character);
    return text_is_control(character) || changes_layout(character) ? 0 : length;
}

bool text_is_printable(const char *text)
{
    while (*text) {
        size_t length = text_printable_length(text);
        if (length == 0)
            return false;
        text += length;
    }
    return true;
}

char *text_printable(const char *text)
{
    if (!text)
        return NULL;
    char *printable = memory_new(strlen(text) * (sizeof "\\xNN" - 1) + 1);
    char *end = printable;
    while (*text) {
        size_t length = text_printable_length(text);
        if (length > 0)
            end = mempcpy(end, text, length);
        else
            end += sprintf(end, "\\x%02x", (unsigned char)*text);
        text += length > 0 ? length : 1;
    }
    return printable;
}
