/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/follow_volume.h"

#include "base/log.h"
#include "base/text.h"
#include "provisioner/claim/announce_return.h"
#include "provisioner/claim/take_record.h"
#include "provisioner/cluster/namespace_state.h"
#include "provisioner/export/claim_folder.h"
#include "provisioner/object/claim_identity.h"
#include "provisioner/statefulset/supersede_record.h"
#include "provisioner/step.h"

/* The text says what recovery needs, and that follows the volume. */
static int write_text(const struct follow_job *job, const struct follow_reading *reading,
                      struct error *err)
{
    const struct volume *volume = reading->volume;
    const struct record *record = reading->record;
    if (record_fits_volume(record, volume))
        return 0;
    autorelease(record) struct record *changed =
        record_moved(record, NULL, record->claim_uid, record->state);
    memory_replace(&changed->policy, memory_copy(volume_policy(volume)));
    if (volume->capacity)
        memory_replace(&changed->capacity, memory_copy(volume->capacity));
    return step(job->client, "write-record-text", err) < 0
               ? -1
               : claim_folder_write(job->share, changed, err);
}

/* The claim is bound to this volume: what else it has is not given back any more. */
static int supersede_others(const struct follow_job *job, const struct follow_reading *reading,
                            struct error *err)
{
    struct claim_folder folder;
    if (claim_folder_read(job->share, &reading->input.owner, &folder, err) < 0)
        return -1;
    int result = 0;
    for (size_t i = 0; i < folder.count && result == 0; i++) {
        const struct record *record = folder.records[i];
        if (record->state != RECORD_IN_USE || text_equals(record->volume, reading->volume->name) ||
            !text_equals(record->class_name, reading->volume->class_name))
            continue;
        result = supersede_record(job->client, job->share, record, err);
        if (result == 0)
            log_info("record superseded", "volume", record->volume, "directory", record->directory,
                     "because", "its claim was bound to another volume");
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
    if (step(job->client, "settle-folder", err) < 0 ||
        claim_folder_settle(job->share, owner, err) < 0 ||
        take_record(job->client, job->share, reading->record, moved, err) < 0)
        return -1;
    return reading->claim ? supersede_others(job, reading, err) : 0;
}

static bool has_other_owner(const struct follow_input *input)
{
    return input->found_owner && !claim_owner_equals(input->found_owner, &input->owner);
}

/* Whoever has it until now. */
static int make_owner(const struct follow_job *job, const struct follow_input *input,
                      const char *directory, struct error *err)
{
    if (step(job->client, "reserve-directory", err) < 0)
        return -1;
    return has_other_owner(input)
               ? directory_owner_replace(job->share, directory, &input->owner, err)
               : directory_owner_reserve(job->share, directory, &input->owner, NULL, err);
}

static int write_record(const struct follow_job *job, const struct follow_reading *reading,
                        struct error *err)
{
    const struct volume *volume = reading->volume;
    const struct follow_input *input = &reading->input;
    const struct namespace_state *state = reading->namespace_state;
    const char *directory = volume_directory(volume, share_address(job->share));
    const struct claim_identity identity =
        claim_identity_find(volume->claim_name, state->sets, state->set_count);
    const struct record_parts parts = {
        .owner = input->owner,
        .claim_uid = volume->claim_uid,
        .volume = volume->name,
        .directory = directory,
        .class_name = reading->storage_class->name,
        .provisioner = volume->provisioned_by,
        .policy = volume_policy(volume),
        .address = reading->storage_class->address,
        .capacity = volume->capacity ? volume->capacity : "0",
        .access_modes = volume->access_modes,
        .identity = &identity,
        .created_us = volume->created_us,
        .state = RECORD_IN_USE,
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
    bool is_missing = input->ownership == DIRECTORY_OF_NOBODY;
    bool is_wrong = has_other_owner(input) && !input->is_used && !input->problem;
    return input->has_directory && (is_missing || is_wrong)
               ? make_owner(job, input, reading->record->directory, err)
               : 0;
}

/* Whoever gave the volume to the claim did not come to say so. */
static void tell_claim(const struct follow_job *job, const struct follow_reading *reading)
{
    const struct claim *claim = reading->claim;
    if (claim && text_equals(claim->uid, reading->volume->claim_uid))
        announce_return(job->context, claim, reading->record, share_address(job->share));
}

static int act(const struct follow_job *job, const struct follow_reading *reading,
               struct followed *followed, struct error *err)
{
    const struct volume *volume = reading->volume;
    const char *export = share_address(job->share)->key;
    const char *reason = NULL;
    int result = 0;
    switch (follow_decide(&reading->input, &reason)) {
    case FOLLOW_NEEDLESS:
        return reading->record &&
                       (restore_owner(job, reading, err) < 0 || write_text(job, reading, err) < 0)
                   ? -1
                   : 0;
    case FOLLOW_REFUSE:
        log_warn("record not written", "volume", volume->name, "path", volume->path, "reason",
                 reason);
        followed->reason = reason;
        return 0;
    case FOLLOW_MOVE:
        result = move_record(job, reading, err);
        break;
    case FOLLOW_FINISH:
        result = move_record(job, reading, err);
        if (result == 0)
            tell_claim(job, reading);
        break;
    case FOLLOW_WRITE:
        result = write_record(job, reading, err);
        break;
    }
    if (result < 0)
        return -1;
    followed->is_changed = true;
    log_info("record follows its volume", "volume", volume->name, "claim_namespace",
             volume->claim_namespace, "claim", volume->claim_name, "export", export);
    return 0;
}

int follow_volume(const struct follow_job *job, const char *volume_name, struct followed *followed,
                  struct error *err)
{
    struct follow_reading reading;
    *followed = (struct followed){0};
    int result = follow_reading_make(job, volume_name, &reading, err);
    if (result == 0 && reading.input.volume)
        result = act(job, &reading, followed, err);
    follow_reading_clear(&reading);
    return result;
}
