/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/* Objects found by a text: filled, sorted once, then asked. Begins as {0}. Where several have one
 * key, any of them is found. */
struct lookup {
    struct lookup_row {
        char *key;
        const void *object;
    } *rows;

    size_t count;
};

/* Takes over the key; the object is borrowed. */
void lookup_add(struct lookup *lookup, char *take_key, const void *object);
void lookup_sort(struct lookup *lookup);
/* NULL when there is none. */
const void *lookup_find(const struct lookup *lookup, const char *key);
void lookup_clear(struct lookup *lookup);
