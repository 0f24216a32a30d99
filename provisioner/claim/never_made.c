/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/never_made.h"

#include "base/text.h"
#include "provisioner/claim/forget_directory.h"
#include "provisioner/cluster/live_object.h"
#include "provisioner/export/claim_folder.h"
#include "provisioner/export/cluster_sign.h"
#include "provisioner/export/directory_owner.h"
#include "provisioner/export/other_claim.h"
#include "provisioner/shared/work_key.h"
#include "provisioner/step.h"

#include <string.h>

/* A directory, and the claim that has reserved it. */
struct reservation {
    const struct provision_job *job;
    struct share *share;
    const char *directory;
    const struct claim_owner *owner;
    bool has_claim; /* that may exist: not of an earlier namespace, nor of a cluster that is gone */
};

/* What the owner's folder says of the directory: nothing, that it is being made (`*making`, a new
 * reference), or that it may be in use. What another process was still doing in it cannot succeed
 * any more. */
static int read_folder(const struct reservation *reservation, struct record **making,
                       bool *may_be_used, struct error *err)
{
    struct claim_folder folder;
    *making = NULL;
    if (step(reservation->job->client, "settle-folder", err) < 0 ||
        claim_folder_settle(reservation->share, reservation->owner, err) < 0)
        return -1;
    if (claim_folder_read(reservation->share, reservation->owner, &folder, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    *may_be_used = folder.unusable_count > 0;
    for (size_t i = 0; i < folder.count; i++) {
        struct record *record = folder.records[i];
        bool is_of_name = strcmp(record->directory, reservation->directory) == 0;
        if (strcasecmp(record->directory, reservation->directory) != 0)
            continue;
        *may_be_used |= !is_of_name || record->state != RECORD_MAKING || *making;
        record_release(*making);
        *making = record_hold(record);
    }
    claim_folder_clear(&folder);
    return 0;
}

/* Is the directory not there, and is there no claim that is about to get it? */
static int check_unused(const struct reservation *reservation, bool *is_unused, struct error *err)
{
    struct entry entry;
    const struct claim_owner *owner = reservation->owner;
    *is_unused = false;
    autorelease(claim) struct claim *claim =
        reservation->has_claim
            ? claim_read(reservation->job->client, owner->namespace, owner->claim, err)
            : NULL;
    if (claim || (reservation->has_claim && err->kind != ERROR_NOT_FOUND))
        return claim ? 0 : -1;
    if (share_inspect(reservation->share, reservation->directory, &entry, err) == 0)
        return 0;
    *is_unused = err->kind == ERROR_NOT_FOUND;
    return *is_unused ? 0 : -1;
}

/* Give up a reservation that has no record. Only one process could remove a record, which would
 * tell whether the owner has got the directory meanwhile. So the owner's folder is read afterwards:
 * if it has a record by now, the owner keeps the directory, and its symlink is made again. */
static int release(const struct reservation *reservation, bool *is_free, struct error *err)
{
    const struct provision_job *job = reservation->job;
    struct record *making;
    bool may_be_used = false;
    if (step(job->client, "release-directory", err) < 0 ||
        directory_owner_release(reservation->share, reservation->directory, reservation->owner,
                                err) < 0 ||
        read_folder(reservation, &making, &may_be_used, err) < 0)
        return -1;
    *is_free = !making && !may_be_used;
    record_release(making);
    if (*is_free)
        return 0;
    return step(job->client, "reserve-directory", err) < 0
               ? -1
               : directory_owner_reserve(reservation->share, reservation->directory,
                                         reservation->owner, NULL, err);
}

static int give_up(const struct reservation *reservation, bool *is_free, struct error *err)
{
    const struct provision_job *job = reservation->job;
    struct record *making;
    bool may_be_used = false, is_unused = false;
    if (read_folder(reservation, &making, &may_be_used, err) < 0)
        return -1;
    int result = may_be_used ? 0 : check_unused(reservation, &is_unused, err);
    *is_free = result == 0 && is_unused;
    if (*is_free)
        result = making ? forget_directory(job, reservation->share, making, err)
                        : release(reservation, is_free, err);
    record_release(making);
    return result;
}

/* Not while another thread works on that claim. */
static int give_up_alone(const struct reservation *reservation, bool *is_free, struct error *err)
{
    const struct claim *claim = reservation->job->claim;
    struct claim_locks *locks = reservation->job->context->claim_locks;
    autofree char *key = work_key_of_claim(claim->namespace, claim->name);
    autofree char *name = claim_key(reservation->owner->namespace, reservation->owner->claim);
    if (reservation->has_claim && !claim_locks_take(locks, name, key))
        return error_set(err, ERROR_BUSY, "another thread works on claim %s", name);
    int result = give_up(reservation, is_free, err);
    if (reservation->has_claim)
        claim_locks_release(locks, name);
    return result;
}

/* May what this owner has reserved be given up, if it was never made? */
static int check_owner(struct reservation *reservation, bool *may_give_up, struct error *err)
{
    const struct provision_job *job = reservation->job;
    const struct claim_owner *owner = reservation->owner, own = provision_job_owner(job);
    bool is_ours = text_equals(owner->cluster, own.cluster);
    bool is_alive = true;
    if (!owner->claim) /* a namespace, of a directory that was made */
        return 0;
    reservation->has_claim = is_ours && !claim_is_named(job->claim, owner->namespace, owner->claim);
    if (!is_ours && job->storage_class->may_adopt &&
        (step(job->client, "sign-of-life", err) < 0 ||
         cluster_sign_check(reservation->share, own.cluster, owner->cluster, &is_alive, err) < 0))
        return -1;
    *may_give_up = is_ours ? !claim_owner_equals(owner, &own) : !is_alive;
    return 0;
}

int never_made_give_up(const struct provision_job *job, struct share *share, const char *directory,
                       bool *is_free, struct error *err)
{
    enum directory_ownership ownership;
    struct parsed_owner found = {0};
    bool may_give_up = false;
    *is_free = false;
    if (directory_owner_find(share, directory, &ownership, &found, err) < 0)
        return -1;
    struct reservation reservation = {
        .job = job, .share = share, .directory = directory, .owner = &found.owner};
    int result = ownership == DIRECTORY_OF_OWNER ? check_owner(&reservation, &may_give_up, err) : 0;
    if (may_give_up)
        result = give_up_alone(&reservation, is_free, err);
    free(found.texts);
    autofree char *name = claim_key(job->claim->namespace, job->claim->name);
    return result < 0 ? other_claim_failed(name, err) : 0;
}
