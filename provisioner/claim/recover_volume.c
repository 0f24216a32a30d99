/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/text.h"
#include "provisioner/claim/save_volume.h"
#include "provisioner/claim/sync.h"
#include "provisioner/report/event_messages.h"
#include "provisioner/shared/work_key.h"

/* The record of the volume that the claim is bound to, if it is this claim's own. */
static struct record *find_record(const struct provision_job *job, struct share *share,
                                  struct error *err)
{
    const struct claim *claim = job->claim;
    const struct address *address = share_address(share);
    struct entry entry;
    autorelease(record) struct record *record =
        record_cache_of_volume(job->context->records, address, claim->volume_name);
    if (!record || !text_equals(record->claim_uid, claim->uid) ||
        !text_equals(record->cluster, job->context->cluster))
        return error_null(err, ERROR_NOT_FOUND,
                          "volume %s is gone and %s has no record of it for this claim: delete the "
                          "claim for a new one",
                          claim->volume_name, address->key);
    return share_inspect(share, record->directory, &entry, err) == 0 ? steal(record) : NULL;
}

static struct record *recover_from_record(const struct provision_job *job, struct error *err)
{
    struct context *context = job->context;
    autofree char *key = work_key_of_claim(job->claim->namespace, job->claim->name);
    struct share *share = pool_take(context->pool, job->storage_class->address, key, err);
    if (!share)
        return NULL;
    struct record *record = NULL;
    if (record_cache_load(context->records, share, key, err) == 0)
        record = find_record(job, share, err);
    pool_give(context->pool, share);
    return record;
}

int recover_volume(const struct provision_job *job, struct error *err)
{
    autorelease(record) struct record *record = recover_from_record(job, err);
    autorelease(volume) struct volume *saved = record ? save_volume_create(job, record, err) : NULL;
    if (!saved)
        return -1;
    announce(job->context->recorder, event_about_claim(job->claim, EVENT_NORMAL, "VolumeRestored"),
             "volume %s, directory %s, was made again from its record on the export",
             record->volume, record->directory);
    log_info("volume restored", "claim", record->claim, "volume", record->volume);
    return 0;
}
