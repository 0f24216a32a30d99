/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/tree.h"

/* The entries of a directory with their attributes and texts, as share_read_folder gives them. 0 or
 * a negative errno: -ESTALE when it changes again and again. Caller frees with folder_free. */
int folder_read(struct tree *tree, const char *path, struct folder_entry **entries, size_t *count);
void folder_free(struct folder_entry *entries, size_t count);
