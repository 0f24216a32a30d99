/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/* Finds objects by key: add them all, sort once, then find. Empty when zeroed. When several objects
 * have the same key, any of them is found. */
struct sorted_map {
    struct sorted_map_row {
        char *key;
        const void *object;
    } *rows;

    size_t count;
};

/* Takes over the key, borrows the object. */
void sorted_map_add(struct sorted_map *map, char *take_key, const void *object);
void sorted_map_sort(struct sorted_map *map);
/* NULL when there is none. */
const void *sorted_map_find(const struct sorted_map *map, const char *key);
/* How many objects have this key. */
size_t sorted_map_count(const struct sorted_map *map, const char *key);
void sorted_map_clear(struct sorted_map *map);
