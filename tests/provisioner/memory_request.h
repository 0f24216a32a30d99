/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/share.h"
#include "tests/provisioner/memory_export.h"

/*
 * A share of an export in memory, and the requests that its calls are made of. Each request is
 * logged with its path, and may be disturbed. Results are 0 or a negative errno.
 */
struct share {
    struct address *address;
    struct memory_export *export;
    int disk; /* of the export when it was opened */
    int timeout_ms;
    bool is_dead;
    bool has_lost_root;
    mode_t given_mode;
    void *attachment;
    void (*destroy_attachment)(void *object);
    const struct stop *stop; /* ends a listing; borrowed */
    char *found;             /* the directory that the call before made or found; NULL: none */
};

/* The status that opening is answered with. */
int memory_request_mount(struct share *share);
/* Is the root still where it was? */
int memory_request_confirm_root(struct share *share);
/* What a directory that is known already is: no request. */
int memory_request_peek(struct share *share, const char *path, struct entry *entry);
int memory_request_lookup(struct share *share, const char *path, struct entry *entry);
int memory_request_make_directory(struct share *share, const char *path,
                                  const struct ownership *ownership);
int memory_request_set_ownership(struct share *share, const char *path,
                                 const struct ownership *ownership);
int memory_request_list(struct share *share, const char *path, char ***names, size_t *count);
/* The attributes too, but no texts. */
int memory_request_read_folder(struct share *share, const char *path, struct folder_entry **entries,
                               size_t *count);
int memory_request_rename(struct share *share, const char *from, const char *to);
int memory_request_remove_file(struct share *share, const char *path);
int memory_request_remove_directory(struct share *share, const char *path);
int memory_request_create(struct share *share, const char *path);
int memory_request_write(struct share *share, const char *path, const char *text, size_t length);
/* What a file holds. -ESTALE when it is not the one with this file id any more. Caller frees. */
int memory_request_read(struct share *share, const char *path, uint64_t file_id, char **text,
                        size_t *length);
int memory_request_make_symlink(struct share *share, const char *path, const char *text);
int memory_request_read_symlink(struct share *share, const char *path, char **text);
int memory_request_space(struct share *share, struct space *space);
