/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/share.h"

/*
 * The export of a shop, as people see it. There are two of it, and the one that a test is linked
 * with is used: memory_shop_export.c, with memory_share, and real_shop_export.c, on the NFS server
 * around the test.
 */

/* An export that is not used yet takes the place of the one before. */
void shop_export_begin(void);
void shop_export_end(void);

/* Where it is. Borrowed. */
const char *shop_export_server(void);
const char *shop_export_path(void);

/* Does its clock follow later()? */
bool shop_export_follows_later(void);

/* False when nothing is there. */
bool shop_export_look(const char *path, struct entry *entry);
/* What a file holds, or the text of a symlink. NULL when neither is there. Caller frees. */
char *shop_export_text(const char *path);
/* A line for each entry, sorted: "a/", "a/file", "link -> text". Caller frees. */
char *shop_export_show(void);

/* Make the file, in the root or in a directory of the root. The process ends when that cannot be
 * done, as with what follows. */
void shop_export_put_file(const char *path, const char *text);
/* In the root. */
void shop_export_put_directory(const char *name);
/* A file or symlink. */
void shop_export_remove(const char *path);
/* The cluster has given no sign of life for a long time. */
void shop_export_silence(const char *cluster);
