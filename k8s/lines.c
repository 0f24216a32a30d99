/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/lines.h"

#include <string.h>

/* Room that is worth keeping between lines; that of a rare huge one is given back. */
enum { KEEP_ROOM = 64 * 1024 };

struct lines {
    struct line_sink sink;
    size_t longest;
    char *begun; /* of a line whose end has not arrived */
    size_t length;
    size_t room;
};

struct lines *lines_new(size_t longest, const struct line_sink *sink)
{
    struct lines *lines = memory_new(sizeof *lines);
    lines->sink = *sink;
    lines->longest = longest;
    return lines;
}

void lines_free(struct lines *lines)
{
    if (!lines)
        return;
    free(lines->begun);
    free(lines);
}

static void keep(struct lines *lines, const char *bytes, size_t length)
{
    if (length > lines->longest - lines->length)
        length = lines->longest - lines->length;
    if (lines->length + length > lines->room) {
        lines->room = 2 * (lines->length + length);
        lines->begun = memory_grow(lines->begun, lines->room, 1);
    }
    memcpy(lines->begun + lines->length, bytes, length);
    lines->length += length;
}

static int deliver(const struct lines *lines, const char *line, size_t length, struct error *err)
{
    if (length == 0)
        return 0;
    if (length > lines->longest)
        length = lines->longest;
    return lines->sink.on_line(lines->sink.context, line, length, err);
}

/* A line that arrives in one piece is delivered from the caller's bytes, without a copy. */
static int end_line(struct lines *lines, const char *bytes, size_t length, struct error *err)
{
    if (lines->length == 0)
        return deliver(lines, bytes, length, err);
    keep(lines, bytes, length);

    size_t whole = lines->length;
    lines->length = 0;
    int result = deliver(lines, lines->begun, whole, err);
    if (lines->room > KEEP_ROOM) {
        memory_replace(&lines->begun, NULL);
        lines->room = 0;
    }
    return result;
}

int lines_feed(struct lines *lines, const char *bytes, size_t length, struct error *err)
{
    const char *end = bytes + length;
    const char *newline;

    while (bytes < end && (newline = memchr(bytes, '\n', (size_t)(end - bytes)))) {
        if (end_line(lines, bytes, (size_t)(newline - bytes), err) < 0)
            return -1;
        bytes = newline + 1;
    }
    if (bytes < end)
        keep(lines, bytes, (size_t)(end - bytes));
    return 0;
}
