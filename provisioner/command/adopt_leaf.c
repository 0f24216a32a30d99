/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/adopt_leaf.h"

#include "provisioner/step.h"

struct visit {
    struct share *share;
    struct client *writer; /* folders are removed; NULL: they are only looked at */
    bool is_owned;         /* a symlink was seen */
};

static int visit_folder(struct visit *visit, const char *path, struct error *err);

static int visit_entry(struct visit *visit, const char *folder, const char *name, struct error *err)
{
    struct entry entry;
    autofree char *path = memory_format("%s/%s", folder, name);
    if (share_inspect(visit->share, path, &entry, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    if (entry.kind == ENTRY_DIRECTORY)
        return visit_folder(visit, path, err);
    visit->is_owned = true;
    return 0;
}

static int visit_folder(struct visit *visit, const char *path, struct error *err)
{
    char **names;
    size_t count;
    int result = 0;
    if (share_list(visit->share, path, &names, &count, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    for (size_t i = 0; i < count && result == 0; i++)
        result = visit_entry(visit, path, names[i], err);
    share_free_names(names, count);
    if (result < 0 || !visit->writer || visit->is_owned)
        return result;
    if (step(visit->writer, "adopt-clear-folder", err) < 0)
        return -1;
    if (share_remove_directory(visit->share, path, err) == 0 || err->kind == ERROR_NOT_FOUND)
        return 0;
    return error_wrap(err, "remove the empty folder %s", path);
}

static int visit_leaf(struct visit *visit, const char *directory, struct error *err)
{
    struct entry entry;
    autofree char *path = directory_owner_path(directory);
    bool is_there = share_inspect(visit->share, path, &entry, err) == 0;
    if (!is_there && err->kind != ERROR_INVALID)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    if (is_there && entry.kind == ENTRY_DIRECTORY)
        return visit_folder(visit, path, err);
    visit->is_owned = true; /* it is a symlink, or lies behind one */
    return 0;
}

int adopt_leaf_find(struct share *share, const char *directory, enum directory_ownership *ownership,
                    struct parsed_owner *found, struct error *err)
{
    struct visit visit = {.share = share};
    if (directory_owner_find(share, directory, ownership, found, err) < 0)
        return -1;
    if (*ownership != DIRECTORY_NESTED)
        return 0;
    if (visit_leaf(&visit, directory, err) < 0)
        return -1;
    if (!visit.is_owned)
        *ownership = DIRECTORY_WITHOUT_OWNER;
    return 0;
}

int adopt_leaf_clear(struct client *client, struct share *share, const char *directory,
                     struct error *err)
{
    struct visit visit = {.share = share, .writer = client};
    return visit_leaf(&visit, directory, err);
}
