/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

/* Cuts a stream of bytes, which arrives in pieces of any size, into its lines. */
struct lines;

/* `on_line` gets each line without its newline, borrowed for the call. Its -1 is passed on. */
struct line_sink {
    int (*on_line)(void *context, const char *line, size_t length, struct error *err);
    void *context;
};

/* Of a line longer than `longest` bytes only so many are kept, which the sink gets. */
MUST_CHECK struct lines *lines_new(size_t longest, const struct line_sink *sink);
void lines_free(struct lines *lines);
DEFINE_AUTODESTROY(lines)

/* Give the next piece to it. Empty lines are left out. What has no newline yet is kept for the next
 * piece. */
MUST_CHECK int lines_feed(struct lines *lines, const char *bytes, size_t length, struct error *err);
