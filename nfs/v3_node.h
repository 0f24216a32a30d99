/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/libnfs.h"
#include "nfs/protocol.h"

#include <nfsc/libnfs-raw-nfs.h>

/* NFSv3 requests and replies about one entry. The arguments point into the parameters. */
nfs_fh3 v3_handle_argument(const struct handle *handle);
diropargs3 v3_entry_argument(const struct handle *directory, const char *name);
sattr3 v3_ownership_argument(const struct ownership *ownership);
/* Only what was not changed since then. */
sattrguard3 v3_unchanged_argument(const struct entry *entry);

/* A node and which parts of it the server sent: handle and attributes are optional in NFSv3. */
struct v3_partial_node {
    struct node *node;
    bool has_handle;
    bool has_attributes;
};

/* False when the server sent no attributes. */
bool v3_decode_entry(struct entry *entry, const post_op_attr *attributes);
/* `handle` is NULL when the server sent none. 0 or a negative errno. */
int v3_decode_node(struct v3_partial_node *result, const nfs_fh3 *handle,
                   const post_op_attr *attributes);
/* For struct call, without a result. The replies to RMDIR, REMOVE, RENAME and SYMLINK begin with
 * the status, which is all that is needed. */
int v3_decode_status(void *result, const void *reply);

int v3_inspect(struct connection *connection, const struct handle *handle, struct entry *entry);
int v3_lookup(struct connection *connection, const struct handle *directory, const char *name,
              struct node *node);
