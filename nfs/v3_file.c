/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/v3_file.h"

#include "nfs/failure.h"
#include "nfs/v3_node.h"

#include <errno.h>
#include <string.h>

static int decode_create(void *result, const void *reply)
{
    const CREATE3res *answer = reply;
    if (answer->status != NFS3_OK)
        return failure_status(answer->status);
    const CREATE3resok *made = &answer->CREATE3res_u.resok;
    return v3_decode_node(result, made->obj.handle_follows ? &made->obj.post_op_fh3_u.handle : NULL,
                          &made->obj_attributes);
}

static int create_file(struct connection *connection, const struct new_file *file, bool *created,
                       struct node *node)
{
    CREATE3args args = {.where = v3_entry_argument(file->parent, file->name),
                        .how = {.mode = GUARDED}};
    args.how.createhow3_u.obj_attributes = v3_ownership_argument(&new_file_ownership);
    struct v3_partial_node made = {.node = node};
    struct call call = {.decode = decode_create, .result = &made};
    int queued = rpc_nfs3_create_async(connection_rpc(connection), call_finish, &args, &call);
    int status = connection_wait(connection, &call, queued);
    *created = status == 0;
    if (status == 0 && !made.has_handle)
        status = v3_lookup(connection, file->parent, file->name, node);
    return status;
}

static int decode_write(void *result, const void *reply)
{
    size_t *written = result;
    const WRITE3res *answer = reply;
    if (answer->status != NFS3_OK)
        return failure_status(answer->status);
    const WRITE3resok *done = &answer->WRITE3res_u.resok;
    *written = done->count;
    return done->count == 0 || done->committed != FILE_SYNC ? -EIO : 0;
}

int v3_write_file(struct connection *connection, const struct new_file *file, bool *created)
{
    struct node node;
    int status = create_file(connection, file, created, &node);
    for (size_t offset = 0, written; status == 0 && offset < file->length; offset += written) {
        size_t left = file->length - offset;
        WRITE3args args = {
            .file = v3_handle_argument(&node.handle),
            .offset = offset,
            .count = (count3)left,
            .stable = FILE_SYNC,
            .data = {.data_len = (u_int)left, .data_val = (char *)file->text + offset}};
        struct call call = {.decode = decode_write, .result = &written};
        written = 0;
        int queued = rpc_nfs3_write_async(connection_rpc(connection), call_finish, &args, &call);
        status = connection_wait(connection, &call, queued);
        written = written > left ? left : written;
    }
    return status;
}

static int decode_read(void *result, const void *reply)
{
    struct file_part *part = result;
    const READ3res *answer = reply;
    if (answer->status != NFS3_OK)
        return failure_status(answer->status);
    const READ3resok *read = &answer->READ3res_u.resok;
    if (read->data.data_len > part->length)
        return -EPROTO;
    part->length = read->data.data_len;
    if (part->length > 0)
        memcpy(part->text, read->data.data_val, part->length);
    part->has_entry = v3_decode_entry(&part->entry, &read->file_attributes);
    return 0;
}

int v3_read_file(struct connection *connection, const struct handle *file, uint64_t offset,
                 struct file_part *part)
{
    READ3args args = {
        .file = v3_handle_argument(file), .offset = offset, .count = (count3)part->length};
    struct call call = {.decode = decode_read, .result = part};
    int queued = rpc_nfs3_read_async(connection_rpc(connection), call_finish, &args, &call);
    return connection_wait(connection, &call, queued);
}
