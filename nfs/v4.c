/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/failure.h"
#include "nfs/libnfs.h"
#include "nfs/protocol.h"
#include "nfs/v4_attributes.h"

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
    OPERATIONS_MAX = 8,
};

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

static utf8string text_argument(const char *text)
{
    return (utf8string){.utf8string_len = (u_int)strlen(text), .utf8string_val = (char *)text};
}

static nfs_argop4 *add(struct compound *compound, nfs_opnum4 operation)
{
    if (!compound->operations)
        compound->operations = compound->few;
    nfs_argop4 *added = &compound->operations[compound->count++];
    memset(added, 0, sizeof *added);
    added->argop = operation;
    return added;
}

static void add_handle(struct compound *compound, const struct handle *handle)
{
    nfs_fh4 *argument = &add(compound, OP_PUTFH)->nfs_argop4_u.opputfh.object;
    argument->nfs_fh4_len = handle->length;
    argument->nfs_fh4_val = (char *)handle->bytes;
}

static void add_lookup(struct compound *compound, const char *name)
{
    add(compound, OP_LOOKUP)->nfs_argop4_u.oplookup.objname = text_argument(name);
}

static void add_getattr(struct compound *compound, uint32_t wanted[ATTRIBUTE_WORDS],
                        struct attributes *attributes)
{
    compound->attributes = attributes;
    bitmap4 *request = &add(compound, OP_GETATTR)->nfs_argop4_u.opgetattr.attr_request;
    request->bitmap4_len = ATTRIBUTE_WORDS;
    request->bitmap4_val = wanted;
}

static void add_node(struct compound *compound, struct handle *handle, uint32_t wanted[],
                     struct attributes *attributes)
{
    compound->handle = handle;
    add(compound, OP_GETFH);
    add_getattr(compound, wanted, attributes);
}

static int take_handle(struct handle *handle, const nfs_fh4 *found)
{
    if (found->nfs_fh4_len > HANDLE_SIZE)
        return -EPROTO;
    handle->length = found->nfs_fh4_len;
    memcpy(handle->bytes, found->nfs_fh4_val, found->nfs_fh4_len);
    return 0;
}

static int take_list(struct compound *compound, const READDIR4resok *part)
{
    memcpy(compound->list->cookieverf, part->cookieverf, sizeof part->cookieverf);
    compound->list->reply.eof = part->reply.eof || !part->reply.entries;
    entry4 entry;
    for (const void *next = part->reply.entries; next; next = entry.nextentry) {
        memcpy(&entry, next, sizeof entry);
        names_add(compound->names, entry.name.utf8string_val, entry.name.utf8string_len);
        compound->list->reply.entries->cookie = entry.cookie;
    }
    return 0;
}

static int take_text(struct compound *compound, const READ4resok *part)
{
    if (part->data.data_len > *compound->length)
        return -EPROTO;
    *compound->length = part->data.data_len;
    memcpy(compound->text, part->data.data_val, part->data.data_len);
    return 0;
}

static int take_operation(struct compound *compound, const nfs_resop4 *answer)
{
    switch (answer->resop) {
    case OP_GETFH:
        return take_handle(compound->handle,
                           &answer->nfs_resop4_u.opgetfh.GETFH4res_u.resok4.object);
    case OP_GETATTR:
        return attributes_decode(
            compound->attributes,
            &answer->nfs_resop4_u.opgetattr.GETATTR4res_u.resok4.obj_attributes);
    case OP_READDIR:
        return take_list(compound, &answer->nfs_resop4_u.opreaddir.READDIR4res_u.resok4);
    case OP_READ:
        return take_text(compound, &answer->nfs_resop4_u.opread.READ4res_u.resok4);
    case OP_WRITE:
        *compound->written = answer->nfs_resop4_u.opwrite.WRITE4res_u.resok4.count;
        return 0;
    case OP_OPEN:
        *compound->open = answer->nfs_resop4_u.opopen.OPEN4res_u.resok4;
        return 0;
    case OP_SETCLIENTID:
        *compound->client = answer->nfs_resop4_u.opsetclientid.SETCLIENTID4res_u.resok4;
        return 0;
    default:
        return 0;
    }
}

/* libnfs aligns what it decodes to 4 bytes only, hence the copy. */
static nfs_resop4 get_operation(const COMPOUND4res *answer, unsigned i)
{
    nfs_resop4 operation;
    memcpy(&operation, &answer->resarray.resarray_val[i], sizeof operation);
    return operation;
}

/* The last answer is the one that failed, and then has nothing but its status. */
static int take_compound(void *result, const void *reply)
{
    struct compound *compound = result;
    const COMPOUND4res *answer = reply;
    unsigned count = answer->resarray.resarray_len;
    unsigned good = answer->status == NFS4_OK ? count : count - (count > 0);
    int status = 0;
    for (unsigned i = 0; i < good && status == 0; i++) {
        nfs_resop4 operation = get_operation(answer, i);
        status = take_operation(compound, &operation);
    }
    if (status < 0)
        return status;
    if (answer->status == NFS4_OK)
        return good < compound->count ? -EPROTO : 0;
    /* All was written; a file that stays open is closed by the server when the lease is over. */
    bool only_close = count > 0 && get_operation(answer, count - 1).resop == OP_CLOSE;
    return only_close ? 0 : failure_status(answer->status);
}

static int send_compound(struct connection *connection, struct compound *compound)
{
    COMPOUND4args args = {
        .argarray = {.argarray_len = compound->count, .argarray_val = compound->operations}};
    struct call call = {.take = take_compound, .result = compound};
    int queued = rpc_nfs4_compound_async(connection_rpc(connection), call_finish, &args, &call);
    return connection_wait(connection, &call, queued);
}

static int v4_inspect(struct connection *connection, const struct handle *handle,
                      struct entry *entry)
{
    uint32_t wanted[] = ATTRIBUTES_OF_ENTRY;
    struct attributes found = {0};
    struct compound compound = {0};
    add_handle(&compound, handle);
    add_getattr(&compound, wanted, &found);
    int status = send_compound(connection, &compound);
    return status < 0 ? status : attributes_entry(&found, entry);
}

static int v4_lookup(struct connection *connection, const struct handle *directory,
                     const char *name, struct node *node)
{
    uint32_t wanted[] = ATTRIBUTES_OF_ENTRY;
    struct attributes found = {0};
    struct compound compound = {0};
    add_handle(&compound, directory);
    add_lookup(&compound, name);
    add_node(&compound, &node->handle, wanted, &found);
    int status = send_compound(connection, &compound);
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
    add(&compound, OP_PUTROOTFH);
    for (char *name = strtok_r(path, "/", &rest); name; name = strtok_r(NULL, "/", &rest))
        add_lookup(&compound, name);
    add_node(&compound, &root->handle, wanted, &found);
    int status = send_compound(connection, &compound);
    return status < 0 ? status : attributes_entry(&found, &root->entry);
}

static int v4_make_directory(struct connection *connection, const struct handle *parent,
                             const char *name, const struct ownership *ownership, struct node *node)
{
    uint32_t wanted[] = ATTRIBUTES_OF_ENTRY;
    struct attributes found = {0};
    struct encoded_attributes encoded;
    struct compound compound = {0};
    add_handle(&compound, parent);
    CREATE4args *create = &add(&compound, OP_CREATE)->nfs_argop4_u.opcreate;
    create->objtype.type = NF4DIR;
    create->objname = text_argument(name);
    create->createattrs = attributes_encode(&encoded, ownership);
    add_node(&compound, &node->handle, wanted, &found);
    int status = send_compound(connection, &compound);
    return status < 0 ? status : attributes_entry(&found, &node->entry);
}

static int v4_set_ownership(struct connection *connection, const struct handle *handle,
                            const struct ownership *ownership, struct entry *entry)
{
    uint32_t wanted[] = ATTRIBUTES_OF_ENTRY;
    struct attributes found = {0};
    struct encoded_attributes encoded;
    struct compound compound = {0};
    add_handle(&compound, handle);
    add(&compound, OP_SETATTR)->nfs_argop4_u.opsetattr.obj_attributes =
        attributes_encode(&encoded, ownership);
    add_getattr(&compound, wanted, &found);
    int status = send_compound(connection, &compound);
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
        add_handle(&compound, directory);
        READDIR4args *args = &add(&compound, OP_READDIR)->nfs_argop4_u.opreaddir;
        args->cookie = last.cookie;
        memcpy(args->cookieverf, list.cookieverf, sizeof args->cookieverf);
        args->dircount = args->maxcount = LIST_SIZE;
        status = send_compound(connection, &compound);
    }
    return status;
}

static int v4_remove(struct connection *connection, const struct handle *parent, const char *name)
{
    struct compound compound = {0};
    add_handle(&compound, parent);
    add(&compound, OP_REMOVE)->nfs_argop4_u.opremove.target = text_argument(name);
    return send_compound(connection, &compound);
}

static int v4_rename(struct connection *connection, const struct handle *from_parent,
                     const char *from, const struct handle *to_parent, const char *to)
{
    struct compound compound = {0};
    add_handle(&compound, from_parent);
    add(&compound, OP_SAVEFH);
    add_handle(&compound, to_parent);
    RENAME4args *args = &add(&compound, OP_RENAME)->nfs_argop4_u.oprename;
    args->oldname = text_argument(from);
    args->newname = text_argument(to);
    return send_compound(connection, &compound);
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
    SETCLIENTID4args *args = &add(&introduce, OP_SETCLIENTID)->nfs_argop4_u.opsetclientid;
    memcpy(args->client.verifier, random, sizeof args->client.verifier);
    args->client.id.id_val = name;
    args->client.id.id_len = (u_int)strlen(name);
    args->callback.cb_location.r_netid = "tcp";
    args->callback.cb_location.r_addr = "0.0.0.0.0.0"; /* we take no delegations */
    int status = send_compound(connection, &introduce);
    if (status < 0)
        return status;

    struct compound confirm = {0};
    SETCLIENTID_CONFIRM4args *confirm_args =
        &add(&confirm, OP_SETCLIENTID_CONFIRM)->nfs_argop4_u.opsetclientid_confirm;
    confirm_args->clientid = client.clientid;
    memcpy(confirm_args->setclientid_confirm, client.setclientid_confirm,
           sizeof client.setclientid_confirm);
    status = send_compound(connection, &confirm);
    if (status == 0)
        *connection_client(connection) = client.clientid;
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
    add_handle(&compound, parent);
    OPEN4args *args = &add(&compound, OP_OPEN)->nfs_argop4_u.opopen;
    args->share_access = OPEN4_SHARE_ACCESS_WRITE;
    args->owner.clientid = *connection_client(connection);
    args->owner.owner.owner_val = (char *)name;
    args->owner.owner.owner_len = (u_int)strlen(name);
    args->openhow.opentype = OPEN4_CREATE;
    args->openhow.openflag4_u.how.mode = GUARDED4;
    args->openhow.openflag4_u.how.createhow4_u.createattrs = attributes_encode(&encoded, &private);
    args->claim.claim = CLAIM_NULL;
    args->claim.open_claim4_u.file = text_argument(name);
    add(&compound, OP_GETFH);
    return send_compound(connection, &compound);
}

static int open_with_client(struct connection *connection, const struct handle *parent,
                            const char *name, struct open_file *file)
{
    int status = -EOWNERDEAD;
    /* The client id is good until the server restarts or the lease runs out unused. */
    for (int tries = 0; tries < 2 && status == -EOWNERDEAD; tries++) {
        bool known = *connection_client(connection) != 0 && tries == 0;
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
    add_handle(&compound, &file->handle);
    if (confirm && *offset == 0) {
        OPEN_CONFIRM4args *args = &add(&compound, OP_OPEN_CONFIRM)->nfs_argop4_u.opopen_confirm;
        args->open_stateid = file->open.stateid;
        args->seqid = 1;
    }
    WRITE4args *args = &add(&compound, OP_WRITE)->nfs_argop4_u.opwrite;
    args->offset = *offset;
    args->stable = FILE_SYNC4;
    args->data.data_val = (char *)text + *offset;
    args->data.data_len = (u_int)size;
    if (size == left) {
        CLOSE4args *close = &add(&compound, OP_CLOSE)->nfs_argop4_u.opclose;
        close->open_stateid = file->open.stateid;
        close->open_stateid.seqid += confirm;
        close->seqid = 1 + confirm;
    }
    int status = send_compound(connection, &compound);
    *offset += written > size ? size : written;
    return status == 0 && written == 0 && size > 0 ? -EIO : status;
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
    add_handle(&compound, file);
    READ4args *args = &add(&compound, OP_READ)->nfs_argop4_u.opread;
    args->offset = offset;
    args->count = (count4)*length;
    return send_compound(connection, &compound);
}

static int v4_space(struct connection *connection, const struct handle *root, struct space *space)
{
    uint32_t wanted[] = ATTRIBUTES_OF_SPACE;
    struct attributes found = {0};
    struct compound compound = {0};
    add_handle(&compound, root);
    add_getattr(&compound, wanted, &found);
    int status = send_compound(connection, &compound);
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
    .space = v4_space,
};
