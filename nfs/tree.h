/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/protocol.h"

/*
 * The directories of an export: operations that take more than one request. Paths are relative to
 * the root and already checked. Each component is looked up by the handle of its parent, and all
 * but the last must be directories. Results are 0 or a negative errno.
 */

/* Handles of directories inside the metadata directory, which every volume needs. They may be moved
 * meanwhile, with other ones in their place: so none is used for longer than KEPT_MS after the walk
 * from the root that led to it. */
enum { CACHED_COUNT = 16, KEPT_MS = 1000 };

struct cached_directory {
    char *path;
    struct handle handle;
    int64_t since_ms; /* when the walk began */
};

struct tree {
    struct connection *connection; /* borrowed from the share */
    const struct protocol *protocol;
    struct node root;
    struct cached_directory cache[CACHED_COUNT];
    unsigned next_cached;
    mode_t given_mode; /* of the directory that was made, or whose mode was set, last */
};

/* Where an entry is, or would be. */
struct place {
    struct handle parent;
    size_t length;    /* of the parent's path */
    int64_t since_ms; /* when the walk from the root to the parent began */
    const char *name; /* points into the path */
};

int tree_find(struct tree *tree, const char *path, struct node *node);
int tree_find_place(struct tree *tree, const char *path, struct place *place);
/* The directory `path` itself, which becomes the place's parent; there is no name. */
int tree_find_directory(struct tree *tree, const char *path, struct place *place);
/* An entry that exists, and its place. */
int tree_find_entry(struct tree *tree, const char *path, struct place *place, struct node *node);

/*
 * Forget the kept handles, and make the server look at each directory on the way to `path`, which
 * it lists: NFS-Ganesha, over NFSv4, goes on to find a directory that was replaced on the server
 * itself, until the one that it is in is listed. To be called before it is believed that an entry
 * is missing.
 */
int tree_find_again(struct tree *tree, const char *path);

/*
 * Whether a change at `path` that ended with `*status` should be tried a second time: when a
 * directory on the way may be another one now than when it was looked up. When false, `*status` may
 * have become another failure.
 */
bool tree_may_have_changed(struct tree *tree, const char *path, int *status);

/* List only the beginning of a directory: what a server answers to that says whether it is
 * there. */
int tree_ask_for_name(struct tree *tree, const struct handle *directory);

/* How often a directory may change while it is listed. NFS-Ganesha then says that it is missing or
 * stale, when an entry goes by a command on the server. */
enum { LIST_TRIES = 10 };

/*
 * What a `missing` entry means: nothing can be said of it when the root itself is gone, because the
 * export was taken back, or its file system or its directory was replaced. Returns `missing` when
 * the root is there, FAILURE_ROOT_LOST when it is not, and another status when it cannot be asked.
 */
int tree_check_root(struct tree *tree, int missing);

/* 0 when the export's path leads to the root that the tree has, FAILURE_ROOT_LOST when it leads
 * elsewhere or nowhere, and another status when that cannot be asked. */
int tree_confirm_root(struct tree *tree, const char *host, const struct address *address);

/* As tree_find_place; missing parents are made with `ownership`. */
int tree_make_place(struct tree *tree, const char *path, const struct ownership *ownership,
                    struct place *place);

/* 0 for a directory, -ELOOP for a symlink, -ENOTDIR for everything else. */
int tree_check_directory(const struct entry *entry);

/* Missing parents are made with `ownership`, too. An existing directory is a success and keeps its
 * ownership: `*created` is false then. A directory in the metadata directory is kept, so that what
 * is done in it next does not look it up. */
int tree_make_directory(struct tree *tree, const char *path, const struct ownership *ownership,
                        bool *created);

/* -EPERM when the server accepts the request but sets another owner, as servers do that squash
 * users; FAILURE_MODE or FAILURE_PRIVATE_MODE when it sets a mode that does not suffice. */
int tree_set_ownership(struct tree *tree, const struct node *node,
                       const struct ownership *ownership);

/* The same for a directory that is new, unless it has just this. Where the server refuses to change
 * what it gave, that is taken if it suffices. */
int tree_complete_directory(struct tree *tree, const struct node *node,
                            const struct ownership *ownership);

/* Remove `place` with everything below it, until about the connection's deadline. `*finished`
 * false: call again. */
int tree_remove(struct tree *tree, const struct place *place, bool *finished);

/* One RENAME, without looking first whether there is a `from`. -ENOTDIR when it is proven that `to`
 * has no directory. */
int tree_move(struct tree *tree, const char *from, const char *to);

/* To be called after a failure: cached directories may have been moved or removed. */
void tree_clear_cache(struct tree *tree);
/* To be called before a directory is moved or removed. */
void tree_forget(struct tree *tree, const char *path);
