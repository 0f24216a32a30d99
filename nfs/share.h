/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/memory.h"
#include "nfs/address.h"
#include "nfs/entry.h"

#include <stdbool.h>

/*
 * One connected NFS export, in user space. Not thread-safe: one thread at a time holds it. Every
 * call is bounded by the timeout given at opening. When ERROR_UNAVAILABLE left the connection dead
 * (share_is_dead), close it and open another one; a change that timed out may have happened all the
 * same.
 *
 * Paths are relative to the export, without a leading slash, and are checked (nfs/name.h) before
 * they are sent, except that the first component may be ".mooring", our own corner of the export.
 * They are walked one component at a time, by handle, and a symlink on the way is an error.
 */
struct share;

/*
 * Connect and look at the export's root. We speak as uid 0, gid 0 (AUTH_SYS), whoever runs the
 * process. ERROR_UNAVAILABLE: no answer, name does not resolve, refused. ERROR_FORBIDDEN: access
 * list. ERROR_NOT_FOUND: no such export. Messages name the server and the path and say what to look
 * at.
 */
MUST_CHECK struct share *share_open(const struct address *address, int timeout_ms,
                                    struct error *err);
void share_close(struct share *share);
DEFINE_AUTOCLOSE(share)

const struct address *share_address(const struct share *share);
/* True once a call failed in a way that leaves the connection unusable, or the server hung up. */
bool share_is_dead(const struct share *share);

/*
 * Make the directory `path`, and its parents where they are missing, with exactly this mode and
 * owner, whatever umask and server defaults say (an explicit SETATTR where needed). A directory
 * that is already there is a success and `*created` says false; its mode and owner are left alone
 * (the caller may call share_set_ownership). An entry that is a symlink or a file is ERROR_INVALID.
 */
MUST_CHECK int share_make_directory(struct share *share, const char *path,
                                    const struct ownership *ownership, bool *created,
                                    struct error *err);
MUST_CHECK int share_set_ownership(struct share *share, const char *path,
                                   const struct ownership *ownership, struct error *err);

/* What `path` is, never following a symlink at its end. ERROR_NOT_FOUND when there is nothing. ""
 * is the root. */
MUST_CHECK int share_inspect(struct share *share, const char *path, struct entry *entry,
                             struct error *err);

/* Names under `path`, without "." and "..". `*names` and each name are the caller's; free with
 * share_free_names. */
MUST_CHECK int share_list(struct share *share, const char *path, char ***names, size_t *count,
                          struct error *err);
void share_free_names(char **names, size_t count);

/* An empty directory: otherwise ERROR_CONFLICT. Missing is ERROR_NOT_FOUND. */
MUST_CHECK int share_remove_directory(struct share *share, const char *path, struct error *err);

/*
 * The directory `path`, which must lie in ".mooring/trash/", with everything below it, whatever the
 * names are: by handle, so that a symlink, even one that appears meanwhile, is removed and never
 * followed. Works for at most the share's timeout; `*finished` false means: call again.
 */
MUST_CHECK int share_remove_tree(struct share *share, const char *path, bool *finished,
                                 struct error *err);

/* Rename, never onto something that exists: then ERROR_ALREADY_EXISTS. */
MUST_CHECK int share_rename(struct share *share, const char *from, const char *to,
                            struct error *err);

/*
 * Small files of our own, at most SHARE_FILE_MAX bytes: written whole to a temporary name that ends
 * with ".tmp" beside `path`, made durable, then renamed over it, so that a reader sees the old text
 * or the new, never a part. Missing directories are made. A writer that is cut off leaves its
 * temporary file behind.
 */
MUST_CHECK int share_write_file(struct share *share, const char *path, const char *text,
                                size_t length, struct error *err);
/* NUL-terminated; the caller's. */
MUST_CHECK char *share_read_file(struct share *share, const char *path, size_t *length,
                                 struct error *err);

/*
 * At most SHARE_TOGETHER_MAX files of at most SHARE_TOGETHER_SIZE bytes, with all requests under
 * way at once: many times as fast as one after the other. Each text is NUL-terminated and the
 * caller's; it is NULL where share_read_file is to be asked, which says why: larger, no file, or
 * any failure.
 */
void share_read_files(struct share *share, const char *const *paths, size_t count,
                      struct share_text *texts);

MUST_CHECK int share_remove_file(struct share *share, const char *path, struct error *err);

MUST_CHECK int share_space(struct share *share, struct space *space, struct error *err);
