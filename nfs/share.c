/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/share.h"

#include "base/clock.h"
#include "nfs/resolve.h"
#include "nfs/share_call.h"

#include <errno.h>
#include <string.h>

/* Connect to one address of the server and look up the root, until `deadline_ms`. */
static int connect_to(struct share *share, const char *host, int64_t deadline_ms)
{
    int status = 0;
    int port = share->address->nfs_port ? share->address->nfs_port : NFS_PORT;
    connection_close(share->connection);
    memory_replace(&share->host, memory_copy(host));
    share->connection = connection_open(host, port, deadline_ms, &status);
    if (!share->connection)
        return status;
    struct tree *tree = &share->tree;
    tree->connection = share->connection;
    status = tree->protocol->find_root(tree->connection, host, share->address, &tree->root);
    return status < 0 ? status : tree_check_directory(&tree->root.entry);
}

static void describe_opening(const struct share *share, int status, struct error *err)
{
    struct failure failure = share_describe(share, status, "mount", share->address->key);
    failure.export = share->address->path;
    failure_set_opening(err, &failure);
}

/* The first address that answers is enough; each gets an equal part of the time left. Where none
 * does what it should, one that took a connection says more than one that the Pod has no route to,
 * such as that of IPv6 where only the server has it. */
static int connect_to_any(struct share *share, const struct addresses *hosts, int64_t deadline_ms,
                          struct error *err)
{
    struct error problem = {0};
    bool is_connected = false;
    for (int i = 0; i < hosts->count; i++) {
        int part_ms = clock_left_ms(deadline_ms) / (hosts->count - i);
        int status = connect_to(share, hosts->text[i], clock_monotonic_ms() + part_ms);
        if (status == 0)
            return 0;
        if (i == 0 || (share->connection && !is_connected))
            describe_opening(share, status, &problem);
        is_connected |= share->connection != NULL;
    }
    *err = problem;
    return -1;
}

struct share *share_open(const struct address *address, int timeout_ms, struct error *err)
{
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    struct addresses hosts;
    if (resolve_host(address->server, deadline_ms, &hosts, err) < 0) {
        error_wrap(err, "cannot mount %s", address->key);
        return NULL;
    }
    autoclose(share) struct share *share = memory_new(sizeof *share);
    share->address = address_copy(address);
    share->timeout_ms = timeout_ms;
    share->tree.protocol = address->version == 4 ? &protocol_v4 : &protocol_v3;
    return connect_to_any(share, &hosts, deadline_ms, err) < 0 ? NULL : steal(share);
}

void share_close(struct share *share)
{
    if (!share)
        return;
    share_attach(share, NULL, NULL);
    tree_clear_cache(&share->tree);
    connection_close(share->connection);
    address_free(share->address);
    free(share->host);
    free(share);
}

int share_confirm_root(struct share *share, struct error *err)
{
    if (share_begin_unchecked(share, "", err) < 0)
        return -1;
    int status = tree_confirm_root(&share->tree, share->host, share->address);
    share->has_lost_root = status == FAILURE_ROOT_LOST;
    return share_finish(share, status, "look up", "", err);
}

void share_set_stop(struct share *share, const struct stop *stop)
{
    connection_set_stop(share->connection, stop);
}

void share_attach(struct share *share, void *take_object, void (*destroy)(void *object))
{
    if (share->attachment)
        share->destroy_attachment(share->attachment);
    share->attachment = take_object;
    share->destroy_attachment = destroy;
}

void *share_attachment(const struct share *share)
{
    return share->attachment;
}

const struct address *share_address(const struct share *share)
{
    return share->address;
}

bool share_is_dead(const struct share *share)
{
    return share->has_lost_root || connection_is_dead(share->connection);
}

bool share_has_lost_root(const struct share *share)
{
    return share->has_lost_root;
}

int share_make_directory(struct share *share, const char *path, const struct ownership *ownership,
                         bool *created, struct error *err)
{
    bool made = false;
    if (share_begin(share, path, err) < 0)
        return -1;
    int status = tree_make_directory(&share->tree, path, ownership, &made);
    if (status == 0)
        *created = made;
    return share_finish(share, status, "make the directory", path, err);
}

int share_set_ownership(struct share *share, const char *path, const struct ownership *ownership,
                        struct error *err)
{
    struct node node;
    if (share_begin(share, path, err) < 0)
        return -1;
    int status = tree_find(&share->tree, path, &node);
    if (status == 0 && node.entry.kind == ENTRY_SYMLINK)
        status = -ELOOP;
    if (status == 0)
        status = tree_set_ownership(&share->tree, &node, ownership);
    return share_finish(share, status, "set mode and owner of", path, err);
}

int share_complete_directory(struct share *share, const char *path,
                             const struct ownership *ownership, struct error *err)
{
    struct node node;
    if (share_begin(share, path, err) < 0)
        return -1;
    int status = tree_find(&share->tree, path, &node);
    if (status == 0)
        status = tree_check_directory(&node.entry);
    if (status == 0)
        status = tree_complete_directory(&share->tree, &node, ownership);
    return share_finish(share, status, "set mode and owner of", path, err);
}

mode_t share_given_mode(const struct share *share)
{
    return share->tree.given_mode;
}

int share_inspect(struct share *share, const char *path, struct entry *entry, struct error *err)
{
    struct node node;
    if (share_begin_with_root(share, path, err) < 0)
        return -1;
    int status = tree_find(&share->tree, path, &node);
    if (status == 0)
        *entry = node.entry;
    return share_finish(share, status, "look at", path, err);
}

int share_remove_directory(struct share *share, const char *path, struct error *err)
{
    struct place place;
    struct node node;
    if (share_begin(share, path, err) < 0)
        return -1;
    int status = tree_find_entry(&share->tree, path, &place, &node);
    if (status == 0)
        status = tree_check_directory(&node.entry);
    tree_forget(&share->tree, path);
    if (status == 0)
        status =
            share->tree.protocol->remove_directory(share->connection, &place.parent, place.name);
    return share_finish(share, status, "remove the directory", path, err);
}

int share_remove_file(struct share *share, const char *path, struct error *err)
{
    struct place place;
    struct node node;
    if (share_begin(share, path, err) < 0)
        return -1;
    int status = tree_find_entry(&share->tree, path, &place, &node);
    if (status == 0 && node.entry.kind == ENTRY_DIRECTORY)
        status = -EISDIR;
    if (status == 0)
        status = share->tree.protocol->remove_file(share->connection, &place.parent, place.name);
    return share_finish(share, status, "remove the file", path, err);
}

/* The removal took an entry that was out of reach for a moment for removed: look whether something
 * is left. */
static int look_for_rest(struct share *share, const char *path, bool *finished)
{
    struct place place;
    struct node node;
    int status = tree_find_entry(&share->tree, path, &place, &node);
    if (status == -ENOENT)
        status = share_check_root(share, status);
    *finished = status == -ENOENT;
    return *finished ? 0 : status;
}

int share_remove_tree(struct share *share, const char *path, bool *finished, struct error *err)
{
    static const char trash[] = METADATA_DIRECTORY "/trash/";
    struct place place;
    struct node node;
    if (strncmp(path, trash, strlen(trash)) != 0)
        return error_set(err, ERROR_INVALID, "only what is in %s may be removed with its content",
                         trash);
    if (share_begin(share, path, err) < 0)
        return -1;
    share_let_last(share, REMOVAL_TIMES_MAX);
    int status = tree_find_entry(&share->tree, path, &place, &node);
    tree_forget(&share->tree, path);
    if (status == 0)
        status = tree_remove(&share->tree, &place, finished);
    if (status == 0 && *finished)
        status = look_for_rest(share, path, finished);
    return share_finish(share, status, "remove", path, err);
}

int share_move(struct share *share, const char *from, const char *to, struct error *err)
{
    if (share_begin(share, to, err) < 0 || share_begin(share, from, err) < 0)
        return -1;
    autofree char *both = memory_format("%s to %s", from, to);
    tree_forget(&share->tree, from);
    tree_forget(&share->tree, to);
    return share_finish(share, tree_move(&share->tree, from, to), "rename", both, err);
}

int share_space(struct share *share, struct space *space, struct error *err)
{
    struct space found = {0};
    if (share_begin_unchecked(share, "", err) < 0)
        return -1;
    int status = share->tree.protocol->space(share->connection, &share->tree.root.handle, &found);
    if (status == 0)
        *space = found;
    return share_finish(share, status, "ask for the space on", "", err);
}
