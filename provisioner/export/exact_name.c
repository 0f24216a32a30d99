/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/exact_name.h"

#include <string.h>

int exact_name_is_listed(struct share *share, const char *path, bool *is_listed, struct error *err)
{
    char **names;
    size_t count;
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    autofree char *folder = memory_copy_bytes(path, slash ? (size_t)(slash - path) : 0);
    *is_listed = false;
    if (share_list(share, folder, &names, &count, err) < 0)
        return -1;
    for (size_t i = 0; i < count && !*is_listed; i++)
        *is_listed = strcmp(names[i], name) == 0;
    share_free_names(names, count);
    return 0;
}

int exact_name_check_in(struct share *share, const char *folder, const char *path, bool *is_exact,
                        struct error *err)
{
    size_t length = strlen(folder) + (*folder != '\0');
    autofree char *whole = memory_format("%s%s%s", folder, *folder ? "/" : "", path);
    do {
        length += strcspn(whole + length, "/");
        autofree char *part = memory_copy_bytes(whole, length);
        if (exact_name_is_listed(share, part, is_exact, err) < 0)
            return -1;
    } while (*is_exact && whole[length++]);
    return 0;
}

int exact_name_check(struct share *share, const char *path, bool *is_exact, struct error *err)
{
    return exact_name_check_in(share, "", path, is_exact, err);
}
