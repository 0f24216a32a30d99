/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/failure.h"
#include "nfs/tree.h"

#include <errno.h>
#include <string.h>

/* Servers still answer many requests about a directory that was removed, but none lists it. Where
 * this client may not list it, it has no links left. */
static int ask_for_root(struct tree *tree)
{
    struct entry root;
    int status = tree_ask_for_name(tree, &tree->root.handle);
    if (status != -EACCES && status != -EPERM)
        return status;
    status = tree->protocol->inspect(tree->connection, &tree->root.handle, &root);
    return status == 0 && root.links == 0 ? -ESTALE : status;
}

int tree_check_root(struct tree *tree, int missing)
{
    int status = -ESTALE;
    for (int tries = 0; tries < LIST_TRIES && status_is_missing(status); tries++) {
        if (connection_is_dead(tree->connection))
            return -ECONNRESET;
        status = ask_for_root(tree);
    }
    if (status_is_missing(status))
        return FAILURE_ROOT_LOST;
    return status == 0 ? missing : status;
}

static bool handle_equals(const struct handle *one, const struct handle *other)
{
    return one->length == other->length && memcmp(one->bytes, other->bytes, one->length) == 0;
}

/* A server may give one directory two handles: then the attributes tell. */
static int compare_root(struct tree *tree, const struct node *found)
{
    struct entry held;
    if (handle_equals(&found->handle, &tree->root.handle))
        return 0;
    int status = tree->protocol->inspect(tree->connection, &tree->root.handle, &held);
    if (status < 0)
        return status_is_missing(status) ? FAILURE_ROOT_LOST : status;
    bool is_same = held.file_id == found->entry.file_id &&
                   held.changed_us == found->entry.changed_us &&
                   held.changed_ns == found->entry.changed_ns;
    return is_same ? 0 : FAILURE_ROOT_LOST;
}

int tree_confirm_root(struct tree *tree, const char *host, const struct address *address)
{
    struct node found;
    int status = tree->protocol->find_root(tree->connection, host, address, &found);
    /* Over NFSv3 some servers refuse what they do not have. */
    if (status_is_missing(status) || status == -ENOTDIR || status == -EACCES)
        return FAILURE_ROOT_LOST;
    return status < 0 ? status : compare_root(tree, &found);
}
