/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/symlink.h"

#include <errno.h>
#include <string.h>

/* How often a symlink may be replaced while it is read. */
enum { READ_TRIES = 10 };

static int make_once(struct tree *tree, const char *path, const char *text)
{
    struct place place;
    int status = tree_make_place(tree, path, &private_directory_ownership, &place);
    if (status == 0)
        status = tree->protocol->make_symlink(tree->connection, &place.parent, place.name, text);
    return status == -ELOOP || status == -ENOTDIR ? -EEXIST : status;
}

int symlink_make(struct tree *tree, const char *path, const char *text)
{
    int status = make_once(tree, path, text);
    return tree_may_have_changed(tree, path, &status) ? make_once(tree, path, text) : status;
}

static int read_once(struct tree *tree, const char *path, char **text)
{
    struct place place;
    struct link_text link = {0};
    int status = tree_find_place(tree, path, &place);
    if (status < 0)
        return status;
    status = tree->protocol->read_symlink(tree->connection, &place.parent, place.name, &link);
    autofree char *bytes = link.bytes;
    if (status < 0)
        return status;
    if (link.length > SHARE_SYMLINK_MAX)
        return -EFBIG;
    if (strlen(bytes) != link.length)
        return -EILSEQ;
    *text = steal(bytes);
    return 0;
}

static int read_again(struct tree *tree, const char *path, char **text)
{
    int status = read_once(tree, path, text);
    if (!status_is_missing(status))
        return status;
    int again = tree_find_again(tree, path);
    return again < 0 ? again : read_once(tree, path, text);
}

/* A symlink that is replaced between being found and being read is stale; its new text is there. */
int symlink_read(struct tree *tree, const char *path, char **text)
{
    int status = -ESTALE;
    for (int tries = 0; tries < READ_TRIES && status == -ESTALE; tries++)
        status = read_again(tree, path, text);
    return status;
}
