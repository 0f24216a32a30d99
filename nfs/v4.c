/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/protocol.h"
#include "nfs/v4_compound.h"
#include "nfs/v4_file.h"
#include "nfs/v4_symlink.h"

#include <errno.h>
#include <string.h>

/* NFSv4.0: each request is a compound of operations on a current file handle. */

enum { LIST_SIZE = 32 * 1024 };

/* Send `compound` and read the attributes of its current file handle. */
static int send_for_entry(struct connection *connection, struct compound *compound,
                          struct entry *entry)
{
    uint32_t wanted[] = ATTRIBUTES_OF_ENTRY;
    struct attributes found = {0};
    compound_add_getattr(compound, wanted, &found);
    int status = compound_send(connection, compound);
    return status < 0 ? status : attributes_entry(&found, entry);
}

/* The same, and the handle itself. */
static int send_for_node(struct connection *connection, struct compound *compound,
                         struct node *node)
{
    compound->handle = &node->handle;
    compound_add(compound, OP_GETFH);
    return send_for_entry(connection, compound, &node->entry);
}

/* All components of the export's path in one request. */
static int v4_find_root(struct connection *connection, const char *host,
                        const struct address *address, struct node *root)
{
    (void)host;
    autofree char *path = memory_copy(address->path);
    autofree nfs_argop4 *operations =
        memory_grow(NULL, OPERATIONS_MAX + strlen(path), sizeof *operations);
    struct compound compound = {.operations = operations};
    char *rest = NULL;
    compound_add(&compound, OP_PUTROOTFH);
    for (char *name = strtok_r(path, "/", &rest); name; name = strtok_r(NULL, "/", &rest))
        compound_add_lookup(&compound, name);
    return send_for_node(connection, &compound, root);
}

static int v4_inspect(struct connection *connection, const struct handle *handle,
                      struct entry *entry)
{
    struct compound compound = {0};
    compound_add_handle(&compound, handle);
    return send_for_entry(connection, &compound, entry);
}

static int v4_lookup(struct connection *connection, const struct handle *directory,
                     const char *name, struct node *node)
{
    struct compound compound = {0};
    compound_add_handle(&compound, directory);
    compound_add_lookup(&compound, name);
    return send_for_node(connection, &compound, node);
}

/* As "invalid" some servers refuse an owner by number. */
static int status_of_ownership(int status, const struct ownership *ownership)
{
    bool has_owner = ownership->uid != OWNER_ANY || ownership->gid != GROUP_ANY;
    return status == -EINVAL && has_owner ? -EUSERS : status;
}

static int v4_make_directory(struct connection *connection, const struct handle *parent,
                             const char *name, const struct ownership *ownership, struct node *node)
{
    struct encoded_attributes encoded;
    struct compound compound = {0};
    compound_add_handle(&compound, parent);
    CREATE4args *create = &compound_add(&compound, OP_CREATE)->nfs_argop4_u.opcreate;
    create->objtype.type = NF4DIR;
    create->objname = compound_text(name);
    create->createattrs = attributes_encode(&encoded, ownership);
    return status_of_ownership(send_for_node(connection, &compound, node), ownership);
}

static int v4_set_ownership(struct connection *connection, const struct node *node,
                            const struct ownership *ownership, struct entry *entry)
{
    struct encoded_attributes encoded, unchanged;
    struct compound compound = {0};
    compound_add_handle(&compound, &node->handle);
    compound_add(&compound, OP_VERIFY)->nfs_argop4_u.opverify.obj_attributes =
        attributes_encode_changed(&unchanged, &node->entry);
    compound_add(&compound, OP_SETATTR)->nfs_argop4_u.opsetattr.obj_attributes =
        attributes_encode(&encoded, ownership);
    return status_of_ownership(send_for_entry(connection, &compound, entry), ownership);
}

static bool is_listed(const READDIR4resok *list, const struct names *names)
{
    return list->reply.eof || (names && names_full(names));
}

/* Either `names` or `nodes` is NULL. */
static int list_all(struct connection *connection, const struct handle *directory,
                    struct names *names, struct nodes *nodes)
{
    uint32_t wanted[] = ATTRIBUTES_OF_ENTRY;
    entry4 last = {0};
    READDIR4resok list = {.reply.entries = &last};
    int status = 0;
    /* With RDATTR_ERROR one bad entry does not fail the whole directory. */
    wanted[0] |= 1U << FATTR4_FILEHANDLE | 1U << FATTR4_RDATTR_ERROR;
    while (status == 0 && !is_listed(&list, names)) {
        struct compound compound = {
            .list = &list, .names = names, .nodes = nodes, .wanted = wanted};
        compound_add_handle(&compound, directory);
        READDIR4args *args = &compound_add(&compound, OP_READDIR)->nfs_argop4_u.opreaddir;
        args->cookie = last.cookie;
        memcpy(args->cookieverf, list.cookieverf, sizeof args->cookieverf);
        args->dircount = args->maxcount = LIST_SIZE;
        if (nodes)
            args->attr_request = (bitmap4){.bitmap4_len = ATTRIBUTE_WORDS, .bitmap4_val = wanted};
        status = compound_send(connection, &compound);
        if (status == 0 && !is_listed(&list, names))
            status = connection_go_on(connection);
    }
    return status;
}

static int v4_list(struct connection *connection, const struct handle *directory,
                   struct names *names)
{
    return list_all(connection, directory, names, NULL);
}

static int v4_list_nodes(struct connection *connection, const struct handle *directory,
                         struct nodes *nodes)
{
    return list_all(connection, directory, NULL, nodes);
}

static int v4_remove(struct connection *connection, const struct handle *parent, const char *name)
{
    struct compound compound = {0};
    compound_add_handle(&compound, parent);
    compound_add(&compound, OP_REMOVE)->nfs_argop4_u.opremove.target = compound_text(name);
    return compound_send(connection, &compound);
}

static int v4_rename(struct connection *connection, const struct handle *from_parent,
                     const char *from, const struct handle *to_parent, const char *to)
{
    struct compound compound = {0};
    compound_add_handle(&compound, from_parent);
    compound_add(&compound, OP_SAVEFH);
    compound_add_handle(&compound, to_parent);
    RENAME4args *args = &compound_add(&compound, OP_RENAME)->nfs_argop4_u.oprename;
    args->oldname = compound_text(from);
    args->newname = compound_text(to);
    return compound_send(connection, &compound);
}

static int v4_space(struct connection *connection, const struct handle *root, struct space *space)
{
    uint32_t wanted[] = ATTRIBUTES_OF_SPACE;
    struct attributes found = {0};
    struct compound compound = {0};
    compound_add_handle(&compound, root);
    compound_add_getattr(&compound, wanted, &found);
    int status = compound_send(connection, &compound);
    return status < 0 ? status : attributes_space(&found, space);
}

const struct protocol protocol_v4 = {
    .find_root = v4_find_root,
    .lookup = v4_lookup,
    .inspect = v4_inspect,
    .make_directory = v4_make_directory,
    .set_ownership = v4_set_ownership,
    .list = v4_list,
    .list_nodes = v4_list_nodes,
    .remove_directory = v4_remove,
    .remove_file = v4_remove,
    .rename = v4_rename,
    .write_file = v4_write_file,
    .read_file = v4_read_file,
    .make_symlink = v4_make_symlink,
    .read_symlink = v4_read_symlink,
    .space = v4_space,
};
