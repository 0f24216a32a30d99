/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/shared/sorted_map.h"

#include "base/memory.h"

#include <string.h>

void sorted_map_add(struct sorted_map *lookup, char *take_key, const void *object)
{
    lookup->rows = memory_grow(lookup->rows, lookup->count + 1, sizeof *lookup->rows);
    lookup->rows[lookup->count++] = (struct sorted_map_row){take_key, object};
}

static int compare(const void *one, const void *other)
{
    return strcmp(((const struct sorted_map_row *)one)->key,
                  ((const struct sorted_map_row *)other)->key);
}

void sorted_map_sort(struct sorted_map *lookup)
{
    if (lookup->count)
        qsort(lookup->rows, lookup->count, sizeof *lookup->rows, compare);
}

const void *sorted_map_find(const struct sorted_map *lookup, const char *key)
{
    const struct sorted_map_row wanted = {.key = (char *)key};
    const struct sorted_map_row *row =
        lookup->count ? bsearch(&wanted, lookup->rows, lookup->count, sizeof *lookup->rows, compare)
                      : NULL;
    return row ? row->object : NULL;
}

void sorted_map_clear(struct sorted_map *lookup)
{
    for (size_t i = 0; i < lookup->count; i++)
        free(lookup->rows[i].key);
    free(lookup->rows);
    *lookup = (struct sorted_map){0};
}
