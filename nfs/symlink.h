/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/tree.h"

/* Symlinks, which are made in one request that can only succeed once. Results are 0 or a negative
 * errno. Texts have 1 to SHARE_SYMLINK_MAX bytes. */

/* Missing directories are made. -EEXIST when something has the name, or is in the way to it. */
int symlink_make(struct tree *tree, const char *path, const char *text);

/* `*text` is NUL-terminated. Caller frees. FAILURE_NO_SYMLINK for anything else, -EFBIG when the
 * text is too long, -EILSEQ when it has a NUL. */
int symlink_read(struct tree *tree, const char *path, char **text);
