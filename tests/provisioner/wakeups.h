/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdio.h>
#include <string.h>

/* The keys that were wakeups, each as "KEY ". {0} has none. */
struct wakeups {
    char text[64];
};

static inline void note_wakeup(void *context, const char *key)
{
    struct wakeups *wakeups = context;
    size_t length = strlen(wakeups->text);
    snprintf(wakeups->text + length, sizeof wakeups->text - length, "%s ", key);
}
