/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/failure.h"
#include "nfs/libnfs.h"
#include "nfs/protocol.h"
#include "nfs/v3_mount.h"

#include <errno.h>
#include <nfsc/libnfs-raw-nfs.h>
#include <string.h>

/* NFSv3: one request, one operation. */

enum { LIST_SIZE = 32 * 1024 };

static void take_attributes(struct entry *entry, const fattr3 *attributes)
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
}

static nfs_fh3 handle_argument(const struct handle *handle)
{
    return (nfs_fh3){.data = {.data_len = handle->length, .data_val = (char *)handle->bytes}};
}

static diropargs3 entry_argument(const struct handle *directory, const char *name)
{
    return (diropargs3){.dir = handle_argument(directory), .name = (char *)name};
}

static sattr3 ownership_argument(const struct ownership *ownership)
{
    sattr3 attributes = {
        .mode = {.set_it = 1, .set_mode3_u.mode = ownership->mode},
        .uid = {.set_it = ownership->uid != OWNER_ANY, .set_uid3_u.uid = ownership->uid},
        .gid = {.set_it = ownership->gid != GROUP_ANY, .set_gid3_u.gid = ownership->gid},
    };
    return attributes;
}

static int take_getattr(void *result, const void *reply)
{
    const GETATTR3res *answer = reply;
    if (answer->status == NFS3_OK)
        take_attributes(result, &answer->GETATTR3res_u.resok.obj_attributes);
    return failure_status(answer->status);
}

static int v3_inspect(struct connection *connection, const struct handle *handle,
                      struct entry *entry)
{
    GETATTR3args args = {.object = handle_argument(handle)};
    struct call call = {.take = take_getattr, .result = entry};
    int queued = rpc_nfs3_getattr_async(connection_rpc(connection), call_finish, &args, &call);
    return connection_wait(connection, &call, queued);
}

/* A node, and whether the server sent all of it: handle and attributes are optional in NFSv3. */
struct partial_node {
    struct node *node;
    bool has_handle;
    bool has_attributes;
};

static int take_node(struct partial_node *result, const nfs_fh3 *handle,
                     const post_op_attr *attributes)
{
    result->has_handle = handle != NULL;
    result->has_attributes = attributes->attributes_follow;
    if (attributes->attributes_follow)
        take_attributes(&result->node->entry, &attributes->post_op_attr_u.attributes);
    return handle ? handle_set(&result->node->handle, handle->data.data_len, handle->data.data_val)
                  : 0;
}

static int take_lookup(void *result, const void *reply)
{
    const LOOKUP3res *answer = reply;
    if (answer->status != NFS3_OK)
        return failure_status(answer->status);
    return take_node(result, &answer->LOOKUP3res_u.resok.object,
                     &answer->LOOKUP3res_u.resok.obj_attributes);
}

static int v3_lookup(struct connection *connection, const struct handle *directory,
                     const char *name, struct node *node)
{
    LOOKUP3args args = {.what = entry_argument(directory, name)};
    struct partial_node found = {.node = node};
    struct call call = {.take = take_lookup, .result = &found};
    int queued = rpc_nfs3_lookup_async(connection_rpc(connection), call_finish, &args, &call);
    int status = connection_wait(connection, &call, queued);
    if (status == 0 && !found.has_attributes)
        status = v3_inspect(connection, &node->handle, &node->entry);
    return status;
}

static int take_mkdir(void *result, const void *reply)
{
    const MKDIR3res *answer = reply;
    if (answer->status != NFS3_OK)
        return failure_status(answer->status);
    const MKDIR3resok *made = &answer->MKDIR3res_u.resok;
    return take_node(result, made->obj.handle_follows ? &made->obj.post_op_fh3_u.handle : NULL,
                     &made->obj_attributes);
}

static int v3_make_directory(struct connection *connection, const struct handle *parent,
                             const char *name, const struct ownership *ownership, struct node *node)
{
    MKDIR3args args = {.where = entry_argument(parent, name),
                       .attributes = ownership_argument(ownership)};
    struct partial_node made = {.node = node};
    struct call call = {.take = take_mkdir, .result = &made};
    int queued = rpc_nfs3_mkdir_async(connection_rpc(connection), call_finish, &args, &call);
    int status = connection_wait(connection, &call, queued);
    if (status == 0 && !(made.has_handle && made.has_attributes))
        status = v3_lookup(connection, parent, name, node);
    return status;
}

/* RMDIR, REMOVE and RENAME answer with a status before everything else. */
static int take_status(void *result, const void *reply)
{
    (void)result;
    return failure_status(*(const nfsstat3 *)reply);
}

static int take_setattr(void *result, const void *reply)
{
    struct partial_node *set = result;
    const SETATTR3res *answer = reply;
    if (answer->status != NFS3_OK)
        return failure_status(answer->status);
    return take_node(set, NULL, &answer->SETATTR3res_u.resok.obj_wcc.after);
}

static int v3_set_ownership(struct connection *connection, const struct handle *handle,
                            const struct ownership *ownership, struct entry *entry)
{
    SETATTR3args args = {.object = handle_argument(handle),
                         .new_attributes = ownership_argument(ownership)};
    struct node node = {0};
    struct partial_node set = {.node = &node};
    struct call call = {.take = take_setattr, .result = &set};
    int queued = rpc_nfs3_setattr_async(connection_rpc(connection), call_finish, &args, &call);
    int status = connection_wait(connection, &call, queued);
    if (status == 0 && !set.has_attributes)
        return v3_inspect(connection, handle, entry);
    *entry = node.entry;
    return status;
}

static int v3_remove_directory(struct connection *connection, const struct handle *parent,
                               const char *name)
{
    RMDIR3args args = {.object = entry_argument(parent, name)};
    struct call call = {.take = take_status};
    int queued = rpc_nfs3_rmdir_async(connection_rpc(connection), call_finish, &args, &call);
    return connection_wait(connection, &call, queued);
}

static int v3_remove_file(struct connection *connection, const struct handle *parent,
                          const char *name)
{
    REMOVE3args args = {.object = entry_argument(parent, name)};
    struct call call = {.take = take_status};
    int queued = rpc_nfs3_remove_async(connection_rpc(connection), call_finish, &args, &call);
    return connection_wait(connection, &call, queued);
}

static int v3_rename(struct connection *connection, const struct handle *from_parent,
                     const char *from, const struct handle *to_parent, const char *to)
{
    RENAME3args args = {.from = entry_argument(from_parent, from),
                        .to = entry_argument(to_parent, to)};
    struct call call = {.take = take_status};
    int queued = rpc_nfs3_rename_async(connection_rpc(connection), call_finish, &args, &call);
    return connection_wait(connection, &call, queued);
}

/* Where a listing stands after one part of it. */
struct listing {
    struct names *names;
    READDIR3args args;
    bool finished;
};

static int take_readdir(void *result, const void *reply)
{
    struct listing *listing = result;
    const READDIR3res *answer = reply;
    if (answer->status != NFS3_OK)
        return failure_status(answer->status);
    const READDIR3resok *part = &answer->READDIR3res_u.resok;
    memcpy(listing->args.cookieverf, part->cookieverf, sizeof part->cookieverf);
    listing->finished = part->reply.eof || !part->reply.entries;
    /* libnfs aligns what it decodes to 4 bytes only, hence the copies. */
    struct entry3 entry;
    for (const void *next = part->reply.entries; next; next = entry.nextentry) {
        memcpy(&entry, next, sizeof entry);
        names_add(listing->names, entry.name, strlen(entry.name));
        listing->args.cookie = entry.cookie;
    }
    return 0;
}

static int v3_list(struct connection *connection, const struct handle *directory,
                   struct names *names)
{
    struct listing listing = {.names = names,
                              .args = {.dir = handle_argument(directory), .count = LIST_SIZE}};
    int status = 0;
    while (status == 0 && !listing.finished && !names_full(names)) {
        struct call call = {.take = take_readdir, .result = &listing};
        int queued =
            rpc_nfs3_readdir_async(connection_rpc(connection), call_finish, &listing.args, &call);
        status = connection_wait(connection, &call, queued);
    }
    return status;
}

static int take_create(void *result, const void *reply)
{
    const CREATE3res *answer = reply;
    if (answer->status != NFS3_OK)
        return failure_status(answer->status);
    const CREATE3resok *made = &answer->CREATE3res_u.resok;
    return take_node(result, made->obj.handle_follows ? &made->obj.post_op_fh3_u.handle : NULL,
                     &made->obj_attributes);
}

static int create_file(struct connection *connection, const struct handle *parent, const char *name,
                       struct node *node)
{
    const struct ownership private = {.mode = 0600, .uid = OWNER_ANY, .gid = GROUP_ANY};
    CREATE3args args = {.where = entry_argument(parent, name), .how = {.mode = GUARDED}};
    args.how.createhow3_u.obj_attributes = ownership_argument(&private);
    struct partial_node made = {.node = node};
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

static int v3_write_file(struct connection *connection, const struct handle *parent,
                         const char *name, const char *text, size_t length)
{
    struct node file;
    int status = create_file(connection, parent, name, &file);
    for (size_t offset = 0, written; status == 0 && offset < length; offset += written) {
        size_t left = length - offset;
        WRITE3args args = {.file = handle_argument(&file.handle),
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

static int v3_read_file(struct connection *connection, const struct handle *file, uint64_t offset,
                        char *text, size_t *length)
{
    struct buffer buffer = {.text = text, .size = *length};
    READ3args args = {.file = handle_argument(file), .offset = offset, .count = (count3)*length};
    struct call call = {.take = take_read, .result = &buffer};
    int queued = rpc_nfs3_read_async(connection_rpc(connection), call_finish, &args, &call);
    int status = connection_wait(connection, &call, queued);
    *length = buffer.size;
    return status;
}

/* One of several files on its way. */
struct reading {
    struct node node;
    struct partial_node found;
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
    LOOKUP3args args = {.what = entry_argument(&file->parent, file->name)};
    reading->found.node = &reading->node;
    reading->call = (struct call){.take = take_lookup, .result = &reading->found};
    reading->is_queued =
        rpc_nfs3_lookup_async(connection_rpc(connection), call_finish, &args, &reading->call) >= 0;
}

static void queue_read(struct connection *connection, const struct wanted_file *file,
                       struct reading *reading)
{
    reading->is_queued = false;
    if (!reading->is_small || !connection_rpc(connection))
        return;
    READ3args args = {.file = handle_argument(&reading->node.handle), .count = SHARE_TOGETHER_SIZE};
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
static void v3_read_files(struct connection *connection, struct wanted_file *files, size_t count)
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

static int take_fsstat(void *result, const void *reply)
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
    FSSTAT3args args = {.fsroot = handle_argument(root)};
    struct call call = {.take = take_fsstat, .result = space};
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
    .remove_directory = v3_remove_directory,
    .remove_file = v3_remove_file,
    .rename = v3_rename,
    .write_file = v3_write_file,
    .read_file = v3_read_file,
    .read_files = v3_read_files,
    .space = v3_space,
};
