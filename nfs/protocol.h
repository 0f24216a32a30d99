/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/address.h"
#include "nfs/connection.h"
#include "nfs/entry.h"

/*
 * What a share needs from a version of NFS: single requests by file handle, none of which follows a
 * symlink. NFSv3 (v3.c) and NFSv4.0 (v4.c) both implement it. Results are 0 or a negative errno.
 */
enum { HANDLE_SIZE = 128, NFS_PORT = 2049 };

struct handle {
    unsigned length;
    char bytes[HANDLE_SIZE];
};

/* -EPROTO when the server's handle is longer than the protocol allows, or empty. */
MUST_CHECK int handle_set(struct handle *handle, size_t length, const char *bytes);

/* Whether a call ended with -ENOENT or -ESTALE: what it was about is not there, or not any more. */
bool status_is_missing(int status);
/* Whether the server said that it does not do this, rather than not now. */
bool status_is_refusal(int status);
/* 0 when the mode that a server gives suffices (nfs/entry.h), else the status that says so. */
int status_of_mode(mode_t given, mode_t wanted);

/* The result of a LOOKUP. */
struct node {
    struct handle handle;
    struct entry entry;
};

/* The result of listing the names in a directory, without "." and "..". */
struct names {
    char **items;
    size_t count;
    size_t limit; /* no further request is sent once there are so many; 0: no limit */
};

/* The most that is taken of one directory, so that a server whose listing does not end cannot fill
 * the memory. An entry with handle and attributes takes ten times the memory of a name. */
enum { LISTED_NAMES_MAX = 1000 * 1000, LISTED_NODES_MAX = 100 * 1000 };

/* -EPROTO for an empty name, -E2BIG when there are too many. */
MUST_CHECK int names_add(struct names *names, const char *name, size_t length);
bool names_full(const struct names *names);

/* Sort by bytes, and drop what is there twice: NFS-Ganesha lists names again when the directory
 * changes meanwhile. */
void names_sort(struct names *names);
void names_free(struct names *names);

/* An entry of a directory that is listed with handles and attributes. */
struct named_node {
    char *name;
    struct node node;
    bool is_complete; /* false: the server sent the name, but no handle or no attributes */
};

/* The result of listing a directory so, without "." and "..". */
struct nodes {
    struct named_node *items;
    size_t count;
};

/* `node` is NULL when the server did not send it. Fails as names_add does. */
MUST_CHECK int nodes_add(struct nodes *nodes, const char *name, size_t length,
                         const struct node *node);

/* Sort by bytes, and drop what is there twice; -ESTALE when that is not the same twice. */
int nodes_sort(struct nodes *nodes);
void nodes_free(struct nodes *nodes);

/* The text of a symlink, NUL-terminated, and its length as the server says it. */
struct link_text {
    char *bytes;
    size_t length;
};

/* A file to be made. */
struct new_file {
    const struct handle *parent;
    const char *name;
    const char *text;
    size_t length;
};

/* A part of a file that is read. */
struct file_part {
    char *text;
    size_t length;      /* the room, then the bytes that were read; 0 at the end */
    struct entry entry; /* the file as it was then, when has_entry */
    bool has_entry;
};

/* Mode 0600, the owner is left to the server. */
extern const struct ownership new_file_ownership;

struct protocol {
    /* The export's root; `host` is the server's numeric address. */
    int (*find_root)(struct connection *connection, const char *host, const struct address *address,
                     struct node *root);
    int (*lookup)(struct connection *connection, const struct handle *directory, const char *name,
                  struct node *node);
    int (*inspect)(struct connection *connection, const struct handle *handle, struct entry *entry);
    /* One request with mode and owner. `node` has those that the server really set. */
    int (*make_directory)(struct connection *connection, const struct handle *parent,
                          const char *name, const struct ownership *ownership, struct node *node);
    /* -ESTALE when it was changed since `node` was read, also by a request like this: one that
     * comes late changes nothing. `entry` has the mode and owner that the server really set. */
    int (*set_ownership)(struct connection *connection, const struct node *node,
                         const struct ownership *ownership, struct entry *entry);
    int (*list)(struct connection *connection, const struct handle *directory, struct names *names);
    int (*list_nodes)(struct connection *connection, const struct handle *directory,
                      struct nodes *nodes);
    /* Some servers let each of these two remove what the other is for: look it up first. */
    int (*remove_directory)(struct connection *connection, const struct handle *parent,
                            const char *name);
    int (*remove_file)(struct connection *connection, const struct handle *parent,
                       const char *name);
    /* An existing file `to` is replaced. */
    int (*rename)(struct connection *connection, const struct handle *from_parent, const char *from,
                  const struct handle *to_parent, const char *to);
    /* Make a file, on stable storage when it returns; -EEXIST when `name` exists. `*created` tells
     * whether it was made, after a failure too. */
    int (*write_file)(struct connection *connection, const struct new_file *file, bool *created);
    int (*read_file)(struct connection *connection, const struct handle *file, uint64_t offset,
                     struct file_part *part);
    /* -EEXIST when `name` exists. */
    int (*make_symlink)(struct connection *connection, const struct handle *parent,
                        const char *name, const char *text);
    /* FAILURE_NO_SYMLINK when it is something else. `text` begins as zeros; its bytes are freed by
     * the caller, after a failure too. */
    int (*read_symlink)(struct connection *connection, const struct handle *parent,
                        const char *name, struct link_text *text);
    int (*space)(struct connection *connection, const struct handle *root, struct space *space);
};

extern const struct protocol protocol_v3;
extern const struct protocol protocol_v4;
