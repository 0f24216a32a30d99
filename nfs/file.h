/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/tree.h"

/* mooring's own small files, read and written whole. Results are 0 or a negative errno. */

/* Replaces `path` in one step; missing directories are made. -EFBIG above SHARE_FILE_MAX. */
int file_write(struct tree *tree, const char *path, const char *text, size_t length);

/* `*text` is NUL-terminated. Caller frees. -EFBIG above SHARE_FILE_MAX. */
int file_read(struct tree *tree, const char *path, char **text, size_t *length);

/* As share_read_files. A path that is NULL is passed over: its text is NULL. */
void file_read_together(struct tree *tree, const char *const *paths, size_t count,
                        struct share_text *texts);
