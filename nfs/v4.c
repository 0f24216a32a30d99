/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/protocol.h"
#include "nfs/v4_compound.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/*
 * NFSv4.0: one request, a compound of operations on a current file handle. Nothing but writing a
 * file needs state on the server, so that there is no lease to keep alive: reads, writes and
 * SETATTR go with the anonymous state id, all zeros, and only OPEN needs a client id.
 */

enum {
    LIST_SIZE = 32 * 1024,
    /* libnfs 4 encodes a compound into 4 KiB. */
    WRITE_SIZE = 3 * 1024,
};

static int v4_inspect(struct connection *connection, const struct handle *handle,
                      struct entry *entry)
{
    uint32_t wanted[] = ATTRIBUTES_OF_ENTRY;
    struct attributes found = {0};
    struct compound compound = {0};
    compound_add_handle(&compound, handle);
    compound_add_getattr(&compound, wanted, &found);
    int status = compound_send(connection, &compound);
    return status < 0 ? status : attributes_entry(&found, entry);
}

static int v4_lookup(struct connection *connection, const struct handle *directory,
                     const char *name, struct node *node)
{
    uint32_t wanted[] = ATTRIBUTES_OF_ENTRY;
    struct attributes found = {0};
    struct compound compound = {0};
    compound_add_handle(&compound, directory);
    compound_add_lookup(&compound, name);
    compound_add_node(&compound, &node->handle, wanted, &found);
    int status = compound_send(connection, &compound);
    return status < 0 ? status : attributes_entry(&found, &node->entry);
}

/* All components of the export's path in one request. */
static int v4_find_root(struct connection *connection, const char *host,
                        const struct address *address, struct node *root)
{
    (void)host;
    uint32_t wanted[] = ATTRIBUTES_OF_ENTRY;
    struct attributes found = {0};
    autofree char *path = memory_copy(address->path);
    autofree nfs_argop4 *operations =
        memory_grow(NULL, OPERATIONS_MAX + strlen(path), sizeof *operations);
    struct compound compound = {.operations = operations};
    char *rest = NULL;
    compound_add(&compound, OP_PUTROOTFH);
    for (char *name = strtok_r(path, "/", &rest); name; name = strtok_r(NULL, "/", &rest))
        compound_add_lookup(&compound, name);
    compound_add_node(&compound, &root->handle, wanted, &found);
    int status = compound_send(connection, &compound);
    return status < 0 ? status : attributes_entry(&found, &root->entry);
}

static int v4_make_directory(struct connection *connection, const struct handle *parent,
                             const char *name, const struct ownership *ownership, struct node *node)
{
    uint32_t wanted[] = ATTRIBUTES_OF_ENTRY;
    struct attributes found = {0};
    struct encoded_attributes encoded;
    struct compound compound = {0};
    compound_add_handle(&compound, parent);
    CREATE4args *create = &compound_add(&compound, OP_CREATE)->nfs_argop4_u.opcreate;
    create->objtype.type = NF4DIR;
    create->objname = compound_text(name);
    create->createattrs = attributes_encode(&encoded, ownership);
    compound_add_node(&compound, &node->handle, wanted, &found);
    int status = compound_send(connection, &compound);
    return status < 0 ? status : attributes_entry(&found, &node->entry);
}

static int v4_set_ownership(struct connection *connection, const struct handle *handle,
                            const struct ownership *ownership, struct entry *entry)
{
    uint32_t wanted[] = ATTRIBUTES_OF_ENTRY;
    struct attributes found = {0};
    struct encoded_attributes encoded;
    struct compound compound = {0};
    compound_add_handle(&compound, handle);
    compound_add(&compound, OP_SETATTR)->nfs_argop4_u.opsetattr.obj_attributes =
        attributes_encode(&encoded, ownership);
    compound_add_getattr(&compound, wanted, &found);
    int status = compound_send(connection, &compound);
    return status < 0 ? status : attributes_entry(&found, entry);
}

static int v4_list(struct connection *connection, const struct handle *directory,
                   struct names *names)
{
    entry4 last = {0};
    READDIR4resok list = {.reply.entries = &last};
    int status = 0;
    while (status == 0 && !list.reply.eof && !names_full(names)) {
        struct compound compound = {.list = &list, .names = names};
        compound_add_handle(&compound, directory);
        READDIR4args *args = &compound_add(&compound, OP_READDIR)->nfs_argop4_u.opreaddir;
        args->cookie = last.cookie;
        memcpy(args->cookieverf, list.cookieverf, sizeof args->cookieverf);
        args->dircount = args->maxcount = LIST_SIZE;
        status = compound_send(connection, &compound);
    }
    return status;
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

/* Introduce ourselves, under a name that no other connection has. */
static int set_client(struct connection *connection)
{
    unsigned char random[16];
    char name[sizeof "mooring " + 2 * sizeof random] = "mooring ";
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return -EIO;
    for (size_t i = 0; i < sizeof random; i++)
        sprintf(name + strlen(name), "%02x", random[i]);

    SETCLIENTID4resok client;
    struct compound introduce = {.client = &client};
    SETCLIENTID4args *args = &compound_add(&introduce, OP_SETCLIENTID)->nfs_argop4_u.opsetclientid;
    memcpy(args->client.verifier, random, sizeof args->client.verifier);
    args->client.id.id_val = name;
    args->client.id.id_len = (u_int)strlen(name);
    args->callback.cb_location.r_netid = "tcp";
    args->callback.cb_location.r_addr = "0.0.0.0.0.0"; /* we take no delegations */
    int status = compound_send(connection, &introduce);
    if (status < 0)
        return status;

    struct compound confirm = {0};
    SETCLIENTID_CONFIRM4args *confirm_args =
        &compound_add(&confirm, OP_SETCLIENTID_CONFIRM)->nfs_argop4_u.opsetclientid_confirm;
    confirm_args->clientid = client.clientid;
    memcpy(confirm_args->setclientid_confirm, client.setclientid_confirm,
           sizeof client.setclientid_confirm);
    status = compound_send(connection, &confirm);
    if (status == 0)
        *connection_client_id(connection) = client.clientid;
    return status;
}

/*
 * Every file has an open owner of its own, so that no sequence of calls has to be kept up, not even
 * over an error: OPEN is 0, OPEN_CONFIRM 1 where the server asks for it, CLOSE the last.
 */
struct open_file {
    struct handle handle;
    OPEN4resok open;
};

static int open_new_file(struct connection *connection, const struct handle *parent,
                         const char *name, struct open_file *file)
{
    const struct ownership private = {.mode = 0600, .uid = OWNER_ANY, .gid = GROUP_ANY};
    struct encoded_attributes encoded;
    struct compound compound = {.open = &file->open, .handle = &file->handle};
    compound_add_handle(&compound, parent);
    OPEN4args *args = &compound_add(&compound, OP_OPEN)->nfs_argop4_u.opopen;
    args->share_access = OPEN4_SHARE_ACCESS_WRITE;
    args->owner.clientid = *connection_client_id(connection);
    args->owner.owner.owner_val = (char *)name;
    args->owner.owner.owner_len = (u_int)strlen(name);
    args->openhow.opentype = OPEN4_CREATE;
    args->openhow.openflag4_u.how.mode = GUARDED4;
    args->openhow.openflag4_u.how.createhow4_u.createattrs = attributes_encode(&encoded, &private);
    args->claim.claim = CLAIM_NULL;
    args->claim.open_claim4_u.file = compound_text(name);
    compound_add(&compound, OP_GETFH);
    return compound_send(connection, &compound);
}

static int open_with_client(struct connection *connection, const struct handle *parent,
                            const char *name, struct open_file *file)
{
    int status = -EOWNERDEAD;
    /* The client id is good until the server restarts or the lease runs out unused. */
    for (int tries = 0; tries < 2 && status == -EOWNERDEAD; tries++) {
        bool known = *connection_client_id(connection) != 0 && tries == 0;
        status = known ? 0 : set_client(connection);
        if (status == 0)
            status = open_new_file(connection, parent, name, file);
    }
    return status;
}

/* One part of the text; confirms the open before the first one, closes after the last one. */
static int write_part(struct connection *connection, const struct open_file *file, const char *text,
                      size_t length, size_t *offset)
{
    bool confirm = file->open.rflags & OPEN4_RESULT_CONFIRM;
    size_t left = length - *offset;
    size_t size = left < WRITE_SIZE ? left : WRITE_SIZE;
    size_t written = 0;
    struct compound compound = {.written = &written};
    compound_add_handle(&compound, &file->handle);
    if (confirm && *offset == 0) {
        OPEN_CONFIRM4args *args =
            &compound_add(&compound, OP_OPEN_CONFIRM)->nfs_argop4_u.opopen_confirm;
        args->open_stateid = file->open.stateid;
        args->seqid = 1;
    }
    WRITE4args *args = &compound_add(&compound, OP_WRITE)->nfs_argop4_u.opwrite;
    args->offset = *offset;
    args->stable = FILE_SYNC4;
    args->data.data_val = (char *)text + *offset;
    args->data.data_len = (u_int)size;
    if (size == left) {
        CLOSE4args *close = &compound_add(&compound, OP_CLOSE)->nfs_argop4_u.opclose;
        close->open_stateid = file->open.stateid;
        close->open_stateid.seqid += confirm;
        close->seqid = 1 + confirm;
    }
    int status = compound_send(connection, &compound);
    *offset += written > size ? size : written;
    bool stuck = written == 0 && left > 0;
    return status == 0 && stuck ? -EIO : status;
}

static int v4_write_file(struct connection *connection, const struct handle *parent,
                         const char *name, const char *text, size_t length)
{
    struct open_file file = {0};
    int status = open_with_client(connection, parent, name, &file);
    size_t offset = 0;
    do
        status = status < 0 ? status : write_part(connection, &file, text, length, &offset);
    while (status == 0 && offset < length);
    return status;
}

static int v4_read_file(struct connection *connection, const struct handle *file, uint64_t offset,
                        char *text, size_t *length)
{
    struct compound compound = {.text = text, .length = length};
    compound_add_handle(&compound, file);
    READ4args *args = &compound_add(&compound, OP_READ)->nfs_argop4_u.opread;
    args->offset = offset;
    args->count = (count4)*length;
    return compound_send(connection, &compound);
}

/* One of several files on its way: looked up and read in one request. */
struct reading {
    struct compound compound;
    struct attributes found;
    struct call call;
    bool is_queued;
};

static void queue_reading(struct connection *connection, struct wanted_file *file,
                          struct reading *reading)
{
    if (!file->name || !connection_rpc(connection))
        return;
    uint32_t wanted[] = ATTRIBUTES_OF_ENTRY;
    struct compound *compound = &reading->compound;
    file->length = SHARE_TOGETHER_SIZE;
    compound->text = file->text;
    compound->length = &file->length;
    compound_add_handle(compound, &file->parent);
    compound_add_lookup(compound, file->name);
    compound_add_getattr(compound, wanted, &reading->found);
    compound_add(compound, OP_READ)->nfs_argop4_u.opread.count = SHARE_TOGETHER_SIZE;
    reading->is_queued = compound_queue(connection, compound, &reading->call) >= 0;
}

static bool is_whole(struct connection *connection, const struct wanted_file *file,
                     struct reading *reading)
{
    struct entry entry;
    return reading->is_queued && connection_wait(connection, &reading->call, 0) == 0 &&
           attributes_entry(&reading->found, &entry) == 0 && entry.kind == ENTRY_FILE &&
           entry.size == file->length;
}

static void v4_read_files(struct connection *connection, struct wanted_file *files, size_t count)
{
    autofree struct reading *readings = memory_new(count * sizeof *readings);
    for (size_t i = 0; i < count; i++)
        queue_reading(connection, &files[i], &readings[i]);
    for (size_t i = 0; i < count; i++) {
        if (!is_whole(connection, &files[i], &readings[i]))
            memory_replace(&files[i].text, NULL);
    }
}

static int v4_space(struct connection *connection, const struct handle *root, struct space *space)
{
    uint32_t wanted[] = ATTRIBUTES_OF_SPACE;
    struct attributes found = {0};
    struct compound compound = {0};
    compound_add_handle(&compound, root);
    compound_add_getattr(&compound, wanted, &found);
    int status = compound_send(connection, &compound);
    *space = found.space;
    return status;
}

const struct protocol protocol_v4 = {
    .find_root = v4_find_root,
    .lookup = v4_lookup,
    .inspect = v4_inspect,
    .make_directory = v4_make_directory,
    .set_ownership = v4_set_ownership,
    .list = v4_list,
    .remove_directory = v4_remove,
    .remove_file = v4_remove,
    .rename = v4_rename,
    .write_file = v4_write_file,
    .read_file = v4_read_file,
    .read_files = v4_read_files,
    .space = v4_space,
};
