/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/directory_owner.h"

#include "provisioner/export/exact_name.h"

#include <string.h>

char *directory_owner_path(const char *directory)
{
    return memory_format(OWNERS_DIRECTORY "/%s", directory);
}

static int parse_found(const char *directory, const char *text, struct parsed_owner *found,
                       struct error *err)
{
    if (claim_owner_parse(text, found, err) < 0)
        return error_wrap(err, "the owner of %s in .mooring/directories", directory);
    return 0;
}

/* From the outermost component inwards: what is nested lies behind a symlink. */
int directory_owner_find(struct share *share, const char *directory,
                         enum directory_ownership *ownership, struct parsed_owner *found,
                         struct error *err)
{
    for (size_t end = strcspn(directory, "/");; end += 1 + strcspn(directory + end + 1, "/")) {
        bool is_whole = directory[end] == '\0';
        autofree char *part = memory_copy_bytes(directory, end);
        autofree char *path = directory_owner_path(part);
        autofree char *text = share_read_symlink(share, path, err);
        if (text) {
            *ownership = is_whole ? DIRECTORY_OF_OWNER : DIRECTORY_NESTED;
            return is_whole ? parse_found(directory, text, found, err) : 0;
        }
        if (err->kind == ERROR_NOT_FOUND) {
            *ownership = DIRECTORY_WITHOUT_OWNER;
            return 0;
        }
        if (err->kind != ERROR_INVALID)
            return -1;
        if (is_whole) { /* a folder: symlinks of directories below this one are in it */
            *ownership = DIRECTORY_NESTED;
            return 0;
        }
    }
}

/* A folder without a symlink: the process that made it was cut off before its own, or has given
 * it up. The server removes it only if nothing is in it. */
static int remove_empty_folder(struct share *share, const char *path)
{
    struct error ignored;
    return share_remove_directory(share, path, &ignored);
}

static int make_symlink(struct share *share, const char *path, const char *text, struct error *err)
{
    if (share_make_symlink(share, path, text, err) == 0)
        return 0;
    if (err->kind != ERROR_ALREADY_EXISTS || remove_empty_folder(share, path) < 0)
        return -1;
    return share_make_symlink(share, path, text, err);
}

int directory_owner_reserve(struct share *share, const char *directory,
                            const struct claim_owner *owner, bool *is_new, struct error *err)
{
    autofree char *path = directory_owner_path(directory);
    autofree char *text = claim_owner_text(owner);
    enum directory_ownership ownership;
    struct parsed_owner found = {0};
    bool is_made = make_symlink(share, path, text, err) == 0;
    if (is_new)
        *is_new = is_made;
    if (is_made)
        return 0;
    if (err->kind != ERROR_ALREADY_EXISTS)
        return error_wrap(err, "reserve the directory %s", directory);
    if (directory_owner_find(share, directory, &ownership, &found, err) < 0)
        return -1;
    bool is_ours = ownership == DIRECTORY_OF_OWNER && claim_owner_equals(&found.owner, owner);
    free(found.texts);
    if (is_ours)
        return 0;
    if (ownership == DIRECTORY_WITHOUT_OWNER)
        return error_set(err, ERROR_UNAVAILABLE, "the owner of %s changes just now", directory);
    return error_set(err, ERROR_CONFLICT, "%s is, holds or lies in the directory of another claim",
                     directory);
}

char *directory_owner_prepare(struct share *share, const struct claim_owner *owner,
                              const struct claim_owner *by, struct error *err)
{
    autofree char *text = claim_owner_text(owner);
    autofree char *prepared = claim_owner_temporary_path(by, err);
    return prepared && share_make_symlink(share, prepared, text, err) == 0 ? steal(prepared) : NULL;
}

int directory_owner_put(struct share *share, const char *directory, const char *prepared,
                        struct error *err)
{
    autofree char *path = directory_owner_path(directory);
    return share_move(share, prepared, path, err);
}

int directory_owner_replace(struct share *share, const char *directory,
                            const struct claim_owner *owner, const struct claim_owner *by,
                            struct error *err)
{
    autofree char *prepared = directory_owner_prepare(share, owner, by, err);
    return prepared && directory_owner_put(share, directory, prepared, err) == 0
               ? 0
               : error_wrap(err, "record the new owner of the directory %s", directory);
}

/* Into a directory of its own, with which it goes. A REMOVE that comes late would hit the symlink
 * of another claim; a RENAME that comes late has nowhere to go. */
static int remove_symlink(struct share *share, const char *path, const struct claim_owner *owner,
                          struct error *err)
{
    bool ignored;
    autofree char *folder = claim_owner_temporary_path(owner, err);
    autofree char *inside = folder ? memory_format("%s/" DIRECTORY_OWNER_RELEASED, folder) : NULL;
    if (!folder ||
        share_make_directory(share, folder, &private_directory_ownership, &ignored, err) < 0)
        return -1;
    if (share_move(share, path, inside, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? share_remove_directory(share, folder, err) : -1;
    return share_remove_file(share, inside, err) < 0 ? -1
                                                     : share_remove_directory(share, folder, err);
}

int directory_owner_release(struct share *share, const char *directory,
                            const struct claim_owner *owner, struct error *err)
{
    autofree char *path = directory_owner_path(directory);
    bool is_exact;
    if (exact_name_check_in(share, OWNERS_DIRECTORY, directory, &is_exact, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    if (is_exact && remove_symlink(share, path, owner, err) < 0)
        return -1;
    char *component = path + strlen(path) - strlen(directory);
    for (char *slash = strrchr(component, '/'); slash; slash = strrchr(component, '/')) {
        *slash = '\0';
        if (remove_empty_folder(share, path) < 0)
            break;
    }
    return 0;
}
