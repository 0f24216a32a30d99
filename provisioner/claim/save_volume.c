/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/save_volume.h"

#include "base/text.h"

static struct volume *read_volume(const struct provision_job *job, const char *name,
                                  struct error *err)
{
    json_auto_t *object = client_get(job->client, &resource_volumes, NULL, name, err);
    return object ? volume_parse(object, err) : NULL;
}

struct volume *save_volume_create(const struct provision_job *job, const struct record *record,
                                  struct error *err)
{
    const struct volume_source source = {.volume = record->volume,
                                         .address = job->storage_class->address,
                                         .directory = record->directory,
                                         .identity = &job->identity};
    json_auto_t *volume = volume_for_claim(job->claim, job->storage_class, &source);
    json_auto_t *stored = NULL;
    if (client_create(job->client, &resource_volumes, volume, &stored, err) == 0)
        return volume_parse(stored, err);
    if (err->kind != ERROR_ALREADY_EXISTS) {
        error_wrap(err, "save volume %s", record->volume);
        return NULL;
    }
    autorelease(volume) struct volume *found = read_volume(job, record->volume, err);
    if (!found || text_equals(found->claim_uid, job->claim->uid))
        return steal(found);
    return error_null(err, ERROR_CONFLICT,
                      "volume %s exists already and belongs to another claim: look at it with "
                      "kubectl describe pv %s",
                      record->volume, record->volume);
}

static struct volume *patch_volume(const struct provision_job *job, const struct volume *volume,
                                   struct error *err)
{
    json_auto_t *patch = volume_patch_for_claim(volume, job->claim, &job->identity);
    json_auto_t *stored = NULL;
    const struct object_key key = {.resource = &resource_volumes, .name = volume->name};
    if (client_patch(job->client, &key, patch, &stored, err) < 0)
        return NULL;
    return volume_parse(stored, err);
}

/* The volume as it is now, if it still is of the claim that it had. */
static struct volume *read_again(const struct provision_job *job, const struct volume *volume,
                                 struct error *err)
{
    autorelease(volume) struct volume *now = read_volume(job, volume->name, err);
    if (now && (!text_equals(now->claim_uid, volume->claim_uid) || now->is_deleting))
        return error_null(err, ERROR_CONFLICT, "volume %s was handed to another claim or deleted",
                          volume->name);
    return steal(now);
}

struct volume *save_volume_rebind(const struct provision_job *job, const struct volume *volume,
                                  struct error *err)
{
    struct volume *saved = patch_volume(job, volume, err);
    if (!saved && err->kind == ERROR_CONFLICT) {
        /* Kubernetes may have marked it Released since it was read, which is another version. */
        autorelease(volume) struct volume *now = read_again(job, volume, err);
        saved = now ? patch_volume(job, now, err) : NULL;
    }
    if (!saved)
        error_wrap(err, "rebind volume %s", volume->name);
    return saved;
}
