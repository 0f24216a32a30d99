/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rebind_others.h"

#include "base/log.h"
#include "base/text.h"
#include "provisioner/statefulset/rebind_rank.h"

/* A living cluster's files are not for the administrator of this one to restore or move. */
static int check_problem_of(struct rebind_search *search, const char *cluster,
                            const struct claim_folder *folder, struct error *err)
{
    const char *problem = claim_folder_problem(folder);
    bool is_alive = false;
    if (problem && rebind_search_cluster(search, cluster, &is_alive, err) < 0)
        return -1;
    if (!is_alive) {
        rebind_search_keep_problem(search, folder);
        return 0;
    }
    autofree char *name = claim_key(search->owner.namespace, search->owner.claim);
    log_warn("claim held", "claim", name, "cluster", cluster, "reason", problem);
    return error_set(err, ERROR_CONFLICT,
                     "another cluster still uses the export, and what it has recorded for a claim "
                     "of this name cannot be understood here: leave its file alone. The claim "
                     "waits until that cluster has given no sign of life for five minutes, since "
                     "its storage class says adopt: always");
}

/* A volume led to it. */
static bool has_record(const struct rebind_search *search, const struct record *record)
{
    autofree char *path = record_path(record);
    for (size_t i = 0; i < search->found->count; i++) {
        const struct record *found = search->found->items[i].record;
        autofree char *other = found ? record_path(found) : NULL;
        if (text_equals(path, other))
            return true;
    }
    return false;
}

/* The volume was found by itself: the export did not say where its record is. */
static bool is_record_of_volume(const struct rebind_search *search, struct record *record,
                                const struct candidate *alone)
{
    const struct address *address = share_address(search->share);
    const struct candidate both = {.volume = alone->volume, .record = record};
    return !alone->record && text_equals(alone->volume->name, record->volume) &&
           text_equals(volume_directory(alone->volume, address), record->directory) &&
           is_candidate(search->request, &both);
}

static int add_other_record(struct rebind_search *search, struct record *record, struct error *err)
{
    for (size_t i = 0; i < search->found->count; i++) {
        struct candidate *candidate = &search->found->items[i];
        if (is_record_of_volume(search, record, candidate)) {
            candidate->record = record_hold(record);
            return rebind_search_inspect(search, candidate, err);
        }
    }
    return rebind_search_record(search, record, err);
}

static int add_folder_of(struct rebind_search *search, const char *cluster,
                         const char *namespace_uid, struct error *err)
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
        if (!has_record(search, folder.records[i]))
            result = add_other_record(search, folder.records[i], err);
    }
    claim_folder_clear(&folder);
    return result;
}

static int add_cluster(struct rebind_search *search, const char *cluster, struct error *err)
{
    autofree char *path =
        memory_format(CLAIMS_DIRECTORY "/%s/%s", cluster, search->owner.namespace);
    struct folder_entry *namespaces;
    size_t count;
    int result = claim_folder_list_above(search->share, path, &namespaces, &count, err);
    for (size_t i = 0; i < count && result == 0; i++) {
        if (claim_folder_may_be(&namespaces[i]))
            result = add_folder_of(search, cluster, namespaces[i].name, err);
    }
    share_free_folder(namespaces, count);
    return result;
}

int rebind_others_read(struct rebind_search *search, struct error *err)
{
    struct folder_entry *clusters;
    size_t count;
    int result = claim_folder_list_above(search->share, CLAIMS_DIRECTORY, &clusters, &count, err);
    for (size_t i = 0; i < count && result == 0; i++) {
        if (claim_folder_may_be(&clusters[i]))
            result = add_cluster(search, clusters[i].name, err);
    }
    share_free_folder(clusters, count);
    return result;
}
