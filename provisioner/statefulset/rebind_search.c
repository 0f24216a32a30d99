/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rebind_search.h"

#include "base/text.h"
#include "provisioner/cluster/live_object.h"
#include "provisioner/export/cluster_sign.h"
#include "provisioner/export/directory_owner.h"
#include "provisioner/export/other_claim.h"
#include "provisioner/statefulset/rebind_rank.h"
#include "provisioner/step.h"

static int inspect_directory(const struct rebind_search *search, struct candidate *candidate,
                             struct error *err)
{
    struct entry entry;
    const struct record *record = candidate->record;
    if (share_inspect(search->share, record->directory, &entry, err) == 0)
        candidate->directory = entry.kind == ENTRY_DIRECTORY ? DIRECTORY_THERE : DIRECTORY_REPLACED;
    else if (err->kind == ERROR_NOT_FOUND)
        candidate->directory = DIRECTORY_MISSING;
    else
        return -1;
    return 0;
}

static void find_other_user(const struct rebind_search *search, struct candidate *candidate)
{
    const struct provision_job *job = search->job;
    const struct directory_user user = {.address = job->storage_class->address,
                                        .export_id = search->export_id,
                                        .directory = candidate->record->directory,
                                        .except = candidate->record->volume,
                                        .sharing = record_sharing_namespace(candidate->record)};
    cluster_cache_find_user(job->context->cache, &user, &candidate->user);
}

/* Whether another cluster still uses the export. */
int rebind_search_cluster(const struct rebind_search *search, const char *other, bool *is_alive,
                          struct error *err)
{
    const char *own = search->request->cluster;
    if (text_equals(own, other))
        return 0;
    if (step(search->job->client, "sign-of-life", err) < 0)
        return -1;
    return cluster_sign_check(search->share, own, other, is_alive, err);
}

void rebind_search_add(struct rebind_search *search, struct candidate take_candidate)
{
    struct rebind_candidates *found = search->found;
    found->items = memory_grow(found->items, found->count + 1, sizeof *found->items);
    found->items[found->count++] = take_candidate;
}

int rebind_search_failed(const struct rebind_search *search, struct error *err)
{
    autofree char *name = claim_key(search->owner.namespace, search->owner.claim);
    return other_claim_failed(name, err);
}

/* Has the owner a record that says so, or one that cannot be understood? A process that handed the
 * directory over may have been cut off before the owner was changed. */
static int has_recorded(const struct rebind_search *search, const struct claim_owner *owner,
                        const char *directory, bool *has, struct error *err)
{
    struct claim_folder folder;
    if (!owner->claim) { /* a namespace, of what its claims have */
        *has = true;
        return 0;
    }
    if (claim_folder_read(search->share, owner, &folder, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? 0 : rebind_search_failed(search, err);
    *has = claim_folder_problem(&folder);
    for (size_t i = 0; i < folder.count; i++)
        *has |= record_names_directory(folder.records[i], directory);
    claim_folder_clear(&folder);
    return 0;
}

/* The namespace that asks may have the directory already, because another claim of it was given
 * back what an earlier namespace, or another cluster, shared. */
static bool is_right_owner(const struct rebind_search *search, const struct record *record,
                           const struct claim_owner *found)
{
    return record_has_owner(record, found) ||
           (record->is_shared && claim_owner_is_namespace_of(found, &search->owner));
}

/* A record may be left from before its directory was handed over. Of what is in the claim's own
 * folder the volume object says more. */
static int check_owner(const struct rebind_search *search, struct candidate *candidate,
                       struct error *err)
{
    const struct record *record = candidate->record;
    const struct claim_owner owner = record_owner(record);
    bool is_own = claim_owner_equals(&owner, &search->owner);
    enum directory_ownership ownership;
    struct parsed_owner found = {0};
    if (record->state != RECORD_IN_USE || (is_own && candidate->volume))
        return 0;
    if (directory_owner_find(search->share, record->directory, &ownership, &found, err) < 0)
        return -1;
    int result = 0;
    if (ownership == DIRECTORY_NESTED)
        candidate->is_elsewhere = !is_own;
    else if (ownership == DIRECTORY_OF_OWNER && !is_right_owner(search, record, &found.owner))
        result =
            has_recorded(search, &found.owner, record->directory, &candidate->is_elsewhere, err);
    free(found.texts);
    return result;
}

/* Asks only about what counts for the decision. */
int rebind_search_inspect(const struct rebind_search *search, struct candidate *candidate,
                          struct error *err)
{
    if (should_inspect_directory(search->request, candidate) &&
        inspect_directory(search, candidate, err) < 0)
        return -1;
    if (!is_candidate(search->request, candidate))
        return 0;
    find_other_user(search, candidate);
    if (check_owner(search, candidate, err) < 0)
        return -1;
    return rebind_search_cluster(search, candidate->record->cluster, &candidate->is_cluster_alive,
                                 err);
}

/* Takes over the volume. */
int rebind_search_add_record(struct rebind_search *search, const struct record *record,
                             struct volume *take_volume, struct error *err)
{
    struct candidate candidate = {.record = record_hold(record), .volume = take_volume};
    int result = rebind_search_inspect(search, &candidate, err);
    rebind_search_add(search, candidate);
    return result;
}

/* What the cache knows may be old, but then a patch of it fails. What it does not know is asked
 * for. */
int rebind_search_record(struct rebind_search *search, struct record *record, struct error *err)
{
    struct volume *volume = cluster_cache_volume(search->job->context->cache, record->volume);
    const struct candidate known = {.record = record, .volume = volume};
    if (!volume && is_candidate(search->request, &known)) {
        volume = volume_read(search->job->client, record->volume, err);
        if (!volume && err->kind != ERROR_NOT_FOUND)
            return -1;
    }
    return rebind_search_add_record(search, record, volume, err);
}

void rebind_search_keep_problem(struct rebind_search *search, const struct claim_folder *folder)
{
    const char *problem = claim_folder_problem(folder);
    if (problem)
        memory_replace(&search->found->problem, memory_copy(problem));
}
