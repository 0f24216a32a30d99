/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/protocol.h"
#include "nfs/v4_attributes.h"

/* One NFSv4 request: operations that go on from each other's file handle. */
enum { OPERATIONS_MAX = 8 };

/* A request being put together, and where the parts of its answer go. */
struct compound {
    nfs_argop4 *operations;
    unsigned count;
    nfs_argop4 few[OPERATIONS_MAX];

    struct handle *handle;         /* of GETFH */
    struct attributes *attributes; /* of GETATTR */
    READDIR4resok *list;
    struct names *names;
    char *text; /* of READ */
    size_t *length;
    size_t *written;
    OPEN4resok *open;
    SETCLIENTID4resok *client;
};

/* Points into `text`. */
utf8string compound_text(const char *text);

/* Another operation, all zeros but for its number; room for OPERATIONS_MAX of them, unless
 * `operations` is the caller's. */
nfs_argop4 *compound_add(struct compound *compound, nfs_opnum4 operation);
void compound_add_handle(struct compound *compound, const struct handle *handle);
void compound_add_lookup(struct compound *compound, const char *name);
void compound_add_getattr(struct compound *compound, uint32_t wanted[ATTRIBUTE_WORDS],
                          struct attributes *attributes);

/* The handle and the attributes of what the operations before have led to. */
void compound_add_node(struct compound *compound, struct handle *handle,
                       uint32_t wanted[ATTRIBUTE_WORDS], struct attributes *attributes);

/* What connection_wait wants, for a compound that lives until then. */
int compound_queue(struct connection *connection, struct compound *compound, struct call *call);

/* 0 when all operations succeeded, otherwise the negative errno of the first that did not. */
MUST_CHECK int compound_send(struct connection *connection, struct compound *compound);
