/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/name.h"

#include "base/memory.h"
#include "base/text.h"

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

/* A character ends where the name does: what may follow it, a slash or the end of the text, is no
 * part of one. */
static const char *broken_character_rule(const char *name, size_t length)
{
    uint32_t character = 0;
    for (size_t i = 0, step; i < length; i += step) {
        step = text_character(name + i, &character);
        if (step == 0)
            return "is not valid UTF-8";
        if (character == '/')
            return "must not contain '/'";
        if (character == '\\')
            return "must not contain '\\'";
        if (text_is_control(character))
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
