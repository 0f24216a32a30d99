/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdio.h>
#include <string.h>

/* The keys that were woken, each as "KEY ". {0} has none. */
struct woken {
    char text[64];
};

static inline void note_woken(void *context, const char *key)
{
    struct woken *woken = context;
    size_t length = strlen(woken->text);
    snprintf(woken->text + length, sizeof woken->text - length, "%s ", key);
}
