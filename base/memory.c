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

/* The first text that ends with this one, which may be itself. */
static size_t find_end(const struct memory_text *texts, const size_t *lengths, size_t number)
{
    size_t length = lengths[number];
    for (size_t i = 0; i < number; i++) {
        if (texts[i].text && lengths[i] >= length &&
            memcmp(texts[i].text + lengths[i] - length, texts[number].text, length) == 0)
            return i;
    }
    return number;
}

char *memory_pack(const struct memory_text *texts, size_t count)
{
    size_t *lengths = memory_new((count + 1) * sizeof *lengths);
    size_t size = 1;
    for (size_t i = 0; i < count; i++) {
        lengths[i] = texts[i].text ? strlen(texts[i].text) : 0;
        if (texts[i].text && find_end(texts, lengths, i) == i)
            size += lengths[i] + 1;
    }

    char *block = checked(malloc(size));
    char *end = block;
    for (size_t i = 0; i < count; i++) {
        *texts[i].slot = NULL;
        size_t other = texts[i].text ? find_end(texts, lengths, i) : 0;
        if (texts[i].text && other < i) {
            *texts[i].slot = *texts[other].slot + lengths[other] - lengths[i];
        } else if (texts[i].text) {
            *texts[i].slot = end;
            end = stpcpy(end, texts[i].text) + 1;
        }
    }
    free(lengths);
    return block;
}

void memory_replace(char **slot, char *take_text)
{
    free(*slot);
    *slot = take_text;
}
