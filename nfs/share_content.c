/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/file.h"
#include "nfs/folder.h"
#include "nfs/share.h"
#include "nfs/share_call.h"
#include "nfs/symlink.h"

#include <errno.h>
#include <string.h>

/* The calls on a share that read and write what is in directories, files and symlinks. */

static int list_once(struct share *share, const char *path, struct names *names)
{
    struct node node;
    int status = tree_find(&share->tree, path, &node);
    if (status == 0)
        status = tree_check_directory(&node.entry);
    if (status == 0) {
        status = share->tree.protocol->list(share->connection, &node.handle, names);
        status = status == -ENOENT ? -ESTALE : status; /* it was there when it was looked up */
    }
    if (status < 0)
        names_free(names);
    return status;
}

static int list_until_whole(struct share *share, const char *path, struct names *names)
{
    int status = -ESTALE;
    for (int tries = 0; tries < LIST_TRIES && status == -ESTALE; tries++) {
        *names = (struct names){0};
        status = list_once(share, path, names);
    }
    return status;
}

int share_list(struct share *share, const char *path, char ***names, size_t *count,
               struct error *err)
{
    struct names found;
    if (share_begin_with_root(share, path, err) < 0)
        return -1;
    share_let_last(share, LISTING_TIMES_MAX);
    int status = list_until_whole(share, path, &found);
    if (status < 0)
        return share_finish(share, status, "list", path, err);
    names_sort(&found);
    *names = found.items;
    *count = found.count;
    return 0;
}

void share_free_names(char **names, size_t count)
{
    names_free(&(struct names){.items = names, .count = count});
}

int share_write_file(struct share *share, const char *path, const char *text, size_t length,
                     struct error *err)
{
    if (share_begin(share, path, err) < 0)
        return -1;
    int status = file_write(&share->tree, path, text, length);
    return share_finish(share, status, "write", path, err);
}

char *share_read_file(struct share *share, const char *path, size_t *length, struct error *err)
{
    char *text = NULL;
    if (share_begin(share, path, err) < 0)
        return NULL;
    int status = file_read(&share->tree, path, &text, length);
    return share_finish(share, status, "read", path, err) < 0 ? NULL : text;
}

int share_read_folder(struct share *share, const char *path, struct folder_entry **entries,
                      size_t *count, struct error *err)
{
    if (share_begin(share, path, err) < 0)
        return -1;
    share_let_last(share, LISTING_TIMES_MAX);
    int status = folder_read(&share->tree, path, entries, count);
    return share_finish(share, status, "read what is in", path, err);
}

void share_free_folder(struct folder_entry *entries, size_t count)
{
    folder_free(entries, count);
}

/* A text that a server would take for none, or that is not read again. */
static int check_link_text(const char *text, struct error *err)
{
    size_t length = strlen(text);
    if (length > 0 && length <= SHARE_SYMLINK_MAX)
        return 0;
    return error_set(err, ERROR_INVALID, "a symlink's text has 1 to %d bytes, not %zu",
                     SHARE_SYMLINK_MAX, length);
}

int share_make_symlink(struct share *share, const char *path, const char *text, struct error *err)
{
    if (check_link_text(text, err) < 0 || share_begin(share, path, err) < 0)
        return -1;
    int status = symlink_make(&share->tree, path, text);
    return share_finish(share, status, "make the symlink", path, err);
}

char *share_read_symlink(struct share *share, const char *path, struct error *err)
{
    char *text = NULL;
    if (share_begin(share, path, err) < 0)
        return NULL;
    int status = symlink_read(&share->tree, path, &text);
    return share_finish(share, status, "read the symlink", path, err) < 0 ? NULL : text;
}
