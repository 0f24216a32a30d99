/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/text.h"
#include "provisioner/claim/known_exports.h"
#include "provisioner/claim/save_volume.h"
#include "provisioner/claim/sync.h"
#include "provisioner/cluster/live_object.h"
#include "provisioner/export/claim_folder.h"
#include "provisioner/object/former_class.h"
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

/* What an export says of the volume that the claim is bound to. */
struct finding {
    const struct storage_class *storage_class; /* of the claim; NULL: it names another export */
    char *export_id;
    bool has_none; /* no record of it, nor a file that may be one */
    struct record *record;
    bool is_elsewhere; /* the record says that the volume was not here */
};

static void finding_clear(struct finding *finding)
{
    free(finding->export_id);
    record_release(finding->record);
}

/* The record of the volume, if it is this claim's own. */
static int find_record(const struct provision_job *job, struct share *share,
                       struct finding *finding, struct error *err)
{
    const struct claim *claim = job->claim;
    const struct claim_owner owner = provision_job_owner(job);
    struct claim_folder folder = {0};
    if (claim_folder_read(share, &owner, &folder, err) < 0 && err->kind != ERROR_NOT_FOUND)
        return -1;
    struct record *found = claim_folder_record(&folder, claim->volume_name, claim->uid);
    autorelease(record) struct record *record = found ? record_hold(found) : NULL;
    autofree char *problem = memory_copy(claim_folder_problem(&folder));
    claim_folder_clear(&folder);
    autofree char *mend =
        problem ? memory_format("%s: repair that file or move it away", problem) : NULL;
    finding->has_none = !record && !problem;
    if (!record)
        return refuse(job, mend ? mend : no_record, err);
    if (!is_for_claim(record))
        return refuse(job, other_claim, err);
    finding->record = steal(record);
    return 0;
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
static int check_user(const struct provision_job *job, const struct address *address,
                      const struct finding *finding, struct error *err)
{
    const struct directory_user user = {.address = address,
                                        .export_id = finding->export_id,
                                        .directory = finding->record->directory,
                                        .except = finding->record->volume};
    char *other = NULL;
    if (!cluster_cache_find_user(job->context->cache, &user, &other))
        return 0;
    autofree char *reason = memory_format(
        "volume %s has its directory, too: if that is the wrong one, set its reclaim policy to "
        "Retain and delete it",
        other);
    free(other);
    return refuse(job, reason, err);
}

/* Was the export ever used? One that the class does not name gets no metadata directory. */
static int check_used(const struct provision_job *job, struct share *share, struct finding *finding,
                      struct error *err)
{
    const struct export_session session = context_session(job->context);
    bool is_used = true;
    if (!finding->storage_class && export_session_look(&session, share, &is_used, err) < 0)
        return -1;
    finding->has_none = !is_used;
    return is_used ? 0 : refuse(job, no_record, err);
}

/* Without the class the record says where the volume was: here, or this is a copy of that export,
 * or the server had that name before. */
static int check_place(const struct provision_job *job, const struct address *address,
                       struct finding *finding, struct error *err)
{
    const struct record *record = finding->record;
    finding->is_elsewhere =
        !finding->storage_class && !address_is_same_place(record->address, address);
    if (!finding->is_elsewhere)
        return 0;
    autofree char *reason = memory_format(
        "its record is on %s and says that it was on %s: make its storage class %s again with the "
        "export that has its directory now",
        address->key, record->address->key, record->class_name);
    return refuse(job, reason, err);
}

static int read_export(const struct provision_job *job, struct share *share,
                       struct finding *finding, struct error *err)
{
    const struct export_session session = context_session(job->context);
    const struct address *address = share_address(share);
    if (step(job->client, "open-export", err) < 0 || check_used(job, share, finding, err) < 0 ||
        step(job->client, "open-export", err) < 0)
        return -1;
    finding->export_id = memory_copy(export_session_begin(&session, share, err));
    return finding->export_id && find_record(job, share, finding, err) == 0 &&
                   check_place(job, address, finding, err) == 0 &&
                   check_directory(job, share, finding->record, err) == 0 &&
                   check_user(job, address, finding, err) == 0
               ? 0
               : -1;
}

/* So that its record follows at once. */
static void wake_volume(struct context *context, const char *volume)
{
    autofree char *key = work_key_of_volume(volume);
    context->wake(context->program, key);
}

static int save(const struct provision_job *job, const struct finding *finding, struct error *err)
{
    struct context *context = job->context;
    const struct record *record = finding->record;
    bool is_behind =
        !text_equals(record->claim_uid, job->claim->uid) || record->state != RECORD_IN_USE;
    struct volume_source source = save_volume_source(job, record, finding->export_id);
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

/* From the record on this export. */
static int recover_from(const struct provision_job *job, const struct address *address,
                        struct finding *finding, struct error *err)
{
    struct context *context = job->context;
    autofree char *key = work_key_of_claim(job->claim->namespace, job->claim->name);
    struct share *share = pool_take(context->pool, address, key, err);
    if (!share)
        return -1;
    int result = read_export(job, share, finding, err);
    pool_give(context->pool, share);
    if (result < 0)
        return -1;
    const struct record *record = finding->record;
    struct provision_job saving = *job;
    autorelease(storage_class) struct storage_class *former =
        finding->storage_class
            ? NULL
            : former_class_make(record->class_name, record->provisioner, record->address, err);
    saving.storage_class = finding->storage_class ? finding->storage_class : former;
    return saving.storage_class && check_claim(job, err) == 0 &&
                   step(job->client, "save-volume", err) == 0 && save(&saving, finding, err) == 0
               ? 0
               : -1;
}

/* How far an export leads: of several that fail, the one that leads furthest is told. */
enum lead { LEADS_NOWHERE, CLASS_HAS_NONE, CANNOT_TELL, HAS_RECORD };

struct search {
    const struct provision_job *job;
    struct error *err;
    enum lead lead; /* of what `err` says */
    bool is_over;   /* no other export is to be looked at */
};

/* `storage_class` is the claim's; NULL: the export is not what it names. */
static int search_export(struct search *search, const struct address *address,
                         const struct storage_class *storage_class)
{
    struct finding finding = {.storage_class = storage_class};
    struct error problem;
    int result = recover_from(search->job, address, &finding, &problem);
    enum lead lead = finding.record      ? HAS_RECORD
                     : !finding.has_none ? CANNOT_TELL
                     : storage_class     ? CLASS_HAS_NONE
                                         : LEADS_NOWHERE;
    bool is_certain = lead == HAS_RECORD && !finding.is_elsewhere;
    search->is_over = is_certain || (storage_class && lead == CANNOT_TELL) ||
                      (result < 0 && problem.kind == ERROR_STOPPED);
    if (result < 0 && lead == CANNOT_TELL && !storage_class)
        error_wrap(&problem, "look for the record of volume %s on %s",
                   search->job->claim->volume_name, address->key);
    if (result < 0 && lead > search->lead) {
        *search->err = problem;
        search->lead = lead;
    }
    finding_clear(&finding);
    return result;
}

static int search_others(struct search *search, const struct storage_class *storage_class)
{
    int result = -1;
    struct known_exports exports;
    known_exports_read(&exports, search->job->context);
    for (size_t i = 0; i < exports.count && !search->is_over; i++)
        if (!storage_class || !text_equals(storage_class->address->key, exports.addresses[i]->key))
            result = search_export(search, exports.addresses[i], NULL);
    known_exports_clear(&exports);
    return result;
}

/* Where no export has it. */
static int refuse_without_class(const struct provision_job *job, struct error *err)
{
    const struct claim *claim = job->claim;
    return error_set(err, ERROR_NOT_FOUND,
                     "its volume %s is gone, and so is its storage class %s, or that cannot be "
                     "used: make the class again as it was, and the volume is made again",
                     claim->volume_name, claim->class_name ? claim->class_name : "?");
}

/* What must be found for a failure to be the claim's: where no provisioner was asked for it, it may
 * always have been another's. */
static enum lead least_lead(const struct provision_job *job,
                            const struct storage_class *storage_class)
{
    if (job->claim->provisioner)
        return LEADS_NOWHERE;
    return storage_class ? CANNOT_TELL : HAS_RECORD;
}

int recover_volume(const struct provision_job *job, struct error *err)
{
    struct search search = {.job = job, .err = err};
    autorelease(storage_class) struct storage_class *storage_class =
        context_usable_class(job->context, job->claim->class_name);
    int result = storage_class ? search_export(&search, storage_class->address, storage_class)
                               : refuse_without_class(job, err);
    if (!search.is_over)
        result = search_others(&search, storage_class);
    bool is_ended = result < 0 && (err->kind == ERROR_STOPPED || err->kind == ERROR_BUSY);
    return is_ended || search.lead >= least_lead(job, storage_class) ? result : 0;
}
