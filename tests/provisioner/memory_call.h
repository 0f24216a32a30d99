/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/provisioner/memory_request.h"

/* What the calls of nfs/share.h in memory have in common. */

/* How each starts: checks the path, and forgets which directory the call before found. */
int memory_call_begin(struct share *share, const char *path, struct error *err);
/* The same, and takes "", the root. */
int memory_call_begin_with_root(struct share *share, const char *path, struct error *err);

/* How each ends: 0, or -1 with the error that a negative `status` means. */
int memory_call_finish(struct share *share, int status, const char *action, const char *path,
                       struct error *err);
/* The same for share_open. */
int memory_call_finish_opening(struct share *share, int status, struct error *err);

/* Whether a path is in the metadata directory, whose directories a real share remembers. */
bool memory_call_is_known(const char *path);

/* 0 for a directory, -ELOOP for a symlink, -ENOTDIR for everything else. */
int memory_call_check_directory(const struct entry *entry);

/* The parents of `path` must be directories. */
int memory_call_find_parents(struct share *share, const char *path);
/* Missing ones are made. */
int memory_call_make_parents(struct share *share, const char *path,
                             const struct ownership *ownership);

/* MKDIR, and LOOKUP when something is there: `*created` says which it was. */
int memory_call_make_directory(struct share *share, const char *path,
                               const struct ownership *ownership, bool *created);
