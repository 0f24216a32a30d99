/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/v4_compound.h"

#include "nfs/failure.h"

#include <errno.h>
#include <string.h>

utf8string compound_text(const char *text)
{
    return (utf8string){.utf8string_len = (u_int)strlen(text), .utf8string_val = (char *)text};
}

nfs_argop4 *compound_add(struct compound *compound, nfs_opnum4 operation)
{
    if (!compound->operations)
        compound->operations = compound->inline_operations;
    nfs_argop4 *added = &compound->operations[compound->count++];
    memset(added, 0, sizeof *added);
    added->argop = operation;
    return added;
}

void compound_add_handle(struct compound *compound, const struct handle *handle)
{
    nfs_fh4 *argument = &compound_add(compound, OP_PUTFH)->nfs_argop4_u.opputfh.object;
    argument->nfs_fh4_len = handle->length;
    argument->nfs_fh4_val = (char *)handle->bytes;
}

void compound_add_lookup(struct compound *compound, const char *name)
{
    compound_add(compound, OP_LOOKUP)->nfs_argop4_u.oplookup.objname = compound_text(name);
}

void compound_add_getattr(struct compound *compound, uint32_t wanted[ATTRIBUTE_WORDS],
                          struct attributes *attributes)
{
    compound->wanted = wanted;
    compound->attributes = attributes;
    bitmap4 *request = &compound_add(compound, OP_GETATTR)->nfs_argop4_u.opgetattr.attr_request;
    request->bitmap4_len = ATTRIBUTE_WORDS;
    request->bitmap4_val = wanted;
}

static int decode_handle(struct compound *compound, const nfs_fh4 *found)
{
    return handle_set(compound->handle, found->nfs_fh4_len, found->nfs_fh4_val);
}

static int decode_listed(struct compound *compound, const entry4 *entry)
{
    const utf8string *name = &entry->name;
    struct attributes found = {0};
    struct node node;
    if (!compound->nodes)
        return names_add(compound->names, name->utf8string_val, name->utf8string_len);
    int status = attributes_decode(&found, compound->wanted, &entry->attrs);
    bool complete =
        found.error == 0 && found.handle.length > 0 && attributes_entry(&found, &node.entry) == 0;
    node.handle = found.handle;
    if (status == 0)
        status = nodes_add(compound->nodes, name->utf8string_val, name->utf8string_len,
                           complete ? &node : NULL);
    return status;
}

static int decode_list(struct compound *compound, const READDIR4resok *part)
{
    memcpy(compound->list->cookieverf, part->cookieverf, sizeof part->cookieverf);
    compound->list->reply.eof = part->reply.eof;
    if (!part->reply.entries && !part->reply.eof)
        return -EIO; /* taken for the end, it would make entries look removed */
    entry4 entry;
    nfs_cookie4 asked = compound->list->reply.entries->cookie;
    int status = 0;
    for (const void *next = part->reply.entries; next && status == 0; next = entry.nextentry) {
        memcpy(&entry, next, sizeof entry);
        status = decode_listed(compound, &entry);
        compound->list->reply.entries->cookie = entry.cookie;
    }
    if (status == 0 && !part->reply.eof && compound->list->reply.entries->cookie == asked)
        return -EPROTO; /* the next part would be this one */
    return status;
}

static int decode_link(struct compound *compound, const READLINK4resok *found)
{
    const utf8string *link = &found->link;
    if (link->utf8string_len > SHARE_SYMLINK_MAX)
        return -EFBIG;
    compound->link->length = link->utf8string_len;
    memory_replace(&compound->link->bytes,
                   link->utf8string_len
                       ? memory_copy_bytes(link->utf8string_val, link->utf8string_len)
                       : memory_copy(""));
    return 0;
}

static int decode_text(struct compound *compound, const READ4resok *part)
{
    if (part->data.data_len > *compound->length)
        return -EPROTO;
    *compound->length = part->data.data_len;
    if (part->data.data_len > 0)
        memcpy(compound->text, part->data.data_val, part->data.data_len);
    return 0;
}

/* A server may not confirm less than was asked for: what was written could be lost. */
static int decode_written(struct compound *compound, const WRITE4resok *done)
{
    *compound->written = done->count;
    return done->committed == FILE_SYNC4 ? 0 : -EIO;
}

/* Each result begins with its own status, which counts even if the whole is said to be good. */
static int decode_operation(struct compound *compound, const nfs_resop4 *answer)
{
    nfsstat4 status = answer->nfs_resop4_u.opillegal.status;
    if (status != NFS4_OK)
        return failure_status(status);
    switch (answer->resop) {
    case OP_GETFH:
        return decode_handle(compound, &answer->nfs_resop4_u.opgetfh.GETFH4res_u.resok4.object);
    case OP_GETATTR:
        return attributes_decode(
            compound->attributes, compound->wanted,
            &answer->nfs_resop4_u.opgetattr.GETATTR4res_u.resok4.obj_attributes);
    case OP_READDIR:
        return decode_list(compound, &answer->nfs_resop4_u.opreaddir.READDIR4res_u.resok4);
    case OP_READLINK:
        return decode_link(compound, &answer->nfs_resop4_u.opreadlink.READLINK4res_u.resok4);
    case OP_READ:
        return decode_text(compound, &answer->nfs_resop4_u.opread.READ4res_u.resok4);
    case OP_WRITE:
        return decode_written(compound, &answer->nfs_resop4_u.opwrite.WRITE4res_u.resok4);
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

/* A copy, because libnfs aligns what it decodes to 4 bytes only. */
static nfs_resop4 get_operation(const COMPOUND4res *answer, unsigned i)
{
    nfs_resop4 operation;
    memcpy(&operation, &answer->resarray.resarray_val[i], sizeof operation);
    return operation;
}

static bool was_asked(const struct compound *compound, unsigned i, nfs_opnum4 operation)
{
    return i < compound->count && compound->operations[i].argop == operation;
}

/* The server stops at an operation that fails: its result is the last and is only a status. */
static int decode_results(struct compound *compound, const COMPOUND4res *answer)
{
    unsigned count = answer->resarray.resarray_len;
    unsigned good = answer->status == NFS4_OK ? count : count - (count > 0);
    for (unsigned i = 0; i < count; i++) {
        nfs_resop4 operation = get_operation(answer, i);
        if (!was_asked(compound, i, operation.resop))
            return -EPROTO;
        int status = i < good ? decode_operation(compound, &operation) : 0;
        if (status < 0)
            return status;
        compound->done = i < good ? i + 1 : good;
    }
    return 0;
}

static int decode_compound(void *result, const void *reply)
{
    struct compound *compound = result;
    const COMPOUND4res *answer = reply;
    int status = decode_results(compound, answer);
    if (status < 0)
        return status;
    if (answer->status == NFS4_OK)
        return compound->done < compound->count ? -EPROTO : 0;
    /* The text is written. The server closes the file itself when the lease is over. */
    unsigned count = answer->resarray.resarray_len;
    bool only_close = count > 0 && compound->operations[count - 1].argop == OP_CLOSE;
    return only_close ? 0 : failure_status(answer->status);
}

int compound_send(struct connection *connection, struct compound *compound)
{
    COMPOUND4args args = {
        .argarray = {.argarray_len = compound->count, .argarray_val = compound->operations}};
    struct call call = {.decode = decode_compound, .result = compound};
    int queued = rpc_nfs4_compound_async(connection_rpc(connection), call_finish, &args, &call);
    return connection_wait(connection, &call, queued);
}
