/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/share.h"

#include "base/clock.h"
#include "nfs/failure.h"
#include "nfs/file.h"
#include "nfs/name.h"
#include "nfs/resolve.h"
#include "nfs/tree.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define METADATA_DIRECTORY ".mooring"

struct share {
    struct address *address;
    struct connection *connection;
    struct tree tree;
    int timeout_ms;
    bool has_lost_root; /* the handle of the export's root is not valid any more */
};

static struct failure describe(const struct share *share, int status, const char *action,
                               const char *object)
{
    const struct connection *connection = share->connection;
    return (struct failure){.status = status,
                            .action = action,
                            .object = object,
                            .server = share->address->server,
                            .export = share->address->key,
                            .detail = connection ? connection_detail(connection) : "",
                            .timeout_ms = share->timeout_ms,
                            .nfs_version = share->address->version,
                            .from_high_port = connection && connection_has_high_port(connection)};
}

/* Connect to one address of the server and look up the root, until `deadline_ms`. */
static int connect_to(struct share *share, const char *host, int64_t deadline_ms)
{
    int status = 0;
    int port = share->address->nfs_port ? share->address->nfs_port : NFS_PORT;
    connection_close(share->connection);
    share->connection = connection_open(host, port, deadline_ms, &status);
    if (!share->connection)
        return status;
    struct tree *tree = &share->tree;
    tree->connection = share->connection;
    status = tree->protocol->find_root(tree->connection, host, share->address, &tree->root);
    return status < 0 ? status : tree_check_directory(&tree->root.entry);
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

    /* The first address that answers is enough; each gets an equal part of the time left. */
    int status = -EHOSTUNREACH;
    for (int i = 0; i < hosts.count && status < 0; i++) {
        int part_ms = clock_left_ms(deadline_ms) / (hosts.count - i);
        status = connect_to(share, hosts.text[i], clock_monotonic_ms() + part_ms);
    }
    if (status < 0) {
        struct failure failure = describe(share, status, "mount", address->key);
        failure.export = address->path;
        failure_set_opening(err, &failure);
        return NULL;
    }
    return steal(share);
}

void share_close(struct share *share)
{
    if (!share)
        return;
    tree_clear_cache(&share->tree);
    connection_close(share->connection);
    address_free(share->address);
    free(share);
}

const struct address *share_address(const struct share *share)
{
    return share->address;
}

bool share_is_dead(const struct share *share)
{
    return share->has_lost_root || connection_is_dead(share->connection);
}

static int check_root(struct share *share, int missing)
{
    int status = tree_check_root(&share->tree, missing);
    share->has_lost_root = status == FAILURE_ROOT_LOST;
    return status;
}

/* How every call ends: 0, or -1 with the error that a negative `status` means. */
static int finish(struct share *share, int status, const char *action, const char *path,
                  struct error *err)
{
    if (status == 0)
        return 0;
    if (status_is_missing(status)) {
        tree_clear_cache(&share->tree); /* the next call looks the metadata directory up again */
        status = check_root(share, status);
    }
    struct failure failure = describe(share, status, action, *path ? path : "the export");
    return failure_set(err, &failure);
}

void share_explain_death(struct share *share, struct error *err)
{
    if (share->has_lost_root)
        finish(share, FAILURE_ROOT_LOST, "use", "", err);
    else
        error_set(err, ERROR_UNAVAILABLE, "%s has stopped answering", share->address->key);
}

static int check_path(const char *path, struct error *err)
{
    size_t length = strlen(METADATA_DIRECTORY);
    if (strncmp(path, METADATA_DIRECTORY, length) != 0)
        return name_check_path(path, err);
    if (path[length] == '\0')
        return 0;
    return name_check_path(path[length] == '/' ? path + length + 1 : path, err);
}

/* How every call starts: it has the whole timeout for itself. */
static int begin_unchecked(struct share *share, const char *path, struct error *err)
{
    if (share->has_lost_root)
        return finish(share, FAILURE_ROOT_LOST, "use", path, err);
    if (connection_is_dead(share->connection))
        return finish(share, -ECONNRESET, "use", path, err);
    connection_set_deadline(share->connection, clock_monotonic_ms() + share->timeout_ms);
    return 0;
}

static int begin(struct share *share, const char *path, struct error *err)
{
    if (check_path(path, err) < 0)
        return error_wrap(err, "on %s", share->address->key);
    return begin_unchecked(share, path, err);
}

/* As begin, for calls that also take "", the root. */
static int begin_with_root(struct share *share, const char *path, struct error *err)
{
    return *path ? begin(share, path, err) : begin_unchecked(share, path, err);
}

int share_make_directory(struct share *share, const char *path, const struct ownership *ownership,
                         bool *created, struct error *err)
{
    bool made = false;
    if (begin(share, path, err) < 0)
        return -1;
    int status = tree_make_directory(&share->tree, path, ownership, &made);
    if (status == 0)
        *created = made;
    return finish(share, status, "make the directory", path, err);
}

int share_set_ownership(struct share *share, const char *path, const struct ownership *ownership,
                        struct error *err)
{
    struct node node;
    if (begin(share, path, err) < 0)
        return -1;
    int status = tree_find(&share->tree, path, &node);
    if (status == 0 && node.entry.kind == ENTRY_SYMLINK)
        status = -ELOOP;
    if (status == 0)
        status = tree_set_ownership(&share->tree, &node.handle, ownership);
    return finish(share, status, "set mode and owner of", path, err);
}

int share_inspect(struct share *share, const char *path, struct entry *entry, struct error *err)
{
    struct node node;
    if (begin_with_root(share, path, err) < 0)
        return -1;
    int status = tree_find(&share->tree, path, &node);
    if (status == 0)
        *entry = node.entry;
    return finish(share, status, "look at", path, err);
}

static int list_once(struct share *share, const char *path, struct names *names)
{
    struct node node;
    int status = tree_find(&share->tree, path, &node);
    if (status == 0)
        status = tree_check_directory(&node.entry);
    if (status == 0) {
        status = share->tree.protocol->list(share->connection, &node.handle, names);
        status = status == -ENOENT ? -ESTALE : status; /* it was there when it was looked up */
    }
    if (status < 0)
        names_free(names);
    return status;
}

static int list_until_whole(struct share *share, const char *path, struct names *names)
{
    int status = -ESTALE;
    for (int tries = 0; tries < LIST_TRIES && status == -ESTALE; tries++) {
        *names = (struct names){0};
        status = list_once(share, path, names);
    }
    return status;
}

int share_list(struct share *share, const char *path, char ***names, size_t *count,
               struct error *err)
{
    struct names found;
    if (begin_with_root(share, path, err) < 0)
        return -1;
    int status = list_until_whole(share, path, &found);
    if (status < 0)
        return finish(share, status, "list", path, err);
    names_sort(&found);
    *names = found.items;
    *count = found.count;
    return 0;
}

void share_free_names(char **names, size_t count)
{
    names_free(&(struct names){.items = names, .count = count});
}

int share_remove_directory(struct share *share, const char *path, struct error *err)
{
    struct place place;
    struct node node;
    if (begin(share, path, err) < 0)
        return -1;
    int status = tree_find_entry(&share->tree, path, &place, &node);
    if (status == 0)
        status = tree_check_directory(&node.entry);
    if (status == 0)
        status =
            share->tree.protocol->remove_directory(share->connection, &place.parent, place.name);
    return finish(share, status, "remove the directory", path, err);
}

int share_remove_file(struct share *share, const char *path, struct error *err)
{
    struct place place;
    struct node node;
    if (begin(share, path, err) < 0)
        return -1;
    int status = tree_find_entry(&share->tree, path, &place, &node);
    if (status == 0 && node.entry.kind == ENTRY_DIRECTORY)
        status = -EISDIR;
    if (status == 0)
        status = share->tree.protocol->remove_file(share->connection, &place.parent, place.name);
    return finish(share, status, "remove the file", path, err);
}

/* What was out of reach for a moment was taken for removed: look whether something is left. */
static int look_for_rest(struct share *share, const char *path, bool *finished)
{
    struct place place;
    struct node node;
    int status = tree_find_entry(&share->tree, path, &place, &node);
    if (status == -ENOENT)
        status = check_root(share, status);
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
    if (begin(share, path, err) < 0)
        return -1;
    int status = tree_find_entry(&share->tree, path, &place, &node);
    if (status == 0)
        status = tree_remove(&share->tree, &place, share->timeout_ms, finished);
    if (status == 0 && *finished)
        status = look_for_rest(share, path, finished);
    return finish(share, status, "remove", path, err);
}

int share_rename(struct share *share, const char *from, const char *to, struct error *err)
{
    const struct protocol *protocol = share->tree.protocol;
    struct place source;
    struct place target;
    struct node existing;
    struct node moved;
    if (begin(share, to, err) < 0 || begin(share, from, err) < 0)
        return -1;
    int status = tree_find_entry(&share->tree, from, &source, &moved);
    if (status < 0)
        return finish(share, status, "rename", from, err);
    status = tree_find_place(&share->tree, to, &target);
    if (status < 0)
        return finish(share, status, "rename to", to, err);
    status = protocol->lookup(share->connection, &target.parent, target.name, &existing);
    if (status != -ENOENT)
        return finish(share, status == 0 ? -EEXIST : status, "rename to", to, err);
    status = protocol->rename(share->connection, &source.parent, source.name, &target.parent,
                              target.name);
    return finish(share, status, "rename", from, err);
}

int share_write_file(struct share *share, const char *path, const char *text, size_t length,
                     struct error *err)
{
    if (begin(share, path, err) < 0)
        return -1;
    int status = file_write(&share->tree, path, text, length);
    return finish(share, status, "write", path, err);
}

char *share_read_file(struct share *share, const char *path, size_t *length, struct error *err)
{
    char *text = NULL;
    if (begin(share, path, err) < 0)
        return NULL;
    int status = file_read(&share->tree, path, &text, length);
    return finish(share, status, "read", path, err) < 0 ? NULL : text;
}

void share_read_files(struct share *share, const char *const *paths, size_t count,
                      struct share_text *texts)
{
    const char *checked[SHARE_TOGETHER_MAX] = {NULL};
    struct error ignored;
    assert(count <= SHARE_TOGETHER_MAX);
    memset(texts, 0, count * sizeof *texts);
    for (size_t i = 0; i < count; i++)
        checked[i] = check_path(paths[i], &ignored) == 0 ? paths[i] : NULL;
    if (begin_unchecked(share, "", &ignored) == 0)
        file_read_together(&share->tree, checked, count, texts);
}

int share_space(struct share *share, struct space *space, struct error *err)
{
    struct space found = {0};
    if (begin_unchecked(share, "", err) < 0)
        return -1;
    int status = share->tree.protocol->space(share->connection, &share->tree.root.handle, &found);
    if (status == 0)
        *space = found;
    return finish(share, status, "ask for the space on", "", err);
}
