/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/share.h"
#include "tests/provisioner/request_log.h"

/*
 * nfs/share.h in memory, for tests that need neither a server nor root: link `memory_share` and all
 * shares are of this kind. An export is made, empty, when its address is opened first; addresses
 * that differ in version or ports only are one export.
 *
 * A call makes the requests of a real share whose directories below .mooring are known to it, and
 * logs each with its path:
 *   share_make_directory   MKDIR, and LOOKUP when it is there; before it MKDIR for missing parents
 *   share_make_symlink     SYMLINK, as above
 *   share_read_symlink     LOOKUP, READLINK
 *   share_move             RENAME
 *   share_write_file       CREATE, WRITE, RENAME; REMOVE of the temporary file after a failure
 *   share_read_file        LOOKUP, READ
 *   share_read_folder      LOOKUP, READDIRPLUS, READ for each file; without LOOKUP when the call
 *                          before was share_make_directory of that directory below .mooring
 *   share_list             LOOKUP, READDIR
 *   share_inspect          LOOKUP; GETATTR of the root
 *   share_remove_file      LOOKUP, REMOVE
 *   share_remove_directory LOOKUP, RMDIR
 *   share_set_ownership    LOOKUP, SETATTR
 *   share_complete_directory  LOOKUP; SETATTR where it differs
 *   share_space            FSSTAT
 * and LOOKUP of each parent of a path outside .mooring. What lists ends after its READDIR or
 * READDIRPLUS when the stop of the share is raised by then. A real share asks again before it says
 * that something is missing; this one does not. Temporary names are counted from 1, and not random.
 */

/* The requests to all exports. Opening a share and share_confirm_root are not among them, but can
 * be disturbed as "MOUNT server:/path" and "CONFIRM server:/path". A request that is_cut leaves its
 * share dead. */
struct request_log *memory_share_log(void);

/* Forget all exports and requests. Every share must be closed. */
void memory_share_reset(void);

/*
 * What follows is about one export: the one that was last selected, or else the first that was
 * opened. It sends no requests, may be called from a hook, and ends the process when it cannot do
 * what it is told.
 */

/* The export at "server:/path". */
void memory_share_select(const char *name);
/* Give the export another address, too. */
void memory_share_add_name(const char *name);

/* Nothing is exported there any more: open shares lose their root, and others cannot be opened. */
void memory_share_take_back(void);
/* Another disk, which is empty at first, takes the place of the one that is there: open shares lose
 * their root. The next call brings back the disk that was there before. */
void memory_share_swap_disk(void);
/* Every directory that is made, and whose mode is set, has this mode from now on, whatever is asked
 * for; 0: what is asked for. On all exports, until it is called again. */
void memory_share_give_mode(mode_t mode);
void memory_share_set_space(const struct space *space);

/* Make an entry, with missing parents in mode 0755. Its owner is root; a file has mode 0600, and
 * one that is there is written again. */
void memory_share_put_directory(const char *path, mode_t mode);
void memory_share_put_file(const char *path, const char *text);
void memory_share_put_symlink(const char *path, const char *text);

void memory_share_set_ownership(const char *path, const struct ownership *ownership);
void memory_share_set_changed(const char *path, int64_t changed_us);
/* Names in this directory, which is empty, differ by more than case. "" is the root. */
void memory_share_fold_case(const char *path);
/* With everything in it. */
void memory_share_remove(const char *path);
/* As rename(2) does. */
void memory_share_put_elsewhere(const char *from, const char *to);

/* False when nothing is there. */
bool memory_share_look(const char *path, struct entry *entry);
/* What a file holds, or the text of a symlink. NULL when neither is there. Caller frees. */
char *memory_share_text(const char *path);
/* A line for each entry, sorted: "a/", "a/file", "link -> text". Caller frees. */
char *memory_share_show(void);
