/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/name.h"

#include "base/memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_MAX = 64 };

static char *printable(const char *name, size_t length)
{
    bool cut = length > SHOWN_MAX;
    char *text = memory_new((size_t)4 * SHOWN_MAX + sizeof "...");
    char *end = text;
    for (size_t i = 0; i < (cut ? SHOWN_MAX : length); i++) {
        unsigned char c = (unsigned char)name[i];
        bool plain = c >= ' ' && c < 0x7f && c != '\\';
        end += sprintf(end, plain ? "%c" : "\\x%02x", c);
    }
    sprintf(end, "%s", cut ? "..." : "");
    return text;
}

char *name_printable(const char *name)
{
    return printable(name, strlen(name));
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

/* The length in bytes of the UTF-8 character at `text`; 0 when it is not a valid one. */
static size_t decode_character(const unsigned char *text, size_t left, uint32_t *character)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = length_from_first(*text);
    if (length == 0 || length > left)
        return 0;
    *character = length == 1 ? *text : *text & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        *character = *character << 6 | (text[i] & 0x3fU);
    }
    bool surrogate = *character >= 0xd800 && *character < 0xe000;
    return *character < smallest[length] || *character > 0x10ffff || surrogate ? 0 : length;
}

static bool is_control(uint32_t character)
{
    return character < ' ' || (character >= 0x7f && character < 0xa0);
}

static const char *broken_character_rule(const char *name, size_t length)
{
    const unsigned char *text = (const unsigned char *)name;
    uint32_t character = 0;
    for (size_t i = 0, step; i < length; i += step) {
        step = decode_character(text + i, length - i, &character);
        if (step == 0)
            return "is not valid UTF-8";
        if (character == '/')
            return "must not contain '/'";
        if (character == '\\')
            return "must not contain '\\'";
        if (is_control(character))
            return "must not contain control characters";
    }
    return NULL;
}

static const char *broken_rule(const char *name, size_t length)
{
    if (length == 0)
        return "must not be empty";
    if (length > NAME_LENGTH_MAX)
        return "is longer than 255 bytes";
    if (name[0] == '.')
        return "must not begin with a dot";
    return broken_character_rule(name, length);
}

static int check(const char *name, size_t length, struct error *err)
{
    const char *rule = broken_rule(name, length);
    if (!rule)
        return 0;
    autofree char *text = printable(name, length);
    return error_set(err, ERROR_INVALID, "the name \"%s\" %s", text, rule);
}

int name_check(const char *name, struct error *err)
{
    return check(name, strlen(name), err);
}

int name_check_path(const char *path, struct error *err)
{
    for (const char *component = path;; component++) {
        size_t length = strcspn(component, "/");
        if (check(component, length, err) < 0) {
            autofree char *text = name_printable(path);
            return error_wrap(err, "the path \"%s\"", text);
        }
        component += length;
        if (*component == '\0')
            return 0;
    }
}
