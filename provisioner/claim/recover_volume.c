/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/text.h"
#include "provisioner/claim/save_volume.h"
#include "provisioner/claim/sync.h"
#include "provisioner/cluster/live_object.h"
#include "provisioner/export/claim_folder.h"
#include "provisioner/report/event_messages.h"
#include "provisioner/shared/work_key.h"
#include "provisioner/step.h"

/* `reason` ends with what to do. */
static int refuse(const struct provision_job *job, const char *reason, struct error *err)
{
    return error_set(err, ERROR_NOT_FOUND, "volume %s is gone and is not made again: %s",
                     job->claim->volume_name, reason);
}

static const char no_record[] =
    "the export has no record of it for this claim: restore the record from a backup, or delete "
    "the claim and use mooring adopt to hand it the directory";
static const char other_claim[] =
    "its record says that its directory was superseded, or is being handed over: look in mooring "
    "list which claim the data belongs to, then use mooring adopt";
static const char no_directory[] = "its directory is missing: restore it on the export";
static const char replaced[] =
    "a file or a symlink is in the place of its directory: restore the directory on the export";

/*
 * The claim is bound to the volume, which it may have only by its name, and the record is in the
 * folder of that name: it is this claim's, also if it still names the one before it, because the
 * process that gave the volume back was cut off, or had no room to write.
 */
static bool is_for_claim(const struct record *record)
{
    return record->state == RECORD_IN_USE || record->state == RECORD_TAKING;
}

/* The record of the volume that the claim is bound to, if it is this claim's own. A new reference.
 */
static struct record *find_record(const struct provision_job *job, struct share *share,
                                  struct error *err)
{
    const struct claim *claim = job->claim;
    const struct claim_owner owner = provision_job_owner(job);
    struct claim_folder folder = {0};
    if (claim_folder_read(share, &owner, &folder, err) < 0 && err->kind != ERROR_NOT_FOUND)
        return NULL;
    struct record *found = claim_folder_record(&folder, claim->volume_name, claim->uid);
    autorelease(record) struct record *record = found ? record_hold(found) : NULL;
    autofree char *problem = memory_copy(claim_folder_problem(&folder));
    claim_folder_clear(&folder);
    autofree char *mend =
        problem ? memory_format("%s: repair that file or move it away", problem) : NULL;
    if (!record)
        refuse(job, mend ? mend : no_record, err);
    else if (!is_for_claim(record))
        refuse(job, other_claim, err);
    else
        return steal(record);
    return NULL;
}

static int check_directory(const struct provision_job *job, struct share *share,
                           const struct record *record, struct error *err)
{
    struct entry entry;
    if (share_inspect(share, record->directory, &entry, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? refuse(job, no_directory, err) : -1;
    return entry.kind == ENTRY_DIRECTORY ? 0 : refuse(job, replaced, err);
}

/* The claim as it is now: what it is bound to says which record is its own. */
static int check_claim(const struct provision_job *job, struct error *err)
{
    const struct claim *seen = job->claim;
    autorelease(claim) struct claim *claim =
        claim_read(job->client, seen->namespace, seen->name, err);
    if (!claim)
        return -1;
    return text_equals(claim->uid, seen->uid) && text_equals(claim->volume_name, seen->volume_name)
               ? 0
               : error_set(err, ERROR_CONFLICT, "the claim was made again meanwhile");
}

/* The volume object is made from what the record says: no other volume may have the directory. */
static int check_user(const struct provision_job *job, const struct record *record,
                      const char *export_id, struct error *err)
{
    const struct directory_user user = {.address = job->storage_class->address,
                                        .export_id = export_id,
                                        .directory = record->directory,
                                        .except = record->volume};
    char *other = NULL;
    if (!cluster_cache_find_user(job->context->cache, &user, &other))
        return 0;
    autofree char *reason = memory_format(
        "volume %s has its directory, too: delete that volume if it is the wrong one", other);
    free(other);
    return refuse(job, reason, err);
}

static struct record *read_record(const struct provision_job *job, struct share *share,
                                  char **export_id, struct error *err)
{
    const struct export_session session = context_session(job->context);
    if (step(job->client, "open-export", err) < 0)
        return NULL;
    *export_id = memory_copy(export_session_begin(&session, share, err));
    autorelease(record) struct record *record = *export_id ? find_record(job, share, err) : NULL;
    return record && check_directory(job, share, record, err) == 0 &&
                   check_user(job, record, *export_id, err) == 0
               ? steal(record)
               : NULL;
}

/* So that its record follows at once. */
static void wake_volume(struct context *context, const char *volume)
{
    autofree char *key = work_key_of_volume(volume);
    context->wake(context->program, key);
}

int recover_volume(const struct provision_job *job, struct error *err)
{
    struct context *context = job->context;
    autofree char *key = work_key_of_claim(job->claim->namespace, job->claim->name);
    struct share *share = pool_take(context->pool, job->storage_class->address, key, err);
    if (!share)
        return -1;
    autofree char *export_id = NULL;
    autorelease(record) struct record *record = read_record(job, share, &export_id, err);
    pool_give(context->pool, share);
    if (!record || check_claim(job, err) < 0 || step(job->client, "save-volume", err) < 0)
        return -1;
    bool is_behind =
        !text_equals(record->claim_uid, job->claim->uid) || record->state != RECORD_IN_USE;
    struct volume_source source = save_volume_source(job, record, export_id);
    source.previous_claim = is_behind ? record_claim(record) : NULL;
    autorelease(volume) struct volume *saved = save_volume_create(job, &source, err);
    if (!saved)
        return -1;
    announce(context->recorder, event_about_claim(job->claim, EVENT_NORMAL, "VolumeRestored"),
             "volume %s, directory %s, was made again from its record on the export",
             record->volume, record->directory);
    log_info("volume restored", "claim", record->claim, "volume", record->volume);
    cluster_cache_put_volume(context->cache, volume_hold(saved)); /* the watch may be too late */
    if (is_behind)
        wake_volume(context, record->volume);
    return 0;
}
