/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdio.h>
#include <string.h>

/* The keys that were woken so far: "a b " are two. Empty when zeroed. */
struct wakeups {
    char text[64];
};

static inline void add_wakeup(void *context, const char *key)
{
    struct wakeups *wakeups = context;
    size_t length = strlen(wakeups->text);
    snprintf(wakeups->text + length, sizeof wakeups->text - length, "%s ", key);
}
