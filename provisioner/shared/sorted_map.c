/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/shared/sorted_map.h"

#include "base/memory.h"

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

void sorted_map_clear(struct sorted_map *map)
{
    for (size_t i = 0; i < map->count; i++)
        free(map->rows[i].key);
    free(map->rows);
    *map = (struct sorted_map){0};
}
