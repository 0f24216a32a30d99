/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/tree.h"

#include "base/clock.h"
#include "nfs/failure.h"

#include <errno.h>
#include <string.h>

int tree_check_directory(const struct entry *entry)
{
    if (entry->kind == ENTRY_DIRECTORY)
        return 0;
    return entry->kind == ENTRY_SYMLINK ? -ELOOP : -ENOTDIR;
}

static struct cached_directory *find_cached(struct tree *tree, const char *path, size_t length)
{
    for (int i = 0; i < CACHED_COUNT; i++) {
        struct cached_directory *cached = &tree->cache[i];
        if (cached->path && strncmp(cached->path, path, length) == 0 &&
            cached->path[length] == '\0')
            return cached;
    }
    return NULL;
}

/* Keep the parent of `place`, which is the first `length` bytes of `path`. */
static void keep(struct tree *tree, const char *path, const struct place *place)
{
    /* Only the metadata directory begins with a dot. Other directories may be moved at any time. */
    if (place->length == 0 || path[0] != '.')
        return;
    struct cached_directory *cached = find_cached(tree, path, place->length);
    if (!cached) {
        cached = &tree->cache[tree->next_cached++ % CACHED_COUNT];
        memory_replace(&cached->path, memory_copy_bytes(path, place->length));
    }
    cached->handle = place->parent;
    cached->since_ms = place->since_ms;
}

void tree_clear_cache(struct tree *tree)
{
    for (int i = 0; i < CACHED_COUNT; i++)
        memory_replace(&tree->cache[i].path, NULL);
}

void tree_forget(struct tree *tree, const char *path)
{
    size_t length = strlen(path);
    for (int i = 0; i < CACHED_COUNT; i++) {
        const char *cached = tree->cache[i].path;
        if (cached && strncmp(cached, path, length) == 0 &&
            (cached[length] == '\0' || cached[length] == '/'))
            memory_replace(&tree->cache[i].path, NULL);
    }
}

/* The length of the path of the directory that the first `length` bytes of `path` are in; 0 is the
 * root. */
static size_t shortened(const char *path, size_t length)
{
    const char *slash = memrchr(path, '/', length);
    return slash ? (size_t)(slash - path) : 0;
}

static size_t parent_length(const char *path)
{
    return shortened(path, strlen(path));
}

/* The next component after the first `length` bytes of `path`. Caller frees. */
static char *next_name(const char *path, size_t length)
{
    const char *name = path + length + (length > 0); /* after the slash */
    return memory_copy_bytes(name, strcspn(name, "/"));
}

/* Let `place` go on to the directory `name`, which is found in its parent. */
static void enter(struct tree *tree, const char *path, const char *name,
                  const struct handle *directory, struct place *place)
{
    place->length += (place->length > 0) + strlen(name);
    place->parent = *directory;
    keep(tree, path, place);
}

/* The longest part of the first `length` bytes of `path` that is kept, or the root. */
static void start_walk(struct tree *tree, const char *path, size_t length, struct place *place)
{
    int64_t now_ms = clock_monotonic_ms();
    *place = (struct place){.parent = tree->root.handle, .since_ms = now_ms};
    for (size_t end = length; end > 0; end = shortened(path, end)) {
        const struct cached_directory *cached = find_cached(tree, path, end);
        if (!cached || cached->since_ms <= now_ms - KEPT_MS)
            continue;
        *place =
            (struct place){.parent = cached->handle, .length = end, .since_ms = cached->since_ms};
        return;
    }
}

static int walk_once(struct tree *tree, const char *path, size_t length, struct place *place)
{
    int status = 0;
    start_walk(tree, path, length, place);
    while (place->length < length && status == 0) {
        struct node node;
        autofree char *name = next_name(path, place->length);
        status = tree->protocol->lookup(tree->connection, &place->parent, name, &node);
        if (status == 0)
            status = tree_check_directory(&node.entry);
        if (status == 0)
            enter(tree, path, name, &node.handle, place);
    }
    return status;
}

/* Find the directory that is the first `length` bytes of `path`; 0 bytes are the root. When it is
 * missing, `place` is the last one on the way that is there. */
static int walk(struct tree *tree, const char *path, size_t length, struct place *place)
{
    int status = walk_once(tree, path, length, place);
    if (status != -ESTALE)
        return status;
    tree_clear_cache(tree);
    return walk_once(tree, path, length, place);
}

int tree_find_place(struct tree *tree, const char *path, struct place *place)
{
    size_t length = parent_length(path);
    int status = walk(tree, path, length, place);
    place->name = length ? path + length + 1 : path;
    return status;
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
    struct place place;
    int status = walk(tree, path, length, &place);
    if (status < 0)
        return status;
    status = tree_ask_for_name(tree, &place.parent);
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

bool tree_may_have_changed(struct tree *tree, const char *path, int *status)
{
    if (!status_is_missing(*status) || connection_is_dead(tree->connection))
        return false;
    int again = tree_find_again(tree, path);
    if (again < 0 && again != -ENOENT)
        *status = again;
    return again == 0 || again == -ENOENT;
}

int tree_find_directory(struct tree *tree, const char *path, struct place *place)
{
    int status = walk(tree, path, strlen(path), place);
    if (!status_is_missing(status))
        return status;
    int again = tree_find_again(tree, path);
    return again < 0 ? again : walk(tree, path, strlen(path), place);
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

/* How a MKDIR ended. */
struct made {
    int status;
    struct node node;
};

int tree_complete_directory(struct tree *tree, const struct node *node,
                            const struct ownership *ownership)
{
    struct ownership owners = {
        .mode = node->entry.mode, .uid = ownership->uid, .gid = ownership->gid};
    tree->given_mode = node->entry.mode;
    if (ownership_is_exact(&node->entry, ownership))
        return 0;
    int status = tree_set_ownership(tree, node, ownership);
    if (!status_is_refusal(status) || !ownership_is_exact(&node->entry, &owners))
        return status;
    tree->given_mode = node->entry.mode;
    return status_of_mode(node->entry.mode, ownership->mode);
}

/* Enter the next directory of `path`, which was made, or was there. */
static int enter_made(struct tree *tree, const char *path, const struct ownership *ownership,
                      const struct made *made, struct place *place)
{
    struct node node = made->node;
    int status = made->status;
    autofree char *name = next_name(path, place->length);
    if (status == -EEXIST) {
        status = tree->protocol->lookup(tree->connection, &place->parent, name, &node);
        if (status == 0)
            status = tree_check_directory(&node.entry);
    } else if (status == 0) {
        /* Usually the one request is enough, but most servers leave out the setgid bit. */
        status = tree_complete_directory(tree, &node, ownership);
    }
    if (status == 0)
        enter(tree, path, name, &node.handle, place);
    return status;
}

int tree_make_place(struct tree *tree, const char *path, const struct ownership *ownership,
                    struct place *place)
{
    size_t length = parent_length(path);
    int status = tree_find_place(tree, path, place);
    if (status != -ENOENT)
        return status;
    do {
        struct made made;
        autofree char *name = next_name(path, place->length);
        made.status = tree->protocol->make_directory(tree->connection, &place->parent, name,
                                                     ownership, &made.node);
        status = enter_made(tree, path, ownership, &made, place);
    } while (status == 0 && place->length < length);
    return status;
}

int tree_make_directory(struct tree *tree, const char *path, const struct ownership *ownership,
                        bool *created)
{
    struct place place;
    struct made made;
    int status = -ESTALE;
    *created = false;
    for (int tries = 0; tries < 2 && !*created && status < 0; tries++) {
        if (tries > 0 && !tree_may_have_changed(tree, path, &status))
            break;
        status = tree_make_place(tree, path, ownership, &place);
        if (status < 0)
            continue;
        made.status = tree->protocol->make_directory(tree->connection, &place.parent, place.name,
                                                     ownership, &made.node);
        *created = made.status == 0;
        status = enter_made(tree, path, ownership, &made, &place);
    }
    return status;
}

/* False as well when the server names an owner that has no number here, which reads as OWNER_ANY:
 * a server that maps names has granted the request all the same. */
static bool is_other_owner(uint32_t wanted, uint32_t actual)
{
    return wanted != OWNER_ANY && actual != OWNER_ANY && wanted != actual;
}

int tree_set_ownership(struct tree *tree, const struct node *node,
                       const struct ownership *ownership)
{
    struct entry entry;
    int status = tree->protocol->set_ownership(tree->connection, node, ownership, &entry);
    if (status < 0)
        return status;
    if (is_other_owner(ownership->uid, entry.uid) || is_other_owner(ownership->gid, entry.gid))
        return -EPERM;
    tree->given_mode = entry.mode;
    return status_of_mode(entry.mode, ownership->mode);
}
