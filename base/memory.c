/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void *checked(void *block)
{
    if (!block) {
        fputs("level=error msg=\"out of memory\"\n", stderr);
        abort();
    }
    return block;
}

void *memory_new(size_t size)
{
    return checked(calloc(1, size));
}

void *memory_grow(void *block, size_t count, size_t size)
{
    return checked(reallocarray(block, count, size));
}

char *memory_copy(const char *text)
{
    return text ? checked(strdup(text)) : NULL;
}

char *memory_copy_bytes(const char *bytes, size_t length)
{
    char *copy = checked(malloc(length + 1));
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    return copy;
}

char *memory_format(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    return checked(length < 0 ? NULL : text);
}

char *memory_pack(const struct memory_text *texts, size_t count)
{
    size_t size = 1;
    for (size_t i = 0; i < count; i++)
        size += texts[i].text ? strlen(texts[i].text) + 1 : 0;

    char *block = checked(malloc(size));
    char *end = block;
    for (size_t i = 0; i < count; i++) {
        *texts[i].slot = texts[i].text ? end : NULL;
        if (texts[i].text)
            end = stpcpy(end, texts[i].text) + 1;
    }
    return block;
}

void memory_replace(char **slot, char *take_text)
{
    free(*slot);
    *slot = take_text;
}
