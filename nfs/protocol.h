/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/address.h"
#include "nfs/connection.h"
#include "nfs/entry.h"

/*
 * What a share needs from a version of NFS: single requests by handle, none of which follows a
 * symlink. NFSv3 (v3.c) and NFSv4.0 (v4.c) both implement it. Results are 0 or a negative errno.
 */
enum { HANDLE_SIZE = 128, NFS_PORT = 2049 };

struct handle {
    unsigned length;
    char bytes[HANDLE_SIZE];
};

/* -EPROTO when the server's handle is longer than the protocol allows. */
MUST_CHECK int handle_set(struct handle *handle, size_t length, const char *bytes);

/* A directory entry that was looked up. */
struct node {
    struct handle handle;
    struct entry entry;
};

/* A listing; it ends early, between two requests, once it has `limit` names. */
struct names {
    char **items;
    size_t count;
    size_t limit; /* 0: none */
};

/* One of several files that are read at once. */
struct wanted_file {
    struct handle parent;
    const char *name;
    /* Room for SHARE_TOGETHER_SIZE bytes; becomes NULL where the file is larger, is none, changes
     * or cannot be read: it is to be read by itself, which says why. */
    char *text;
    size_t length;
};

struct protocol {
    /* The export's root; `host` is the server's numeric address. */
    int (*find_root)(struct connection *connection, const char *host, const struct address *address,
                     struct node *root);
    int (*lookup)(struct connection *connection, const struct handle *directory, const char *name,
                  struct node *node);
    int (*inspect)(struct connection *connection, const struct handle *handle, struct entry *entry);
    /* One request with mode and owner; what the server made of them is in `node`. */
    int (*make_directory)(struct connection *connection, const struct handle *parent,
                          const char *name, const struct ownership *ownership, struct node *node);
    /* What the server made of it is in `entry`. */
    int (*set_ownership)(struct connection *connection, const struct handle *handle,
                         const struct ownership *ownership, struct entry *entry);
    int (*list)(struct connection *connection, const struct handle *directory, struct names *names);
    /* May remove the other kind as well: look first. */
    int (*remove_directory)(struct connection *connection, const struct handle *parent,
                            const char *name);
    int (*remove_file)(struct connection *connection, const struct handle *parent,
                       const char *name);
    /* Replaces silently what is called `to`. */
    int (*rename)(struct connection *connection, const struct handle *from_parent, const char *from,
                  const struct handle *to_parent, const char *to);
    /* A new file with this text, on stable storage when it returns. */
    int (*write_file)(struct connection *connection, const struct handle *parent, const char *name,
                      const char *text, size_t length);
    /* At most `*length` bytes from `offset`; `*length` becomes what was read, 0 at the end. */
    int (*read_file)(struct connection *connection, const struct handle *file, uint64_t offset,
                     char *text, size_t *length);
    /* All their requests are under way together. A file without a name has no text. */
    void (*read_files)(struct connection *connection, struct wanted_file *files, size_t count);
    int (*space)(struct connection *connection, const struct handle *root, struct space *space);
};

extern const struct protocol protocol_v3;
extern const struct protocol protocol_v4;

/* "." and ".." are left out. */
void names_add(struct names *names, const char *name, size_t length);
bool names_full(const struct names *names);
void names_free(struct names *names);
