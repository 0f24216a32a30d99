/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/failure.h"
#include "nfs/tree.h"

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
