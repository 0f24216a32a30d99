/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/* Objects found by a text: filled, sorted once, then asked. Begins as {0}. Where several have one
 * key, any of them is found. */
struct sorted_map {
    struct sorted_map_row {
        char *key;
        const void *object;
    } *rows;

    size_t count;
};

/* Takes over the key; the object is borrowed. */
void sorted_map_add(struct sorted_map *lookup, char *take_key, const void *object);
void sorted_map_sort(struct sorted_map *lookup);
/* NULL when there is none. */
const void *sorted_map_find(const struct sorted_map *lookup, const char *key);
void sorted_map_clear(struct sorted_map *lookup);
