/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "nfs/tree.h"

#include <errno.h>
#include <string.h>

/*
 * Remove a tree while other clients may still write to it. No entry is inspected before it is
 * removed: one request removes everything but directories, and a directory is emptied by its handle
 * first. After an interruption the next call continues with what is left.
 */

/* How many names of a directory are held in memory at once. */
enum { LISTED_AT_ONCE = 1000 };

/* One of the directories on the way from the one to remove down to the one being emptied. */
struct level {
    struct handle parent;
    struct handle handle;
    char *name; /* in its parent */
};

struct removal {
    struct tree *tree;
    int64_t deadline_ms;
    struct level *levels;
    size_t depth;
};

static void push(struct removal *removal, const struct handle *parent, const char *name,
                 const struct handle *handle)
{
    removal->levels = memory_grow(removal->levels, removal->depth + 1, sizeof *removal->levels);
    removal->levels[removal->depth++] =
        (struct level){.parent = *parent, .handle = *handle, .name = memory_copy(name)};
}

static void pop(struct removal *removal)
{
    free(removal->levels[--removal->depth].name);
}

/* The connection, with the whole timeout for what comes next. */
static struct connection *renew(const struct removal *removal)
{
    connection_renew_deadline(removal->tree->connection);
    return removal->tree->connection;
}

static bool has_time(const struct removal *removal)
{
    return clock_left_ms(removal->deadline_ms) > 0;
}

/* Remove an entry. A directory becomes the next level instead. */
static int remove_entry(struct removal *removal, const struct handle *parent, const char *name)
{
    struct connection *connection = renew(removal);
    const struct protocol *protocol = removal->tree->protocol;
    struct node node;
    int status = protocol->remove_file(connection, parent, name);
    if (status == 0 || status == -ENOENT)
        return 0;
    if (connection_is_dead(connection))
        return status;
    /* Servers give different errors for a directory, but none removes one that is not empty. */
    int refusal = status;
    status = protocol->lookup(connection, parent, name, &node);
    if (status < 0)
        return status == -ENOENT ? 0 : status;
    if (node.entry.kind != ENTRY_DIRECTORY)
        return refusal;
    push(removal, parent, name, &node.handle);
    return 0;
}

/* Remove the listed entries of the deepest directory; when there are none, the directory itself. */
static int empty_deepest(struct removal *removal)
{
    struct connection *connection = renew(removal);
    const struct protocol *protocol = removal->tree->protocol;
    struct level level = removal->levels[removal->depth - 1];
    size_t depth = removal->depth;
    struct names names = {.limit = LISTED_AT_ONCE};
    int status = protocol->list(connection, &level.handle, &names);
    /* At least one, so that a slow server gets on with it too. */
    for (size_t i = 0;
         i < names.count && status == 0 && removal->depth == depth && (i == 0 || has_time(removal));
         i++)
        status = remove_entry(removal, &level.handle, names.items[i]);
    bool was_empty = status == 0 && names.count == 0;
    names_free(&names);
    if (status_is_missing(status)) {
        pop(removal);
        return 0;
    }
    if (!was_empty)
        return status;
    status = protocol->remove_directory(connection, &level.parent, level.name);
    pop(removal);
    return status == -ENOENT || status == -ENOTEMPTY || status == -EEXIST ? 0 : status;
}

int tree_remove(struct tree *tree, const struct place *place, bool *finished)
{
    struct removal removal = {.tree = tree, .deadline_ms = connection_deadline(tree->connection)};
    int status = remove_entry(&removal, &place->parent, place->name);
    /* One directory at least, so that a slow server gets on with it too. */
    for (bool has_begun = false;
         status == 0 && removal.depth > 0 && (!has_begun || has_time(&removal)); has_begun = true)
        status = empty_deepest(&removal);
    *finished = removal.depth == 0;
    while (removal.depth > 0)
        pop(&removal);
    free(removal.levels);
    return status;
}
