/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/failure.h"
#include "nfs/libnfs.h"
#include "nfs/protocol.h"
#include "nfs/v3_file.h"
#include "nfs/v3_folder.h"
#include "nfs/v3_mount.h"
#include "nfs/v3_node.h"
#include "nfs/v3_symlink.h"

#include <nfsc/libnfs-raw-nfs.h>

/* NFSv3: each request is one operation. */

static int decode_mkdir(void *result, const void *reply)
{
    const MKDIR3res *answer = reply;
    if (answer->status != NFS3_OK)
        return failure_status(answer->status);
    const MKDIR3resok *made = &answer->MKDIR3res_u.resok;
    return v3_decode_node(result, made->obj.handle_follows ? &made->obj.post_op_fh3_u.handle : NULL,
                          &made->obj_attributes);
}

static int v3_make_directory(struct connection *connection, const struct handle *parent,
                             const char *name, const struct ownership *ownership, struct node *node)
{
    MKDIR3args args = {.where = v3_entry_argument(parent, name),
                       .attributes = v3_ownership_argument(ownership)};
    struct v3_partial_node made = {.node = node};
    struct call call = {.decode = decode_mkdir, .result = &made};
    int queued = rpc_nfs3_mkdir_async(connection_rpc(connection), call_finish, &args, &call);
    int status = connection_wait(connection, &call, queued);
    if (status == 0 && !(made.has_handle && made.has_attributes))
        status = v3_lookup(connection, parent, name, node);
    return status;
}

static int decode_setattr(void *result, const void *reply)
{
    struct v3_partial_node *set = result;
    const SETATTR3res *answer = reply;
    if (answer->status != NFS3_OK)
        return failure_status(answer->status);
    return v3_decode_node(set, NULL, &answer->SETATTR3res_u.resok.obj_wcc.after);
}

static int v3_set_ownership(struct connection *connection, const struct node *node,
                            const struct ownership *ownership, struct entry *entry)
{
    SETATTR3args args = {.object = v3_handle_argument(&node->handle),
                         .new_attributes = v3_ownership_argument(ownership),
                         .guard = v3_unchanged_argument(&node->entry)};
    struct node after = {0};
    struct v3_partial_node set = {.node = &after};
    struct call call = {.decode = decode_setattr, .result = &set};
    int queued = rpc_nfs3_setattr_async(connection_rpc(connection), call_finish, &args, &call);
    int status = connection_wait(connection, &call, queued);
    if (status == 0 && !set.has_attributes)
        return v3_inspect(connection, &node->handle, entry);
    *entry = after.entry;
    return status;
}

static int v3_remove_directory(struct connection *connection, const struct handle *parent,
                               const char *name)
{
    RMDIR3args args = {.object = v3_entry_argument(parent, name)};
    struct call call = {.decode = v3_decode_status};
    int queued = rpc_nfs3_rmdir_async(connection_rpc(connection), call_finish, &args, &call);
    return connection_wait(connection, &call, queued);
}

static int v3_remove_file(struct connection *connection, const struct handle *parent,
                          const char *name)
{
    REMOVE3args args = {.object = v3_entry_argument(parent, name)};
    struct call call = {.decode = v3_decode_status};
    int queued = rpc_nfs3_remove_async(connection_rpc(connection), call_finish, &args, &call);
    return connection_wait(connection, &call, queued);
}

static int v3_rename(struct connection *connection, const struct handle *from_parent,
                     const char *from, const struct handle *to_parent, const char *to)
{
    RENAME3args args = {.from = v3_entry_argument(from_parent, from),
                        .to = v3_entry_argument(to_parent, to)};
    struct call call = {.decode = v3_decode_status};
    int queued = rpc_nfs3_rename_async(connection_rpc(connection), call_finish, &args, &call);
    return connection_wait(connection, &call, queued);
}

static int decode_fsstat(void *result, const void *reply)
{
    const FSSTAT3res *answer = reply;
    if (answer->status != NFS3_OK)
        return failure_status(answer->status);
    const FSSTAT3resok *found = &answer->FSSTAT3res_u.resok;
    *(struct space *)result = (struct space){
        .total = found->tbytes, .available = found->abytes, .files_available = found->afiles};
    return 0;
}

static int v3_space(struct connection *connection, const struct handle *root, struct space *space)
{
    FSSTAT3args args = {.fsroot = v3_handle_argument(root)};
    struct call call = {.decode = decode_fsstat, .result = space};
    int queued = rpc_nfs3_fsstat_async(connection_rpc(connection), call_finish, &args, &call);
    return connection_wait(connection, &call, queued);
}

static int v3_find_root(struct connection *connection, const char *host,
                        const struct address *address, struct node *root)
{
    int status = v3_mount(host, address, connection_deadline(connection), &root->handle);
    return status < 0 ? status : v3_inspect(connection, &root->handle, &root->entry);
}

const struct protocol protocol_v3 = {
    .find_root = v3_find_root,
    .lookup = v3_lookup,
    .inspect = v3_inspect,
    .make_directory = v3_make_directory,
    .set_ownership = v3_set_ownership,
    .list = v3_list,
    .list_nodes = v3_list_nodes,
    .remove_directory = v3_remove_directory,
    .remove_file = v3_remove_file,
    .rename = v3_rename,
    .write_file = v3_write_file,
    .read_file = v3_read_file,
    .make_symlink = v3_make_symlink,
    .read_symlink = v3_read_symlink,
    .space = v3_space,
};
