/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/tree.h"

#include "base/clock.h"

#include <errno.h>
#include <string.h>

int tree_check_directory(const struct entry *entry)
{
    if (entry->kind == ENTRY_DIRECTORY)
        return 0;
    return entry->kind == ENTRY_SYMLINK ? -ELOOP : -ENOTDIR;
}

/* Look up the first `length` bytes of `path`; 0 bytes are the root. */
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

static const struct handle *find_cached(const struct tree *tree, const char *path, size_t length)
{
    int64_t oldest_ms = clock_monotonic_ms() - KEPT_MS;
    for (int i = 0; i < CACHED_COUNT; i++) {
        const struct cached_directory *cached = &tree->cache[i];
        if (cached->path && cached->since_ms > oldest_ms &&
            strncmp(cached->path, path, length) == 0 && cached->path[length] == '\0')
            return &cached->handle;
    }
    return NULL;
}

static void add_to_cache(struct tree *tree, const char *path, size_t length,
                         const struct handle *handle)
{
    /* Only the metadata directory begins with a dot. All others may be moved at any time. */
    if (length == 0 || path[0] != '.')
        return;
    struct cached_directory *cached = &tree->cache[tree->next_cached++ % CACHED_COUNT];
    memory_replace(&cached->path, memory_copy_bytes(path, length));
    cached->handle = *handle;
    cached->since_ms = clock_monotonic_ms();
}

void tree_clear_cache(struct tree *tree)
{
    for (int i = 0; i < CACHED_COUNT; i++)
        memory_replace(&tree->cache[i].path, NULL);
}

/* The length of the path of the directory that `path` is in; 0 is the root. */
static size_t parent_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) : 0;
}

int tree_find_place(struct tree *tree, const char *path, struct place *place)
{
    size_t length = parent_length(path);
    place->name = length ? path + length + 1 : path;
    const struct handle *cached = find_cached(tree, path, length);
    if (cached) {
        place->parent = *cached;
        return 0;
    }
    struct node parent;
    int status = walk(tree, path, length, &parent);
    if (status == 0)
        status = tree_check_directory(&parent.entry);
    if (status < 0)
        return status;
    place->parent = parent.handle;
    add_to_cache(tree, path, length, &parent.handle);
    return 0;
}

static int find_entry_once(struct tree *tree, const char *path, struct place *place,
                           struct node *node)
{
    int status = tree_find_place(tree, path, place);
    if (status < 0)
        return status;
    return tree->protocol->lookup(tree->connection, &place->parent, place->name, node);
}

int tree_ask_for_name(struct tree *tree, const struct handle *directory)
{
    struct names names = {.limit = 1};
    int status = tree->protocol->list(tree->connection, directory, &names);
    names_free(&names);
    return status;
}

/* Ask for a name in the directory that is the first `length` bytes of `path`. */
static int list_one(struct tree *tree, const char *path, size_t length)
{
    struct node node;
    int status = walk(tree, path, length, &node);
    if (status == 0)
        status = tree_check_directory(&node.entry);
    if (status < 0)
        return status;
    status = tree_ask_for_name(tree, &node.handle);
    return status == -EACCES || status == -EPERM ? 0 : status; /* it is there */
}

int tree_find_again(struct tree *tree, const char *path)
{
    size_t length = parent_length(path);
    int status = list_one(tree, path, 0);
    tree_clear_cache(tree);
    for (size_t end = 0; status == 0 && end < length;) {
        end += end > 0; /* the slash */
        end += strcspn(path + end, "/");
        status = list_one(tree, path, end);
    }
    return status;
}

int tree_find_entry(struct tree *tree, const char *path, struct place *place, struct node *node)
{
    int status = find_entry_once(tree, path, place, node);
    if (!status_is_missing(status))
        return status;
    int again = tree_find_again(tree, path);
    return again < 0 ? again : find_entry_once(tree, path, place, node);
}

int tree_find(struct tree *tree, const char *path, struct node *node)
{
    struct place place;
    if (*path)
        return tree_find_entry(tree, path, &place, node);
    *node = tree->root;
    return tree->protocol->inspect(tree->connection, &node->handle, &node->entry);
}

int tree_make_place(struct tree *tree, const char *path, const struct ownership *ownership,
                    struct place *place)
{
    int status = tree_find_place(tree, path, place);
    size_t length = parent_length(path);
    if (status != -ENOENT || length == 0)
        return status;
    autofree char *parent = memory_copy_bytes(path, length);
    bool ignored = false;
    status = tree_make_directory(tree, parent, ownership, &ignored);
    return status < 0 ? status : tree_find_place(tree, path, place);
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

int tree_make_directory(struct tree *tree, const char *path, const struct ownership *ownership,
                        bool *created)
{
    struct place place;
    struct node node;
    const struct protocol *protocol = tree->protocol;
    int status = tree_make_place(tree, path, ownership, &place);
    if (status < 0)
        return status;
    status =
        protocol->make_directory(tree->connection, &place.parent, place.name, ownership, &node);
    *created = status == 0;
    if (status == -EEXIST) {
        status = protocol->lookup(tree->connection, &place.parent, place.name, &node);
        return status < 0 ? status : tree_check_directory(&node.entry);
    }
    /* Usually the one request is enough, but most servers leave out the setgid bit. */
    if (status == 0 && !is_as_wanted(&node.entry, ownership))
        status = tree_set_ownership(tree, &node.handle, ownership);
    return status;
}

/* False as well when the server names an owner that has no number here, which reads as OWNER_ANY:
 * a server that maps names has granted the request all the same. */
static bool is_other_owner(uint32_t wanted, uint32_t actual)
{
    return wanted != OWNER_ANY && actual != OWNER_ANY && wanted != actual;
}

int tree_set_ownership(struct tree *tree, const struct handle *handle,
                       const struct ownership *ownership)
{
    struct entry entry;
    int status = tree->protocol->set_ownership(tree->connection, handle, ownership, &entry);
    if (status < 0)
        return status;
    if (is_other_owner(ownership->uid, entry.uid) || is_other_owner(ownership->gid, entry.gid))
        return -EPERM;
    return entry.mode == ownership->mode ? 0 : -EOPNOTSUPP;
}
