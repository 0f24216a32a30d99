/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/v4_symlink.h"

#include "nfs/failure.h"
#include "nfs/v4_compound.h"

#include <errno.h>

int v4_make_symlink(struct connection *connection, const struct handle *parent, const char *name,
                    const char *text)
{
    struct compound compound = {0};
    compound_add_handle(&compound, parent);
    CREATE4args *create = &compound_add(&compound, OP_CREATE)->nfs_argop4_u.opcreate;
    create->objtype.type = NF4LNK;
    create->objtype.createtype4_u.linkdata = compound_text(text);
    create->objname = compound_text(name);
    return compound_send(connection, &compound);
}

/* In one request: the attributes say what it is when it cannot be read as a symlink. */
int v4_read_symlink(struct connection *connection, const struct handle *parent, const char *name,
                    struct link_text *text)
{
    uint32_t wanted[] = ATTRIBUTES_OF_ENTRY;
    struct attributes found = {0};
    struct compound compound = {.link = text};
    compound_add_handle(&compound, parent);
    compound_add_lookup(&compound, name);
    compound_add_getattr(&compound, wanted, &found);
    compound_add(&compound, OP_READLINK);
    int status = compound_send(connection, &compound);
    if (status < 0 && found.type && found.type != NF4LNK)
        return FAILURE_NO_SYMLINK;
    bool is_gone = found.type && (status_is_missing(status) || status == -EINVAL);
    return is_gone ? -ESTALE : status;
}
