/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/tree.h"

/* mooring's own small files, read and written whole. Results are 0 or a negative errno. */

/* Replaces `path` in one step; missing directories are made. -EFBIG above SHARE_FILE_MAX. */
int file_write(struct tree *tree, const char *path, const char *text, size_t length);

/* `*text` is NUL-terminated. Caller frees. -EFBIG above SHARE_FILE_MAX. */
int file_read(struct tree *tree, const char *path, char **text, size_t *length);

/* The text of a file that was looked up and is at most SHARE_FILE_MAX bytes long, and what the file
 * is like after that, as far as the server says it. -ESTALE when it was replaced or became shorter.
 */
int file_read_node(struct tree *tree, const struct node *file, char **text, struct entry *now);
