/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/save_volume.h"

#include "base/text.h"
#include "provisioner/cluster/live_object.h"

struct set_member save_volume_member(const struct provision_job *job, const struct record *record)
{
    const struct set_member member = claim_identity_member(&job->identity);
    return member.set ? member : record_member(record);
}

struct volume_source save_volume_source(const struct provision_job *job,
                                        const struct record *record, const char *export_id)
{
    return (struct volume_source){.volume = record->volume,
                                  .address = job->storage_class->address,
                                  .export_id = export_id,
                                  .directory = record->directory,
                                  .policy = record->policy,
                                  .capacity = record->capacity,
                                  .member = save_volume_member(job, record)};
}

static int check_not_deleting(const struct volume *found, struct error *err)
{
    return found->is_deleting
               ? error_set(err, ERROR_CONFLICT,
                           "volume %s is being deleted: waiting until it is gone", found->name)
               : 0;
}

static int check_equal(const struct volume *found, const char *what, const char *is,
                       const char *wanted, struct error *err)
{
    return text_equals(is, wanted)
               ? 0
               : error_set(err, ERROR_CONFLICT,
                           "volume %s exists already and is this claim's, but its %s is %s, not "
                           "%s: look at it with kubectl describe pv %s",
                           found->name, what, is ? is : "missing", wanted, found->name);
}

/* Is the volume that was found the one that was to be created? */
static int check_wanted(const struct provision_job *job, const struct volume *found,
                        const struct volume_source *source, struct error *err)
{
    autofree char *path = address_join(source->address, source->directory);
    if (check_not_deleting(found, err) < 0)
        return -1;
    if (!text_equals(found->claim_uid, job->claim->uid))
        return error_set(err, ERROR_CONFLICT,
                         "volume %s exists already and belongs to another claim: look at it with "
                         "kubectl describe pv %s",
                         found->name, found->name);
    if (check_equal(found, "server", found->server, source->address->server, err) < 0 ||
        check_equal(found, "path", found->path, path, err) < 0)
        return -1;
    return check_equal(found, "provisioner", found->provisioned_by, job->storage_class->provisioner,
                       err);
}

struct volume *save_volume_create(const struct provision_job *job,
                                  const struct volume_source *source, struct error *err)
{
    json_auto_t *volume = volume_for_claim(job->claim, job->storage_class, source);
    json_auto_t *stored = NULL;
    struct error read_err;
    if (client_create(job->client, &resource_volumes, volume, &stored, err) == 0)
        return volume_parse(stored, err);
    autorelease(volume) struct volume *found =
        err->kind == ERROR_ALREADY_EXISTS || err->kind == ERROR_UNAVAILABLE
            ? volume_read(job->client, source->volume, &read_err)
            : NULL;
    if (found)
        return check_wanted(job, found, source, err) == 0 ? steal(found) : NULL;
    if (err->kind == ERROR_ALREADY_EXISTS) /* it may be gone meanwhile */
        *err = read_err;
    error_wrap(err, "save volume %s", source->volume);
    return NULL;
}

static struct volume *patch_volume(const struct provision_job *job,
                                   const struct volume_patch *given, struct error *err)
{
    json_auto_t *patch = volume_patch_for_claim(given);
    json_auto_t *stored = NULL;
    const struct object_key key = {.resource = &resource_volumes, .name = given->volume->name};
    if (client_patch(job->client, &key, patch, &stored, err) < 0)
        return NULL;
    return volume_parse(stored, err);
}

/* Does it still have the claim that it had, or is it still reserved for one of that name? */
static bool has_same_claim(const struct volume *now, const struct volume *before)
{
    if (now->claim_uid || before->claim_uid)
        return text_equals(now->claim_uid, before->claim_uid);
    return now->claim_name && before->claim_name
               ? volume_names_claim(now, before->claim_namespace, before->claim_name)
               : !now->claim_name && !before->claim_name;
}

static void *error_handed(const struct volume *volume, struct error *err)
{
    return error_null(err, ERROR_CONFLICT, "volume %s was handed to another claim or deleted",
                      volume->name);
}

/*
 * Patch it, and when that fails look at what became of it: the patch may have been made though its
 * answer was lost, or Kubernetes came first. `*again` is a volume that only has another version: it
 * can be patched again. `err` is the patch's unless the volume itself says more.
 */
static struct volume *rebind_once(const struct provision_job *job, const struct volume_patch *given,
                                  struct volume **again, struct error *err)
{
    const struct volume *before = given->volume;
    struct error read_err;
    struct volume *saved = patch_volume(job, given, err);
    if (saved)
        return saved;
    autorelease(volume) struct volume *now = volume_read(job->client, before->name, &read_err);
    bool is_gone = now ? !text_equals(now->uid, before->uid) : read_err.kind == ERROR_NOT_FOUND;
    if (is_gone) {
        cluster_cache_remove_gone(job->context->cache, before);
        return error_handed(before, err);
    }
    if (!now)
        return NULL;
    if (check_not_deleting(now, err) < 0)
        return NULL;
    bool is_saved = text_equals(now->claim_uid, given->claim->uid);
    if (!is_saved && !has_same_claim(now, before))
        return error_handed(before, err);
    if (is_saved)
        return steal(now);
    if (err->kind == ERROR_CONFLICT)
        *again = steal(now);
    return NULL;
}

struct volume *save_volume_rebind(const struct provision_job *job, const struct volume_patch *given,
                                  struct error *err)
{
    autorelease(volume) struct volume *now = NULL, *ignored = NULL;
    struct volume *saved = rebind_once(job, given, &now, err);
    if (now) {
        /* Kubernetes may have marked it Released since it was read, which is another version. */
        struct volume_patch again = *given;
        again.volume = now;
        saved = rebind_once(job, &again, &ignored, err);
    }
    if (!saved)
        error_wrap(err, "rebind volume %s", given->volume->name);
    return saved;
}
