/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/memory_share.h"

#include "nfs/failure.h"
#include "nfs/protocol.h"
#include "tests/provisioner/memory_call.h"

#include <errno.h>
#include <string.h>

struct share *share_open(const struct address *address, int timeout_ms, struct error *err)
{
    autoclose(share) struct share *share = memory_new(sizeof *share);
    share->address = address_copy(address);
    share->timeout_ms = timeout_ms;
    if (memory_call_finish_opening(share, memory_request_mount(share), err) < 0)
        return NULL;
    return steal(share);
}

void share_close(struct share *share)
{
    if (!share)
        return;
    share_attach(share, NULL, NULL);
    address_free(share->address);
    free(share->found);
    free(share);
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

int share_confirm_root(struct share *share, struct error *err)
{
    if (memory_call_begin_with_root(share, "", err) < 0)
        return -1;
    return memory_call_finish(share, memory_request_confirm_root(share), "look up", "", err);
}

bool share_is_dead(const struct share *share)
{
    return share->has_lost_root || share->is_dead;
}

bool share_has_lost_root(const struct share *share)
{
    return share->has_lost_root;
}

static mode_t forced_mode;

void memory_share_give_mode(mode_t mode)
{
    forced_mode = mode;
}

mode_t share_given_mode(const struct share *share)
{
    return share->given_mode;
}

static struct ownership give(struct share *share, const struct ownership *wanted)
{
    struct ownership given = *wanted;
    if (forced_mode)
        given.mode = forced_mode;
    share->given_mode = given.mode;
    return given;
}

int share_make_directory(struct share *share, const char *path, const struct ownership *ownership,
                         bool *created, struct error *err)
{
    bool made = false;
    if (memory_call_begin(share, path, err) < 0)
        return -1;
    const struct ownership given = give(share, ownership);
    int status = memory_call_make_parents(share, path, &given);
    if (status == 0)
        status = memory_call_make_directory(share, path, &given, &made);
    if (status == 0 && made)
        status = status_of_mode(given.mode, ownership->mode);
    if (status == 0) {
        *created = made;
        if (memory_call_is_known(path))
            share->found = memory_copy(path);
    }
    return memory_call_finish(share, status, "make the directory", path, err);
}

void share_set_stop(struct share *share, const struct stop *stop)
{
    share->stop = stop;
}

/* An entry that must be there. */
static int find(struct share *share, const char *path, struct entry *entry)
{
    int status = memory_call_find_parents(share, path);
    return status < 0 ? status : memory_request_lookup(share, path, entry);
}

static int find_directory(struct share *share, const char *path, struct entry *entry)
{
    int status = find(share, path, entry);
    return status < 0 ? status : memory_call_check_directory(entry);
}

int share_set_ownership(struct share *share, const char *path, const struct ownership *ownership,
                        struct error *err)
{
    struct entry entry;
    if (memory_call_begin(share, path, err) < 0)
        return -1;
    const struct ownership given = give(share, ownership);
    int status = find(share, path, &entry);
    if (status == 0 && entry.kind == ENTRY_SYMLINK)
        status = -ELOOP;
    if (status == 0)
        status = memory_request_set_ownership(share, path, &given);
    if (status == 0)
        status = status_of_mode(given.mode, ownership->mode);
    return memory_call_finish(share, status, "set mode and owner of", path, err);
}

/* SETATTR, unless there is nothing to change. Where that is refused, what is there may do. */
static int complete(struct share *share, const char *path, const struct entry *entry,
                    const struct ownership *wanted)
{
    struct ownership owners = {.mode = entry->mode, .uid = wanted->uid, .gid = wanted->gid};
    const struct ownership given = give(share, wanted);
    int status = -EPERM;
    if (!ownership_is_exact(entry, wanted))
        status = memory_request_set_ownership(share, path, &given);
    if (status == 0)
        return status_of_mode(given.mode, wanted->mode);
    if (!status_is_refusal(status) || !ownership_is_exact(entry, &owners))
        return status;
    share->given_mode = entry->mode;
    return status_of_mode(entry->mode, wanted->mode);
}

int share_complete_directory(struct share *share, const char *path,
                             const struct ownership *ownership, struct error *err)
{
    struct entry entry;
    if (memory_call_begin(share, path, err) < 0)
        return -1;
    int status = find_directory(share, path, &entry);
    if (status == 0)
        status = complete(share, path, &entry, ownership);
    return memory_call_finish(share, status, "set mode and owner of", path, err);
}

int share_inspect(struct share *share, const char *path, struct entry *entry, struct error *err)
{
    struct entry found;
    if (memory_call_begin_with_root(share, path, err) < 0)
        return -1;
    int status = find(share, path, &found);
    if (status == 0)
        *entry = found;
    return memory_call_finish(share, status, "look at", path, err);
}

int share_list(struct share *share, const char *path, char ***names, size_t *count,
               struct error *err)
{
    struct entry entry;
    if (memory_call_begin_with_root(share, path, err) < 0)
        return -1;
    int status = find_directory(share, path, &entry);
    if (status == 0)
        status = memory_request_list(share, path, names, count);
    return memory_call_finish(share, status, "list", path, err);
}

void share_free_names(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

int share_remove_directory(struct share *share, const char *path, struct error *err)
{
    struct entry entry;
    if (memory_call_begin(share, path, err) < 0)
        return -1;
    int status = find_directory(share, path, &entry);
    if (status == 0)
        status = memory_request_remove_directory(share, path);
    return memory_call_finish(share, status, "remove the directory", path, err);
}

/* With everything in it. */
static int remove_all(struct share *share, const char *path)
{
    char **names = NULL;
    size_t count = 0;
    int status = memory_request_remove_file(share, path);
    if (status != -EISDIR)
        return status;
    status = memory_request_list(share, path, &names, &count);
    for (size_t i = 0; status == 0 && i < count; i++) {
        autofree char *child = memory_format("%s/%s", path, names[i]);
        status = remove_all(share, child);
    }
    share_free_names(names, count);
    return status < 0 ? status : memory_request_remove_directory(share, path);
}

int share_remove_tree(struct share *share, const char *path, bool *finished, struct error *err)
{
    static const char trash[] = ".mooring/trash/";
    struct entry entry;
    if (strncmp(path, trash, strlen(trash)) != 0)
        return error_set(err, ERROR_INVALID, "only what is in %s may be removed with its content",
                         trash);
    if (memory_call_begin(share, path, err) < 0)
        return -1;
    int status = find(share, path, &entry);
    if (status == 0)
        status = remove_all(share, path);
    if (status == 0)
        *finished = true;
    return memory_call_finish(share, status, "remove", path, err);
}

int share_move(struct share *share, const char *from, const char *to, struct error *err)
{
    if (memory_call_begin(share, to, err) < 0 || memory_call_begin(share, from, err) < 0)
        return -1;
    int status = memory_call_find_parents(share, from);
    if (status == 0)
        status = memory_call_find_parents(share, to);
    if (status == 0)
        status = memory_request_rename(share, from, to);
    return memory_call_finish(share, status, "rename", from, err);
}

int share_space(struct share *share, struct space *space, struct error *err)
{
    struct space found = {0};
    if (memory_call_begin_with_root(share, "", err) < 0)
        return -1;
    int status = memory_request_space(share, &found);
    if (status == 0)
        *space = found;
    return memory_call_finish(share, status, "ask for the space on", "", err);
}
