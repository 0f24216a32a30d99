/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/tree.h"

#include <errno.h>
#include <string.h>

int tree_check_directory(const struct entry *entry)
{
    if (entry->kind == ENTRY_DIRECTORY)
        return 0;
    return entry->kind == ENTRY_SYMLINK ? -ELOOP : -ENOTDIR;
}

/* The first `length` bytes of `path`; none is the root. */
static int walk(struct tree *tree, const char *path, size_t length, struct node *node)
{
    int status = 0;
    *node = tree->root;
    for (size_t at = 0; at < length && status == 0;) {
        size_t size = strcspn(path + at, "/");
        size = size > length - at ? length - at : size;
        autofree char *name = memory_copy_bytes(path + at, size);
        struct handle parent = node->handle;
        status = tree_check_directory(&node->entry);
        if (status == 0)
            status = tree->protocol->lookup(tree->connection, &parent, name, node);
        at += size + 1;
    }
    return status;
}

static const struct handle *recall(const struct tree *tree, const char *path, size_t length)
{
    for (int i = 0; i < KNOWN_COUNT; i++) {
        const struct known_directory *known = &tree->known[i];
        if (known->path && strncmp(known->path, path, length) == 0 && known->path[length] == '\0')
            return &known->handle;
    }
    return NULL;
}

static void remember(struct tree *tree, const char *path, size_t length,
                     const struct handle *handle)
{
    /* Only our own corner: everything else may be moved by others at any time. */
    if (length == 0 || path[0] != '.')
        return;
    struct known_directory *known = &tree->known[tree->next_known++ % KNOWN_COUNT];
    memory_replace(&known->path, memory_copy_bytes(path, length));
    known->handle = *handle;
}

void tree_forget(struct tree *tree)
{
    for (int i = 0; i < KNOWN_COUNT; i++)
        memory_replace(&tree->known[i].path, NULL);
}

static int find_directory(struct tree *tree, const char *path, size_t length, struct handle *handle)
{
    const struct handle *known = recall(tree, path, length);
    if (known) {
        *handle = *known;
        return 0;
    }
    struct node node;
    int status = walk(tree, path, length, &node);
    if (status == 0)
        status = tree_check_directory(&node.entry);
    if (status < 0)
        return status;
    *handle = node.handle;
    remember(tree, path, length, handle);
    return 0;
}

int tree_find(struct tree *tree, const char *path, struct node *node)
{
    struct place place;
    if (*path == '\0') {
        *node = tree->root;
        return tree->protocol->inspect(tree->connection, &node->handle, &node->entry);
    }
    int status = tree_find_place(tree, path, &place);
    if (status < 0)
        return status;
    return tree->protocol->lookup(tree->connection, &place.parent, place.name, node);
}

/* The length of the path of the directory that `path` is in; 0 is the root. */
static size_t parent_length(const char *path, size_t length)
{
    const char *slash = memrchr(path, '/', length);
    return slash ? (size_t)(slash - path) : 0;
}

int tree_find_place(struct tree *tree, const char *path, struct place *place)
{
    size_t length = parent_length(path, strlen(path));
    place->name = length ? path + length + 1 : path;
    return find_directory(tree, path, length, &place->parent);
}

static bool is_owner(uint32_t wanted, uint32_t actual)
{
    return wanted == OWNER_ANY || wanted == actual;
}

static bool is_as_wanted(const struct entry *entry, const struct ownership *wanted)
{
    return entry->mode == wanted->mode && is_owner(wanted->uid, entry->uid) &&
           is_owner(wanted->gid, entry->gid);
}

int tree_set_ownership(struct tree *tree, const struct handle *handle,
                       const struct ownership *ownership)
{
    struct entry entry;
    int status = tree->protocol->set_ownership(tree->connection, handle, ownership, &entry);
    if (status < 0)
        return status;
    /* A server that maps names tells an owner that we do not know; the request was granted. */
    bool owner_differs = !is_owner(entry.uid, ownership->uid) && ownership->uid != OWNER_ANY;
    bool group_differs = !is_owner(entry.gid, ownership->gid) && ownership->gid != GROUP_ANY;
    if (owner_differs || group_differs)
        return -EPERM;
    return entry.mode == ownership->mode ? 0 : -EOPNOTSUPP;
}

/* Usually one request: a second one only where the server gave another mode or owner than asked
 * for, which is what most do with the setgid bit. */
static int make_child(struct tree *tree, const struct place *place,
                      const struct ownership *ownership, bool *created)
{
    struct node node;
    const struct protocol *protocol = tree->protocol;
    int status =
        protocol->make_directory(tree->connection, &place->parent, place->name, ownership, &node);
    *created = status == 0;
    if (status == -EEXIST) {
        status = protocol->lookup(tree->connection, &place->parent, place->name, &node);
        return status < 0 ? status : tree_check_directory(&node.entry);
    }
    if (status == 0 && !is_as_wanted(&node.entry, ownership))
        status = tree_set_ownership(tree, &node.handle, ownership);
    return status;
}

int tree_make_directory(struct tree *tree, const char *path, const struct ownership *ownership,
                        bool *created)
{
    struct place place;
    int status = tree_find_place(tree, path, &place);
    size_t length = parent_length(path, strlen(path));
    if (status == -ENOENT && length > 0) {
        autofree char *parent = memory_copy_bytes(path, length);
        bool ignored = false;
        status = tree_make_directory(tree, parent, ownership, &ignored);
        if (status == 0)
            status = tree_find_place(tree, path, &place);
    }
    return status < 0 ? status : make_child(tree, &place, ownership, created);
}
