/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/new_directory.h"

#include "base/clock.h"
#include "base/text.h"
#include "provisioner/claim/forget_directory.h"
#include "provisioner/claim/parent_directories.h"
#include "provisioner/claim/refuse_directory.h"
#include "provisioner/claim/reserve_directory.h"
#include "provisioner/claim/shared_directory.h"
#include "provisioner/export/claim_folder.h"
#include "provisioner/export/exact_name.h"
#include "provisioner/object/adopt_command_text.h"
#include "provisioner/report/event_messages.h"
#include "provisioner/step.h"

#include <string.h>

static struct record *make_record(const struct provision_job *job, struct error *err)
{
    const struct claim *claim = job->claim;
    const struct storage_class *storage_class = job->storage_class;
    autofree char *volume = volume_name_for_claim(claim);
    autofree char *directory = provision_job_directory(job, volume, err);
    if (!directory)
        return NULL;
    const struct record_parts parts = {
        .owner = provision_job_owner(job),
        .claim_uid = claim->uid,
        .volume = volume,
        .directory = directory,
        .class_name = storage_class->name,
        .provisioner = storage_class->provisioner,
        .policy = storage_class->has_delete_policy ? "Delete" : "Retain",
        .address = storage_class->address,
        .capacity = claim->request,
        .access_modes = claim->access_modes,
        .is_shared = storage_class->is_shared,
        .member = claim_identity_member(&job->identity),
        .created_us = clock_wall_us(),
        .state = storage_class->path_pattern ? RECORD_MAKING : RECORD_IN_USE,
    };
    return record_make(&parts);
}

/* Not every server keeps a mode as it is asked for. */
static void announce_mode(const struct provision_job *job, const struct record *record,
                          mode_t given)
{
    mode_t wanted = job->storage_class->ownership.mode;
    if (given != wanted)
        announce(job->context->recorder,
                 event_about_claim(job->claim, EVENT_WARNING, "DirectoryModeDiffers"),
                 "directory %s has mode %04o instead of %04o, because the server does not keep the "
                 "mode that it is asked for; Pods can write. On ZFS set aclmode=passthrough",
                 record->directory, (unsigned)given, (unsigned)wanted);
}

/* --- a directory of the standard name --- */

/* One that exists before its volume is ours, as its name has the claim's UID: it is from a try that
 * was cut off, perhaps before its mode and owner were set. No Pod can have used it yet. */
static int check_standard(const struct provision_job *job, struct share *share,
                          const struct record *record, struct error *err)
{
    const struct ownership *ownership = &job->storage_class->ownership;
    if (step(job->client, "complete-directory", err) < 0 ||
        share_complete_directory(share, record->directory, ownership, err) < 0)
        return -1;
    announce_mode(job, record, share_given_mode(share));
    return 0;
}

/* --- a directory of a pattern --- */

/* Also where making it failed, it may be there. */
static int remove_replacement(const struct provision_job *job, struct share *share,
                              const char *temporary, struct error *err)
{
    return step(job->client, "remove-replacement", err) == 0
               ? share_remove_directory(share, temporary, err)
               : -1;
}

static int make_replacement(const struct provision_job *job, struct share *share,
                            const char *temporary, struct error *err)
{
    struct error ignored;
    bool is_made;
    if (step(job->client, "make-replacement", err) < 0)
        return -1;
    if (share_make_directory(share, temporary, &job->storage_class->ownership, &is_made, err) == 0)
        return 0;
    (void)!remove_replacement(job, share, temporary, &ignored);
    return -1;
}

/* A new directory takes the place of one that is empty. Only the server can say that it is, which a
 * listing would not prove. */
static int replace_empty(const struct provision_job *job, struct share *share,
                         const struct record *record, bool *is_replaced, struct error *err)
{
    const struct claim_owner owner = record_owner(record);
    autofree char *temporary = claim_owner_temporary_path(&owner, err);
    if (!temporary || make_replacement(job, share, temporary, err) < 0 ||
        step(job->client, "replace-left-over", err) < 0)
        return -1;
    *is_replaced = share_move(share, temporary, record->directory, err) == 0;
    if (*is_replaced) {
        announce_mode(job, record, share_given_mode(share));
        return 0;
    }
    if (err->kind != ERROR_CONFLICT && err->kind != ERROR_ALREADY_EXISTS) /* it is not empty */
        return error_wrap(
            err,
            "replace the empty directory %s, which an interrupted try left (or remove "
            "it on the server)",
            record->directory);
    return remove_replacement(job, share, temporary, err);
}

/* Before what is there already is taken. Where the server folds the case of names, it may be
 * another claim's directory of another spelling, which only a listing tells. The record stays, as
 * the listing may be too old. */
static int check_spelling(const struct provision_job *job, struct share *share,
                          const struct record *record, struct error *err)
{
    bool is_exact;
    if (exact_name_check(share, record->directory, &is_exact, err) < 0)
        return -1;
    return is_exact ? 0 : refuse_directory_spelled(job, record, err);
}

/* Was it made after its record, by us, and never used? Then it is from a try that was cut off, or
 * from a request that was sent twice. */
static int check_is_left_over(const struct provision_job *job, struct share *share,
                              const struct record *record, bool *is_left_over, struct error *err)
{
    autofree char *path = record_path(record);
    const struct ownership *ownership = &job->storage_class->ownership;
    struct entry directory, file;
    *is_left_over = false;
    if (share_inspect(share, record->directory, &directory, err) < 0 ||
        share_inspect(share, path, &file, err) < 0)
        return -1;
    bool is_of_owner = directory.uid == file.uid ||
                       (ownership->uid != OWNER_ANY && directory.uid == ownership->uid);
    if (directory.changed_us < file.changed_us || !is_of_owner)
        return 0;
    return check_spelling(job, share, record, err) < 0
               ? -1
               : replace_empty(job, share, record, is_left_over, err);
}

/* Remove the record that says that the directory is being made. */
static int forget(const struct provision_job *job, struct share *share, const struct record *record,
                  struct error *err)
{
    autofree char *path = record_path(record);
    if (step(job->client, "give-up-directory", err) < 0)
        return -1;
    return share_remove_file(share, path, err) == 0 || err->kind == ERROR_NOT_FOUND ? 0 : -1;
}

/* The claim does not get the directory, so it must not stay recorded as the claim's. */
static int give_up(const struct provision_job *job, struct share *share,
                   const struct record *record, struct error *err)
{
    if (forget_directory(job, share, record, err) < 0)
        return -1;
    autofree char *command =
        adopt_command_text(record->directory, record->namespace, record->claim, NULL, false);
    autofree char *reason =
        memory_format("it exists already and has no record: to give it to this claim, %s, or set "
                      "adopt: always in the class",
                      command);
    return refuse_directory(job, record, reason, err);
}

/* Volumes that were taken over from another provisioner may lie in it, and have no record yet. */
static int adopt_existing(const struct provision_job *job, struct share *share,
                          const struct record *record, struct error *err)
{
    const struct directory_user user = {.address = job->storage_class->address,
                                        .directory = record->directory,
                                        .except = record->volume};
    if (!cluster_cache_has_inner_user(job->context->cache, &user))
        return check_spelling(job, share, record, err);
    return forget_directory(job, share, record, err) < 0
               ? -1
               : refuse_directory(job, record, "a volume of mooring lies in it", err);
}

/* It is there already. */
static int check_of_pattern(const struct provision_job *job, struct share *share,
                            const struct record *record, struct error *err)
{
    bool is_left_over;
    autorelease(record) struct record *earlier = NULL;
    if (reserve_directory_find_earlier(share, record, &earlier, err) < 0)
        return -1;
    if (earlier)
        return forget(job, share, record, err) < 0
                   ? -1
                   : refuse_directory_had(job, record, earlier, err);
    if (check_is_left_over(job, share, record, &is_left_over, err) < 0)
        return -1;
    if (is_left_over)
        return 0;
    return job->storage_class->may_adopt ? adopt_existing(job, share, record, err)
                                         : give_up(job, share, record, err);
}

/* --- both --- */

static int write_record(const struct provision_job *job, struct share *share,
                        const struct record *record, struct error *err)
{
    return step(job->client, "write-record", err) == 0 ? claim_folder_write(share, record, err)
                                                       : -1;
}

/* The record says that the directory is in use. */
static struct record *finish(const struct provision_job *job, struct share *share,
                             const struct record *record, struct error *err)
{
    autorelease(record) struct record *in_use =
        record_moved(record, NULL, job->claim->uid, RECORD_IN_USE);
    int result = record->state != RECORD_MAKING ? write_record(job, share, record, err)
                 : step(job->client, "finish-record", err) == 0
                     ? claim_folder_move(share, record, in_use, err)
                     : -1;
    return result == 0 ? steal(in_use) : NULL;
}

/* It is there already: may it be taken? */
static int check_existing(const struct provision_job *job, struct share *share,
                          const struct record *record, struct error *err)
{
    return record->state == RECORD_MAKING ? check_of_pattern(job, share, record, err)
                                          : check_standard(job, share, record, err);
}

/* The claim takes the directory as it is. */
static struct record *take_shared(const struct provision_job *job, struct share *share,
                                  const struct record *record, bool is_unfinished,
                                  struct error *err)
{
    if (shared_directory_check(job, share, record, err) < 0)
        return NULL;
    if (is_unfinished)
        return finish(job, share, record, err);
    autorelease(record) struct record *in_use =
        record_moved(record, NULL, record->claim_uid, RECORD_IN_USE);
    return finish(job, share, in_use, err);
}

struct record *new_directory_make(const struct provision_job *job, struct share *share,
                                  const char *export_id, const struct record *unfinished,
                                  struct error *err)
{
    const struct storage_class *storage_class = job->storage_class;
    autorelease(record) struct record *record =
        unfinished ? record_hold(unfinished) : make_record(job, err);
    const struct directory_request wanted = {job, share, export_id, record};
    bool is_joined;
    if (!record || reserve_directory(&wanted, &is_joined, err) < 0)
        return NULL;
    if (is_joined)
        return take_shared(job, share, record, unfinished != NULL, err);
    announce_if_slow(job->context->recorder,
                     event_about_claim(job->claim, EVENT_NORMAL, "Provisioning"),
                     "making directory %s on %s:%s", record->directory,
                     storage_class->address->host, storage_class->address->path);
    /* The record of a pattern's directory says first that it is being made. */
    bool has_pattern = record->state == RECORD_MAKING;
    if (has_pattern && !unfinished && write_record(job, share, record, err) < 0)
        return NULL;
    bool is_made;
    if (parent_directories_make(job, share, record, err) < 0 ||
        step(job->client, "make-directory", err) < 0)
        return NULL;
    int result =
        share_make_directory(share, record->directory, &storage_class->ownership, &is_made, err);
    if (result < 0)
        result = refuse_directory_blocked(job, share, record, err);
    else if (is_made)
        announce_mode(job, record, share_given_mode(share));
    else
        result = check_existing(job, share, record, err);
    return result == 0 ? finish(job, share, record, err) : NULL;
}
