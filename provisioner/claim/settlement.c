/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/settlement.h"

#include "base/clock.h"
#include "provisioner/object/directory_name.h"
#include "provisioner/object/quantity.h"
#include "provisioner/report/event_messages.h"
#include "provisioner/shared/work_key.h"

#include <string.h>

/* Labels and annotations are not kept in memory: a pattern that asks for them reads the claim. */
static json_t *metadata_for_pattern(struct client *client, const struct claim *claim,
                                    const char *pattern, struct error *err)
{
    if (!strstr(pattern, ".labels.") && !strstr(pattern, ".annotations."))
        return json_pack("{s:s, s:s}", "namespace", claim->namespace, "name", claim->name);

    json_auto_t *object = client_get(client, &resource_claims, claim->namespace, claim->name, err);
    if (!object)
        return NULL;
    json_t *metadata = json_object_get(object, "metadata");
    const char *uid = json_string_value(json_object_get(metadata, "uid"));
    if (!uid || strcmp(uid, claim->uid) != 0) {
        error_set(err, ERROR_CONFLICT, "claim %s/%s was replaced meanwhile", claim->namespace,
                  claim->name);
        return NULL;
    }
    return json_incref(metadata);
}

struct user_of_path {
    const struct provision_job *job;
    const char *directory;
    const char *path; /* the export's and the directory */
    char *volume;     /* whose volume has it, or a part of it, already; the caller's */
};

static void find_other_user(void *context, const char *key, void *object)
{
    struct user_of_path *search = context;
    const struct volume *volume = object;
    const char *server = search->job->storage_class->address->server;
    if (!volume->path || !directory_name_overlaps(volume->path, search->path) || !volume->server ||
        strcmp(volume->server, server) != 0)
        return;
    if (!claim_is_named(search->job->claim, volume->claim_namespace, volume->claim_name))
        memory_replace(&search->volume, memory_copy(key));
}

/* Another cluster may have a claim of that name too, and so may have a namespace that is gone. */
static bool is_record_of_claim(const struct provision_job *job, const struct record *record)
{
    return claim_is_named(job->claim, record->namespace, record->claim) &&
           (job->storage_class->adopts ||
            (strcmp(record->cluster, job->context->cluster) == 0 &&
             strcmp(record->namespace_uid, job->namespace_state->namespace_uid) == 0));
}

static void find_other_record(void *context, const char *key, void *object)
{
    struct user_of_path *search = context;
    const struct record *record = object;
    if (directory_name_overlaps(record->directory, search->directory) &&
        !is_record_of_claim(search->job, record))
        memory_replace(&search->volume, memory_copy(key));
}

/* A pattern may give two claims one path. The second one does not get in. */
static int check_sole_user(const struct provision_job *job, const char *directory,
                           struct error *err)
{
    const struct address *address = job->storage_class->address;
    autofree char *path = address_join(address, directory);
    struct user_of_path search = {.job = job, .directory = directory, .path = path};
    store_each(job->context->cache->volumes, find_other_user, &search);
    record_cache_each(job->context->records, address, find_other_record, &search);
    autofree char *volume = search.volume;
    if (volume)
        return error_set(err, ERROR_INVALID,
                         "pathPattern gives %s, which is, holds or lies in the directory of volume "
                         "%s of another claim: make the pattern unique per claim",
                         path, volume);
    return 0;
}

static char *choose_directory(const struct provision_job *job, const char *volume,
                              struct error *err)
{
    const struct claim *claim = job->claim;
    const char *pattern = job->storage_class->path_pattern;
    if (!pattern)
        return directory_name(claim->namespace, claim->name, volume, err);
    json_auto_t *metadata = metadata_for_pattern(job->client, claim, pattern, err);
    return metadata ? directory_name_expand(pattern, metadata, err) : NULL;
}

static bool is_owned_as(const struct entry *entry, const struct ownership *wanted)
{
    return entry->mode == wanted->mode && (wanted->uid == OWNER_ANY || entry->uid == wanted->uid) &&
           (wanted->gid == GROUP_ANY || entry->gid == wanted->gid);
}

/*
 * A directory of the standard name that exists before its volume is ours, from an attempt that was
 * cut off, perhaps before its mode and owner were set: nobody can have used it yet.
 */
static int finish_directory(struct share *share, const char *directory,
                            const struct ownership *ownership, struct error *err)
{
    struct entry entry;
    if (share_inspect(share, directory, &entry, err) < 0)
        return -1;
    return is_owned_as(&entry, ownership) ? 0
                                          : share_set_ownership(share, directory, ownership, err);
}

static int make_directory(const struct provision_job *job, struct share *share,
                          const char *directory, struct error *err)
{
    const struct storage_class *storage_class = job->storage_class;
    bool created;
    announce_claim_begun(job->context->recorder, job->claim, "Provisioning",
                         "making directory %s on %s:%s", directory, storage_class->address->server,
                         storage_class->address->path);
    if (share_make_directory(share, directory, &storage_class->ownership, &created, err) < 0)
        return -1;
    if (created || storage_class->path_pattern)
        return 0;
    return finish_directory(share, directory, &storage_class->ownership, err);
}

/* What the record says of the claim that has the volume now. */
static void describe_claim(struct record *record, const struct provision_job *job)
{
    const struct claim *claim = job->claim;
    const struct record_owner owner = {
        .cluster = job->context->cluster,
        .namespace = claim->namespace,
        .namespace_uid = job->namespace_state->namespace_uid,
        .claim = claim->name,
        .claim_uid = claim->uid,
        .class_name = job->storage_class->name,
        .access_modes = claim->access_modes,
        .identity = &job->identity,
    };
    record_assign(record, &owner);
}

static int make_directory_and_record(const struct provision_job *job, struct share *share,
                                     struct record *record, struct error *err)
{
    if (job->storage_class->path_pattern && check_sole_user(job, record->directory, err) < 0)
        return -1;
    return make_directory(job, share, record->directory, err) == 0
               ? record_cache_write(job->context->records, share, record, err)
               : -1;
}

/* A new directory and its record. The record, or NULL. */
static struct record *settle_anew(const struct provision_job *job, struct share *share,
                                  const char *key, struct error *err)
{
    struct directory_locks *locks = job->context->locks;
    const struct address *address = job->storage_class->address;
    autorelease(record) struct record *record = record_new();
    record->volume = volume_name_for_claim(job->claim);
    record->directory = choose_directory(job, record->volume, err);
    record->capacity = memory_copy(job->claim->request);
    record->created_us = clock_wall_us();
    describe_claim(record, job);
    if (!record->directory || directory_locks_take(locks, address, record->directory, key, err) < 0)
        return NULL;
    int result = make_directory_and_record(job, share, record, err);
    directory_locks_release(locks, address, record->directory);
    return result == 0 ? steal(record) : NULL;
}

/* The record of a directory that is given back. The record, or NULL. */
static struct record *settle_again(const struct provision_job *job, struct share *share,
                                   const struct record *before, struct error *err)
{
    autorelease(record) struct record *record = record_copy(before);
    if (quantity_bytes(job->claim->request) > quantity_bytes(record->capacity))
        memory_replace(&record->capacity, memory_copy(job->claim->request));
    record->rebound_us = clock_wall_us();
    record->rebound_count++;
    describe_claim(record, job);
    if (record_cache_write(job->context->records, share, record, err) < 0)
        return NULL;
    return steal(record);
}

struct record *settlement_make(const struct provision_job *job, struct previous_volume *found,
                               struct error *err)
{
    struct context *self = job->context;
    autofree char *key = work_key_of_claim(job->claim->namespace, job->claim->name);
    struct share *share = pool_take(self->pool, job->storage_class->address, key, err);
    if (!share)
        return NULL;
    struct record *record = NULL;
    if (record_cache_load(self->records, share, key, err) == 0 &&
        rebind_find(job, share, found, err) == 0)
        record = found->record ? settle_again(job, share, found->record, err)
                               : settle_anew(job, share, key, err);
    pool_give(self->pool, share);
    return record;
}

static struct record *recall(struct context *self, struct share *share, const struct claim *claim,
                             struct error *err)
{
    const struct address *address = share_address(share);
    struct entry entry;
    autorelease(record) struct record *record =
        record_cache_of_volume(self->records, address, claim->volume_name);
    if (!record || strcmp(record->claim_uid, claim->uid) != 0 ||
        strcmp(record->cluster, self->cluster) != 0) {
        error_set(err, ERROR_NOT_FOUND,
                  "volume %s is gone and %s has no record of it for this claim: delete the claim "
                  "for a new one",
                  claim->volume_name, address->key);
        return NULL;
    }
    if (share_inspect(share, record->directory, &entry, err) < 0)
        return NULL;
    return steal(record);
}

struct record *settlement_recall(struct context *context, const struct claim *claim,
                                 const struct storage_class *storage_class, struct error *err)
{
    autofree char *key = work_key_of_claim(claim->namespace, claim->name);
    struct share *share = pool_take(context->pool, storage_class->address, key, err);
    if (!share)
        return NULL;
    struct record *record = NULL;
    if (record_cache_load(context->records, share, key, err) == 0)
        record = recall(context, share, claim, err);
    pool_give(context->pool, share);
    return record;
}
