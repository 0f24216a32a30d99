/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/memory_request.h"

#include "base/stop.h"
#include "nfs/failure.h"
#include "tests/provisioner/memory_share.h"

#include <errno.h>
#include <string.h>

/* One request under way. */
struct request {
    struct share *share;
    struct disturbance disturbance;
    int status; /* why it does not happen */
};

static int status_of_kind(enum error_kind kind)
{
    switch (kind) {
    case ERROR_NOT_FOUND:
        return -ENOENT;
    case ERROR_ALREADY_EXISTS:
        return -EEXIST;
    case ERROR_CONFLICT:
        return -ENOTEMPTY;
    case ERROR_FORBIDDEN:
        return -EACCES;
    case ERROR_READ_ONLY:
        return -EROFS;
    case ERROR_FULL:
        return -ENOSPC;
    case ERROR_UNAVAILABLE:
        return -EAGAIN;
    case ERROR_STALE:
        return FAILURE_ROOT_LOST;
    default:
        return -ENOTDIR;
    }
}

/* Why the request fails, after which the share may be of no use. */
static int fail(struct share *share, const struct disturbance *disturbance)
{
    share->is_dead = share->is_dead || disturbance->is_cut;
    share->has_lost_root = share->has_lost_root || disturbance->answer == ERROR_STALE;
    return disturbance->is_cut ? -ECONNRESET : status_of_kind(disturbance->answer);
}

static bool is_root_lost(const struct share *share)
{
    return share->export->is_taken_back || share->disk != share->export->disk;
}

/* Log the request. True when it is to be carried out now: the lock is held then, until `end`. */
static bool start(struct request *request, struct share *share, const char *operation,
                  const char *path)
{
    *request = (struct request){.share = share, .status = -ECONNRESET};
    if (share->is_dead)
        return false;
    autofree char *line = memory_format("%s%s%s", operation, *path ? " " : "", path);
    request->disturbance = request_log_add(memory_share_log(), line);
    if (disturbance_is_failure(&request->disturbance) && !request->disturbance.is_done) {
        request->status = fail(share, &request->disturbance);
        return false;
    }
    memory_export_lock();
    if (!is_root_lost(share))
        return true;
    memory_export_unlock();
    share->has_lost_root = true;
    request->status = FAILURE_ROOT_LOST;
    return false;
}

/* The status that the caller gets for a request that ended with this one. */
static int end(struct request *request, int status)
{
    memory_export_unlock();
    if (!disturbance_is_failure(&request->disturbance))
        return status;
    return fail(request->share, &request->disturbance);
}

int memory_request_mount(struct share *share)
{
    autofree char *line =
        memory_format("MOUNT %s:%s", share->address->server, share->address->path);
    struct disturbance disturbance = request_log_pass(memory_share_log(), line);
    if (disturbance_is_failure(&disturbance))
        return disturbance.is_cut ? -ETIMEDOUT : status_of_kind(disturbance.answer);
    memory_export_lock();
    share->export = memory_export_of(share->address);
    share->disk = share->export->disk;
    int status = share->export->is_taken_back ? -ENOENT : 0;
    memory_export_unlock();
    return status;
}

int memory_request_confirm_root(struct share *share)
{
    autofree char *line =
        memory_format("CONFIRM %s:%s", share->address->server, share->address->path);
    struct disturbance disturbance = request_log_pass(memory_share_log(), line);
    if (disturbance_is_failure(&disturbance))
        return fail(share, &disturbance);
    memory_export_lock();
    share->has_lost_root = share->has_lost_root || is_root_lost(share);
    memory_export_unlock();
    return share->has_lost_root ? FAILURE_ROOT_LOST : 0;
}

int memory_request_peek(struct share *share, const char *path, struct entry *entry)
{
    memory_export_lock();
    share->has_lost_root = share->has_lost_root || is_root_lost(share);
    int status = share->has_lost_root ? FAILURE_ROOT_LOST
                                      : memory_tree_inspect(share->export->tree, path, entry);
    memory_export_unlock();
    return status;
}

int memory_request_lookup(struct share *share, const char *path, struct entry *entry)
{
    struct request request;
    if (!start(&request, share, *path ? "LOOKUP" : "GETATTR", path))
        return request.status;
    return end(&request, memory_tree_inspect(share->export->tree, path, entry));
}

int memory_request_make_directory(struct share *share, const char *path,
                                  const struct ownership *ownership)
{
    struct request request;
    if (!start(&request, share, "MKDIR", path))
        return request.status;
    return end(&request, memory_tree_make_directory(share->export->tree, path, ownership));
}

int memory_request_set_ownership(struct share *share, const char *path,
                                 const struct ownership *ownership)
{
    struct request request;
    if (!start(&request, share, "SETATTR", path))
        return request.status;
    return end(&request, memory_tree_set_ownership(share->export->tree, path, ownership));
}

/* After the first of the answers that a listing is. */
static int go_on(const struct share *share, int status)
{
    return status == 0 && stop_is_raised(share->stop) ? -ECANCELED : status;
}

int memory_request_list(struct share *share, const char *path, char ***names, size_t *count)
{
    struct request request;
    char **found = NULL;
    size_t found_count = 0;
    if (!start(&request, share, "READDIR", path))
        return request.status;
    int status = end(&request, memory_tree_list(share->export->tree, path, &found, &found_count));
    status = go_on(share, status);
    if (status < 0) {
        share_free_names(found, found_count);
        return status;
    }
    *names = found;
    *count = found_count;
    return 0;
}

/* Needs the lock. */
static int read_entries(struct memory_tree *tree, const char *path, struct folder_entry **entries,
                        size_t *count)
{
    char **names;
    int status = memory_tree_list(tree, path, &names, count);
    if (status < 0)
        return status;
    *entries = memory_new((*count + 1) * sizeof **entries);
    for (size_t i = 0; i < *count; i++) {
        autofree char *child = memory_format("%s%s%s", path, *path ? "/" : "", names[i]);
        (*entries)[i].name = memory_copy(names[i]);
        status = memory_tree_inspect(tree, child, &(*entries)[i].entry);
    }
    share_free_names(names, *count);
    return status;
}

int memory_request_read_folder(struct share *share, const char *path, struct folder_entry **entries,
                               size_t *count)
{
    struct request request;
    struct folder_entry *found = NULL;
    size_t found_count = 0;
    if (!start(&request, share, "READDIRPLUS", path))
        return request.status;
    int status = end(&request, read_entries(share->export->tree, path, &found, &found_count));
    status = go_on(share, status);
    if (status < 0) {
        share_free_folder(found, found_count);
        return status;
    }
    *entries = found;
    *count = found_count;
    return 0;
}

int memory_request_rename(struct share *share, const char *from, const char *to)
{
    struct request request;
    autofree char *both = memory_format("%s %s", from, to);
    if (!start(&request, share, "RENAME", both))
        return request.status;
    return end(&request, memory_tree_rename(share->export->tree, from, to));
}

int memory_request_remove_file(struct share *share, const char *path)
{
    struct request request;
    if (!start(&request, share, "REMOVE", path))
        return request.status;
    return end(&request, memory_tree_remove_file(share->export->tree, path));
}

int memory_request_remove_directory(struct share *share, const char *path)
{
    struct request request;
    if (!start(&request, share, "RMDIR", path))
        return request.status;
    return end(&request, memory_tree_remove_directory(share->export->tree, path));
}

int memory_request_create(struct share *share, const char *path)
{
    struct request request;
    if (!start(&request, share, "CREATE", path))
        return request.status;
    return end(&request, memory_tree_make_file(share->export->tree, path));
}

int memory_request_write(struct share *share, const char *path, const char *text, size_t length)
{
    struct request request;
    if (!start(&request, share, "WRITE", path))
        return request.status;
    return end(&request, memory_tree_write(share->export->tree, path, text, length));
}

/* Needs the lock. */
static int read_text(struct memory_tree *tree, const char *path, uint64_t file_id, char **text,
                     size_t *length)
{
    struct entry entry;
    const char *bytes;
    int status = memory_tree_inspect(tree, path, &entry);
    if (status < 0 || entry.file_id != file_id)
        return -ESTALE;
    status = memory_tree_read(tree, path, &bytes, length);
    if (status == 0)
        *text = memory_copy_bytes(bytes, *length);
    return status;
}

int memory_request_read(struct share *share, const char *path, uint64_t file_id, char **text,
                        size_t *length)
{
    struct request request;
    size_t found_length = 0;
    autofree char *found = NULL;
    if (!start(&request, share, "READ", path))
        return request.status;
    int status =
        end(&request, read_text(share->export->tree, path, file_id, &found, &found_length));
    if (status < 0)
        return status;
    *text = steal(found);
    *length = found_length;
    return 0;
}

int memory_request_make_symlink(struct share *share, const char *path, const char *text)
{
    struct request request;
    if (!start(&request, share, "SYMLINK", path))
        return request.status;
    return end(&request, memory_tree_make_symlink(share->export->tree, path, text));
}

int memory_request_read_symlink(struct share *share, const char *path, char **text)
{
    struct request request;
    const char *found;
    size_t length;
    char *copy = NULL;
    if (!start(&request, share, "READLINK", path))
        return request.status;
    int status = memory_tree_read(share->export->tree, path, &found, &length);
    if (status == 0)
        copy = memory_copy_bytes(found, length);
    status = end(&request, status);
    if (status == 0)
        *text = copy;
    else
        free(copy);
    return status;
}

int memory_request_space(struct share *share, struct space *space)
{
    struct request request;
    if (!start(&request, share, "FSSTAT", ""))
        return request.status;
    *space = share->export->space;
    return end(&request, 0);
}
