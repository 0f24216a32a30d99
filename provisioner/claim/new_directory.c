/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/new_directory.h"

#include "base/text.h"
#include "provisioner/object/directory_name.h"
#include "provisioner/report/event_messages.h"

#include <string.h>

/* --- its path --- */

/* Labels and annotations are not kept in memory: for a pattern that names them the claim is read.
 */
static json_t *read_metadata(const struct provision_job *job, struct error *err)
{
    const struct claim *claim = job->claim;
    const char *pattern = job->storage_class->path_pattern;
    if (!strstr(pattern, ".labels.") && !strstr(pattern, ".annotations."))
        return json_pack("{s:s, s:s}", "namespace", claim->namespace, "name", claim->name);

    json_auto_t *object =
        client_get(job->client, &resource_claims, claim->namespace, claim->name, err);
    if (!object)
        return NULL;
    json_t *metadata = json_object_get(object, "metadata");
    if (!text_equals(json_string_value(json_object_get(metadata, "uid")), claim->uid))
        return error_null(err, ERROR_CONFLICT, "claim %s/%s was replaced meanwhile",
                          claim->namespace, claim->name);
    return json_incref(metadata);
}

char *new_directory_choose(const struct provision_job *job, const char *volume, struct error *err)
{
    const char *pattern = job->storage_class->path_pattern;
    if (!pattern)
        return directory_name(job->claim->namespace, job->claim->name, volume, err);
    json_auto_t *metadata = read_metadata(job, err);
    return metadata ? directory_name_expand(pattern, metadata, err) : NULL;
}

/* --- no other user --- */

/* A search for a volume of another claim that has the directory, or one around it or in it. */
struct other_user {
    const struct provision_job *job;
    const char *directory;
    const char *path; /* of the export and the directory */
    char *volume;     /* the one that was found; owned */
};

static void consider_volume(void *context, const char *key, void *object)
{
    struct other_user *search = context;
    const struct volume *volume = object;
    if (volume->path && directory_name_overlaps(volume->path, search->path) &&
        text_equals(volume->server, search->job->storage_class->address->server) &&
        !claim_is_named(search->job->claim, volume->claim_namespace, volume->claim_name))
        memory_replace(&search->volume, memory_copy(key));
}

/* Another cluster may have a claim of the same name, and so may have an earlier namespace. */
static bool is_record_of_claim(const struct provision_job *job, const struct record *record)
{
    return claim_is_named(job->claim, record->namespace, record->claim) &&
           (job->storage_class->may_adopt ||
            (text_equals(record->cluster, job->context->cluster) &&
             text_equals(record->namespace_uid, job->namespace_state->namespace_uid)));
}

static void consider_record(void *context, const char *key, void *object)
{
    struct other_user *search = context;
    const struct record *record = object;
    if (directory_name_overlaps(record->directory, search->directory) &&
        !is_record_of_claim(search->job, record))
        memory_replace(&search->volume, memory_copy(key));
}

/* A pattern may give two claims one path: the second one is refused. */
static int check_sole_user(const struct provision_job *job, const char *directory,
                           struct error *err)
{
    const struct address *address = job->storage_class->address;
    autofree char *path = address_join(address, directory);
    struct other_user search = {.job = job, .directory = directory, .path = path};
    store_each(job->context->cache->volumes, consider_volume, &search);
    record_cache_each(job->context->records, address, consider_record, &search);
    autofree char *volume = search.volume;
    if (!volume)
        return 0;
    return error_set(err, ERROR_INVALID,
                     "pathPattern gives %s, which is, holds or lies in the directory of volume %s "
                     "of another claim: make the pattern unique per claim",
                     path, volume);
}

/* --- making it --- */

static bool has_ownership(const struct entry *entry, const struct ownership *wanted)
{
    return entry->mode == wanted->mode && (wanted->uid == OWNER_ANY || entry->uid == wanted->uid) &&
           (wanted->gid == GROUP_ANY || entry->gid == wanted->gid);
}

int new_directory_make(const struct provision_job *job, struct share *share, const char *directory,
                       struct error *err)
{
    const struct storage_class *storage_class = job->storage_class;
    const struct ownership *ownership = &storage_class->ownership;
    struct entry entry;
    bool created;
    if (storage_class->path_pattern && check_sole_user(job, directory, err) < 0)
        return -1;
    announce_if_slow(job->context->recorder,
                     event_about_claim(job->claim, EVENT_NORMAL, "Provisioning"),
                     "making directory %s on %s:%s", directory, storage_class->address->server,
                     storage_class->address->path);
    if (share_make_directory(share, directory, ownership, &created, err) < 0)
        return -1;
    if (created || storage_class->path_pattern)
        return 0;
    /* A directory of the standard name that exists before its volume is ours, from a try that was
     * cut off, perhaps before its mode and owner were set. No Pod can have used it yet. */
    if (share_inspect(share, directory, &entry, err) < 0)
        return -1;
    return has_ownership(&entry, ownership) ? 0
                                            : share_set_ownership(share, directory, ownership, err);
}
