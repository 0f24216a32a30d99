/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/v3_file.h"

#include "nfs/failure.h"
#include "nfs/v3_node.h"

#include <errno.h>
#include <string.h>

static int take_create(void *result, const void *reply)
{
    const CREATE3res *answer = reply;
    if (answer->status != NFS3_OK)
        return failure_status(answer->status);
    const CREATE3resok *made = &answer->CREATE3res_u.resok;
    return v3_take_node(result, made->obj.handle_follows ? &made->obj.post_op_fh3_u.handle : NULL,
                        &made->obj_attributes);
}

static int create_file(struct connection *connection, const struct handle *parent, const char *name,
                       struct node *node)
{
    const struct ownership private = {.mode = 0600, .uid = OWNER_ANY, .gid = GROUP_ANY};
    CREATE3args args = {.where = v3_entry_argument(parent, name), .how = {.mode = GUARDED}};
    args.how.createhow3_u.obj_attributes = v3_ownership_argument(&private);
    struct v3_partial_node made = {.node = node};
    struct call call = {.take = take_create, .result = &made};
    int queued = rpc_nfs3_create_async(connection_rpc(connection), call_finish, &args, &call);
    int status = connection_wait(connection, &call, queued);
    if (status == 0 && !made.has_handle)
        status = v3_lookup(connection, parent, name, node);
    return status;
}

static int take_write(void *result, const void *reply)
{
    size_t *written = result;
    const WRITE3res *answer = reply;
    if (answer->status != NFS3_OK)
        return failure_status(answer->status);
    const WRITE3resok *done = &answer->WRITE3res_u.resok;
    *written = done->count;
    return done->count == 0 || done->committed != FILE_SYNC ? -EIO : 0;
}

int v3_write_file(struct connection *connection, const struct handle *parent, const char *name,
                  const char *text, size_t length)
{
    struct node file;
    int status = create_file(connection, parent, name, &file);
    for (size_t offset = 0, written; status == 0 && offset < length; offset += written) {
        size_t left = length - offset;
        WRITE3args args = {.file = v3_handle_argument(&file.handle),
                           .offset = offset,
                           .count = (count3)left,
                           .stable = FILE_SYNC,
                           .data = {.data_len = (u_int)left, .data_val = (char *)text + offset}};
        struct call call = {.take = take_write, .result = &written};
        written = 0;
        int queued = rpc_nfs3_write_async(connection_rpc(connection), call_finish, &args, &call);
        status = connection_wait(connection, &call, queued);
        written = written > left ? left : written;
    }
    return status;
}

/* Room for what is read. */
struct buffer {
    char *text;
    size_t size;
};

static int take_read(void *result, const void *reply)
{
    struct buffer *buffer = result;
    const READ3res *answer = reply;
    if (answer->status != NFS3_OK)
        return failure_status(answer->status);
    const READ3resok *part = &answer->READ3res_u.resok;
    if (part->data.data_len > buffer->size)
        return -EPROTO;
    buffer->size = part->data.data_len;
    memcpy(buffer->text, part->data.data_val, buffer->size);
    return 0;
}

int v3_read_file(struct connection *connection, const struct handle *file, uint64_t offset,
                 char *text, size_t *length)
{
    struct buffer buffer = {.text = text, .size = *length};
    READ3args args = {.file = v3_handle_argument(file), .offset = offset, .count = (count3)*length};
    struct call call = {.take = take_read, .result = &buffer};
    int queued = rpc_nfs3_read_async(connection_rpc(connection), call_finish, &args, &call);
    int status = connection_wait(connection, &call, queued);
    *length = buffer.size;
    return status;
}

/* One of several files on its way. */
struct reading {
    struct node node;
    struct v3_partial_node found;
    struct buffer buffer;
    struct call call;
    bool is_queued;
    bool is_small;
};

static void queue_lookup(struct connection *connection, const struct wanted_file *file,
                         struct reading *reading)
{
    if (!file->name || !connection_rpc(connection))
        return;
    LOOKUP3args args = {.what = v3_entry_argument(&file->parent, file->name)};
    reading->found.node = &reading->node;
    reading->call = (struct call){.take = v3_take_lookup, .result = &reading->found};
    reading->is_queued =
        rpc_nfs3_lookup_async(connection_rpc(connection), call_finish, &args, &reading->call) >= 0;
}

static void queue_read(struct connection *connection, const struct wanted_file *file,
                       struct reading *reading)
{
    reading->is_queued = false;
    if (!reading->is_small || !connection_rpc(connection))
        return;
    READ3args args = {.file = v3_handle_argument(&reading->node.handle),
                      .count = SHARE_TOGETHER_SIZE};
    reading->buffer = (struct buffer){.text = file->text, .size = SHARE_TOGETHER_SIZE};
    reading->call = (struct call){.take = take_read, .result = &reading->buffer};
    reading->is_queued =
        rpc_nfs3_read_async(connection_rpc(connection), call_finish, &args, &reading->call) >= 0;
}

static bool is_answered(struct connection *connection, struct reading *reading)
{
    return reading->is_queued && connection_wait(connection, &reading->call, 0) == 0;
}

static bool is_small_file(const struct reading *reading)
{
    const struct entry *entry = &reading->node.entry;
    return reading->found.has_attributes && entry->kind == ENTRY_FILE &&
           entry->size <= SHARE_TOGETHER_SIZE;
}

/* First all of them are looked up, then all are read. */
void v3_read_files(struct connection *connection, struct wanted_file *files, size_t count)
{
    autofree struct reading *readings = memory_new(count * sizeof *readings);
    for (size_t i = 0; i < count; i++)
        queue_lookup(connection, &files[i], &readings[i]);
    for (size_t i = 0; i < count; i++)
        readings[i].is_small = is_answered(connection, &readings[i]) && is_small_file(&readings[i]);
    for (size_t i = 0; i < count; i++)
        queue_read(connection, &files[i], &readings[i]);
    for (size_t i = 0; i < count; i++) {
        files[i].length = readings[i].node.entry.size;
        if (!is_answered(connection, &readings[i]) || readings[i].buffer.size != files[i].length)
            memory_replace(&files[i].text, NULL);
    }
}
