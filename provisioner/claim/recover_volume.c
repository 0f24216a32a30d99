/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/text.h"
#include "provisioner/claim/known_exports.h"
#include "provisioner/claim/recover_decision.h"
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

/* What an export says of the volume that the claim is bound to. */
struct finding {
    const struct storage_class *storage_class; /* of the claim; NULL: it names another export */
    char *export_id;
    struct record *record;
    char *problem;
    char *user;
    struct recover_input input;
};

static struct finding finding_new(const struct address *address,
                                  const struct storage_class *storage_class)
{
    return (struct finding){
        .storage_class = storage_class,
        .input = {.address = address, .is_of_class = storage_class != NULL, .is_unread = true}};
}

static void finding_clear(struct finding *finding)
{
    free(finding->export_id);
    record_release(finding->record);
    free(finding->problem);
    free(finding->user);
}

/* A write that was cut off must not come to its end after the folder was read. On an export that
 * cannot be written none does. */
static int settle_folder(const struct provision_job *job, struct share *share,
                         const struct claim_owner *owner, struct error *err)
{
    if (step(job->client, "settle-folder", err) < 0)
        return -1;
    return claim_folder_settle(share, owner, err) == 0 || err->kind == ERROR_READ_ONLY ? 0 : -1;
}

static int read_folder(const struct provision_job *job, struct share *share,
                       struct finding *finding, struct error *err)
{
    const struct claim *claim = job->claim;
    const struct claim_owner owner = provision_job_owner(job);
    struct claim_folder folder = {0};
    if (settle_folder(job, share, &owner, err) < 0 ||
        (claim_folder_read(share, &owner, &folder, err) < 0 && err->kind != ERROR_NOT_FOUND))
        return -1;
    struct record *found = claim_folder_record(&folder, claim->volume_name, claim->uid);
    finding->input.record = finding->record = found ? record_hold(found) : NULL;
    finding->input.problem = finding->problem = memory_copy(claim_folder_problem(&folder));
    claim_folder_clear(&folder);
    return 0;
}

/* RECOVER_DIRECTORY_UNREAD: `err` says why. */
static enum recover_directory look_at(struct share *share, const char *directory, struct error *err)
{
    struct entry entry;
    if (share_inspect(share, directory, &entry, err) == 0)
        return entry.kind == ENTRY_DIRECTORY ? RECOVER_DIRECTORY_THERE : RECOVER_DIRECTORY_REPLACED;
    return err->kind == ERROR_NOT_FOUND ? RECOVER_DIRECTORY_MISSING : RECOVER_DIRECTORY_UNREAD;
}

static int read_directory(const struct provision_job *job, struct share *share,
                          struct finding *finding, struct error *err)
{
    const struct directory_user user = {.address = share_address(share),
                                        .export_id = finding->export_id,
                                        .directory = finding->record->directory,
                                        .except = finding->record->volume,
                                        .sharing = record_sharing_namespace(finding->record)};
    struct recover_input *input = &finding->input;
    input->directory = look_at(share, user.directory, err);
    input->is_used = cluster_cache_find_user(job->context->cache, &user, &finding->user);
    return input->directory == RECOVER_DIRECTORY_UNREAD ? -1 : 0;
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

/* Was the export ever used? One that the class does not name gets no metadata directory. */
static int look(const struct provision_job *job, struct share *share, struct finding *finding,
                struct error *err)
{
    const struct export_session session = context_session(job->context);
    bool is_used;
    if (finding->storage_class)
        return 0;
    if (step(job->client, "open-export", err) < 0 ||
        export_session_look(&session, share, &is_used, err) < 0)
        return -1;
    finding->input.is_unused = !is_used;
    return 0;
}

static int read_export(const struct provision_job *job, struct share *share,
                       struct finding *finding, struct error *err)
{
    const struct export_session session = context_session(job->context);
    struct recover_input *input = &finding->input;
    if (look(job, share, finding, err) < 0)
        return -1;
    if (!input->is_unused) {
        if (step(job->client, "open-export", err) < 0)
            return -1;
        finding->export_id = memory_copy(export_session_begin(&session, share, err));
        if (!finding->export_id || read_folder(job, share, finding, err) < 0)
            return -1;
    }
    input->is_unread = false;
    return finding->record && recover_should_inspect(input)
               ? read_directory(job, share, finding, err)
               : 0;
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
static int make(const struct provision_job *job, const struct finding *finding, struct error *err)
{
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

/* Of other claims only the log tells. */
static void log_other(const struct claim *claim, const char *what, const char *other)
{
    autofree char *name = claim_key(claim->namespace, claim->name);
    log_warn("claim held", "claim", name, "volume", claim->volume_name, what, other);
}

static int recover_from(const struct provision_job *job, struct finding *finding,
                        enum recover_decision *decision, struct error *err)
{
    struct context *context = job->context;
    autofree char *key = work_key_of_claim(job->claim->namespace, job->claim->name);
    autofree char *reason = NULL;
    struct share *share =
        context_take_share(context, job->client, finding->input.address, key, err);
    int result = share ? read_export(job, share, finding, err) : -1;
    pool_give(context->pool, share);
    *decision = recover_decide(&finding->input, &reason);
    if (result < 0)
        return -1;
    if (*decision == RECOVER_HOLD && finding->user)
        log_other(job->claim, "directory_of_volume", finding->user);
    return finding->record && *decision == RECOVER_MAKE ? make(job, finding, err)
                                                        : refuse(job, reason, err);
}

struct search {
    const struct provision_job *job;
    struct error *err;
    enum recover_lead lead; /* of what `err` says */
    bool is_over;           /* no other export is to be looked at */
};

/* `storage_class` is the claim's; NULL: the export is not what it names. */
static int search_export(struct search *search, const struct address *address,
                         const struct storage_class *storage_class)
{
    struct finding finding = finding_new(address, storage_class);
    struct error problem;
    enum recover_decision decision;
    int result = recover_from(search->job, &finding, &decision, &problem);
    enum recover_lead lead = recover_lead(decision, storage_class != NULL);
    search->is_over = recover_ends_search(decision, storage_class != NULL) ||
                      (result < 0 && problem.kind == ERROR_STOPPED);
    if (result < 0 && lead == RECOVER_MAY_LEAD && !storage_class)
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

static int refuse_moved(const struct provision_job *job, struct error *err)
{
    const struct claim *claim = job->claim;
    autorelease(volume) struct volume *volume =
        cluster_cache_volume(job->context->cache, claim->volume_name);
    if (!volume || !recover_is_moved(volume, claim))
        return 0;
    autofree char *other = claim_key(volume->claim_namespace, volume->claim_name);
    log_other(claim, "belongs_to", other);
    return error_set(err, ERROR_CONFLICT,
                     "its volume %s belongs to another claim now: delete this claim when that is "
                     "right; it never gets the volume back by itself. An administrator finds which "
                     "in mooring's log",
                     volume->name);
}

int recover_volume(struct provision_job *job, struct error *err)
{
    struct search search = {.job = job, .err = err};
    if (refuse_moved(job, err) < 0)
        return -1;
    const struct storage_class *storage_class =
        context_can_use(job->context, job->storage_class) ? job->storage_class : NULL;
    int result = storage_class ? search_export(&search, storage_class->address, storage_class)
                               : refuse_without_class(job, err);
    if (!search.is_over)
        result = search_others(&search, storage_class);
    bool is_ended = result < 0 && (err->kind == ERROR_STOPPED || err->kind == ERROR_BUSY);
    enum recover_lead least = recover_least_lead(job->claim->provisioner, storage_class != NULL);
    return is_ended || search.lead >= least ? result : 0;
}
