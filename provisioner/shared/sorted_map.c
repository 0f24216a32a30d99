/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/shared/sorted_map.h"

#include "base/memory.h"

#include <stdbool.h>
#include <string.h>

void sorted_map_add(struct sorted_map *map, char *take_key, const void *object)
{
    map->rows = memory_grow(map->rows, map->count + 1, sizeof *map->rows);
    map->rows[map->count++] = (struct sorted_map_row){take_key, object};
}

static int compare(const void *one, const void *other)
{
    return strcmp(((const struct sorted_map_row *)one)->key,
                  ((const struct sorted_map_row *)other)->key);
}

void sorted_map_sort(struct sorted_map *map)
{
    if (map->count)
        qsort(map->rows, map->count, sizeof *map->rows, compare);
}

const void *sorted_map_find(const struct sorted_map *map, const char *key)
{
    const struct sorted_map_row wanted = {.key = (char *)key};
    const struct sorted_map_row *row =
        map->count ? bsearch(&wanted, map->rows, map->count, sizeof *map->rows, compare) : NULL;
    return row ? row->object : NULL;
}

/* How many rows have a lesser key; with `is_same_counted`, the same one, too. */
static size_t count_before(const struct sorted_map *map, const char *key, bool is_same_counted)
{
    size_t begin = 0, end = map->count;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        int order = strcmp(map->rows[middle].key, key);
        if (order < 0 || (order == 0 && is_same_counted))
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

size_t sorted_map_count(const struct sorted_map *map, const char *key)
{
    return count_before(map, key, true) - count_before(map, key, false);
}

void sorted_map_clear(struct sorted_map *map)
{
    for (size_t i = 0; i < map->count; i++)
        free(map->rows[i].key);
    free(map->rows);
    *map = (struct sorted_map){0};
}
