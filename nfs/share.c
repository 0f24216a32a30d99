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

#define OUR_CORNER ".mooring"

struct share {
    struct address *address;
    struct connection *connection;
    struct tree tree;
    int timeout_ms;
};

static int fail(struct share *share, int status, const char *action, const char *path,
                struct error *err)
{
    /* Somebody moved our directories: the next try looks them up again. */
    if (status == -ENOENT || status == -ESTALE)
        tree_forget(&share->tree);
    return failure_set(err, &(struct failure){.status = status,
                                              .action = action,
                                              .object = *path ? path : "the export",
                                              .server = share->address->server,
                                              .export = share->address->key,
                                              .detail = connection_detail(share->connection),
                                              .timeout_ms = share->timeout_ms});
}

/* What one host address says, within its part of the time. */
static int open_at(struct share *share, const char *host, int64_t deadline_ms)
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

/* A host may have several addresses, of which not all need to answer. */
static int open_anywhere(struct share *share, const struct addresses *hosts, int64_t deadline_ms)
{
    int status = -EHOSTUNREACH;
    for (int i = 0; i < hosts->count && status < 0; i++) {
        int part_ms = clock_left_ms(deadline_ms) / (hosts->count - i);
        status = open_at(share, hosts->text[i], clock_monotonic_ms() + part_ms);
    }
    return status;
}

static struct share *share_new(const struct address *address, int timeout_ms)
{
    struct share *share = memory_new(sizeof *share);
    share->address = address_copy(address);
    share->timeout_ms = timeout_ms;
    share->tree.protocol = address->version == 4 ? &protocol_v4 : &protocol_v3;
    return share;
}

static void fail_to_open(const struct share *share, int status, struct error *err)
{
    bool connected = share->connection != NULL;
    failure_set_opening(
        err, &(struct failure){.status = status,
                               .action = "mount",
                               .object = share->address->key,
                               .server = share->address->server,
                               .export = share->address->path,
                               .detail = connected ? connection_detail(share->connection) : "",
                               .timeout_ms = share->timeout_ms});
}

struct share *share_open(const struct address *address, int timeout_ms, struct error *err)
{
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    struct addresses hosts;
    if (resolve_host(address->server, deadline_ms, &hosts, err) < 0) {
        error_wrap(err, "cannot mount %s", address->key);
        return NULL;
    }
    autoclose(share) struct share *share = share_new(address, timeout_ms);
    int status = open_anywhere(share, &hosts, deadline_ms);
    if (status < 0) {
        fail_to_open(share, status, err);
        return NULL;
    }
    return steal(share);
}

void share_close(struct share *share)
{
    if (!share)
        return;
    tree_forget(&share->tree);
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
    return connection_is_dead(share->connection);
}

static int check_path(const char *path, struct error *err)
{
    size_t corner = strlen(OUR_CORNER);
    if (strncmp(path, OUR_CORNER, corner) != 0)
        return name_check_path(path, err);
    if (path[corner] == '\0')
        return 0;
    return name_check_path(path[corner] == '/' ? path + corner + 1 : path, err);
}

/* What every call does first: it has the whole timeout for itself. */
static int begin(struct share *share, const char *path, struct error *err)
{
    if (check_path(path, err) < 0)
        return error_wrap(err, "on %s", share->address->key);
    if (connection_is_dead(share->connection))
        return fail(share, -ECONNRESET, "use", path, err);
    connection_set_deadline(share->connection, clock_monotonic_ms() + share->timeout_ms);
    return 0;
}

int share_make_directory(struct share *share, const char *path, const struct ownership *ownership,
                         bool *created, struct error *err)
{
    bool made = false;
    if (begin(share, path, err) < 0)
        return -1;
    int status = tree_make_directory(&share->tree, path, ownership, &made);
    if (status < 0)
        return fail(share, status, "make the directory", path, err);
    *created = made;
    return 0;
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
    return status < 0 ? fail(share, status, "set mode and owner of", path, err) : 0;
}

int share_inspect(struct share *share, const char *path, struct entry *entry, struct error *err)
{
    struct node node;
    if ((*path ? begin(share, path, err) : begin(share, OUR_CORNER, err)) < 0)
        return -1;
    int status = tree_find(&share->tree, path, &node);
    if (status < 0)
        return fail(share, status, "look at", path, err);
    *entry = node.entry;
    return 0;
}

int share_list(struct share *share, const char *path, char ***names, size_t *count,
               struct error *err)
{
    struct node node;
    struct names found = {0};
    if ((*path ? begin(share, path, err) : begin(share, OUR_CORNER, err)) < 0)
        return -1;
    int status = tree_find(&share->tree, path, &node);
    if (status == 0)
        status = tree_check_directory(&node.entry);
    if (status == 0)
        status = share->tree.protocol->list(share->connection, &node.handle, &found);
    if (status < 0) {
        names_free(&found);
        return fail(share, status, "list", path, err);
    }
    *names = found.items;
    *count = found.count;
    return 0;
}

void share_free_names(char **names, size_t count)
{
    names_free(&(struct names){.items = names, .count = count});
}

/* Find the entry and remove it, when `directory` is what it is. */
static int remove_entry(struct share *share, const char *path, bool directory)
{
    const struct protocol *protocol = share->tree.protocol;
    struct place place;
    struct node node = {0};
    int status = tree_find_place(&share->tree, path, &place);
    if (status == 0)
        status = protocol->lookup(share->connection, &place.parent, place.name, &node);
    if (status < 0)
        return status;
    if (directory) {
        status = tree_check_directory(&node.entry);
        return status < 0
                   ? status
                   : protocol->remove_directory(share->connection, &place.parent, place.name);
    }
    if (node.entry.kind == ENTRY_DIRECTORY)
        return -EISDIR;
    return protocol->remove_file(share->connection, &place.parent, place.name);
}

int share_remove_directory(struct share *share, const char *path, struct error *err)
{
    if (begin(share, path, err) < 0)
        return -1;
    int status = remove_entry(share, path, true);
    return status < 0 ? fail(share, status, "remove the directory", path, err) : 0;
}

int share_remove_file(struct share *share, const char *path, struct error *err)
{
    if (begin(share, path, err) < 0)
        return -1;
    int status = remove_entry(share, path, false);
    return status < 0 ? fail(share, status, "remove the file", path, err) : 0;
}

int share_remove_tree(struct share *share, const char *path, bool *finished, struct error *err)
{
    static const char trash[] = OUR_CORNER "/trash/";
    struct place place;
    struct node node;
    if (strncmp(path, trash, strlen(trash)) != 0)
        return error_set(err, ERROR_INVALID, "only what lies in %s is removed with its content",
                         trash);
    if (begin(share, path, err) < 0)
        return -1;
    int status = tree_find(&share->tree, path, &node);
    if (status == 0)
        status = tree_find_place(&share->tree, path, &place);
    if (status == 0)
        status = tree_remove(&share->tree, &place, share->timeout_ms, finished);
    return status < 0 ? fail(share, status, "remove", path, err) : 0;
}

int share_rename(struct share *share, const char *from, const char *to, struct error *err)
{
    const struct protocol *protocol = share->tree.protocol;
    struct place source;
    struct place target;
    struct node node;
    if (begin(share, to, err) < 0 || begin(share, from, err) < 0)
        return -1;
    int status = tree_find_place(&share->tree, from, &source);
    if (status < 0)
        return fail(share, status, "rename", from, err);
    status = tree_find_place(&share->tree, to, &target);
    if (status < 0)
        return fail(share, status, "rename to", to, err);
    status = protocol->lookup(share->connection, &target.parent, target.name, &node);
    if (status != -ENOENT)
        return fail(share, status == 0 ? -EEXIST : status, "rename to", to, err);
    status = protocol->rename(share->connection, &source.parent, source.name, &target.parent,
                              target.name);
    return status < 0 ? fail(share, status, "rename", from, err) : 0;
}

int share_write_file(struct share *share, const char *path, const char *text, size_t length,
                     struct error *err)
{
    if (begin(share, path, err) < 0)
        return -1;
    int status = file_write(&share->tree, path, text, length);
    return status < 0 ? fail(share, status, "write", path, err) : 0;
}

char *share_read_file(struct share *share, const char *path, size_t *length, struct error *err)
{
    char *text = NULL;
    if (begin(share, path, err) < 0)
        return NULL;
    int status = file_read(&share->tree, path, &text, length);
    if (status < 0)
        fail(share, status, "read", path, err);
    return text;
}

void share_read_files(struct share *share, const char *const *paths, size_t count,
                      struct share_text *texts)
{
    const char *good[SHARE_TOGETHER_MAX] = {NULL};
    struct error ignored;
    assert(count <= SHARE_TOGETHER_MAX);
    memset(texts, 0, count * sizeof *texts);
    for (size_t i = 0; i < count; i++)
        good[i] = check_path(paths[i], &ignored) == 0 ? paths[i] : NULL;
    if (begin(share, OUR_CORNER, &ignored) == 0)
        file_read_together(&share->tree, good, count, texts);
}

int share_space(struct share *share, struct space *space, struct error *err)
{
    struct space found = {0};
    if (begin(share, OUR_CORNER, err) < 0)
        return -1;
    int status = share->tree.protocol->space(share->connection, &share->tree.root.handle, &found);
    if (status < 0)
        return fail(share, status, "ask for the space on", "", err);
    *space = found;
    return 0;
}
