/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/v3_folder.h"

#include "nfs/failure.h"
#include "nfs/v3_node.h"

#include <errno.h>
#include <string.h>

enum { FOLDER_SIZE = 32 * 1024 };

/* A directory is listed in parts: the arguments for the next one. */
struct name_listing {
    struct names *names;
    READDIR3args args;
    bool finished;
};

static int decode_readdir(void *result, const void *reply)
{
    struct name_listing *listing = result;
    const READDIR3res *answer = reply;
    if (answer->status != NFS3_OK)
        return failure_status(answer->status);
    const READDIR3resok *part = &answer->READDIR3res_u.resok;
    memcpy(listing->args.cookieverf, part->cookieverf, sizeof part->cookieverf);
    listing->finished = part->reply.eof;
    if (!part->reply.entries && !listing->finished)
        return -EIO; /* taken for the end, it would make entries look removed */
    /* Copies, because libnfs aligns what it decodes to 4 bytes only. */
    struct entry3 entry;
    cookie3 asked = listing->args.cookie;
    int status = 0;
    for (const void *next = part->reply.entries; next && status == 0; next = entry.nextentry) {
        memcpy(&entry, next, sizeof entry);
        status = names_add(listing->names, entry.name, strlen(entry.name));
        listing->args.cookie = entry.cookie;
    }
    if (status == 0 && !listing->finished && listing->args.cookie == asked)
        return -EPROTO; /* the next part would be this one */
    return status;
}

int v3_list(struct connection *connection, const struct handle *directory, struct names *names)
{
    struct name_listing listing = {
        .names = names, .args = {.dir = v3_handle_argument(directory), .count = FOLDER_SIZE}};
    int status = 0;
    while (status == 0 && !listing.finished && !names_full(names)) {
        struct call call = {.decode = decode_readdir, .result = &listing};
        int queued =
            rpc_nfs3_readdir_async(connection_rpc(connection), call_finish, &listing.args, &call);
        status = connection_wait(connection, &call, queued);
        if (status == 0 && !listing.finished && !names_full(names))
            status = connection_go_on(connection);
    }
    return status;
}

struct folder_listing {
    struct nodes *nodes;
    READDIRPLUS3args args;
    bool finished;
};

static int add_entry(struct nodes *nodes, const entryplus3 *entry)
{
    struct node node = {0};
    struct v3_partial_node found = {.node = &node};
    const post_op_fh3 *handle = &entry->name_handle;
    int status =
        v3_decode_node(&found, handle->handle_follows ? &handle->post_op_fh3_u.handle : NULL,
                       &entry->name_attributes);
    bool complete = found.has_handle && found.has_attributes;
    if (status == 0)
        status = nodes_add(nodes, entry->name, strlen(entry->name), complete ? &node : NULL);
    return status;
}

static int decode_readdirplus(void *result, const void *reply)
{
    struct folder_listing *listing = result;
    const READDIRPLUS3res *answer = reply;
    if (answer->status != NFS3_OK)
        return failure_status(answer->status);
    const READDIRPLUS3resok *part = &answer->READDIRPLUS3res_u.resok;
    memcpy(listing->args.cookieverf, part->cookieverf, sizeof part->cookieverf);
    listing->finished = part->reply.eof;
    if (!part->reply.entries && !listing->finished)
        return -EIO; /* taken for the end, it would make entries look removed */
    /* Copies, because libnfs aligns what it decodes to 4 bytes only. */
    entryplus3 entry;
    cookie3 asked = listing->args.cookie;
    int status = 0;
    for (const void *next = part->reply.entries; next && status == 0; next = entry.nextentry) {
        memcpy(&entry, next, sizeof entry);
        status = add_entry(listing->nodes, &entry);
        listing->args.cookie = entry.cookie;
    }
    if (status == 0 && !listing->finished && listing->args.cookie == asked)
        return -EPROTO; /* as above */
    return status;
}

static int list_with_attributes(struct connection *connection, const struct handle *directory,
                                struct nodes *nodes)
{
    struct folder_listing listing = {.nodes = nodes,
                                     .args = {.dir = v3_handle_argument(directory),
                                              .dircount = FOLDER_SIZE,
                                              .maxcount = FOLDER_SIZE}};
    int status = 0;
    while (status == 0 && !listing.finished) {
        struct call call = {.decode = decode_readdirplus, .result = &listing};
        int queued = rpc_nfs3_readdirplus_async(connection_rpc(connection), call_finish,
                                                &listing.args, &call);
        status = connection_wait(connection, &call, queued);
        if (status == 0 && !listing.finished)
            status = connection_go_on(connection);
    }
    return status;
}

static int list_without_attributes(struct connection *connection, const struct handle *directory,
                                   struct nodes *nodes)
{
    struct names names = {0};
    int status = v3_list(connection, directory, &names);
    for (size_t i = 0; i < names.count && status == 0; i++)
        status = nodes_add(nodes, names.items[i], strlen(names.items[i]), NULL);
    names_free(&names);
    return status;
}

int v3_list_nodes(struct connection *connection, const struct handle *directory,
                  struct nodes *nodes)
{
    bool *lacks_readdirplus = connection_lacks_readdirplus(connection);
    int status =
        *lacks_readdirplus ? -EOPNOTSUPP : list_with_attributes(connection, directory, nodes);
    if (status != -EOPNOTSUPP)
        return status;
    *lacks_readdirplus = true;
    return list_without_attributes(connection, directory, nodes);
}
