/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/symlink.h"

#include "nfs/file.h"

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

/* What was made is not made a second time when it has gone meanwhile: somebody has removed it, who
 * decides on what is here now. */
static int rename_over(struct tree *tree, const struct place *place, const char *temporary)
{
    struct connection *connection = tree->connection;
    const struct protocol *protocol = tree->protocol;
    int status =
        protocol->rename(connection, &place->parent, temporary, &place->parent, place->name);
    if (status < 0 && !connection_is_dead(connection))
        protocol->remove_file(connection, &place->parent, temporary);
    return status_is_missing(status) ? -ESTALE : status;
}

int symlink_replace(struct tree *tree, const char *path, const char *text)
{
    struct place place;
    autofree char *random = file_temporary_name();
    if (!random)
        return -EIO;
    autofree char *temporary = memory_format(".%s", random);
    int status = -ESTALE;
    for (int tries = 0; tries < 2; tries++) {
        status = tree_find_place(tree, path, &place);
        if (status == 0)
            status = tree->protocol->make_symlink(tree->connection, &place.parent, temporary, text);
        if (status == 0)
            return rename_over(tree, &place, temporary);
        if (!tree_may_have_changed(tree, path, &status))
            return status;
    }
    return status;
}
