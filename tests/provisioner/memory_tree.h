/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/entry.h"

/*
 * A file system in memory, without a lock. Paths are relative, "" is the root. Each operation is
 * what an NFS server does in one request. No symlink is followed: one on the way is -ELOOP, a file
 * there -ENOTDIR. Results are 0 or a negative errno.
 */
struct memory_tree;

/* An empty root, mode 0755 of root. */
struct memory_tree *memory_tree_new(void);
void memory_tree_free(struct memory_tree *tree);

int memory_tree_inspect(struct memory_tree *tree, const char *path, struct entry *entry);
/* -EEXIST when anything has that name, for all three. OWNER_ANY and GROUP_ANY are root. */
int memory_tree_make_directory(struct memory_tree *tree, const char *path,
                               const struct ownership *ownership);
int memory_tree_make_file(struct memory_tree *tree, const char *path);
int memory_tree_make_symlink(struct memory_tree *tree, const char *path, const char *text);

int memory_tree_set_ownership(struct memory_tree *tree, const char *path,
                              const struct ownership *ownership);
int memory_tree_set_changed(struct memory_tree *tree, const char *path, int64_t changed_us);

/* From now on names in this directory, and in those that are made there, differ by more than case,
 * as on ext4 with casefold and on SMB gateways. An entry keeps the name that it was made with. */
int memory_tree_fold_case(struct memory_tree *tree, const char *path);

/* Replace all that a file holds. */
int memory_tree_write(struct memory_tree *tree, const char *path, const char *text, size_t length);
/* What a file holds, or the text of a symlink, borrowed until the tree changes. */
int memory_tree_read(struct memory_tree *tree, const char *path, const char **text, size_t *length);

/* The names in a directory, sorted by bytes. Caller frees each and the array. */
int memory_tree_list(struct memory_tree *tree, const char *path, char ***names, size_t *count);

/* As rename(2) does: what has the name `to` is replaced, unless it is a directory that is not
 * empty, or only one of both is a directory. */
int memory_tree_rename(struct memory_tree *tree, const char *from, const char *to);

/* -EISDIR for a directory. */
int memory_tree_remove_file(struct memory_tree *tree, const char *path);
/* -ENOTEMPTY unless it is empty. */
int memory_tree_remove_directory(struct memory_tree *tree, const char *path);

/* A line for each entry, sorted: "a/", "a/file", "link -> text". Caller frees. */
char *memory_tree_show(struct memory_tree *tree);
