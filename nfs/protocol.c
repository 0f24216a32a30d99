/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/protocol.h"

#include <errno.h>
#include <string.h>

const struct ownership new_file_ownership = {.mode = 0600, .uid = OWNER_ANY, .gid = GROUP_ANY};

int handle_set(struct handle *handle, size_t length, const char *bytes)
{
    if (length > HANDLE_SIZE)
        return -EPROTO;
    handle->length = (unsigned)length;
    memcpy(handle->bytes, bytes, length);
    return 0;
}

bool status_is_missing(int status)
{
    return status == -ENOENT || status == -ESTALE;
}

void names_add(struct names *names, const char *name, size_t length)
{
    if ((length == 1 && name[0] == '.') || (length == 2 && memcmp(name, "..", 2) == 0))
        return;
    names->items = memory_grow(names->items, names->count + 1, sizeof *names->items);
    names->items[names->count++] = memory_copy_bytes(name, length);
}

bool names_full(const struct names *names)
{
    return names->limit && names->count >= names->limit;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

void names_sort(struct names *names)
{
    size_t kept = 0;
    if (names->count)
        qsort(names->items, names->count, sizeof *names->items, compare_names);
    for (size_t i = 0; i < names->count; i++) {
        if (kept && strcmp(names->items[kept - 1], names->items[i]) == 0)
            free(names->items[i]);
        else
            names->items[kept++] = names->items[i];
    }
    names->count = kept;
}

void names_free(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
}
