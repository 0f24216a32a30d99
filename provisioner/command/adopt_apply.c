/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/adopt_apply.h"

#include "base/clock.h"
#include "provisioner/export/record_file.h"
#include "provisioner/object/access_modes.h"
#include "provisioner/object/quantity.h"

#include <string.h>

/* The user may take minutes to agree, so what the patch does not guard is read again. */
static int check_claim_is_current(const struct adopt_job *self, struct error *err)
{
    const struct claim *claim = self->decision->claim;
    json_auto_t *object = client_get(self->client, &resource_claims, self->request->namespace,
                                     self->request->claim_name, err);
    autorelease(claim) struct claim *now = object ? claim_parse(object, err) : NULL;
    if (!claim && !object && err->kind == ERROR_NOT_FOUND)
        return 0;
    if (!object && err->kind != ERROR_NOT_FOUND)
        return -1;
    if (claim && now && strcmp(now->uid, claim->uid) == 0 && !now->is_deleting &&
        (claim->volume_name || !now->volume_name))
        return 0;
    return error_set(err, ERROR_CONFLICT, "claim %s/%s changed meanwhile: nothing was done",
                     self->request->namespace, self->request->claim_name);
}

/* A claim that does not exist yet gets values that fit whatever it will ask for. */
static struct claim expected_claim(const struct adopt_job *self)
{
    const struct adopt_decision *decision = self->decision;
    const char *size = decision->volume && decision->volume->capacity ? decision->volume->capacity
                       : decision->record                             ? decision->record->capacity
                                                                      : NULL;
    if (decision->claim)
        return *decision->claim;
    return (struct claim){
        .namespace = (char *)self->request->namespace,
        .name = (char *)self->request->claim_name,
        .class_name = self->request->storage_class->name,
        .request = (char *)(size && quantity_bytes(size) > 0 ? size : "1Gi"),
        .access_modes = ACCESS_READ_WRITE_ONCE | ACCESS_READ_ONLY_MANY | ACCESS_READ_WRITE_MANY,
    };
}

/* The claim's record keeps the times of the directory's record, but nothing of its previous owner.
 */
static int write_records(const struct adopt_job *self, const struct claim *claim,
                         const struct claim_identity *identity, struct error *err)
{
    const struct record_parts parts = {
        .volume = self->decision->volume_name,
        .directory = self->request->directory,
        .capacity = claim->request,
        .owner = {.cluster = self->request->snapshot->cluster,
                  .namespace = claim->namespace,
                  .namespace_uid = self->request->namespace_uid,
                  .claim = claim->name,
                  .claim_uid = claim->uid ? claim->uid : "",
                  .class_name = self->request->storage_class->name,
                  .access_modes = claim->access_modes,
                  .identity = identity},
        .before = self->decision->record,
        .created_us = clock_wall_us(),
        .is_rebound = true,
    };
    autorelease(record) struct record *record = record_make(&parts);
    if (record_file_write(self->share, record, err) < 0)
        return -1;
    for (size_t i = 0; i < self->decision->superseded_count; i++) {
        autorelease(record) struct record *superseded = record_copy(self->decision->superseded[i]);
        superseded->state = RECORD_SUPERSEDED;
        if (record_file_write(self->share, superseded, err) < 0)
            return -1;
    }
    return 0;
}

/* The running provisioner reads the record again when it sees the annotation change. */
static int save_volume(const struct adopt_job *self, const struct claim *claim,
                       const struct claim_identity *identity, struct error *err)
{
    const struct volume *volume = self->decision->volume;
    char now[CLOCK_TEXT_SIZE];
    clock_format_time(now, clock_wall_us());
    if (volume) {
        const struct object_key key = {.resource = &resource_volumes, .name = volume->name};
        json_auto_t *patch = volume_patch_for_claim(volume, claim, identity);
        json_array_append_new(patch,
                              json_pack("{s:s, s:s, s:s}", "op", "add", "path",
                                        "/metadata/annotations/mooring~1adopted", "value", now));
        return client_patch(self->client, &key, patch, NULL, err);
    }
    const struct volume_source source = {.volume = self->decision->volume_name,
                                         .address = self->request->storage_class->address,
                                         .directory = self->request->directory,
                                         .identity = identity};
    json_auto_t *object = volume_for_claim(claim, self->request->storage_class, &source);
    json_t *annotations = json_object_get(json_object_get(object, "metadata"), "annotations");
    json_object_set_new(annotations, volume_adopted, json_string(now));
    return client_create(self->client, &resource_volumes, object, NULL, err);
}

/* The record is written first: after an interruption, the same command finds it and goes on. */
int adopt_apply(const struct adopt_job *job, struct error *err)
{
    const struct claim claim = expected_claim(job);
    const struct claim_identity identity =
        cluster_snapshot_identity(job->request->snapshot, &claim);
    if (check_claim_is_current(job, err) < 0 || write_records(job, &claim, &identity, err) < 0)
        return -1;
    if (save_volume(job, &claim, &identity, err) < 0)
        return error_wrap(err, "save volume %s", job->decision->volume_name);
    return 0;
}
