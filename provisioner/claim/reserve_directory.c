/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/reserve_directory.h"

#include "provisioner/claim/never_made.h"
#include "provisioner/claim/refuse_directory.h"
#include "provisioner/claim/shared_directory.h"
#include "provisioner/export/claim_folder.h"
#include "provisioner/export/directory_owner.h"
#include "provisioner/step.h"

#include <string.h>

/* Where the server folds the case of names, two of them may lead to one directory. */
static int is_same_directory(struct share *share, const char *one, const char *other, bool *is_same,
                             struct error *err)
{
    struct entry entry, other_entry;
    *is_same = strcmp(one, other) == 0;
    if (*is_same)
        return 0;
    if (share_inspect(share, one, &entry, err) < 0 ||
        share_inspect(share, other, &other_entry, err) < 0)
        return err->kind == ERROR_NOT_FOUND || err->kind == ERROR_INVALID ? 0 : -1;
    *is_same = entry.file_id == other_entry.file_id;
    return 0;
}

int reserve_directory_find_earlier(struct share *share, const struct record *record,
                                   struct record **earlier, struct error *err)
{
    const struct claim_owner owner = record_owner(record);
    struct claim_folder folder;
    int result = 0;
    *earlier = NULL;
    if (claim_folder_read(share, &owner, &folder, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    for (size_t i = 0; i < folder.count && !*earlier && result == 0; i++) {
        struct record *other = folder.records[i];
        bool is_same = false;
        if (strcmp(other->volume, record->volume) != 0)
            result = is_same_directory(share, record->directory, other->directory, &is_same, err);
        *earlier = is_same ? record_hold(other) : NULL;
    }
    claim_folder_clear(&folder);
    return result;
}

static int refuse_used(const struct directory_request *wanted, const char *other, struct error *err)
{
    autorelease(record) struct record *earlier = NULL;
    if (reserve_directory_find_earlier(wanted->share, wanted->record, &earlier, err) < 0)
        return -1;
    return earlier
               ? refuse_directory_had(wanted->job, wanted->record, earlier, err)
               : refuse_directory_of_others(wanted->job, wanted->share, wanted->record, other, err);
}

/* What the volumes tell only refuses; who has the directory is decided on the export. `*sharer`: a
 * volume of the same namespace has the directory that claims may share; caller frees. */
static int check_users(const struct directory_request *wanted, char **sharer, struct error *err)
{
    struct cluster_cache *cache = wanted->job->context->cache;
    const struct storage_class *storage_class = wanted->job->storage_class;
    const struct record *record = wanted->record;
    struct directory_user user = {.address = storage_class->address,
                                  .export_id = wanted->export_id,
                                  .directory = record->directory,
                                  .except = record->volume};
    autofree char *first = NULL, *other = NULL;
    if (!storage_class->path_pattern || !cluster_cache_find_user(cache, &user, &first))
        return 0;
    user.sharing = record_sharing_namespace(record);
    if (!user.sharing || cluster_cache_find_user(cache, &user, &other))
        return refuse_used(wanted, other ? other : first, err);
    *sharer = steal(first);
    return 0;
}

/* Share what others of the namespace have, where the record is shared. */
static int join(const struct directory_request *wanted, bool *is_joined, struct error *err)
{
    enum directory_sharing sharing = SHARING_NONE;
    const struct record *record = wanted->record;
    if (record->is_shared &&
        shared_directory_join(wanted->job, wanted->share, record, &sharing, err) < 0)
        return -1;
    *is_joined = sharing == SHARING_JOINED;
    return sharing != SHARING_AWAITED
               ? 0
               : error_set(err, ERROR_CONFLICT,
                           "the directory %s, which this claim is to share with another one of its "
                           "namespace, is being made for that one: waiting until it is",
                           record->directory);
}

/* Another claim has it: may this one share it, or was it never made? */
static int contest(const struct directory_request *wanted, bool *is_joined, bool *is_free,
                   struct error *err)
{
    if (join(wanted, is_joined, err) < 0)
        return -1;
    return *is_joined ? 0
                      : never_made_give_up(wanted->job, wanted->share, wanted->record->directory,
                                           is_free, err);
}

/* A pattern may give two claims one path: the second one is refused, unless it joins the first. */
static int reserve(const struct directory_request *wanted, bool *is_joined, struct error *err)
{
    const struct provision_job *job = wanted->job;
    const struct record *record = wanted->record;
    const struct claim_owner owner = record_owner(record);
    bool is_free = true, is_new;
    for (int tries = 0; tries < 2 && is_free; tries++) {
        if (step(job->client, "reserve-directory", err) < 0)
            return -1;
        if (directory_owner_reserve(wanted->share, record->directory, &owner, &is_new, err) == 0)
            return is_new ? 0 : join(wanted, is_joined, err);
        if (!job->storage_class->path_pattern || err->kind != ERROR_CONFLICT ||
            contest(wanted, is_joined, &is_free, err) < 0)
            return -1;
        if (*is_joined)
            return 0;
    }
    return refuse_directory_of_others(job, wanted->share, record, NULL, err);
}

int reserve_directory(const struct directory_request *wanted, bool *is_joined, struct error *err)
{
    autofree char *sharer = NULL;
    *is_joined = false;
    if (check_users(wanted, &sharer, err) < 0)
        return -1;
    if (!sharer)
        return reserve(wanted, is_joined, err);
    if (join(wanted, is_joined, err) < 0)
        return -1;
    return *is_joined ? 0 : refuse_used(wanted, sharer, err);
}
