/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/provision.h"

#include "base/clock.h"
#include "base/log.h"
#include "provisioner/audit/record_repair.h"
#include "provisioner/claim/settlement.h"
#include "provisioner/report/event_messages.h"
#include "provisioner/shared/work_key.h"

#include <string.h>

/* Somebody saved a volume of that name before us: fine when it was us, for this very claim. */
static json_t *read_back(struct client *client, const struct claim *claim, const char *name,
                         struct error *err)
{
    json_auto_t *stored = client_get(client, &resource_volumes, NULL, name, err);
    if (!stored)
        return NULL;
    const char *uid = NULL;
    json_unpack(stored, "{s:{s:{s:s}}}", "spec", "claimRef", "uid", &uid);
    if (!uid || strcmp(uid, claim->uid) != 0) {
        error_set(err, ERROR_CONFLICT,
                  "volume %s exists already and belongs to another claim: look at it with kubectl "
                  "describe pv %s",
                  name, name);
        return NULL;
    }
    return steal(stored);
}

static json_t *create_volume(const struct provision_job *job, const struct record *record,
                             struct error *err)
{
    const struct volume_source source = {.volume = record->volume,
                                         .address = job->storage_class->address,
                                         .directory = record->directory,
                                         .identity = &job->identity};
    json_auto_t *volume = volume_for_claim(job->claim, job->storage_class, &source);
    json_t *stored = NULL;
    if (client_create(job->client, &resource_volumes, volume, &stored, err) == 0)
        return stored;
    if (err->kind == ERROR_ALREADY_EXISTS)
        return read_back(job->client, job->claim, record->volume, err);
    error_wrap(err, "save volume %s", record->volume);
    return NULL;
}

/* The volume as it is now, as long as it still is of the claim it had. */
static struct volume *read_again(const struct provision_job *job, const struct volume *volume,
                                 struct error *err)
{
    json_auto_t *object = client_get(job->client, &resource_volumes, NULL, volume->name, err);
    autorelease(volume) struct volume *now = object ? volume_parse(object, err) : NULL;
    if (!now)
        return NULL;
    if (!now->claim_uid || strcmp(now->claim_uid, volume->claim_uid) != 0 || now->deleting) {
        error_set(err, ERROR_CONFLICT, "volume %s changed hands meanwhile", volume->name);
        return NULL;
    }
    return steal(now);
}

static int patch_volume(const struct provision_job *job, const struct volume *volume,
                        json_t **stored, struct error *err)
{
    json_auto_t *patch = volume_patch_for_claim(volume, job->claim, &job->identity);
    const struct object_key key = {.resource = &resource_volumes, .name = volume->name};
    return client_patch(job->client, &key, patch, stored, err);
}

/* Kubernetes marks the volume Released while we look: what we know is then a version behind. */
static json_t *rebind_volume(const struct provision_job *job, const struct volume *volume,
                             struct error *err)
{
    json_t *stored = NULL;
    if (patch_volume(job, volume, &stored, err) == 0)
        return stored;
    if (err->kind == ERROR_CONFLICT) {
        autorelease(volume) struct volume *now = read_again(job, volume, err);
        if (now && patch_volume(job, now, &stored, err) == 0)
            return stored;
    }
    error_wrap(err, "rebind volume %s", volume->name);
    return NULL;
}

static void announce_settled(const struct provision_job *job, const struct record *record,
                             const struct record *before)
{
    const struct address *address = job->storage_class->address;
    const struct claim *claim = job->claim;
    struct event_recorder *recorder = job->context->recorder;
    autofree char *key = claim_key(claim->namespace, claim->name);
    char since[CLOCK_TEXT_SIZE];
    clock_format_time(since, record->created_us);
    if (before)
        announce_claim(recorder, claim, "VolumeRebound",
                       "back on volume %s, directory %s on %s:%s, which it has had since %s",
                       record->volume, record->directory, address->server, address->path, since);
    else
        announce_claim(recorder, claim, "ProvisioningSucceeded",
                       "volume %s is directory %s on %s:%s", record->volume, record->directory,
                       address->server, address->path);
    if (job->identity.kind == IDENTITY_AMBIGUOUS)
        announce_claim_warning(recorder, claim, "IdentityAmbiguous",
                               "StatefulSets %s and %s both call a claim %s theirs: rename one of "
                               "them or its template, or their Pods share this volume",
                               job->identity.set->name, job->identity.other->name, claim->name);
    log_info(before ? "volume rebound" : "volume saved", "claim", key, "volume", record->volume,
             "directory", record->directory, "export", address->key);
}

static int settle(const struct provision_job *job, struct previous_volume *found, struct error *err)
{
    autorelease(record) struct record *record = settlement_make(job, found, err);
    if (!record)
        return -1;
    json_auto_t *stored =
        found->volume ? rebind_volume(job, found->volume, err) : create_volume(job, record, err);
    struct volume *saved = stored ? volume_parse(stored, err) : NULL;
    if (!saved)
        return -1;
    cluster_cache_put_volume(job->context->cache, saved); /* the next look must not wait */
    announce_settled(job, record, found->record);
    return 0;
}

static struct provision_job provision_job_of(struct context *self, struct client *client,
                                             const struct claim *claim,
                                             const struct storage_class *storage_class,
                                             const struct namespace_state *namespace_state)
{
    return (struct provision_job){
        .context = self,
        .client = client,
        .claim = claim,
        .storage_class = storage_class,
        .namespace_state = namespace_state,
        .identity =
            claim_identity_find(claim->name, namespace_state->sets, namespace_state->set_count),
    };
}

static int provision(struct context *self, struct client *client, const struct claim *claim,
                     const struct storage_class *storage_class, struct error *err)
{
    autorelease(namespace_state) struct namespace_state *namespace_state =
        namespace_state_read(self->namespaces, client, claim->namespace, claim->seen_us, err);
    if (!namespace_state)
        return -1;
    const struct provision_job job =
        provision_job_of(self, client, claim, storage_class, namespace_state);
    struct previous_volume found = {0};
    int result = settle(&job, &found, err);
    record_release(found.record);
    volume_release(found.volume);
    return result;
}

static int provision_measured(struct context *self, struct client *client,
                              const struct claim *claim, const struct storage_class *storage_class,
                              struct error *err)
{
    int64_t started_ms = clock_monotonic_ms();
    int result = provision(self, client, claim, storage_class, err);
    bool is_failure = result < 0 && err->kind != ERROR_BUSY && err->kind != ERROR_STOPPED;
    if (result == 0 || is_failure)
        metrics_count_provision(self->metrics, storage_class->name, "", !is_failure,
                                (double)(clock_monotonic_ms() - started_ms) / 1000);
    return result;
}

/* A bound claim whose volume object was deleted gets it again, from the record. */
static int restore_volume(struct context *self, struct client *client, const struct claim *claim,
                          const struct storage_class *storage_class, struct error *err)
{
    if (!storage_class || storage_class->problem || claim->deleting)
        return 0;
    autorelease(record) struct record *record = settlement_recall(self, claim, storage_class, err);
    if (!record)
        return -1;
    autorelease(namespace_state) struct namespace_state *namespace_state =
        namespace_state_read(self->namespaces, client, claim->namespace, claim->seen_us, err);
    if (!namespace_state)
        return -1;
    const struct provision_job job =
        provision_job_of(self, client, claim, storage_class, namespace_state);
    json_auto_t *stored = create_volume(&job, record, err);
    if (!stored)
        return -1;
    announce_claim(self->recorder, claim, "VolumeRestored",
                   "volume %s, directory %s, was made again from its record on the export",
                   record->volume, record->directory);
    log_info("volume restored", "claim", record->claim, "volume", record->volume);
    return 0;
}

int sync_claim(struct context *self, struct client *client, const char *key, struct error *err)
{
    autorelease(claim) struct claim *claim = cluster_cache_claim(self->cache, key);
    if (!claim)
        return 0;
    autorelease(storage_class) struct storage_class *storage_class =
        cluster_cache_class(self->cache, claim->class_name);
    autorelease(volume) struct volume *volume =
        cluster_cache_volume_of_claim(self->cache, claim->uid);
    if (claim->is_lost && is_our_name(self->names, claim->provisioner))
        return volume ? 0 : restore_volume(self, client, claim, storage_class, err);
    if (volume)
        return 0; /* made already: binding is Kubernetes' work */

    switch (provision_decide(claim, storage_class, self->names, err)) {
    case PROVISION_NOW:
        return provision_measured(self, client, claim, storage_class, err);
    case PROVISION_REFUSE:
        return -1;
    case PROVISION_IGNORE:
        break;
    }
    if (!claim->provisioner) /* Kubernetes asks for it in a moment */
        namespace_state_prepare(self->namespaces, client, claim->namespace, claim->seen_us);
    return 0;
}

static int learn_adopted(struct context *self, struct client *client, const struct volume *volume,
                         struct error *err)
{
    autorelease(storage_class) struct storage_class *storage_class =
        cluster_cache_class(self->cache, volume->class_name);
    if (!storage_class || storage_class->problem)
        return 0;
    autofree char *key = work_key_of_volume(volume->name);
    struct share *share = pool_take(self->pool, storage_class->address, key, err);
    if (!share)
        return -1;
    const struct record_repair repair = {
        .context = self, .client = client, .share = share, .since_us = clock_monotonic_us()};
    bool written;
    int result = record_cache_load(self->records, share, key, err);
    if (result == 0)
        result = record_repair_volume(&repair, volume, &written, err);
    pool_give(self->pool, share);
    return result;
}

static void announce_not_deleted(struct context *self, const struct volume *volume)
{
    metrics_count_delete(self->metrics, volume->class_name ? volume->class_name : "", "", false, 0);
    announce_volume_warning(
        self->recorder, volume, "VolumeFailedDelete",
        "the claim is gone and the reclaim policy is Delete, but mooring does not remove data yet: "
        "the volume and its directory %s:%s are kept; to give up the volume, kubectl delete pv %s "
        "(the directory stays)",
        volume->server ? volume->server : "?", volume->path ? volume->path : "?", volume->name);
    log_warn("released volume kept", "volume", volume->name, "path", volume->path);
}

int sync_volume(struct context *self, struct client *client, const char *name, struct error *err)
{
    autorelease(volume) struct volume *volume = cluster_cache_volume(self->cache, name);
    if (!volume || volume->deleting || !is_our_name(self->names, volume->provisioned_by))
        return 0;
    if (volume->released && volume->reclaim_delete)
        announce_not_deleted(self, volume);
    return volume->is_adopted ? learn_adopted(self, client, volume, err) : 0;
}
