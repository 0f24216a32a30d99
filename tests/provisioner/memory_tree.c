/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/memory_tree.h"

#include "base/clock.h"
#include "base/memory.h"
#include "nfs/failure.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* The children of a directory are a list that is sorted by name. */
struct node {
    char *name;
    struct entry entry;
    char *text;      /* of a file or symlink, NUL-terminated */
    bool folds_case; /* names in it differ by more than case, as in every directory made there */
    struct node *parent;
    struct node *children;
    struct node *next;
};

struct memory_tree {
    struct node *root;
    uint64_t last_file_id;
    int64_t last_change_us;
};

/* Where an entry is, or would be. */
struct spot {
    struct node *parent;
    const char *name;
    struct node *node; /* NULL: there is none */
};

/* The time of a change, which is later than that of all changes before. */
static void touch(struct memory_tree *tree, struct node *node)
{
    int64_t now_us = clock_wall_us();
    tree->last_change_us = now_us > tree->last_change_us ? now_us : tree->last_change_us + 1;
    node->entry.changed_us = tree->last_change_us;
}

static struct node *new_node(struct memory_tree *tree, enum entry_kind kind, mode_t mode)
{
    struct node *node = memory_new(sizeof *node);
    node->entry = (struct entry){.kind = kind,
                                 .mode = mode,
                                 .file_id = ++tree->last_file_id,
                                 .links = kind == ENTRY_DIRECTORY ? 2 : 1};
    touch(tree, node);
    return node;
}

/* With everything below it, deepest first. */
static void free_node(struct node *node)
{
    struct node *at = node;
    while (at) {
        if (at->children) {
            at = at->children;
            continue;
        }
        struct node *parent = at == node ? NULL : at->parent;
        if (parent)
            parent->children = at->next;
        free(at->name);
        free(at->text);
        free(at);
        at = parent;
    }
}

struct memory_tree *memory_tree_new(void)
{
    struct memory_tree *tree = memory_new(sizeof *tree);
    tree->root = new_node(tree, ENTRY_DIRECTORY, 0755);
    return tree;
}

void memory_tree_free(struct memory_tree *tree)
{
    if (!tree)
        return;
    free_node(tree->root);
    free(tree);
}

static struct node *find_child(const struct node *parent, const char *name, size_t length)
{
    int (*compare)(const char *, const char *, size_t) = parent->folds_case ? strncasecmp : strncmp;
    struct node *child = parent->children;
    while (child && (strlen(child->name) != length || compare(child->name, name, length) != 0))
        child = child->next;
    return child;
}

static int check_directory(const struct node *node)
{
    if (node->entry.kind == ENTRY_DIRECTORY)
        return 0;
    return node->entry.kind == ENTRY_SYMLINK ? -ELOOP : -ENOTDIR;
}

/* 0 whether or not there is an entry at the end of the path. */
static int find_spot(const struct memory_tree *tree, const char *path, struct spot *spot)
{
    struct node *node = tree->root;
    for (;;) {
        size_t length = strcspn(path, "/");
        int status = check_directory(node);
        if (status != 0)
            return status;
        *spot = (struct spot){.parent = node, .name = path, .node = find_child(node, path, length)};
        if (path[length] == '\0')
            return 0;
        if (!spot->node)
            return -ENOENT;
        node = spot->node;
        path += length + 1;
    }
}

static int find(const struct memory_tree *tree, const char *path, struct node **node)
{
    struct spot spot = {.node = tree->root};
    int status = *path ? find_spot(tree, path, &spot) : 0;
    *node = status == 0 ? spot.node : NULL;
    return status == 0 && !*node ? -ENOENT : status;
}

/* The node has its name already. */
static void attach(struct memory_tree *tree, struct node *parent, struct node *node)
{
    struct node **at = &parent->children;
    while (*at && strcmp((*at)->name, node->name) < 0)
        at = &(*at)->next;
    node->next = *at;
    node->parent = parent;
    *at = node;
    parent->entry.links += node->entry.kind == ENTRY_DIRECTORY;
    touch(tree, parent);
}

static void detach(struct memory_tree *tree, struct node *node)
{
    struct node **at = &node->parent->children;
    while (*at != node)
        at = &(*at)->next;
    *at = node->next;
    node->parent->entry.links -= node->entry.kind == ENTRY_DIRECTORY;
    touch(tree, node->parent);
}

static void drop(struct memory_tree *tree, struct node *node)
{
    detach(tree, node);
    free_node(node);
}

int memory_tree_inspect(struct memory_tree *tree, const char *path, struct entry *entry)
{
    struct node *node;
    int status = find(tree, path, &node);
    if (status == 0)
        *entry = node->entry;
    return status;
}

/* `*made` is the new node, in its place. */
static int make(struct memory_tree *tree, const char *path, enum entry_kind kind,
                struct node **made)
{
    struct spot spot;
    int status = *path ? find_spot(tree, path, &spot) : -EEXIST;
    if (status == 0 && spot.node)
        status = -EEXIST;
    if (status != 0)
        return status;
    *made = new_node(tree, kind, kind == ENTRY_SYMLINK ? 0777 : 0600);
    (*made)->name = memory_copy(spot.name);
    (*made)->folds_case = spot.parent->folds_case;
    attach(tree, spot.parent, *made);
    return 0;
}

static void set_ownership(struct node *node, const struct ownership *ownership)
{
    node->entry.mode = ownership->mode;
    if (ownership->uid != OWNER_ANY)
        node->entry.uid = ownership->uid;
    if (ownership->gid != GROUP_ANY)
        node->entry.gid = ownership->gid;
}

static void set_text(struct node *node, const char *text, size_t length)
{
    char *copy = memory_new(length + 1);
    if (length)
        memcpy(copy, text, length);
    memory_replace(&node->text, copy);
    node->entry.size = length;
}

int memory_tree_make_directory(struct memory_tree *tree, const char *path,
                               const struct ownership *ownership)
{
    struct node *node;
    int status = make(tree, path, ENTRY_DIRECTORY, &node);
    if (status == 0)
        set_ownership(node, ownership);
    return status;
}

int memory_tree_make_file(struct memory_tree *tree, const char *path)
{
    struct node *node;
    int status = make(tree, path, ENTRY_FILE, &node);
    if (status == 0)
        set_text(node, "", 0);
    return status;
}

int memory_tree_make_symlink(struct memory_tree *tree, const char *path, const char *text)
{
    struct node *node;
    int status = make(tree, path, ENTRY_SYMLINK, &node);
    if (status == 0)
        set_text(node, text, strlen(text));
    return status;
}

int memory_tree_set_ownership(struct memory_tree *tree, const char *path,
                              const struct ownership *ownership)
{
    struct node *node;
    int status = find(tree, path, &node);
    if (status != 0)
        return status;
    set_ownership(node, ownership);
    touch(tree, node);
    return 0;
}

int memory_tree_set_changed(struct memory_tree *tree, const char *path, int64_t changed_us)
{
    struct node *node;
    int status = find(tree, path, &node);
    if (status == 0)
        node->entry.changed_us = changed_us;
    return status;
}

int memory_tree_fold_case(struct memory_tree *tree, const char *path)
{
    struct node *node;
    int status = find(tree, path, &node);
    if (status == 0)
        node->folds_case = true;
    return status;
}

int memory_tree_write(struct memory_tree *tree, const char *path, const char *text, size_t length)
{
    struct node *node;
    int status = find(tree, path, &node);
    if (status != 0)
        return status;
    if (node->entry.kind != ENTRY_FILE)
        return node->entry.kind == ENTRY_DIRECTORY ? -EISDIR : FAILURE_NO_SYMLINK;
    set_text(node, text, length);
    touch(tree, node);
    return 0;
}

int memory_tree_read(struct memory_tree *tree, const char *path, const char **text, size_t *length)
{
    struct node *node;
    int status = find(tree, path, &node);
    if (status == 0 && node->entry.kind == ENTRY_DIRECTORY)
        status = -EISDIR;
    if (status != 0)
        return status;
    *text = node->text;
    *length = node->entry.size;
    return 0;
}

int memory_tree_list(struct memory_tree *tree, const char *path, char ***names, size_t *count)
{
    struct node *directory;
    int status = find(tree, path, &directory);
    if (status == 0)
        status = check_directory(directory);
    if (status != 0)
        return status;
    *names = NULL;
    *count = 0;
    for (const struct node *child = directory->children; child; child = child->next) {
        *names = memory_grow(*names, *count + 1, sizeof **names);
        (*names)[(*count)++] = memory_copy(child->name);
    }
    return 0;
}

static bool is_inside(const struct node *node, const struct node *directory)
{
    while (node && node != directory)
        node = node->parent;
    return node == directory;
}

static int check_replaced(const struct node *moved, const struct node *replaced)
{
    bool moves_directory = moved->entry.kind == ENTRY_DIRECTORY;
    if (replaced->entry.kind != ENTRY_DIRECTORY)
        return moves_directory ? -ENOTDIR : 0;
    if (!moves_directory)
        return -EISDIR;
    return replaced->children ? -ENOTEMPTY : 0;
}

int memory_tree_rename(struct memory_tree *tree, const char *from, const char *to)
{
    struct node *moved;
    struct spot target;
    int status = *from && *to ? find(tree, from, &moved) : -EINVAL;
    if (status == 0)
        status = find_spot(tree, to, &target);
    if (status != 0 || target.node == moved)
        return status;
    if (is_inside(target.parent, moved))
        return -EINVAL;
    status = target.node ? check_replaced(moved, target.node) : 0;
    if (status != 0)
        return status;
    if (target.node)
        drop(tree, target.node);
    detach(tree, moved);
    memory_replace(&moved->name, memory_copy(target.name));
    attach(tree, target.parent, moved);
    touch(tree, moved);
    return 0;
}

int memory_tree_remove_file(struct memory_tree *tree, const char *path)
{
    struct node *node;
    int status = find(tree, path, &node);
    if (status == 0 && node->entry.kind == ENTRY_DIRECTORY)
        status = -EISDIR;
    if (status == 0)
        drop(tree, node);
    return status;
}

int memory_tree_remove_directory(struct memory_tree *tree, const char *path)
{
    struct node *node;
    int status = *path ? find(tree, path, &node) : -EINVAL;
    if (status == 0)
        status = check_directory(node);
    if (status == 0 && node->children)
        status = -ENOTEMPTY;
    if (status == 0)
        drop(tree, node);
    return status;
}

static char *path_of(const struct node *node)
{
    char *path = memory_copy(node->name);
    for (node = node->parent; node->name; node = node->parent)
        memory_replace(&path, memory_format("%s/%s", node->name, path));
    return path;
}

/* The entry that is listed after this one: a directory comes before what is in it. */
static const struct node *following(const struct node *node)
{
    if (node->children)
        return node->children;
    while (node && !node->next)
        node = node->parent;
    return node ? node->next : NULL;
}

char *memory_tree_show(struct memory_tree *tree)
{
    char *text = memory_copy("");
    for (const struct node *node = tree->root->children; node; node = following(node)) {
        autofree char *path = path_of(node);
        bool is_symlink = node->entry.kind == ENTRY_SYMLINK;
        const char *end = node->entry.kind == ENTRY_DIRECTORY ? "/" : is_symlink ? " -> " : "";
        memory_replace(&text,
                       memory_format("%s%s%s%s\n", text, path, end, is_symlink ? node->text : ""));
    }
    return text;
}
