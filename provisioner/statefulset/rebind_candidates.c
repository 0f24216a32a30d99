/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rebind_candidates.h"

#include "base/text.h"
#include "nfs/name.h"
#include "provisioner/cluster/live_object.h"
#include "provisioner/export/claim_folder.h"
#include "provisioner/export/cluster_sign.h"
#include "provisioner/export/directory_owner.h"
#include "provisioner/step.h"

#include <string.h>

/* A search for the candidates of a claim. */
struct search {
    const struct provision_job *job;
    struct share *share;
    const char *export_id;
    const struct rebind_request *request;
    struct claim_owner owner; /* the claim that asks */
    struct rebind_candidates *found;
};

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

/* --- one candidate --- */

static int inspect_directory(const struct search *search, struct candidate *candidate,
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

static void find_other_user(const struct search *search, struct candidate *candidate)
{
    const struct provision_job *job = search->job;
    const struct directory_user user = {.address = job->storage_class->address,
                                        .export_id = search->export_id,
                                        .directory = candidate->record->directory,
                                        .except = candidate->record->volume};
    cluster_cache_find_user(job->context->cache, &user, &candidate->user);
}

/* Whether another cluster still uses the export. */
static int check_cluster(const struct search *search, const char *other, bool *is_alive,
                         struct error *err)
{
    const char *own = search->request->cluster;
    if (text_equals(own, other))
        return 0;
    return step(search->job->client, "sign-of-life", err) < 0
               ? -1
               : cluster_sign_check(search->share, own, other, is_alive, err);
}

static void add(struct search *search, struct candidate take_candidate)
{
    struct rebind_candidates *found = search->found;
    found->items = memory_grow(found->items, found->count + 1, sizeof *found->items);
    found->items[found->count++] = take_candidate;
}

/* Asks only about what counts for the decision. */
static int inspect(const struct search *search, struct candidate *candidate, struct error *err)
{
    if (should_inspect_directory(search->request, candidate) &&
        inspect_directory(search, candidate, err) < 0)
        return -1;
    if (!is_candidate(search->request, candidate))
        return 0;
    find_other_user(search, candidate);
    return check_cluster(search, candidate->record->cluster, &candidate->is_cluster_alive, err);
}

/* Takes over the volume. */
static int add_record(struct search *search, const struct record *record,
                      struct volume *take_volume, struct error *err)
{
    struct candidate candidate = {.record = record_hold(record), .volume = take_volume};
    int result = inspect(search, &candidate, err);
    add(search, candidate);
    return result;
}

/* What the cache knows may be old, but then a patch of it fails. What it does not know is asked
 * for. */
static int add_record_and_volume(struct search *search, struct record *record, struct error *err)
{
    struct volume *volume = cluster_cache_volume(search->job->context->cache, record->volume);
    const struct candidate known = {.record = record, .volume = volume};
    if (!volume && is_candidate(search->request, &known)) {
        volume = volume_read(search->job->client, record->volume, err);
        if (!volume && err->kind != ERROR_NOT_FOUND)
            return -1;
    }
    return add_record(search, record, volume, err);
}

static void keep_problem(struct search *search, const struct claim_folder *folder)
{
    const char *problem = claim_folder_problem(folder);
    if (problem)
        memory_replace(&search->found->problem, memory_copy(problem));
}

/* --- the claim's own folder --- */

static int add_folder(struct search *search, const struct claim_folder *folder, struct error *err)
{
    keep_problem(search, folder);
    for (size_t i = 0; i < folder->count; i++) {
        if (add_record_and_volume(search, folder->records[i], err) < 0)
            return -1;
    }
    return 0;
}

static int add_own_folder(struct search *search, bool is_expected, struct error *err)
{
    struct claim_folder folder;
    if (step(search->job->client, "open-folder", err) < 0 ||
        claim_folder_open(search->share, &search->owner, is_expected, &folder, err) < 0)
        return -1;
    int result = add_folder(search, &folder, err);
    claim_folder_clear(&folder);
    return result;
}

/* --- volumes that name the claim, and whose records are elsewhere --- */

static bool has_volume(const struct search *search, const char *name)
{
    for (size_t i = 0; i < search->found->count; i++) {
        const struct record *record = search->found->items[i].record;
        if (record && strcmp(record->volume, name) == 0)
            return true;
    }
    return false;
}

/* The record is in the folder of the directory's owner. If that is a claim of an earlier namespace,
 * the class may not give its data away; any other owner contradicts the volume. */
static int add_volume_of(struct search *search, const struct volume *volume,
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
        return -1;
    struct record *record = claim_folder_record(&folder, volume->name, volume->claim_uid);
    if (!record)
        keep_problem(search, &folder);
    bool is_earlier =
        record && is_of_cluster &&
        (text_equals(record->claim_uid, volume->claim_uid) || record_is_behind(record, volume));
    int result = 0;
    if (record && is_of_name && (is_earlier || search->request->may_adopt))
        result = add_record(search, record, volume_hold(volume), err);
    else
        add(search, (struct candidate){.volume = volume_hold(volume), .is_elsewhere = !is_ours});
    claim_folder_clear(&folder);
    return result;
}

static int add_volume(struct search *search, const struct volume *volume, struct error *err)
{
    const char *directory = volume_directory(volume, share_address(search->share));
    enum directory_ownership ownership = DIRECTORY_OF_NOBODY;
    struct parsed_owner found = {0};
    struct error invalid;
    if (directory && name_check_path(directory, &invalid) == 0 &&
        directory_owner_find(search->share, directory, &ownership, &found, err) < 0)
        return -1;
    int result = 0;
    if (ownership == DIRECTORY_OF_OWNER)
        result = add_volume_of(search, volume, &found.owner, err);
    else
        add(search, (struct candidate){.volume = volume_hold(volume)});
    free(found.texts);
    return result;
}

static int add_volumes(struct search *search, struct volume **volumes, size_t count,
                       struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct candidate alone = {.volume = volumes[i]};
        if (is_our_name(search->job->context->names, volumes[i]->provisioned_by) &&
            !has_volume(search, volumes[i]->name) && is_candidate(search->request, &alone) &&
            add_volume(search, volumes[i], err) < 0)
            return -1;
    }
    return 0;
}

/* --- what others have recorded --- */

/* A living cluster's files are not for the administrator of this one to restore or move. */
static int check_problem_of(struct search *search, const char *cluster,
                            const struct claim_folder *folder, struct error *err)
{
    const char *problem = claim_folder_problem(folder);
    bool is_alive = false;
    if (problem && check_cluster(search, cluster, &is_alive, err) < 0)
        return -1;
    if (is_alive)
        return error_set(err, ERROR_CONFLICT,
                         "cluster %s still uses the export, and what it has recorded for a claim "
                         "of this name cannot be understood here: leave its file alone. The claim "
                         "waits until that cluster has given no sign of life for five minutes, "
                         "since its storage class says adopt: always: %s",
                         cluster, problem);
    keep_problem(search, folder);
    return 0;
}

/* The volume was found by itself: the export did not say where its record is. */
static bool is_record_of_volume(const struct search *search, struct record *record,
                                const struct candidate *alone)
{
    const struct address *address = share_address(search->share);
    const struct candidate both = {.volume = alone->volume, .record = record};
    return !alone->record && text_equals(alone->volume->name, record->volume) &&
           text_equals(volume_directory(alone->volume, address), record->directory) &&
           is_candidate(search->request, &both);
}

static int add_other_record(struct search *search, struct record *record, struct error *err)
{
    for (size_t i = 0; i < search->found->count; i++) {
        struct candidate *candidate = &search->found->items[i];
        if (is_record_of_volume(search, record, candidate)) {
            candidate->record = record_hold(record);
            return inspect(search, candidate, err);
        }
    }
    return add_record_and_volume(search, record, err);
}

static int add_folder_of(struct search *search, const char *cluster, const char *namespace_uid,
                         struct error *err)
{
    const struct claim_owner owner = {.cluster = cluster,
                                      .namespace = search->owner.namespace,
                                      .namespace_uid = namespace_uid,
                                      .claim = search->owner.claim};
    struct claim_folder folder;
    if (claim_owner_equals(&owner, &search->owner))
        return 0;
    if (claim_folder_read(search->share, &owner, &folder, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    int result = check_problem_of(search, cluster, &folder, err);
    for (size_t i = 0; i < folder.count && result == 0; i++) {
        if (!has_volume(search, folder.records[i]->volume))
            result = add_other_record(search, folder.records[i], err);
    }
    claim_folder_clear(&folder);
    return result;
}

/* What is in CLAIMS_DIRECTORY, or in a folder of it; nothing when there is no such folder. */
static int read_folders(const struct search *search, const char *path,
                        struct folder_entry **entries, size_t *count, struct error *err)
{
    *entries = NULL;
    *count = 0;
    return share_read_folder(search->share, path, entries, count, err) == 0 ||
                   err->kind == ERROR_NOT_FOUND
               ? 0
               : -1;
}

/* What else is there is not mooring's. A symlink cannot be read, which holds the claim: it may lead
 * to a folder that was moved away. */
static bool is_folder(const struct folder_entry *entry)
{
    struct error unsafe;
    enum entry_kind kind = entry->entry.kind;
    return (kind == ENTRY_DIRECTORY || kind == ENTRY_SYMLINK) &&
           name_check(entry->name, &unsafe) == 0;
}

static int add_cluster(struct search *search, const char *cluster, struct error *err)
{
    autofree char *path =
        memory_format(CLAIMS_DIRECTORY "/%s/%s", cluster, search->owner.namespace);
    struct folder_entry *namespaces;
    size_t count;
    int result = read_folders(search, path, &namespaces, &count, err);
    for (size_t i = 0; i < count && result == 0; i++) {
        if (is_folder(&namespaces[i]))
            result = add_folder_of(search, cluster, namespaces[i].name, err);
    }
    share_free_folder(namespaces, count);
    return result;
}

static int add_others(struct search *search, struct error *err)
{
    struct folder_entry *clusters;
    size_t count;
    int result = read_folders(search, CLAIMS_DIRECTORY, &clusters, &count, err);
    for (size_t i = 0; i < count && result == 0; i++) {
        if (is_folder(&clusters[i]))
            result = add_cluster(search, clusters[i].name, err);
    }
    share_free_folder(clusters, count);
    return result;
}

static bool has_own(const struct search *search)
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
    struct search search = {.job = job,
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
        result = add_others(&search, err);
    return result;
}
