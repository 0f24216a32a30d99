/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/directory_owner.h"

#include <stdint.h>
#include <string.h>
#include <sys/random.h>

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
            *ownership = DIRECTORY_OF_NOBODY;
            return 0;
        }
        if (err->kind != ERROR_INVALID)
            return -1;
        if (is_whole) { /* a folder: others are in it */
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
    if (ownership == DIRECTORY_OF_NOBODY)
        return error_set(err, ERROR_UNAVAILABLE, "the owner of %s changes just now", directory);
    return error_set(err, ERROR_CONFLICT, "%s is, holds or lies in the directory of another claim",
                     directory);
}

/* In the claim's own folder, where the next decision about the claim removes it: a request that
 * is late does nothing then. */
static char *temporary_path(const char *folder, struct error *err)
{
    uint64_t random = 0;
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        return error_null(err, ERROR_UNAVAILABLE, "the kernel has no random bytes: %m");
    return memory_format("%s/%016lx.tmp", folder, (unsigned long)random);
}

int directory_owner_replace(struct share *share, const char *directory,
                            const struct claim_owner *owner, struct error *err)
{
    autofree char *path = directory_owner_path(directory);
    autofree char *text = claim_owner_text(owner);
    autofree char *folder = claim_owner_folder(owner);
    autofree char *temporary = temporary_path(folder, err);
    if (!temporary)
        return -1;
    if (share_make_symlink(share, temporary, text, err) == 0 &&
        share_move(share, temporary, path, err) == 0)
        return 0;
    return error_wrap(err, "record the new owner of the directory %s", directory);
}

int directory_owner_release(struct share *share, const char *directory, struct error *err)
{
    autofree char *path = directory_owner_path(directory);
    if (share_remove_file(share, path, err) < 0 && err->kind != ERROR_NOT_FOUND)
        return -1;
    char *component = path + strlen(path) - strlen(directory);
    for (char *slash = strrchr(component, '/'); slash; slash = strrchr(component, '/')) {
        *slash = '\0';
        if (remove_empty_folder(share, path) < 0)
            break;
    }
    return 0;
}
