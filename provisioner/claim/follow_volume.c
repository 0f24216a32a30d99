/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/follow_volume.h"

#include "base/log.h"
#include "base/text.h"
#include "provisioner/claim/announce_return.h"
#include "provisioner/claim/take_record.h"
#include "provisioner/cluster/live_object.h"
#include "provisioner/cluster/namespace_state.h"
#include "provisioner/export/claim_folder.h"
#include "provisioner/export/other_claim.h"
#include "provisioner/object/adopt_command_text.h"
#include "provisioner/object/claim_identity.h"
#include "provisioner/object/living_set.h"
#include "provisioner/report/event_messages.h"
#include "provisioner/statefulset/supersede_record.h"
#include "provisioner/step.h"

static int remove_record(const struct follow_job *job, const struct record *record,
                         struct error *err)
{
    autofree char *path = record_path(record);
    log_info("duplicate record removed", "volume", record->volume, "path", path);
    return step(job->client, "remove-duplicate", err) < 0
               ? -1
               : share_remove_file(job->share, path, err);
}

/* Has `mooring adopt`, another process, set the record aside since it was read, or handed the
 * volume over? It does the one before the other. Whatever else was done to the volume is no reason
 * to remove its record: that is decided anew. */
static int is_handed_over(const struct follow_job *job, const struct follow_reading *reading,
                          bool *is_so, struct error *err)
{
    const struct volume *before = reading->volume;
    const struct claim_owner owner = record_owner(reading->record);
    struct claim_folder folder;
    if (claim_folder_read(job->share, &owner, &folder, err) < 0)
        return -1;
    *is_so = claim_folder_has_moving(&folder, reading->record->volume);
    claim_folder_clear(&folder);
    autorelease(volume) struct volume *now = volume_read(job->client, before->name, err);
    if (!now)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    bool is_changed = !text_equals(now->claim_uid, before->claim_uid);
    *is_so |= is_changed && now->adopted_us != before->adopted_us;
    return is_changed && !*is_so
               ? error_set(err, ERROR_CONFLICT, "volume %s was given to another claim meanwhile",
                           before->name)
               : 0;
}

static struct claim_identity find_identity(const struct follow_reading *reading)
{
    const struct namespace_state *state = reading->namespace_state;
    return claim_identity_find(reading->volume->claim_name, state->sets, state->set_count);
}

/* The labels of the volume tell of a set that is yet to be applied again. */
static struct set_member member_of(const struct claim_identity *identity,
                                   const struct volume *volume)
{
    const struct set_member member = claim_identity_member(identity);
    return member.set ? member : volume->member;
}

/* What record and volume are both to say: the claim may have been made before its set, which tells
 * that it comes back. */
static struct set_member find_member(const struct follow_reading *reading)
{
    const struct volume *volume = reading->volume;
    const struct record *record = reading->record;
    const struct claim_identity identity = find_identity(reading);
    if (record && record->stateful_set && text_equals(record->claim, volume->claim_name))
        return record_member(record);
    return follow_is_binding_mutual(&reading->input) && !claim_identity_discards(&identity)
               ? member_of(&identity, volume)
               : (struct set_member){0};
}

/* The text says what recovery needs, and that follows the volume. Writing it makes a record that
 * was moved meanwhile appear again. */
static int write_text(const struct follow_job *job, const struct follow_reading *reading,
                      struct error *err)
{
    const struct volume *volume = reading->volume;
    const struct record *record = reading->record;
    autorelease(record) struct record *changed =
        record_moved(record, NULL, record->claim_uid, record->state);
    const struct set_member member = find_member(reading);
    if (!record_learn_set(changed, &member) && record_fits_volume(record, volume))
        return 0;
    record_follow_volume(changed, volume);
    bool is_moved;
    if (step(job->client, "write-record-text", err) < 0 ||
        claim_folder_write(job->share, changed, err) < 0 ||
        is_handed_over(job, reading, &is_moved, err) < 0)
        return -1;
    return is_moved ? remove_record(job, changed, err) : 0;
}

/* Only one says what the volume is about. */
static int remove_duplicate(const struct follow_job *job, const struct follow_reading *reading,
                            struct error *err)
{
    const struct record *duplicate = reading->duplicate;
    if (!duplicate || duplicate->state != RECORD_IN_USE ||
        text_equals(duplicate->claim_uid, reading->volume->claim_uid) ||
        !text_equals(duplicate->directory, reading->record->directory))
        return 0;
    return remove_record(job, duplicate, err);
}

/* NULL: the volume says it already, or it must not be noted. */
static const char *set_uid_to_note(const struct follow_reading *reading)
{
    const struct claim_identity identity = find_identity(reading);
    const struct set_member now = claim_identity_member(&identity);
    return follow_is_binding_mutual(&reading->input)
               ? living_set_to_note(reading->volume, reading->claim, &now)
               : NULL;
}

/* The export must be told from another one under its address also by volumes that another
 * provisioner has made. The labels may be missing for the same reason, or because the set came
 * after the claim. The set may have been made again since. */
static int note_at_volume(const struct follow_job *job, const struct follow_reading *reading,
                          struct error *err)
{
    const struct volume *volume = reading->volume;
    const struct object_key key = {.resource = &resource_volumes, .name = volume->name};
    struct volume_source noted = {.address = share_address(job->share),
                                  .export_id = job->export_id,
                                  .directory = volume_directory(volume, share_address(job->share)),
                                  .member = find_member(reading)};
    const char *set_uid = set_uid_to_note(reading);
    bool is_complete = volume->export_id && !volume_lacks_labels(volume, &noted.member);
    if (!noted.directory || (is_complete && !set_uid))
        return 0;
    if (is_complete)
        noted.member = (struct set_member){0}; /* the labels stay as they are */
    noted.member.set_uid = set_uid;
    json_auto_t *patch = volume_patch_for_notes(volume, &noted);
    return step(job->client, "note-at-volume", err) < 0
               ? -1
               : client_patch(job->client, &key, patch, NULL, err);
}

static void announce_superseded(const struct follow_job *job, const struct follow_reading *reading,
                                const struct record *record)
{
    const struct claim_identity identity = find_identity(reading);
    autofree char *command =
        adopt_command_text(record->directory, record->namespace, record->claim, NULL, false);
    autofree char *exchange = adopt_exchange_text(&identity, command, NULL);
    log_info("record superseded", "volume", record->volume, "directory", record->directory,
             "because", "its claim was bound to another volume");
    announce(job->context->recorder,
             event_about_claim(reading->claim, EVENT_WARNING, "VolumeSuperseded"),
             "the claim is bound to volume %s now; its directory before, %s (volume %s), is kept "
             "and is not given back by itself. To have it instead: %s",
             reading->volume->name, record->directory, record->volume, exchange);
}

/* Where the claim is bound to this volume, what else it has is not given back any more. This comes
 * before the volume's own record is right, so that it is done again after an interruption. */
static int supersede_others(const struct follow_job *job, const struct follow_reading *reading,
                            struct error *err)
{
    struct claim_folder folder;
    if (!follow_is_binding_mutual(&reading->input))
        return 0;
    if (claim_folder_read(job->share, &reading->input.owner, &folder, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    int result = 0;
    for (size_t i = 0; i < folder.count && result == 0; i++) {
        const struct record *record = folder.records[i];
        if (record->state != RECORD_IN_USE || text_equals(record->volume, reading->volume->name) ||
            !text_equals(record->class_name, reading->volume->class_name))
            continue;
        result = supersede_record(job->client, job->share, record, err);
        if (result == 0)
            announce_superseded(job, reading, record);
    }
    claim_folder_clear(&folder);
    return result;
}

static int move_record(const struct follow_job *job, const struct follow_reading *reading,
                       struct error *err)
{
    const struct claim_owner *owner = &reading->input.owner;
    autorelease(record) struct record *moved =
        record_moved(reading->record, owner, reading->volume->claim_uid, RECORD_IN_USE);
    moved->is_shared = reading->input.is_shared;
    return supersede_others(job, reading, err) < 0
               ? -1
               : take_record(job->client, job->share, reading->record, moved, err);
}

/* Make the claim the owner of the directory, even if another claim has it until now, or its
 * namespace where claims share it, unless the claim is the owner already. */
static int make_owner(const struct follow_job *job, const struct follow_input *input,
                      const char *directory, struct error *err)
{
    const struct claim_owner *found = input->found_owner;
    struct claim_owner owner = input->owner;
    if (input->is_shared && !(found && claim_owner_equals(found, &owner)))
        owner.claim = NULL;
    if (step(job->client, "reserve-directory", err) < 0)
        return -1;
    return follow_has_other_owner(input)
               ? directory_owner_replace(job->share, directory, &owner, &input->owner, err)
               : directory_owner_reserve(job->share, directory, &owner, NULL, err);
}

static int write_record(const struct follow_job *job, const struct follow_reading *reading,
                        struct error *err)
{
    const struct volume *volume = reading->volume;
    const struct follow_input *input = &reading->input;
    const char *directory = volume_directory(volume, share_address(job->share));
    const struct claim_identity identity = find_identity(reading);
    const struct record_parts parts = {
        .owner = input->owner,
        .claim_uid = volume->claim_uid,
        .volume = volume->name,
        .directory = directory,
        .class_name = volume->class_name,
        .provisioner = volume->provisioned_by,
        .policy = volume_policy(volume),
        .address = input->address,
        .capacity = volume->capacity ? volume->capacity : "0",
        .access_modes = volume->access_modes,
        .is_shared = input->is_shared,
        .member = member_of(&identity, volume),
        .created_us = volume->created_us,
        .state = follow_state_to_write(input),
    };
    autorelease(record) struct record *record = record_make(&parts);
    return make_owner(job, input, directory, err) < 0 || step(job->client, "write-record", err) < 0
               ? -1
               : claim_folder_write(job->share, record, err);
}

/* The record is right, but the directory's owner beside it may be missing, or another. */
static int restore_owner(const struct follow_job *job, const struct follow_reading *reading,
                         struct error *err)
{
    const struct follow_input *input = &reading->input;
    bool is_missing = input->ownership == DIRECTORY_WITHOUT_OWNER;
    bool is_wrong = follow_has_other_owner(input) && !input->is_used && !input->problem;
    return input->has_directory && (is_missing || is_wrong)
               ? make_owner(job, input, reading->record->directory, err)
               : 0;
}

/* The process that gave the volume back to the claim may have been cut off before it could say so.
 * Where the record only was behind, this says that it is not any more. What `mooring adopt` handed
 * over is no return. */
static void tell_claim(const struct follow_job *job, const struct follow_reading *reading)
{
    const struct claim *claim = reading->claim;
    const struct record *record = reading->record;
    bool is_return = claim && text_equals(claim->uid, reading->volume->claim_uid) &&
                     claim_is_named(claim, record->namespace, record->claim) &&
                     record->state != RECORD_MOVING;
    if (is_return)
        announce_return(job->context, claim, reading->record, share_address(job->share));
}

static int act(const struct follow_job *job, const struct follow_reading *reading,
               enum follow_decision decision, struct error *err)
{
    switch (decision) {
    case FOLLOW_REFUSE:
        break;
    case FOLLOW_NEEDLESS:
        return reading->record &&
                       (restore_owner(job, reading, err) < 0 || write_text(job, reading, err) < 0)
                   ? -1
                   : 0;
    case FOLLOW_MOVE:
    case FOLLOW_FINISH:
        return move_record(job, reading, err);
    case FOLLOW_WRITE:
        return supersede_others(job, reading, err) < 0 ? -1 : write_record(job, reading, err);
    }
    return 0;
}

/* What else must be right beside a record that is. */
static int tidy_up(const struct follow_job *job, const struct follow_reading *reading,
                   enum follow_decision decision, struct error *err)
{
    if (decision == FOLLOW_REFUSE || (decision == FOLLOW_NEEDLESS && !reading->record))
        return 0;
    return remove_duplicate(job, reading, err) < 0 ? -1 : note_at_volume(job, reading, err);
}

/* What became of it, for people. */
static void report(const struct follow_job *job, const struct follow_reading *reading,
                   enum follow_decision decision, const char *reason)
{
    const struct volume *volume = reading->volume;
    if (reason)
        log_warn(decision == FOLLOW_REFUSE ? "record does not follow its volume"
                                           : "record and its directory's owner differ",
                 "volume", volume->name, "path", volume->path, "reason", reason);
    else if (decision != FOLLOW_NEEDLESS)
        log_info(decision == FOLLOW_WRITE ? "record written" : "record follows its volume",
                 "volume", volume->name, "claim", job->claim, "export",
                 share_address(job->share)->key);
    if (decision == FOLLOW_FINISH)
        tell_claim(job, reading);
}

static bool changes_record(enum follow_decision decision)
{
    return decision != FOLLOW_REFUSE && decision != FOLLOW_NEEDLESS;
}

static int settle_folder(const struct follow_job *job, const struct claim_owner *owner,
                         struct error *err)
{
    return step(job->client, "settle-folder", err) < 0
               ? -1
               : claim_folder_settle(job->share, owner, err);
}

/* Not while another thread works on the claim of that folder. */
static int settle_other(const struct follow_job *job, const struct claim_owner *owner,
                        struct error *err)
{
    struct claim_locks *locks = job->context->claim_locks;
    autofree char *claim = claim_key(owner->namespace, owner->claim);
    bool is_held = text_equals(claim, job->claim); /* of an earlier namespace */
    if (!is_held && !claim_locks_take(locks, claim, job->key))
        return error_set(err, ERROR_BUSY, "another thread works on claim %s", claim);
    int result = settle_folder(job, owner, err);
    if (!is_held)
        claim_locks_release(locks, claim);
    return result < 0 ? other_claim_failed(job->claim, err) : 0;
}

/* Another process may still be writing a record into the folders that this is about: once its
 * temporary files are gone, it cannot, and what is read then is all there is. */
static int settle(const struct follow_job *job, const struct follow_reading *reading,
                  struct error *err)
{
    const struct claim_owner *owner = &reading->input.owner;
    const struct claim_owner *other = &reading->other;
    bool is_other =
        text_equals(other->cluster, owner->cluster) && !claim_owner_equals(other, owner);
    if (settle_folder(job, owner, err) < 0)
        return -1;
    return is_other ? settle_other(job, other, err) : 0;
}

/* Read and decide; once more, after the folders are settled, if anything is to be changed. */
static int decide(const struct follow_job *job, const char *volume_name,
                  struct follow_reading *reading, struct followed *followed, struct error *err)
{
    enum follow_decision *decision = &followed->decision;
    followed->reason = NULL;
    if (follow_reading_make(job, volume_name, reading, err) < 0)
        return -1;
    *decision =
        reading->input.volume ? follow_decide(&reading->input, &followed->reason) : FOLLOW_NEEDLESS;
    return 0;
}

int follow_volume(const struct follow_job *job, const char *volume_name, struct followed *followed,
                  struct error *err)
{
    struct follow_reading reading;
    int result = decide(job, volume_name, &reading, followed, err);
    if (result == 0 && changes_record(followed->decision)) {
        result = settle(job, &reading, err);
        follow_reading_clear(&reading);
        reading = (struct follow_reading){0};
        if (result == 0)
            result = decide(job, volume_name, &reading, followed, err);
    }
    if (result == 0 && reading.input.volume) {
        result = act(job, &reading, followed->decision, err);
        if (result == 0) {
            report(job, &reading, followed->decision, followed->reason);
            result = tidy_up(job, &reading, followed->decision, err);
        }
    }
    follow_reading_clear(&reading);
    return result;
}
