/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/share_call.h"

#include "nfs/name.h"

#include <errno.h>
#include <string.h>

struct failure share_describe(const struct share *share, int status, const char *action,
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
                            .own_address = connection ? connection_own_address(connection) : "",
                            .from_high_port = connection && connection_has_high_port(connection)};
}

int share_check_root(struct share *share, int missing)
{
    int status = tree_check_root(&share->tree, missing);
    share->has_lost_root = status == FAILURE_ROOT_LOST;
    return status;
}

int share_finish(struct share *share, int status, const char *action, const char *path,
                 struct error *err)
{
    if (status == 0)
        return 0;
    if (status_is_missing(status)) {
        tree_clear_cache(&share->tree); /* the next call looks the metadata directory up again */
        status = share_check_root(share, status);
    }
    struct failure failure = share_describe(share, status, action, *path ? path : "the export");
    return failure_set(err, &failure);
}

int share_check_path(const char *path, struct error *err)
{
    size_t length = strlen(METADATA_DIRECTORY);
    if (strncmp(path, METADATA_DIRECTORY, length) != 0)
        return name_check_path(path, err);
    if (path[length] == '\0')
        return 0;
    return name_check_path(path[length] == '/' ? path + length + 1 : path, err);
}

int share_begin_unchecked(struct share *share, const char *path, struct error *err)
{
    if (share->has_lost_root)
        return share_finish(share, FAILURE_ROOT_LOST, "use", path, err);
    if (connection_is_dead(share->connection))
        return share_finish(share, -ECONNRESET, "use", path, err);
    connection_begin_call(share->connection, share->timeout_ms, 1);
    return 0;
}

int share_begin(struct share *share, const char *path, struct error *err)
{
    if (share_check_path(path, err) < 0)
        return error_wrap(err, "on %s", share->address->key);
    return share_begin_unchecked(share, path, err);
}

int share_begin_with_root(struct share *share, const char *path, struct error *err)
{
    return *path ? share_begin(share, path, err) : share_begin_unchecked(share, path, err);
}

void share_let_last(struct share *share, int times)
{
    connection_begin_call(share->connection, share->timeout_ms, times);
}
