/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/exact_name.h"

#include <string.h>

static int is_listed(struct share *share, const char *folder, const char *name, bool *is_there,
                     struct error *err)
{
    char **names;
    size_t count;
    *is_there = false;
    if (share_list(share, folder, &names, &count, err) < 0)
        return -1;
    for (size_t i = 0; i < count && !*is_there; i++)
        *is_there = strcmp(names[i], name) == 0;
    share_free_names(names, count);
    return 0;
}

int exact_name_check(struct share *share, const char *path, bool *is_exact, struct error *err)
{
    const char *at = path;
    do {
        size_t length = strcspn(at, "/");
        autofree char *folder = memory_copy_bytes(path, at > path ? (size_t)(at - path) - 1 : 0);
        autofree char *name = memory_copy_bytes(at, length);
        if (is_listed(share, folder, name, is_exact, err) < 0)
            return -1;
        at += length + (at[length] == '/');
    } while (*is_exact && *at);
    return 0;
}
