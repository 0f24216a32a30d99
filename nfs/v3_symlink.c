/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/v3_symlink.h"

#include "nfs/failure.h"
#include "nfs/v3_node.h"

#include <errno.h>
#include <string.h>

int v3_make_symlink(struct connection *connection, const struct handle *parent, const char *name,
                    const char *text)
{
    SYMLINK3args args = {.where = v3_entry_argument(parent, name),
                         .symlink = {.symlink_data = (char *)text}};
    struct call call = {.decode = v3_decode_status};
    int queued = rpc_nfs3_symlink_async(connection_rpc(connection), call_finish, &args, &call);
    return connection_wait(connection, &call, queued);
}

static int decode_readlink(void *result, const void *reply)
{
    const READLINK3res *answer = reply;
    if (answer->status != NFS3_OK)
        return failure_status(answer->status);
    *(char **)result = memory_copy(answer->READLINK3res_u.resok.data);
    return 0;
}

/* Some servers say a size that is larger than the text, or none: only one that is smaller counts.
 */
static size_t whole_length(const char *text, const struct entry *entry)
{
    size_t length = strlen(text);
    return entry->size > 0 && entry->size < length ? entry->size : length;
}

int v3_read_symlink(struct connection *connection, const struct handle *parent, const char *name,
                    struct link_text *text)
{
    struct node node;
    char *bytes = NULL;
    int status = v3_lookup(connection, parent, name, &node);
    if (status < 0)
        return status;
    if (node.entry.kind != ENTRY_SYMLINK)
        return FAILURE_NO_SYMLINK;
    READLINK3args args = {.symlink = v3_handle_argument(&node.handle)};
    struct call call = {.decode = decode_readlink, .result = &bytes};
    int queued = rpc_nfs3_readlink_async(connection_rpc(connection), call_finish, &args, &call);
    status = connection_wait(connection, &call, queued);
    if (status < 0) /* "invalid": the handle is that of something else now */
        return status_is_missing(status) || status == -EINVAL ? -ESTALE : status;
    *text = (struct link_text){.bytes = bytes, .length = whole_length(bytes, &node.entry)};
    return 0;
}
