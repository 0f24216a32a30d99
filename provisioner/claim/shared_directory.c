/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/shared_directory.h"

#include "base/text.h"
#include "provisioner/claim/refuse_directory.h"
#include "provisioner/cluster/live_object.h"
#include "provisioner/export/claim_folder.h"
#include "provisioner/export/directory_owner.h"
#include "provisioner/export/exact_name.h"
#include "provisioner/export/other_claim.h"
#include "provisioner/shared/work_key.h"
#include "provisioner/step.h"

#include <string.h>

/* What the owner's folder says of the directory. */
struct proof {
    size_t made;     /* so many records say that it was made, and may be shared */
    bool is_pending; /* nothing but that it is being made, to be shared, or not even that */
};

static bool is_made(const struct record *record)
{
    return record->is_shared &&
           (record->state == RECORD_IN_USE || record->state == RECORD_SUPERSEDED);
}

/* One that is on its way to another claim, or has the directory alone: what an earlier record says
 * beside it is over. */
static bool is_denial(const struct record *record)
{
    return !record->is_shared || record->state == RECORD_MOVING || record->state == RECORD_TAKING;
}

static int read_proof(struct share *share, const struct claim_owner *owner, const char *directory,
                      struct proof *proof, struct error *err)
{
    struct claim_folder folder = {0};
    if (claim_folder_read(share, owner, &folder, err) < 0 && err->kind != ERROR_NOT_FOUND)
        return -1;
    bool is_denied = false;
    *proof = (struct proof){.is_pending = folder.unusable_count == 0};
    for (size_t i = 0; i < folder.count; i++) {
        const struct record *record = folder.records[i];
        if (strcmp(record->directory, directory) != 0)
            continue;
        proof->made += is_made(record);
        is_denied |= is_denial(record);
        proof->is_pending &= record->is_shared && record->state == RECORD_MAKING;
    }
    if (is_denied)
        proof->made = 0;
    claim_folder_clear(&folder);
    return 0;
}

/* A claim on its way to a directory that another one of its namespace has. */
struct joining {
    const struct provision_job *job;
    struct share *share;
    const char *directory;
    const struct claim_owner *first; /* the other claim */
    enum directory_sharing *sharing;
};

/* Does the claim that has reserved the directory wait for it? */
static int check_is_awaited(const struct joining *self, struct error *err)
{
    const struct claim_owner *first = self->first;
    autorelease(claim) struct claim *claim =
        claim_read(self->job->client, first->namespace, first->claim, err);
    if (!claim && err->kind != ERROR_NOT_FOUND)
        return -1;
    if (claim && !claim->is_deleting && !claim->volume_name)
        *self->sharing = SHARING_AWAITED;
    return 0;
}

/* Nothing was set aside, and the claim is still the owner. */
static int check_unchanged(const struct joining *self, size_t made, struct error *err)
{
    struct proof proof;
    enum directory_ownership ownership;
    struct parsed_owner found = {0};
    if (read_proof(self->share, self->first, self->directory, &proof, err) < 0 ||
        directory_owner_find(self->share, self->directory, &ownership, &found, err) < 0)
        return -1;
    bool is_same = proof.made == made && ownership == DIRECTORY_OF_OWNER &&
                   claim_owner_equals(&found.owner, self->first);
    free(found.texts);
    return is_same ? 0
                   : error_set(err, ERROR_CONFLICT, "the directory %s changes hands just now",
                               self->directory);
}

/* A process that hands the directory over sets the record of its claim aside, of which the claim
 * may have others, settles the folder, and only then looks who the owner is. So if nothing is set
 * aside after the new symlink was prepared in that folder, either that process removes it, or it
 * finds the namespace. */
static int make_namespace_owner(const struct joining *self, size_t made, struct error *err)
{
    const struct claim_owner namespace = claim_owner_namespace(self->first);
    if (step(self->job->client, "share-directory", err) < 0)
        return -1;
    autofree char *prepared = directory_owner_prepare(self->share, &namespace, self->first, err);
    return prepared && check_unchanged(self, made, err) == 0 &&
                   step(self->job->client, "replace-owner", err) == 0
               ? directory_owner_put(self->share, self->directory, prepared, err)
               : -1;
}

/* What another process was still doing in the folder of that claim cannot succeed any more. */
static int join_claim(const struct joining *self, struct error *err)
{
    struct proof proof;
    if (step(self->job->client, "settle-folder", err) < 0 ||
        claim_folder_settle(self->share, self->first, err) < 0 ||
        read_proof(self->share, self->first, self->directory, &proof, err) < 0)
        return -1;
    if (!proof.made)
        return proof.is_pending ? check_is_awaited(self, err) : 0;
    *self->sharing = SHARING_JOINED;
    return make_namespace_owner(self, proof.made, err);
}

/* Not while another thread works on that claim, which may be making the directory. */
static int join_claim_alone(const struct joining *self, struct error *err)
{
    const struct claim *claim = self->job->claim;
    struct claim_locks *locks = self->job->context->claim_locks;
    autofree char *key = work_key_of_claim(claim->namespace, claim->name);
    autofree char *own = claim_key(claim->namespace, claim->name);
    autofree char *name = claim_key(self->first->namespace, self->first->claim);
    if (!claim_locks_take(locks, name, key))
        return error_set(err, ERROR_BUSY, "another thread works on claim %s", name);
    int result = join_claim(self, err);
    claim_locks_release(locks, name);
    return result < 0 ? other_claim_failed(own, err) : 0;
}

/* The claim had the directory before, as another volume. */
static int join_own(struct share *share, const struct claim_owner *owner, const char *directory,
                    enum directory_sharing *sharing, struct error *err)
{
    struct proof proof;
    if (read_proof(share, owner, directory, &proof, err) < 0)
        return -1;
    *sharing = proof.made ? SHARING_JOINED : SHARING_NONE;
    return 0;
}

int shared_directory_join(const struct provision_job *job, struct share *share,
                          const struct record *record, enum directory_sharing *sharing,
                          struct error *err)
{
    const struct claim_owner owner = record_owner(record);
    const char *directory = record->directory;
    enum directory_ownership ownership;
    struct parsed_owner found = {0};
    const struct joining joining = {.job = job,
                                    .share = share,
                                    .directory = directory,
                                    .first = &found.owner,
                                    .sharing = sharing};
    int result = 0;
    *sharing = SHARING_NONE;
    if (directory_owner_find(share, directory, &ownership, &found, err) < 0)
        return -1;
    bool is_of_namespace =
        ownership == DIRECTORY_OF_OWNER && claim_owner_is_of_same_namespace(&found.owner, &owner);
    if (is_of_namespace && !found.owner.claim)
        *sharing = SHARING_JOINED;
    else if (is_of_namespace && claim_owner_equals(&found.owner, &owner))
        result = join_own(share, &owner, directory, sharing, err);
    else if (is_of_namespace)
        result = join_claim_alone(&joining, err);
    free(found.texts);
    return result;
}

int shared_directory_check(const struct provision_job *job, struct share *share,
                           const struct record *record, struct error *err)
{
    struct entry entry;
    bool is_exact;
    bool is_there = share_inspect(share, record->directory, &entry, err) == 0;
    if (!is_there && err->kind != ERROR_NOT_FOUND)
        return -1;
    if (!is_there || entry.kind != ENTRY_DIRECTORY)
        return refuse_directory_lost(job, record, err);
    if (exact_name_check(share, record->directory, &is_exact, err) < 0)
        return -1;
    return is_exact ? 0 : refuse_directory_spelled(job, record, err);
}
