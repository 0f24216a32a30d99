/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/text.h"
#include "nfs/name.h"
#include "provisioner/claim/announce_new.h"
#include "provisioner/claim/announce_return.h"
#include "provisioner/claim/follow_volume.h"
#include "provisioner/claim/forget_directory.h"
#include "provisioner/claim/new_directory.h"
#include "provisioner/claim/save_volume.h"
#include "provisioner/claim/sync.h"
#include "provisioner/claim/take_record.h"
#include "provisioner/object/former_class.h"
#include "provisioner/report/event_messages.h"
#include "provisioner/shared/work_key.h"
#include "provisioner/statefulset/older_owners.h"
#include "provisioner/statefulset/statefulset.h"
#include "provisioner/step.h"

/* What is known of a claim, and what it got so far. */
struct outcome {
    char *export_id;
    struct previous_volume previous;
    struct record *record;
    struct volume *volume;
};

static void outcome_clear(struct outcome *outcome)
{
    free(outcome->export_id);
    previous_volume_clear(&outcome->previous);
    record_release(outcome->record);
    volume_release(outcome->volume);
}

/* Is there something to give back? */
static bool has_previous(const struct outcome *outcome)
{
    return outcome->previous.record && !outcome->previous.is_unfinished;
}

/* Was it another claim's before, of the same name? */
static bool has_come_back(const struct provision_job *job, const struct outcome *outcome)
{
    return has_previous(outcome) &&
           !text_equals(outcome->previous.record->claim_uid, job->claim->uid);
}

/* The class was made again with another export, or means another one, where the claim has nothing.
 */
static int refuse_other_export(const struct provision_job *job, const struct volume *volume,
                               struct error *err)
{
    const struct storage_class *storage_class = job->storage_class;
    bool is_own = storage_class->has_own_export;
    autofree char *path = former_class_path(volume);
    autofree char *host = address_host(volume->server ? volume->server : "?");
    return error_set(
        err, ERROR_CONFLICT,
        "its volume %s is on %s:%s, and its storage class %s%s %s now: %s, and the "
        "claim gets the volume back. Keep the volume until then: it says where the "
        "data is",
        volume->name, host, path ? path : "?", storage_class->name,
        is_own ? " names" : ", which names no export, means", storage_class->address->key,
        is_own ? "make the class again with that export" : "set NFS_SERVER and NFS_PATH back");
}

static bool is_on_other_export(const struct volume *volume, const struct address *address,
                               const char *export_id)
{
    return volume->directory && volume->export_id && !volume_is_noted_on(volume, address) &&
           !text_equals(volume->export_id, export_id);
}

/* `err` says why the claim is held. */
static int write_missing_record(const struct provision_job *job, struct share *share,
                                const struct outcome *outcome, struct error *err)
{
    const struct volume *unrecorded = outcome->previous.unrecorded;
    const char *volume = unrecorded->name;
    if (is_on_other_export(unrecorded, share_address(share), outcome->export_id))
        return refuse_other_export(job, unrecorded, err);
    autofree char *claim = claim_key(job->claim->namespace, job->claim->name);
    autofree char *key = work_key_of_claim(job->claim->namespace, job->claim->name);
    const struct follow_job follow = {.context = job->context,
                                      .client = job->client,
                                      .share = share,
                                      .export_id = outcome->export_id,
                                      .key = key,
                                      .claim = claim};
    struct followed followed;
    struct error problem;
    if (follow_volume(&follow, volume, &followed, &problem) < 0) {
        *err = problem;
        return error_wrap(err, "write the record of volume %s", volume);
    }
    if (followed.decision == FOLLOW_REFUSE)
        return error_wrap(err, "the record of volume %s cannot be written again, because %s",
                          volume, followed.reason);
    return followed.decision == FOLLOW_NEEDLESS ? -1 : 0;
}

/* A record that is missing for a volume whose owner is certain is written first. */
static int find_previous(struct provision_job *job, struct share *share, struct outcome *outcome,
                         struct error *err)
{
    struct context *context = job->context;
    struct previous_volume *previous = &outcome->previous;
    const struct export_session session = context_session(context);
    if (step(job->client, "open-export", err) < 0)
        return -1;
    outcome->export_id = memory_copy(export_session_begin(&session, share, err));
    if (!outcome->export_id)
        return -1;
    if (rebind_find(job, share, outcome->export_id, previous, err) == 0)
        return 0;
    if (!previous->unrecorded)
        return -1;
    if (write_missing_record(job, share, outcome, err) < 0)
        return -1;
    previous_volume_clear(previous);
    return rebind_find(job, share, outcome->export_id, previous, err);
}

/* The claim has its data, so this is no failure: it is done as soon as the export allows it. */
static void postpone_record(const struct provision_job *job, const struct record *record,
                            const struct error *problem)
{
    struct context *context = job->context;
    autofree char *key = work_key_of_volume(record->volume);
    if (problem->kind == ERROR_STOPPED)
        return; /* the next leader does it */
    if (problem->kind == ERROR_NOT_FOUND)
        announce(context->recorder, event_about_claim(job->claim, EVENT_WARNING, "RecordTaken"),
                 "the claim is back on volume %s, but its record was taken away meanwhile: another "
                 "cluster may use the directory %s, too: stop one of the two",
                 record->volume, record->directory);
    else
        announce(
            context->recorder, event_about_claim(job->claim, EVENT_WARNING, "RecordBehind"),
            "the claim is back on volume %s, but its record on the export still names the claim "
            "before: %s; it is tried again",
            record->volume, problem->message);
    log_warn("record not written yet", "volume", record->volume, "error", problem->message);
    context->wake(context->program, key);
}

/* The watch may bring it too late. */
static struct volume *keep_in_cache(const struct provision_job *job, struct volume *volume)
{
    if (volume)
        cluster_cache_put_volume(job->context->cache, volume_hold(volume));
    return volume;
}

static struct volume *create_volume(const struct provision_job *job, const struct outcome *outcome,
                                    struct error *err)
{
    const struct record *before = outcome->previous.record;
    struct volume_source source = save_volume_source(job, outcome->record, outcome->export_id);
    source.previous_claim = before ? record_claim(before) : NULL;
    struct volume *saved =
        step(job->client, "save-volume", err) == 0 ? save_volume_create(job, &source, err) : NULL;
    return keep_in_cache(job, saved);
}

static struct volume *rebind_volume(const struct provision_job *job, const struct outcome *outcome,
                                    struct error *err)
{
    const struct record *before = outcome->previous.record;
    const struct volume_patch patch = {.volume = outcome->previous.volume,
                                       .claim = job->claim,
                                       .member = save_volume_member(job, before),
                                       .address = job->storage_class->address,
                                       .export_id = outcome->export_id,
                                       .directory = before->directory,
                                       .previous_claim = record_claim(before)};
    struct volume *saved =
        step(job->client, "save-volume", err) == 0 ? save_volume_rebind(job, &patch, err) : NULL;
    return keep_in_cache(job, saved);
}

/* What another cluster has recorded becomes this claim's as it is. */
static int take_from_cluster(const struct provision_job *job, struct share *share,
                             struct outcome *outcome, struct error *err)
{
    const struct record *before = outcome->previous.record;
    const struct claim_owner owner = provision_job_owner(job);
    autorelease(record) struct record *ours =
        record_moved(before, &owner, before->claim_uid, RECORD_IN_USE);
    if (take_record(job->client, share, before, ours, err) < 0)
        return -1;
    record_release(outcome->previous.record);
    outcome->previous.record = steal(ours);
    return 0;
}

/*
 * Between the replicas of one cluster the volume object decides, so it is saved before the record
 * follows. Between clusters, and where there is no object, the RENAME of the record decides.
 */
static int give_back(const struct provision_job *job, struct share *share, struct outcome *outcome,
                     struct error *err)
{
    bool has_volume = outcome->previous.volume;
    bool is_foreign = !text_equals(outcome->previous.record->cluster, job->context->cluster);
    if (has_volume && is_foreign && take_from_cluster(job, share, outcome, err) < 0)
        return -1;
    const struct record *before = outcome->previous.record;
    const struct claim_owner old_owner = record_owner(before), owner = provision_job_owner(job);
    bool is_moved_first = !has_volume && !claim_owner_equals(&old_owner, &owner);
    struct error problem;
    outcome->record = record_moved(before, &owner, job->claim->uid, RECORD_IN_USE);
    if (is_moved_first)
        return take_record(job->client, share, before, outcome->record, err);
    outcome->volume =
        has_volume ? rebind_volume(job, outcome, err) : create_volume(job, outcome, err);
    if (!outcome->volume)
        return -1;
    if (take_record(job->client, share, before, outcome->record, &problem) < 0)
        postpone_record(job, outcome->record, &problem);
    return 0;
}

static void announce_provisioned(const struct provision_job *job, const struct outcome *outcome)
{
    const struct record *record = outcome->record;
    /* The record as it was when the claim came back; NULL: it did not. */
    const struct record *before = has_come_back(job, outcome) ? outcome->previous.record : NULL;
    const struct address *address = job->storage_class->address;
    const struct claim *claim = job->claim;
    struct event_recorder *recorder = job->context->recorder;
    autofree char *name = claim_key(claim->namespace, claim->name);
    if (before)
        announce_return(job->context, claim, before, address);
    else
        announce_new(job, record, &outcome->previous.older);
    if (job->identity.kind == IDENTITY_AMBIGUOUS)
        announce(recorder, event_about_claim(claim, EVENT_WARNING, "IdentityAmbiguous"),
                 "StatefulSets %s and %s both use a claim named %s: rename one of "
                 "them or its template, or their Pods share this volume",
                 job->identity.set->name, job->identity.other->name, claim->name);
    log_info(before ? "volume rebound" : "volume saved", "claim", name, "volume", record->volume,
             "directory", record->directory, "export", address->key);
}

static bool is_directory(struct share *share, const char *path)
{
    struct error ignored;
    struct entry entry;
    return name_check_path(path, &ignored) == 0 &&
           share_inspect(share, path, &entry, &ignored) == 0 && entry.kind == ENTRY_DIRECTORY;
}

/* Must the export be read for what the claim with its new directory is told? Where the class
 * adopts, all that there is was read for the decision. */
static bool should_find_older(const struct provision_job *job, const struct outcome *outcome)
{
    if (!outcome->record || has_previous(outcome))
        return false;
    return outcome->previous.older.directory ||
           (!job->storage_class->may_adopt && older_owners_may_exist(job));
}

/* A record and a volume may outlive their directory. */
static void find_older(const struct provision_job *job, struct share *share,
                       struct outcome *outcome)
{
    struct older_directory *older = &outcome->previous.older;
    char *elsewhere = steal(older->elsewhere);
    if (!older->directory)
        *older = older_owners_find(job, share);
    if (older->directory && (text_equals(older->directory, outcome->record->directory) ||
                             !is_directory(share, older->directory)))
        older_directory_clear(older); /* it is gone, or shared by the claim again */
    older->elsewhere = elsewhere;
}

int provision(struct provision_job *job, struct error *err)
{
    struct context *context = job->context;
    struct outcome outcome = {0};
    autofree char *key = work_key_of_claim(job->claim->namespace, job->claim->name);
    struct share *share =
        context_take_share(context, job->client, job->storage_class->address, key, err);
    if (!share)
        return -1;
    int result = find_previous(job, share, &outcome, err);
    if (result == 0 && outcome.previous.abandoned)
        result = forget_directory(job, share, outcome.previous.abandoned, err);
    if (result == 0 && has_previous(&outcome))
        result = give_back(job, share, &outcome, err);
    else if (result == 0)
        outcome.record =
            new_directory_make(job, share, outcome.export_id, outcome.previous.record, err);
    bool is_still_needed = result == 0 && should_find_older(job, &outcome);
    if (!is_still_needed)
        pool_give(context->pool, steal(share));
    if (outcome.record && result == 0 && !outcome.volume)
        outcome.volume = create_volume(job, &outcome, err);
    if (is_still_needed && outcome.volume)
        find_older(job, share, &outcome);
    pool_give(context->pool, share);
    bool is_saved = outcome.record && outcome.volume;
    if (is_saved)
        announce_provisioned(job, &outcome);
    outcome_clear(&outcome);
    return is_saved ? 0 : -1;
}
