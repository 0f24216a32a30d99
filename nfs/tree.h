/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/protocol.h"

/*
 * The directories of an export: what takes more than one request. Paths are relative to the root
 * and already checked; every component is looked up by the handle of the one before, and must be a
 * directory unless it is the last. Results are 0 or a negative errno.
 */

/* The handles of our own few directories, which every volume needs, to save looking them up. */
enum { KNOWN_COUNT = 4 };

struct known_directory {
    char *path;
    struct handle handle;
};

struct tree {
    struct connection *connection; /* the owner's */
    const struct protocol *protocol;
    struct node root;
    struct known_directory known[KNOWN_COUNT];
    unsigned next_known;
};

/* Where an entry is, or would be. */
struct place {
    struct handle parent;
    const char *name; /* points into the path */
};

int tree_find(struct tree *tree, const char *path, struct node *node);
int tree_find_place(struct tree *tree, const char *path, struct place *place);

/* 0 for a directory, -ELOOP for a symlink, -ENOTDIR for the rest. */
int tree_check_directory(const struct entry *entry);

/* An existing directory is a success; `*created` says which. Missing parents are made alike. */
int tree_make_directory(struct tree *tree, const char *path, const struct ownership *ownership,
                        bool *created);

/* -EPERM when the server takes the request and gives another owner all the same, as some do that
 * squash users; -EOPNOTSUPP when it gives another mode. */
int tree_set_ownership(struct tree *tree, const struct handle *handle,
                       const struct ownership *ownership);

/* `place` with everything below it, as far as it gets until `deadline_ms`. */
int tree_remove(struct tree *tree, const struct place *place, int timeout_ms, bool *finished);

/* After a failure: what we know about our directories may be out of date. */
void tree_forget(struct tree *tree);
