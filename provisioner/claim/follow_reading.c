/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/follow_reading.h"

#include "base/clock.h"
#include "base/text.h"
#include "nfs/name.h"
#include "provisioner/cluster/live_object.h"
#include "provisioner/cluster/namespace_state.h"
#include "provisioner/export/claim_folder.h"
#include "provisioner/export/other_claim.h"

void follow_reading_clear(struct follow_reading *reading)
{
    volume_release(reading->volume);
    claim_release(reading->claim);
    namespace_state_release(reading->namespace_state);
    record_release(reading->record);
    record_release(reading->duplicate);
    free(reading->found.texts);
    free(reading->problem);
}

/* --- the cluster --- */

/* None is no failure. */
static int read_volume(const struct follow_job *job, const char *name,
                       struct follow_reading *reading, struct error *err)
{
    reading->volume = volume_read(job->client, name, err);
    if (!reading->volume)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    if (!is_our_name(job->context->names, reading->volume->provisioned_by))
        volume_release(steal(reading->volume)); /* it is not ours any more */
    return 0;
}

static int read_cluster(const struct follow_job *job, const char *name,
                        struct follow_reading *reading, struct error *err)
{
    struct context *context = job->context;
    if (read_volume(job, name, reading, err) < 0)
        return -1;
    const struct volume *volume = reading->volume;
    if (!volume || !volume->claim_namespace || !volume->claim_name)
        return 0;
    autofree char *claim = claim_key(volume->claim_namespace, volume->claim_name);
    if (!text_equals(claim, job->claim))
        return error_set(err, ERROR_CONFLICT, "it was given to claim %s meanwhile", claim);
    reading->claim = claim_read(job->client, volume->claim_namespace, volume->claim_name, err);
    if (!reading->claim && err->kind != ERROR_NOT_FOUND)
        return -1;
    reading->namespace_state = namespace_state_read(
        context->namespaces, job->client, volume->claim_namespace, clock_monotonic_us(), err);
    if (!reading->namespace_state && err->kind != ERROR_NOT_FOUND)
        return -1;
    return 0;
}

/* --- the export --- */

/* Of several records of the volume, the one that names its claim is the record. */
static void keep_record(struct follow_reading *reading, const struct record *found)
{
    struct record *before = reading->record;
    if (before && !text_equals(found->claim_uid, reading->volume->claim_uid)) {
        record_release(reading->duplicate);
        reading->duplicate = record_hold(found);
        return;
    }
    record_release(reading->duplicate);
    reading->duplicate = before;
    reading->record = record_hold(found);
}

/* Whether the volume's own record is to be shared is known only when all folders were read. */
static void keep_user(struct follow_reading *reading, const struct record *record)
{
    const struct claim_owner owner = record_owner(record);
    bool may_share = record->is_shared &&
                     claim_owner_is_of_same_namespace(&owner, &reading->input.owner) &&
                     !text_equals(record->volume, reading->volume->name);
    reading->has_sharer |= may_share;
    reading->input.is_used |= !may_share;
}

/* Look for the volume's record in a folder, and for one of another volume, or of another owner,
 * with its directory. */
static int read_folder(const struct follow_job *job, const struct claim_owner *owner,
                       const char *directory, struct follow_reading *reading, struct error *err)
{
    struct claim_folder folder;
    if (claim_folder_read(job->share, owner, &folder, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    if (claim_folder_problem(&folder))
        memory_replace(&reading->problem, memory_copy(claim_folder_problem(&folder)));
    for (size_t i = 0; i < folder.count; i++) {
        struct record *record = folder.records[i];
        bool is_of_volume = text_equals(record->volume, reading->volume->name);
        bool is_foreign = !claim_owner_equals(owner, &reading->input.owner);
        if (is_of_volume && !(is_foreign && reading->record))
            keep_record(reading, record);
        else if (is_of_volume || record_names_directory(record, directory))
            keep_user(reading, record);
    }
    claim_folder_clear(&folder);
    return 0;
}

static int inspect(const struct follow_job *job, const char *directory,
                   struct follow_reading *reading, struct error *err)
{
    struct entry entry;
    const struct directory_user user = {
        .address = share_address(job->share),
        .export_id = reading->volume->export_id,
        .directory = directory,
        .except = reading->volume->name,
        .sharing = reading->input.is_shared ? reading->volume->claim_namespace : NULL};
    autofree char *name = NULL;
    if (cluster_cache_find_user(job->context->cache, &user, &name))
        reading->input.is_used = true;
    if (share_inspect(job->share, directory, &entry, err) == 0)
        reading->input.has_directory = entry.kind == ENTRY_DIRECTORY;
    else if (err->kind != ERROR_NOT_FOUND)
        return -1;
    return 0;
}

/* A record of the volume alone. */
static int find_in_folder(const struct follow_job *job, const struct claim_owner *owner,
                          struct follow_reading *reading, struct error *err)
{
    struct claim_folder folder;
    if (claim_folder_read(job->share, owner, &folder, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    const struct volume *volume = reading->volume;
    const struct record *record = claim_folder_record(&folder, volume->name, volume->claim_uid);
    if (record)
        keep_record(reading, record);
    if (claim_folder_problem(&folder))
        memory_replace(&reading->problem, memory_copy(claim_folder_problem(&folder)));
    claim_folder_clear(&folder);
    return 0;
}

/* The namespace is the owner of what its claims share, so that any of them may have the record. */
static int find_in_namespace(const struct follow_job *job, const struct claim_owner *namespace,
                             struct follow_reading *reading, struct error *err)
{
    struct folder_entry *claims;
    size_t count;
    autofree char *folder = claim_owner_folder(namespace);
    int result = claim_folder_list_above(job->share, folder, &claims, &count, err);
    for (size_t i = 0; i < count && result == 0 && !reading->record; i++) {
        struct claim_owner owner = *namespace;
        owner.claim = claims[i].name;
        if (claim_folder_may_be(&claims[i]))
            result = find_in_folder(job, &owner, reading, err);
    }
    share_free_folder(claims, count);
    return result;
}

/* The folder of the claim that has the directory, or the record. */
static int read_other(const struct follow_job *job, const char *directory,
                      struct follow_reading *reading, struct error *err)
{
    const struct claim_owner *found = &reading->found.owner, *owner = &reading->input.owner;
    if (found->claim) {
        reading->other = *found;
        return claim_owner_equals(found, owner) ? 0
                                                : read_folder(job, found, directory, reading, err);
    }
    if (!reading->record && find_in_namespace(job, found, reading, err) < 0)
        return -1;
    if (reading->record)
        reading->other = record_owner(reading->record);
    return 0;
}

/* The record says it, or what else is known where there is none. `mooring adopt` may have handed it
 * over to a claim of another class, and the record does not say so yet. */
static bool is_shared(const struct follow_job *job, const struct follow_reading *reading)
{
    const struct follow_input *input = &reading->input;
    const struct record *record = reading->record;
    autorelease(storage_class) struct storage_class *storage_class =
        context_usable_class(job->context, reading->volume->class_name);
    if (record && record->state == RECORD_MOVING && storage_class)
        return storage_class->is_shared;
    if (record)
        return record->is_shared;
    return (storage_class && storage_class->is_shared) ||
           (input->found_owner && claim_owner_is_namespace_of(input->found_owner, &input->owner));
}

static int read_export(const struct follow_job *job, struct follow_reading *reading,
                       struct error *err)
{
    struct follow_input *input = &reading->input;
    const char *directory = volume_directory(reading->volume, share_address(job->share));
    struct error invalid;
    if (!directory || name_check_path(directory, &invalid) < 0)
        return 0;
    if (directory_owner_find(job->share, directory, &input->ownership, &reading->found, err) < 0 ||
        read_folder(job, &input->owner, directory, reading, err) < 0)
        return -1;
    if (input->ownership == DIRECTORY_OF_OWNER) {
        input->found_owner = &reading->found.owner;
        if (read_other(job, directory, reading, err) < 0)
            return other_claim_failed(job->claim, err);
    }
    input->is_shared = is_shared(job, reading);
    input->is_used |= reading->has_sharer && !input->is_shared;
    return inspect(job, directory, reading, err);
}

/* The volume itself says that it is on this export, or else its class does. */
static bool is_on_export(const struct follow_job *job, const struct volume *volume)
{
    const struct address *address = share_address(job->share);
    autorelease(storage_class) struct storage_class *storage_class =
        context_usable_class(job->context, volume->class_name);
    if (volume->directory)
        return volume->class_name && volume_is_noted_on(volume, address);
    return storage_class && text_equals(storage_class->address->key, address->key);
}

int follow_reading_make(const struct follow_job *job, const char *volume_name,
                        struct follow_reading *reading, struct error *err)
{
    struct follow_input *input = &reading->input;
    *reading = (struct follow_reading){0};
    if (read_cluster(job, volume_name, reading, err) < 0)
        return -1;
    const struct volume *volume = reading->volume;
    const struct namespace_state *state = reading->namespace_state;
    if (!volume || !volume->claim_uid)
        return 0;
    bool has_address = is_on_export(job, volume);
    *input = (struct follow_input){
        .volume = volume,
        .claim = reading->claim,
        .address = has_address ? share_address(job->share) : NULL,
        .namespace_uid = state ? state->namespace_uid : NULL,
        .namespace_created_us = state ? state->namespace_created_us : -1,
        .owner = {.cluster = job->context->cluster,
                  .namespace = volume->claim_namespace,
                  .namespace_uid = state ? state->namespace_uid : "",
                  .claim = volume->claim_name},
    };
    int result = has_address && state ? read_export(job, reading, err) : 0;
    input->record = reading->record;
    input->problem = reading->problem;
    return result;
}
