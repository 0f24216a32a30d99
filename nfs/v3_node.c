/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/v3_node.h"

#include "nfs/failure.h"

static void decode_attributes(struct entry *entry, const fattr3 *attributes)
{
    entry->kind = attributes->type == NF3DIR   ? ENTRY_DIRECTORY
                  : attributes->type == NF3REG ? ENTRY_FILE
                  : attributes->type == NF3LNK ? ENTRY_SYMLINK
                                               : ENTRY_OTHER;
    entry->mode = attributes->mode & 07777;
    entry->uid = attributes->uid;
    entry->gid = attributes->gid;
    entry->size = attributes->size;
    entry->file_id = attributes->fileid;
    entry->links = attributes->nlink;
    entry->changed_us =
        (int64_t)attributes->ctime.seconds * 1000000 + attributes->ctime.nseconds / 1000;
    entry->changed_ns = attributes->ctime.nseconds;
}

nfs_fh3 v3_handle_argument(const struct handle *handle)
{
    return (nfs_fh3){.data = {.data_len = handle->length, .data_val = (char *)handle->bytes}};
}

diropargs3 v3_entry_argument(const struct handle *directory, const char *name)
{
    return (diropargs3){.dir = v3_handle_argument(directory), .name = (char *)name};
}

sattr3 v3_ownership_argument(const struct ownership *ownership)
{
    sattr3 attributes = {
        .mode = {.set_it = 1, .set_mode3_u.mode = ownership->mode},
        .uid = {.set_it = ownership->uid != OWNER_ANY, .set_uid3_u.uid = ownership->uid},
        .gid = {.set_it = ownership->gid != GROUP_ANY, .set_gid3_u.gid = ownership->gid},
    };
    return attributes;
}

sattrguard3 v3_unchanged_argument(const struct entry *entry)
{
    return (sattrguard3){
        .check = 1,
        .sattrguard3_u.obj_ctime = {.seconds = (u_int)(entry->changed_us / 1000000),
                                    .nseconds = entry->changed_ns}};
}

int v3_decode_status(void *result, const void *reply)
{
    (void)result;
    return failure_status(*(const nfsstat3 *)reply);
}

static int decode_getattr(void *result, const void *reply)
{
    const GETATTR3res *answer = reply;
    if (answer->status == NFS3_OK)
        decode_attributes(result, &answer->GETATTR3res_u.resok.obj_attributes);
    return failure_status(answer->status);
}

int v3_inspect(struct connection *connection, const struct handle *handle, struct entry *entry)
{
    GETATTR3args args = {.object = v3_handle_argument(handle)};
    struct call call = {.decode = decode_getattr, .result = entry};
    int queued = rpc_nfs3_getattr_async(connection_rpc(connection), call_finish, &args, &call);
    return connection_wait(connection, &call, queued);
}

bool v3_decode_entry(struct entry *entry, const post_op_attr *attributes)
{
    if (attributes->attributes_follow)
        decode_attributes(entry, &attributes->post_op_attr_u.attributes);
    return attributes->attributes_follow;
}

int v3_decode_node(struct v3_partial_node *result, const nfs_fh3 *handle,
                   const post_op_attr *attributes)
{
    result->has_handle = handle != NULL;
    result->has_attributes = v3_decode_entry(&result->node->entry, attributes);
    return handle ? handle_set(&result->node->handle, handle->data.data_len, handle->data.data_val)
                  : 0;
}

static int decode_lookup(void *result, const void *reply)
{
    const LOOKUP3res *answer = reply;
    if (answer->status != NFS3_OK)
        return failure_status(answer->status);
    return v3_decode_node(result, &answer->LOOKUP3res_u.resok.object,
                          &answer->LOOKUP3res_u.resok.obj_attributes);
}

int v3_lookup(struct connection *connection, const struct handle *directory, const char *name,
              struct node *node)
{
    LOOKUP3args args = {.what = v3_entry_argument(directory, name)};
    struct v3_partial_node found = {.node = node};
    struct call call = {.decode = decode_lookup, .result = &found};
    int queued = rpc_nfs3_lookup_async(connection_rpc(connection), call_finish, &args, &call);
    int status = connection_wait(connection, &call, queued);
    if (status == 0 && !found.has_attributes)
        status = v3_inspect(connection, &node->handle, &node->entry);
    return status;
}
