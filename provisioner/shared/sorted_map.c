/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/shared/sorted_map.h"

#include "base/memory.h"

#include <string.h>

void lookup_add(struct lookup *lookup, char *take_key, const void *object)
{
    lookup->rows = memory_grow(lookup->rows, lookup->count + 1, sizeof *lookup->rows);
    lookup->rows[lookup->count++] = (struct lookup_row){take_key, object};
}

static int compare(const void *one, const void *other)
{
    return strcmp(((const struct lookup_row *)one)->key, ((const struct lookup_row *)other)->key);
}

void lookup_sort(struct lookup *lookup)
{
    if (lookup->count)
        qsort(lookup->rows, lookup->count, sizeof *lookup->rows, compare);
}

const void *lookup_find(const struct lookup *lookup, const char *key)
{
    const struct lookup_row wanted = {.key = (char *)key};
    const struct lookup_row *row =
        lookup->count ? bsearch(&wanted, lookup->rows, lookup->count, sizeof *lookup->rows, compare)
                      : NULL;
    return row ? row->object : NULL;
}

void lookup_clear(struct lookup *lookup)
{
    for (size_t i = 0; i < lookup->count; i++)
        free(lookup->rows[i].key);
    free(lookup->rows);
    *lookup = (struct lookup){0};
}
