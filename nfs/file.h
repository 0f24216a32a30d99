/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/tree.h"

/* Small files of our own, read and written whole. Results are 0 or a negative errno. */
int file_write(struct tree *tree, const char *path, const char *text, size_t length);

/* `*text` is NUL-terminated and the caller's. */
int file_read(struct tree *tree, const char *path, char **text, size_t *length);

/* As share_read_files; a path that is NULL has no text. */
void file_read_together(struct tree *tree, const char *const *paths, size_t count,
                        struct share_text *texts);
