/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/* What a command prints, on both outputs, goes to a file between these two. */
struct printed {
    int out;
    int err;
};

void printed_begin(struct printed *printed, const char *path);
void printed_end(const struct printed *printed);

/* What was printed. Caller frees. */
char *printed_text(const char *path);

/* The error with what was printed as its message. Always -1. */
int printed_read(const char *path, struct error *err);
