/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rebind_candidates.h"

#include "base/log.h"
#include "base/text.h"
#include "nfs/name.h"
#include "provisioner/export/claim_folder.h"
#include "provisioner/export/directory_owner.h"
#include "provisioner/statefulset/rebind_others.h"
#include "provisioner/statefulset/rebind_rank.h"
#include "provisioner/step.h"

#include <string.h>

static void candidate_clear(struct candidate *candidate)
{
    volume_release(candidate->volume);
    record_release(candidate->record);
    free(candidate->user);
}

void rebind_candidates_clear(struct rebind_candidates *found)
{
    for (size_t i = 0; i < found->count; i++)
        candidate_clear(&found->items[i]);
    free(found->items);
    free(found->problem);
    *found = (struct rebind_candidates){0};
}

/* --- the claim's own folder --- */

static int add_folder(struct rebind_search *search, const struct claim_folder *folder,
                      struct error *err)
{
    rebind_search_keep_problem(search, folder);
    for (size_t i = 0; i < folder->count; i++) {
        if (rebind_search_record(search, folder->records[i], err) < 0)
            return -1;
    }
    return 0;
}

static int add_own_folder(struct rebind_search *search, bool is_expected, struct error *err)
{
    struct claim_folder folder;
    if (step(search->job->client, "open-folder", err) < 0 ||
        claim_folder_open(search->share, &search->owner, is_expected, &folder, err) < 0)
        return -1;
    int result = add_folder(search, &folder, err);
    claim_folder_clear(&folder);
    return result;
}

/* --- volumes that name the claim, with records elsewhere --- */

static bool has_volume(const struct rebind_search *search, const char *name)
{
    for (size_t i = 0; i < search->found->count; i++) {
        const struct record *record = search->found->items[i].record;
        if (record && strcmp(record->volume, name) == 0)
            return true;
    }
    return false;
}

/* The file is another claim's, which this one's event does not name. */
static void keep_problem_of(struct rebind_search *search, const struct volume *volume,
                            const struct claim_folder *folder)
{
    const char *problem = claim_folder_problem(folder);
    if (!problem)
        return;
    autofree char *name = claim_key(search->owner.namespace, search->owner.claim);
    log_warn("claim held", "claim", name, "volume", volume->name, "reason", problem);
    memory_replace(
        &search->found->problem,
        memory_format("a file among the records of another claim, whose directory volume "
                      "%s has, as mooring's log says",
                      volume->name));
}

/* The record is in the folder of the directory's owner. If that is a claim of an earlier namespace,
 * the class may not give its data away; any other owner contradicts the volume. */
static int add_volume_of(struct rebind_search *search, const struct volume *volume,
                         const struct claim_owner *owner, struct error *err)
{
    const struct claim_owner *own = &search->owner;
    struct claim_folder folder = {0};
    bool is_ours = claim_owner_equals(owner, own);
    bool is_of_name =
        text_equals(owner->namespace, own->namespace) && text_equals(owner->claim, own->claim);
    bool is_of_cluster = text_equals(owner->cluster, own->cluster);
    if (!is_ours && claim_folder_read(search->share, owner, &folder, err) < 0 &&
        err->kind != ERROR_NOT_FOUND)
        return rebind_search_failed(search, err);
    struct record *record = claim_folder_record(&folder, volume->name, volume->claim_uid);
    if (!record && is_of_name)
        rebind_search_keep_problem(search, &folder);
    else if (!record)
        keep_problem_of(search, volume, &folder);
    bool is_earlier =
        record && is_of_cluster &&
        (text_equals(record->claim_uid, volume->claim_uid) || record_is_behind(record, volume));
    int result = 0;
    if (record && is_of_name && (is_earlier || search->request->may_adopt))
        result = rebind_search_add_record(search, record, volume_hold(volume), err);
    else
        rebind_search_add(
            search, (struct candidate){.volume = volume_hold(volume), .is_elsewhere = !is_ours});
    claim_folder_clear(&folder);
    return result;
}

static int add_volume(struct rebind_search *search, const struct volume *volume, struct error *err)
{
    const char *directory = volume_directory(volume, share_address(search->share));
    enum directory_ownership ownership = DIRECTORY_WITHOUT_OWNER;
    struct parsed_owner found = {0};
    struct error invalid;
    if (directory && name_check_path(directory, &invalid) == 0 &&
        directory_owner_find(search->share, directory, &ownership, &found, err) < 0)
        return -1;
    int result = 0;
    if (ownership == DIRECTORY_OF_OWNER && !found.owner.claim)
        found.owner.claim = search->owner.claim; /* of those that share it, the one of this name */
    if (ownership == DIRECTORY_OF_OWNER)
        result = add_volume_of(search, volume, &found.owner, err);
    else
        rebind_search_add(search, (struct candidate){.volume = volume_hold(volume)});
    free(found.texts);
    return result;
}

static int add_volumes(struct rebind_search *search, struct volume **volumes, size_t count,
                       struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct candidate alone = {.volume = volumes[i]};
        if (!is_our_name(search->job->context->names, volumes[i]->provisioned_by) ||
            has_volume(search, volumes[i]->name))
            continue;
        if (!is_candidate(search->request, &alone))
            rebind_search_add(search, (struct candidate){.volume = volume_hold(volumes[i])});
        else if (add_volume(search, volumes[i], err) < 0)
            return -1;
    }
    return 0;
}

static bool has_own(const struct rebind_search *search)
{
    for (size_t i = 0; i < search->found->count; i++) {
        if (is_own_candidate(search->request, &search->found->items[i]))
            return true;
    }
    return false;
}

int rebind_candidates_read(const struct rebind_question *question, struct rebind_candidates *found,
                           struct error *err)
{
    const struct provision_job *job = question->job;
    const struct rebind_request *request = &question->request;
    const struct claim *claim = job->claim;
    struct rebind_search search = {.job = job,
                                   .share = question->share,
                                   .export_id = question->export_id,
                                   .request = request,
                                   .owner = provision_job_owner(job),
                                   .found = found};
    autofree char *name = claim_key(claim->namespace, claim->name);
    struct volume **volumes;
    size_t count = cluster_cache_volumes_of_name(job->context->cache, name, &volumes);
    int result = add_own_folder(&search, count > 0, err);
    if (result == 0)
        result = add_volumes(&search, volumes, count, err);
    index_free_list((void **)volumes, count);
    if (result == 0 && request->may_adopt && !has_own(&search))
        result = rebind_others_read(&search, err);
    return result;
}
