/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rebind_search.h"

#include "base/text.h"
#include "provisioner/cluster/live_object.h"
#include "provisioner/export/cluster_sign.h"
#include "provisioner/export/directory_owner.h"
#include "provisioner/statefulset/rebind_decision.h"
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
                                        .except = candidate->record->volume};
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

/* A claim's own folder is what its directory's owner leads to. A record of others may be left from
 * before the directory was handed over. */
static int check_owner(const struct rebind_search *search, struct candidate *candidate,
                       struct error *err)
{
    const struct claim_owner owner = record_owner(candidate->record);
    enum directory_ownership ownership;
    struct parsed_owner found = {0};
    if (claim_owner_equals(&owner, &search->owner) || candidate->record->state != RECORD_IN_USE)
        return 0;
    if (directory_owner_find(search->share, candidate->record->directory, &ownership, &found, err) <
        0)
        return -1;
    if (ownership == DIRECTORY_OF_OWNER && !claim_owner_equals(&found.owner, &owner))
        candidate->is_elsewhere = true;
    free(found.texts);
    return 0;
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
