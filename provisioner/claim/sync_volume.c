/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/follow_volume.h"
#include "provisioner/claim/kept_volume.h"
#include "provisioner/claim/known_exports.h"
#include "provisioner/claim/sync.h"
#include "provisioner/shared/work_key.h"
#include "provisioner/step.h"

static int follow_on_export(struct follow_job *job, const struct volume *volume,
                            const struct address *address, struct error *err)
{
    struct context *context = job->context;
    autofree char *key = work_key_of_volume(volume->name);
    job->share = context_take_share(context, job->client, address, key, err);
    if (!job->share)
        return -1;
    const struct export_session session = context_session(context);
    struct followed ignored;
    int result = -1;
    autofree char *export_id = NULL;
    if (step(job->client, "open-export", err) == 0)
        export_id = memory_copy(export_session_begin(&session, job->share, err));
    job->export_id = export_id;
    if (export_id)
        result = follow_volume(job, volume->name, &ignored, err);
    pool_give(context->pool, job->share);
    return result;
}

static int follow(struct context *context, struct client *client, const struct volume *volume,
                  struct error *err)
{
    if (!volume->claim_name)
        return 0;
    autodestroy(address) struct address *address =
        known_export_of_volume(context, client, volume, err);
    if (!address) /* its class will wake it, and it is no more, or nothing says where it is */
        return err->kind == ERROR_INVALID || err->kind == ERROR_NOT_FOUND ? 0 : -1;
    autofree char *key = work_key_of_volume(volume->name);
    autofree char *claim = claim_key(volume->claim_namespace, volume->claim_name);
    if (!claim_locks_take(context->claim_locks, claim, key))
        return error_set(err, ERROR_BUSY, "another thread works on claim %s", claim);
    struct follow_job job = {.context = context, .client = client, .key = key, .claim = claim};
    int result = follow_on_export(&job, volume, address, err);
    claim_locks_release(context->claim_locks, claim);
    return result;
}

int sync_volume(struct context *context, struct client *client, const char *name, struct error *err)
{
    autorelease(volume) struct volume *volume = cluster_cache_volume(context->cache, name);
    if (!volume || !is_our_name(context->names, volume->provisioned_by))
        return 0;
    kept_volume_tell(context, volume);
    return volume->claim_uid ? follow(context, client, volume, err) : 0;
}
