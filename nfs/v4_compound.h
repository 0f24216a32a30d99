/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/protocol.h"
#include "nfs/v4_attributes.h"

/* One NFSv4 request: a list of operations, which work on the file handle that the ones before them
 * set, and where the parts of its reply go. */
enum { OPERATIONS_MAX = 8 };

struct compound {
    nfs_argop4 *operations;
    unsigned count;
    nfs_argop4 inline_operations[OPERATIONS_MAX];
    unsigned done; /* how many operations have succeeded, once there is a reply */

    struct handle *handle;         /* of GETFH */
    const uint32_t *wanted;        /* of GETATTR, or of READDIR with `nodes` */
    struct attributes *attributes; /* of GETATTR */
    READDIR4resok *list;
    struct names *names; /* of READDIR; or, with handles and attributes, */
    struct nodes *nodes;
    char *text; /* of READ */
    size_t *length;
    size_t *written;
    struct link_text *link;
    OPEN4resok *open;
    SETCLIENTID4resok *client;
};

/* Points into `text`. */
utf8string compound_text(const char *text);

/* Add an operation, all zeros but for its number. A compound has room for OPERATIONS_MAX, unless
 * the caller has set `operations` to an array of its own. */
nfs_argop4 *compound_add(struct compound *compound, nfs_opnum4 operation);
void compound_add_handle(struct compound *compound, const struct handle *handle);
void compound_add_lookup(struct compound *compound, const char *name);
void compound_add_getattr(struct compound *compound, uint32_t wanted[ATTRIBUTE_WORDS],
                          struct attributes *attributes);

/* 0 when all operations succeeded, otherwise the negative errno of the first that did not; -EPROTO
 * when the reply has an operation that was not asked for, or too few. */
MUST_CHECK int compound_send(struct connection *connection, struct compound *compound);
