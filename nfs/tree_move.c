/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/tree.h"

#include <errno.h>

static int move_once(struct tree *tree, const char *from, const char *to)
{
    struct place source;
    struct place target;
    int status = tree_find_place(tree, from, &source);
    if (status < 0)
        return status;
    status = tree_find_place(tree, to, &target);
    if (status < 0)
        return status == -ENOENT ? -ENOTDIR : status;
    return tree->protocol->rename(tree->connection, &source.parent, source.name, &target.parent,
                                  target.name);
}

/* One of both directories may be another one now than when it was looked up: so a second time. */
int tree_move(struct tree *tree, const char *from, const char *to)
{
    int status = move_once(tree, from, to);
    if (!status_is_missing(status) && status != -ENOTDIR)
        return status;
    int again = tree_find_again(tree, to);
    if (again < 0)
        return again == -ENOENT ? -ENOTDIR : again;
    again = tree_find_again(tree, from);
    return again < 0 ? again : move_once(tree, from, to);
}
