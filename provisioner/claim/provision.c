/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/log.h"
#include "provisioner/claim/new_directory.h"
#include "provisioner/claim/save_volume.h"
#include "provisioner/claim/sync.h"
#include "provisioner/object/quantity.h"
#include "provisioner/report/event_messages.h"
#include "provisioner/shared/work_key.h"
#include "provisioner/statefulset/statefulset.h"

/* What a record says of the claim that has the volume now. */
static struct record_owner owner_of(const struct provision_job *job)
{
    const struct claim *claim = job->claim;
    return (struct record_owner){
        .cluster = job->context->cluster,
        .namespace = claim->namespace,
        .namespace_uid = job->namespace_state->namespace_uid,
        .claim = claim->name,
        .claim_uid = claim->uid,
        .class_name = job->storage_class->name,
        .access_modes = claim->access_modes,
        .identity = &job->identity,
    };
}

/* A new directory, then the record that says which claim it belongs to. */
static struct record *provision_new(const struct provision_job *job, struct share *share,
                                    const char *key, struct error *err)
{
    struct context *context = job->context;
    const struct address *address = job->storage_class->address;
    autofree char *volume = volume_name_for_claim(job->claim);
    autofree char *directory = new_directory_choose(job, volume, err);
    if (!directory || directory_locks_take(context->locks, address, directory, key, err) < 0)
        return NULL;
    const struct record_parts parts = {
        .volume = volume,
        .directory = directory,
        .capacity = job->claim->request,
        .owner = owner_of(job),
        .created_us = clock_wall_us(),
    };
    autorelease(record) struct record *record = record_make(&parts);
    int result = new_directory_make(job, share, directory, err);
    if (result == 0)
        result = record_cache_write(context->records, share, record, err);
    directory_locks_release(context->locks, address, directory);
    return result == 0 ? steal(record) : NULL;
}

/* The directory that the claim had: only its record is written again. */
static struct record *provision_again(const struct provision_job *job, struct share *share,
                                      const struct record *before, struct error *err)
{
    const struct record_owner owner = owner_of(job);
    autorelease(record) struct record *record = record_copy(before);
    if (quantity_bytes(job->claim->request) > quantity_bytes(record->capacity))
        memory_replace(&record->capacity, memory_copy(job->claim->request));
    record->rebound_us = clock_wall_us();
    record->rebound_count++;
    record_assign(record, &owner);
    return record_cache_write(job->context->records, share, record, err) == 0 ? steal(record)
                                                                              : NULL;
}

static void announce_provisioned(const struct provision_job *job, const struct record *record,
                                 bool is_rebound)
{
    const struct address *address = job->storage_class->address;
    const struct claim *claim = job->claim;
    struct event_recorder *recorder = job->context->recorder;
    autofree char *name = claim_key(claim->namespace, claim->name);
    char since[CLOCK_TEXT_SIZE];
    clock_format_time(since, record->created_us);
    if (is_rebound)
        announce(recorder, event_about_claim(claim, EVENT_NORMAL, "VolumeRebound"),
                 "back on volume %s, directory %s on %s:%s, which it has had since %s",
                 record->volume, record->directory, address->server, address->path, since);
    else
        announce(recorder, event_about_claim(claim, EVENT_NORMAL, "ProvisioningSucceeded"),
                 "volume %s is directory %s on %s:%s", record->volume, record->directory,
                 address->server, address->path);
    if (job->identity.kind == IDENTITY_AMBIGUOUS)
        announce(recorder, event_about_claim(claim, EVENT_WARNING, "IdentityAmbiguous"),
                 "StatefulSets %s and %s both use a claim named %s: rename one of "
                 "them or its template, or their Pods share this volume",
                 job->identity.set->name, job->identity.other->name, claim->name);
    log_info(is_rebound ? "volume rebound" : "volume saved", "claim", name, "volume",
             record->volume, "directory", record->directory, "export", address->key);
}

int provision(const struct provision_job *job, struct error *err)
{
    struct context *context = job->context;
    autofree char *key = work_key_of_claim(job->claim->namespace, job->claim->name);
    struct share *share = pool_take(context->pool, job->storage_class->address, key, err);
    if (!share)
        return -1;
    struct previous_volume previous = {0};
    autorelease(record) struct record *record = NULL;
    if (record_cache_load(context->records, share, key, err) == 0 &&
        rebind_find(job, share, &previous, err) == 0)
        record = previous.record ? provision_again(job, share, previous.record, err)
                                 : provision_new(job, share, key, err);
    pool_give(context->pool, share);

    struct volume *saved = NULL;
    if (record)
        saved = previous.volume ? save_volume_rebind(job, previous.volume, err)
                                : save_volume_create(job, record, err);
    if (saved) {
        cluster_cache_put_volume(context->cache, saved); /* the watch may bring it too late */
        announce_provisioned(job, record, previous.record);
    }
    record_release(previous.record);
    volume_release(previous.volume);
    return saved ? 0 : -1;
}
