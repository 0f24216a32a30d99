/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/memory_call.h"

#include "nfs/failure.h"
#include "nfs/name.h"

#include <errno.h>
#include <string.h>

static int check_path(const char *path, struct error *err)
{
    size_t length = strlen(METADATA_DIRECTORY);
    if (strncmp(path, METADATA_DIRECTORY, length) != 0)
        return name_check_path(path, err);
    if (path[length] == '\0')
        return 0;
    return name_check_path(path[length] == '/' ? path + length + 1 : path, err);
}

static struct failure describe(const struct share *share, int status, const char *action,
                               const char *object)
{
    return (struct failure){.status = status,
                            .action = action,
                            .object = object,
                            .server = share->address->server,
                            .export = share->address->key,
                            .detail = "",
                            .timeout_ms = share->timeout_ms,
                            .nfs_version = share->address->version,
                            .own_address = ""};
}

int memory_call_finish(struct share *share, int status, const char *action, const char *path,
                       struct error *err)
{
    if (status == 0)
        return 0;
    struct failure failure = describe(share, status, action, *path ? path : "the export");
    return failure_set(err, &failure);
}

int memory_call_finish_opening(struct share *share, int status, struct error *err)
{
    if (status == 0)
        return 0;
    struct failure failure = describe(share, status, "mount", share->address->key);
    failure.export = share->address->path;
    return failure_set_opening(err, &failure);
}

int memory_call_begin_with_root(struct share *share, const char *path, struct error *err)
{
    if (*path && check_path(path, err) < 0)
        return error_wrap(err, "on %s", share->address->key);
    if (share->has_lost_root)
        return memory_call_finish(share, FAILURE_ROOT_LOST, "use", path, err);
    if (share->is_dead)
        return memory_call_finish(share, -ECONNRESET, "use", path, err);
    memory_replace(&share->found, NULL);
    return 0;
}

int memory_call_begin(struct share *share, const char *path, struct error *err)
{
    if (!*path && check_path(path, err) < 0)
        return error_wrap(err, "on %s", share->address->key);
    return memory_call_begin_with_root(share, path, err);
}

bool memory_call_is_known(const char *path)
{
    return path[0] == '.';
}

int memory_call_check_directory(const struct entry *entry)
{
    if (entry->kind == ENTRY_DIRECTORY)
        return 0;
    return entry->kind == ENTRY_SYMLINK ? -ELOOP : -ENOTDIR;
}

static int find_parent(struct share *share, const char *parent)
{
    struct entry entry;
    int status = 0;
    if (memory_call_is_known(parent))
        status = memory_request_peek(share, parent, &entry);
    else
        status = memory_request_lookup(share, parent, &entry);
    return status < 0 ? status : memory_call_check_directory(&entry);
}

/* `ownership` NULL: missing parents are not made. */
static int prepare_parents(struct share *share, const char *path, const struct ownership *ownership)
{
    int status = 0;
    for (const char *slash = strchr(path, '/'); slash && status == 0;
         slash = strchr(slash + 1, '/')) {
        bool ignored;
        autofree char *parent = memory_copy_bytes(path, (size_t)(slash - path));
        status = find_parent(share, parent);
        if (status == -ENOENT && ownership)
            status = memory_call_make_directory(share, parent, ownership, &ignored);
    }
    return status;
}

int memory_call_find_parents(struct share *share, const char *path)
{
    return prepare_parents(share, path, NULL);
}

int memory_call_make_parents(struct share *share, const char *path,
                             const struct ownership *ownership)
{
    return prepare_parents(share, path, ownership);
}

int memory_call_make_directory(struct share *share, const char *path,
                               const struct ownership *ownership, bool *created)
{
    struct entry entry;
    int status = memory_request_make_directory(share, path, ownership);
    *created = status == 0;
    if (status != -EEXIST)
        return status;
    status = memory_request_lookup(share, path, &entry);
    return status < 0 ? status : memory_call_check_directory(&entry);
}
