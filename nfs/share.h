/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/memory.h"
#include "base/stop.h"
#include "nfs/address.h"
#include "nfs/entry.h"

#include <stdbool.h>

/*
 * One connected NFS export, in user space. Not thread-safe: one thread at a time holds it. Every
 * call is bounded by the timeout given at opening; one that lists or reads a directory has it for
 * each answer, sixty times at most, and one that removes a tree four times. When ERROR_UNAVAILABLE
 * left the connection dead (share_is_dead), close it and open another one; a change that timed out
 * may have happened all the same.
 *
 * Paths are relative to the export, without a leading slash, and are checked (nfs/name.h) before
 * they are sent, except that the first component may be ".mooring", the metadata directory. They
 * are walked one component at a time, by handle, and a symlink on the way is ERROR_INVALID.
 */
struct share;

/*
 * Connect and look up the export's root within `timeout_ms`. Requests are sent as uid 0, gid 0
 * (AUTH_SYS), whatever user runs the process. ERROR_UNAVAILABLE: the server does not answer or
 * refuses the connection, or its name does not resolve. ERROR_FORBIDDEN: access list.
 * ERROR_NOT_FOUND: no such export. The message names the server, the path and what to check.
 */
MUST_CHECK struct share *share_open(const struct address *address, int timeout_ms,
                                    struct error *err);
void share_close(struct share *share);
DEFINE_AUTOCLOSE(share)

/* What ends a listing between two answers, with ERROR_STOPPED; NULL: nothing does, as at first.
 * Borrowed: to be set back before it is freed. */
void share_set_stop(struct share *share, const struct stop *stop);

/* Borrowed from the share. */
const struct address *share_address(const struct share *share);
/* Keep something with the connection for as long as it lives, in place of what was kept before:
 * what was learnt over it is then forgotten together with it. `destroy` frees it. */
void share_attach(struct share *share, void *take_object, void (*destroy)(void *object));
/* NULL: nothing is kept. Borrowed. */
void *share_attachment(const struct share *share);
/*
 * Does the path of the export still lead to the root that this share has? The root may have been
 * renamed on the server, and another directory may be there: every handle goes on to work then. -1
 * with ERROR_STALE, and the share is dead, when it does not. It costs what opening costs, but for
 * the connection.
 */
MUST_CHECK int share_confirm_root(struct share *share, struct error *err);

/* True once a call failed in a way that leaves the share unusable, or the server hung up. */
bool share_is_dead(const struct share *share);
/* One such way: the export was taken back or replaced, which is ERROR_STALE. The server answers,
 * but only a share that is opened anew can say what is there. */
bool share_has_lost_root(const struct share *share);

/*
 * Make the directory `path`, and its parents where they are missing, with this owner and mode,
 * whatever the umask and the server's defaults are. Where the server keeps another mode, that one
 * is taken if it suffices (nfs/entry.h), else it is ERROR_FORBIDDEN. A directory that already
 * exists is a success and keeps its mode and owner: `*created` is false then, and the caller may
 * call share_set_ownership. An existing symlink or file is ERROR_INVALID.
 */
MUST_CHECK int share_make_directory(struct share *share, const char *path,
                                    const struct ownership *ownership, bool *created,
                                    struct error *err);
MUST_CHECK int share_set_ownership(struct share *share, const char *path,
                                   const struct ownership *ownership, struct error *err);

/* Give a directory that was made, but perhaps not to the end, the mode and the owner that
 * share_make_directory would have given it. */
MUST_CHECK int share_complete_directory(struct share *share, const char *path,
                                        const struct ownership *ownership, struct error *err);

/* The mode that the server gave to the directory that was made, or whose mode was set, last. */
mode_t share_given_mode(const struct share *share);

/* The attributes of `path`; "" is the root. A symlink at its end is not followed. ERROR_NOT_FOUND
 * when nothing is there. */
MUST_CHECK int share_inspect(struct share *share, const char *path, struct entry *entry,
                             struct error *err);

/* The names in the directory `path`, each once and sorted by bytes, without "." and ".."; "" is the
 * root. Caller frees with share_free_names. */
MUST_CHECK int share_list(struct share *share, const char *path, char ***names, size_t *count,
                          struct error *err);
void share_free_names(char **names, size_t count);

/*
 * All entries of the directory `path` with their attributes, sorted by bytes, and the text of each
 * file of at most SHARE_FILE_MAX bytes. It costs a request for as many entries as a reply holds,
 * and one for each text; also one for each entry without READDIRPLUS, or whose attributes the
 * server does not list. When an entry is renamed, replaced or removed meanwhile, the directory is
 * listed again, a few times at most, then ERROR_UNAVAILABLE. A file that cannot be read fails the
 * whole call. ERROR_NOT_FOUND when there is no such directory. Caller frees with share_free_folder.
 */
MUST_CHECK int share_read_folder(struct share *share, const char *path,
                                 struct folder_entry **entries, size_t *count, struct error *err);
void share_free_folder(struct folder_entry *entries, size_t count);

/* ERROR_CONFLICT when the directory is not empty, ERROR_NOT_FOUND when there is none. */
MUST_CHECK int share_remove_directory(struct share *share, const char *path, struct error *err);

/*
 * Remove `path`, which must be in ".mooring/trash/", with everything below it, whatever the names
 * are. Works by handle, so that a symlink, even one that appears during the removal, is removed and
 * never followed. Works for about the share's timeout: when `*finished` is false, call it again.
 */
MUST_CHECK int share_remove_tree(struct share *share, const char *path, bool *finished,
                                 struct error *err);

/*
 * Rename in one request, without looking first: a file that has the name `to` is replaced, so use
 * it only with names that are never used twice. ERROR_NOT_FOUND when there is no `from`, or no
 * more: of two calls at once, one succeeds. ERROR_INVALID when there is no directory for `to`.
 */
MUST_CHECK int share_move(struct share *share, const char *from, const char *to, struct error *err);

/*
 * Make the symlink `path` with this text, in one request: of two calls at once, one succeeds.
 * Missing directories are made with mode 0700. ERROR_ALREADY_EXISTS when anything has that name, or
 * when something on the way to it is no directory.
 */
MUST_CHECK int share_make_symlink(struct share *share, const char *path, const char *text,
                                  struct error *err);
/* The text, NUL-terminated, of a symlink. Caller frees. ERROR_NOT_FOUND when nothing is there,
 * ERROR_INVALID when it is no symlink, or its text is longer than SHARE_SYMLINK_MAX or has a NUL.
 */
MUST_CHECK char *share_read_symlink(struct share *share, const char *path, struct error *err);

/*
 * Write a small file, at most SHARE_FILE_MAX bytes, in mode 0600. The text goes to a temporary file
 * in the same directory, whose name ends with ".tmp", is made durable and then renamed to `path`:
 * a reader sees the old text or the new one, never a part. Missing directories are made. A writer
 * that is interrupted leaves its temporary file behind.
 */
MUST_CHECK int share_write_file(struct share *share, const char *path, const char *text,
                                size_t length, struct error *err);
/* At most SHARE_FILE_MAX bytes, NUL-terminated. Caller frees. */
MUST_CHECK char *share_read_file(struct share *share, const char *path, size_t *length,
                                 struct error *err);

/* ERROR_INVALID for a directory. A symlink is removed, not its target. */
MUST_CHECK int share_remove_file(struct share *share, const char *path, struct error *err);

MUST_CHECK int share_space(struct share *share, struct space *space, struct error *err);
