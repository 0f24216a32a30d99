/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/adopt_apply.h"

#include "base/clock.h"
#include "provisioner/command/adopt_leaf.h"
#include "provisioner/command/adopt_volume.h"
#include "provisioner/export/claim_folder.h"
#include "provisioner/object/quantity.h"
#include "provisioner/statefulset/supersede_record.h"
#include "provisioner/step.h"

#include <string.h>

/* A job on its way. */
struct handover {
    struct client *client;
    struct share *share;
    const struct adopt_request *request;
    const struct adopt_decision *decision;
    bool has_reserved; /* the directory had no owner before */
    bool is_aside;     /* something was done */
    bool is_written;   /* the record is new, and is there */
};

static bool is_ours(const struct handover *self, const struct record *record)
{
    return record && strcmp(record->cluster, self->request->snapshot->cluster) == 0;
}

/* The record is set aside in the folder of the claim that has it, or had the directory; without
 * any, in that of the claim that gets it. */
static bool is_aside_shared(const struct handover *self)
{
    const struct record *before = self->decision->record;
    const struct claim_owner *found = self->request->found;
    return before ? is_ours(self, before)
                  : found && strcmp(found->cluster, self->request->snapshot->cluster) == 0;
}

/* The claim's record keeps the time of the directory's record, but nothing of its previous owner.
 * A new reference. */
static struct record *make_record(const struct handover *self, const struct claim *claim)
{
    const struct storage_class *storage_class = self->request->storage_class;
    const struct record *before = self->decision->record;
    const struct volume *volume = self->decision->volume;
    const char *policy = storage_class->has_delete_policy ? "Delete" : "Retain";
    if (volume)
        policy = volume_policy(volume);
    else if (before)
        policy = before->policy;
    return record_make(&(struct record_parts){
        .owner = adopt_target_owner(self->request),
        .claim_uid = claim->uid,
        .volume = self->decision->volume_name,
        .directory = self->request->directory,
        .class_name = storage_class->name,
        .provisioner = adopt_provisioner(self->request, volume),
        .policy = policy,
        .address = storage_class->address,
        .capacity = quantity_larger(claim->request, adopt_volume_capacity(self->decision)),
        .access_modes = claim->access_modes,
        .is_shared = storage_class->is_shared,
        .member = adopt_volume_member(self->request, self->decision, claim),
        .created_us = before ? before->created_us : clock_wall_us(),
        .state = RECORD_IN_USE,
    });
}

/* --- the directory's owner --- */

/* One that an earlier try had written may be there already, or none at all, or any other. */
static int take_directory(struct handover *self, const struct claim_owner *owner, struct error *err)
{
    const char *directory = self->request->directory;
    const struct claim_owner *found = self->request->found;
    if (found && claim_owner_equals(found, owner))
        return 0;
    if (!found && adopt_leaf_clear(self->client, self->share, directory, err) < 0)
        return -1;
    if (step(self->client, "adopt-take-directory", err) < 0)
        return -1;
    return found ? directory_owner_replace(self->share, directory, owner, owner, err)
                 : directory_owner_reserve(self->share, directory, owner, &self->has_reserved, err);
}

/* What this call has reserved, unless another process has taken it meanwhile. */
static int release_directory(const struct handover *self, const struct claim_owner *owner,
                             struct error *err)
{
    const char *directory = self->request->directory;
    enum directory_ownership ownership;
    struct parsed_owner found = {0};
    if (!self->has_reserved)
        return 0;
    if (directory_owner_find(self->share, directory, &ownership, &found, err) < 0)
        return -1;
    bool is_still_ours = ownership == DIRECTORY_OF_OWNER && claim_owner_equals(&found.owner, owner);
    free(found.texts);
    if (!is_still_ours)
        return 0;
    return step(self->client, "adopt-release-directory", err) < 0
               ? -1
               : directory_owner_release(self->share, directory, owner, err);
}

/* --- the record --- */

static int make_folder(const struct handover *self, const struct claim_owner *owner,
                       struct error *err)
{
    return step(self->client, "adopt-make-folder", err) < 0
               ? -1
               : claim_folder_make(self->share, owner, err);
}

/* A claim may have come to share the directory since that was read. Once the record is set aside
 * and its folder is settled, no other can (shared_directory.c). */
static int check_still_alone(const struct handover *self, struct error *err)
{
    const char *directory = self->request->directory;
    const struct claim_owner owner = record_owner(self->decision->record);
    enum directory_ownership ownership;
    struct parsed_owner found = {0};
    if (!self->decision->record->is_shared)
        return 0;
    if (step(self->client, "adopt-settle-folder", err) < 0 ||
        claim_folder_settle(self->share, &owner, err) < 0 ||
        directory_owner_find(self->share, directory, &ownership, &found, err) < 0)
        return -1;
    bool is_shared_now = ownership == DIRECTORY_OF_OWNER && !found.owner.claim;
    free(found.texts);
    return is_shared_now
               ? error_set(err, ERROR_CONFLICT, "another claim has come to share it meanwhile")
               : 0;
}

/* The record that was read, where only one can take it. Of another cluster it becomes ours: the
 * RENAME decides, also between two clusters that try. */
static int set_aside_known(struct handover *self, const struct record *aside, struct error *err)
{
    const struct record *before = self->decision->record;
    const struct claim_owner owner = record_owner(aside);
    bool is_foreign = !is_ours(self, before);
    bool is_aside = !is_foreign && before->state == RECORD_MOVING;
    if (is_foreign && make_folder(self, &owner, err) < 0)
        return -1;
    if (!is_aside && (step(self->client, "adopt-set-aside", err) < 0 ||
                      claim_folder_move(self->share, before, aside, err) < 0))
        return -1;
    self->is_aside = true;
    return is_foreign ? take_directory(self, &owner, err) : check_still_alone(self, err);
}

/* The directory has no record: no claim has it, or the one that it is reserved for, which keeps it
 * until the volume is saved, has none. */
static int set_aside_new(struct handover *self, const struct record *aside, struct error *err)
{
    const struct claim_owner owner = record_owner(aside);
    if (make_folder(self, &owner, err) < 0 ||
        (!self->request->found && take_directory(self, &owner, err) < 0))
        return -1;
    self->is_aside = true;
    if (step(self->client, "adopt-write-record", err) < 0 ||
        claim_folder_write(self->share, aside, err) < 0)
        return -1;
    self->is_written = true;
    return 0;
}

static int forget_new(const struct handover *self, const struct record *aside, struct error *err)
{
    const struct claim_owner owner = record_owner(aside);
    autofree char *path = record_path(aside);
    if (self->is_written && step(self->client, "adopt-forget-record", err) < 0)
        return -1;
    if (self->is_written && share_remove_file(self->share, path, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1; /* another process has completed it */
    return release_directory(self, &owner, err);
}

/* Not where an earlier try set the record aside, or where it was another cluster's. */
static bool has_way_back(const struct handover *self)
{
    const struct record *before = self->decision->record;
    return !before || (before->state != RECORD_MOVING && is_ours(self, before));
}

/* The claim does not get the directory: the record becomes what it was. It may be there already:
 * another adoption of the directory, at the same time, sets it aside under the same name. */
static int put_back(const struct handover *self, const struct record *aside, struct error *err)
{
    const struct record *before = self->decision->record;
    if (!before)
        return forget_new(self, aside, err);
    if (step(self->client, "adopt-put-back", err) < 0)
        return -1;
    return claim_folder_move(self->share, aside, before, err) < 0 && err->kind != ERROR_NOT_FOUND
               ? -1
               : 0;
}

/* Something failed. Always -1. */
static int give_up(const struct handover *self, const struct record *aside,
                   enum volume_found volume, struct error *err)
{
    struct error ignored;
    if (volume == VOLUME_OF_ANOTHER && is_ours(self, self->decision->record))
        return -1; /* so is the record, or will be */
    if (volume != VOLUME_UNKNOWN && has_way_back(self) && put_back(self, aside, &ignored) == 0)
        return error_wrap(err, "nothing was done");
    return error_wrap(err, "the record is left as %s, repeat the command",
                      record_state_name(RECORD_MOVING));
}

/* The record as it is while it is handed over: in a state in which no claim gets it. Each
 * `mooring adopt` of the same directory gives it the same name. A new reference. */
static struct record *record_aside(const struct handover *self, const struct record *wanted)
{
    const struct record *before = self->decision->record;
    struct claim_owner owner = record_owner(wanted);
    if (!is_aside_shared(self))
        return record_moved(wanted, &owner, before ? wanted->claim_uid : NULL, RECORD_MOVING);
    owner = before ? record_owner(before) : *self->request->found;
    return record_moved(wanted, &owner, before ? before->claim_uid : NULL, RECORD_MOVING);
}

/* A new reference. */
static struct record *set_aside(struct handover *self, const struct record *wanted,
                                struct error *err)
{
    const struct record *before = self->decision->record;
    autorelease(record) struct record *aside = record_aside(self, wanted);
    int result = before ? set_aside_known(self, aside, err) : set_aside_new(self, aside, err);
    if (result < 0 && self->is_aside)
        give_up(self, aside, VOLUME_AS_BEFORE, err);
    return result == 0 ? steal(aside) : NULL;
}

/* Has the running provisioner made the record the claim's? It may see the volume at once. */
static int is_taken(const struct handover *self, const struct record *wanted, bool *is_so,
                    struct error *err)
{
    struct claim_folder folder;
    const struct claim_owner owner = record_owner(wanted);
    if (claim_folder_read(self->share, &owner, &folder, err) < 0)
        return -1;
    *is_so = claim_folder_record(&folder, wanted->volume, wanted->claim_uid);
    claim_folder_clear(&folder);
    return 0;
}

/* Another adoption, of which the PATCH came too late, may have put the record back just now, or
 * removed the one that was new. */
static int move_to_claim(const struct handover *self, const struct record *aside,
                         const struct record *wanted, struct error *err)
{
    const struct record *before = self->decision->record;
    bool is_so;
    if (claim_folder_move(self->share, aside, wanted, err) == 0)
        return 0;
    if (err->kind != ERROR_NOT_FOUND)
        return -1;
    if (before && has_way_back(self) && claim_folder_move(self->share, before, wanted, err) == 0)
        return 0;
    if (is_taken(self, wanted, &is_so, err) < 0)
        return -1;
    return is_so ? 0 : claim_folder_write(self->share, wanted, err);
}

/* Make the record the claim's own, and then the directory. */
static int take(struct handover *self, const struct record *aside, const struct record *wanted,
                struct error *err)
{
    const struct record *before = self->decision->record;
    const struct claim_owner owner = record_owner(wanted);
    if (make_folder(self, &owner, err) < 0 || step(self->client, "adopt-take-record", err) < 0 ||
        move_to_claim(self, aside, wanted, err) < 0)
        return -1;
    bool has_it_already = before ? !is_ours(self, before) : !self->request->found;
    return has_it_already ? 0 : take_directory(self, &owner, err);
}

/* Has the provisioner moved it? Then it follows the volume, also in its text. */
static int look_aside(const struct handover *self, const char *path, bool *is_there,
                      struct error *err)
{
    struct entry ignored;
    *is_there = share_inspect(self->share, path, &ignored, err) == 0;
    return *is_there || err->kind == ERROR_NOT_FOUND ? 0 : -1;
}

/* Only the adoption that saved the volume writes the text of the record. When the provisioner moves
 * the record at the same moment, it removes the temporary file. */
static int write_text(const struct handover *self, const struct record *aside, struct error *err)
{
    const struct record *before = self->decision->record;
    autofree char *path = record_path(aside);
    autofree char *text = record_encode(aside);
    autofree char *text_before = before ? record_encode(before) : NULL;
    int result = -1;
    if (before ? strcmp(text, text_before) == 0 : !is_aside_shared(self))
        return 0;
    for (int tries = 0; tries < 2 && result < 0; tries++) {
        bool is_there;
        if (before && look_aside(self, path, &is_there, err) < 0)
            return -1;
        if (before && !is_there)
            return 0;
        if (step(self->client, "adopt-write-text", err) < 0)
            return -1;
        result = claim_folder_write(self->share, aside, err);
    }
    return result;
}

/* Another adoption that put the record back at the same moment has made it twice. */
static int forget_before(const struct handover *self, const struct record *wanted,
                         struct error *err)
{
    const struct record *before = self->decision->record;
    if (!before || !has_way_back(self))
        return 0;
    autofree char *path = record_path(before);
    autofree char *path_now = record_path(wanted);
    if (strcmp(path, path_now) == 0)
        return 0;
    if (step(self->client, "remove-duplicate", err) < 0)
        return -1;
    return share_remove_file(self->share, path, err) < 0 && err->kind != ERROR_NOT_FOUND ? -1 : 0;
}

static int supersede_others(const struct handover *self, struct error *err)
{
    for (size_t i = 0; i < self->decision->superseded_count; i++) {
        if (supersede_record(self->client, self->share, self->decision->superseded[i], err) < 0)
            return -1;
    }
    return 0;
}

int adopt_apply(const struct adopt_job *job, struct error *err)
{
    const struct adopt_reading *reading = job->reading;
    const struct claim claim = adopt_volume_claim(reading);
    struct handover self = {.client = job->client,
                            .share = job->share,
                            .request = &reading->request,
                            .decision = &reading->decision};
    enum volume_found found;
    autorelease(record) struct record *wanted = make_record(&self, &claim);
    autorelease(record) struct record *aside = set_aside(&self, wanted, err);
    if (!aside)
        return -1;
    if (adopt_volume_save(reading, job->client, &claim, &found, err) < 0)
        return give_up(&self, aside, found, err);
    /* A full export does not keep the directory from the claim. */
    struct error why_old;
    bool has_text = write_text(&self, aside, &why_old) == 0;
    if (take(&self, aside, wanted, err) < 0 || forget_before(&self, wanted, err) < 0 ||
        supersede_others(&self, err) < 0)
        return -1;
    if (has_text)
        return 0;
    *err = why_old;
    return error_wrap(err, "the claim has the directory, but its record still says what it said "
                           "before: repeat the command");
}
