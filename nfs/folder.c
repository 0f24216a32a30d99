/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/folder.h"

#include "nfs/file.h"

#include <errno.h>

/* Whether a file is the one that was listed, under the name that it had then: to rename or replace
 * it changes its ctime. */
static bool is_unchanged(const struct entry *listed, const struct entry *now)
{
    return listed->file_id == now->file_id && listed->changed_us == now->changed_us &&
           listed->size == now->size && now->links > 0;
}

/* The text of a file that is small enough. */
static int read_text(struct tree *tree, const struct node *node, struct folder_entry *entry)
{
    struct entry now;
    if (node->entry.kind != ENTRY_FILE || node->entry.size > SHARE_FILE_MAX)
        return 0;
    entry->length = node->entry.size;
    int status = file_read_node(tree, node, &entry->text, &now);
    if (status == 0 && !is_unchanged(&node->entry, &now))
        status = -ESTALE;
    return status;
}

static int read_entry(struct tree *tree, const struct handle *directory, struct named_node *listed,
                      struct folder_entry *entry)
{
    int status = 0;
    connection_renew_deadline(tree->connection);
    if (!listed->is_complete)
        status = tree->protocol->lookup(tree->connection, directory, listed->name, &listed->node);
    if (status < 0)
        return status;
    entry->name = steal(listed->name);
    entry->entry = listed->node.entry;
    return read_text(tree, &listed->node, entry);
}

/* -ESTALE when something that was listed is not as it was then any more. */
static int read_whole(struct tree *tree, const struct handle *directory, struct nodes *nodes,
                      struct folder_entry *entries)
{
    int status = 0;
    for (size_t i = 0; i < nodes->count && status == 0; i++)
        status = read_entry(tree, directory, &nodes->items[i], &entries[i]);
    return status == -ENOENT ? -ESTALE : status;
}

static int list_nodes(struct tree *tree, const char *path, struct handle *directory,
                      struct nodes *nodes)
{
    struct place place;
    int status = tree_find_directory(tree, path, &place);
    if (status < 0)
        return status;
    *directory = place.parent;
    status = tree->protocol->list_nodes(tree->connection, directory, nodes);
    if (!status_is_missing(status))
        return status < 0 ? status : nodes_sort(nodes);
    int again = tree_find_again(tree, path);
    return again < 0 ? again : -ESTALE;
}

static int read_once(struct tree *tree, const char *path, struct folder_entry **entries,
                     size_t *count)
{
    struct handle directory;
    struct nodes nodes = {0};
    struct folder_entry *found = NULL;
    int status = list_nodes(tree, path, &directory, &nodes);
    if (status == 0) {
        found = memory_new((nodes.count + 1) * sizeof *found);
        status = read_whole(tree, &directory, &nodes, found);
    }
    if (status == 0) {
        *entries = steal(found);
        *count = nodes.count;
    }
    folder_free(found, found ? nodes.count : 0);
    nodes_free(&nodes);
    return status;
}

int folder_read(struct tree *tree, const char *path, struct folder_entry **entries, size_t *count)
{
    int status = -ESTALE;
    for (int tries = 0; tries < LIST_TRIES && status == -ESTALE; tries++)
        status = read_once(tree, path, entries, count);
    return status;
}

void folder_free(struct folder_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(entries[i].name);
        free(entries[i].text);
    }
    free(entries);
}
