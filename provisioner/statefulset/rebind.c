/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rebind.h"

#include "base/text.h"
#include "provisioner/statefulset/rebind_decision.h"

/* The candidates that were found for a claim, and what is needed to find them. */
struct search {
    const struct provision_job *job;
    struct share *share;
    struct rebind_request request;
    struct candidate *candidates;
    char **problems; /* owns the texts in `candidates` */
    size_t count;
};

static struct rebind_request request_of(const struct provision_job *job)
{
    const struct claim_identity *identity = &job->identity;
    return (struct rebind_request){
        .claim = job->claim,
        .cluster = job->context->cluster,
        .namespace_uid = job->namespace_state->namespace_uid,
        .policy = job->storage_class->rebind,
        .may_adopt = job->storage_class->may_adopt,
        .is_stateful = identity->kind != IDENTITY_NONE,
        .wants_fresh_data =
            job->claim->is_owned || (identity->set && identity->set->may_delete_claims),
    };
}

/* --- finding --- */

/* Why the record contradicts the volume, or NULL. Caller frees. */
static char *find_mismatch(const struct provision_job *job, const struct volume *volume,
                           const struct record *record)
{
    const struct address *address = job->storage_class->address;
    autofree char *path = address_join(address, record->directory);
    if (!text_equals(volume->server, address->server) || !text_equals(volume->path, path))
        return memory_format("the path of the volume is %s:%s, its record and class say %s:%s",
                             volume->server ? volume->server : "?",
                             volume->path ? volume->path : "?", address->server, path);
    if (!text_equals(record->namespace, volume->claim_namespace) ||
        !text_equals(record->claim, volume->claim_name))
        return memory_format("its record is of claim %s/%s", record->namespace, record->claim);
    return NULL;
}

static int check_directory(const struct search *search, const struct record *record, char **problem,
                           struct error *err)
{
    struct entry entry;
    if (share_inspect(search->share, record->directory, &entry, err) < 0) {
        if (err->kind != ERROR_NOT_FOUND)
            return -1;
        *problem = memory_copy("the directory is gone from the export: restore it, or delete the "
                               "volume and its record in .mooring/volumes/ for a new one");
    } else if (entry.kind != ENTRY_DIRECTORY) {
        *problem = memory_copy("its name on the export is not a directory");
    }
    return 0;
}

/* Takes the references of the candidate and the problem. */
static int add_candidate(struct search *search, struct candidate take_candidate, char *take_problem,
                         struct error *err)
{
    autofree char *problem = take_problem;
    bool is_sound = !problem && is_candidate(&search->request, &take_candidate);
    if (is_sound && check_directory(search, take_candidate.record, &problem, err) < 0) {
        shared_release((void *)take_candidate.volume);
        shared_release((void *)take_candidate.record);
        return -1;
    }
    search->candidates =
        memory_grow(search->candidates, search->count + 1, sizeof *search->candidates);
    search->problems = memory_grow(search->problems, search->count + 1, sizeof *search->problems);
    take_candidate.problem = problem;
    search->candidates[search->count] = take_candidate;
    search->problems[search->count++] = steal(problem);
    return 0;
}

static int add_volume(struct search *search, const struct volume *volume, struct error *err)
{
    const struct provision_job *job = search->job;
    struct record_cache *records = job->context->records;
    if (record_cache_refresh(records, search->share, volume->name, err) < 0)
        return -1;
    autorelease(record) struct record *record =
        record_cache_of_volume(records, job->storage_class->address, volume->name);
    char *problem = record
                        ? find_mismatch(job, volume, record)
                        : record_cache_problem(records, job->storage_class->address, volume->name);
    if (!record && !problem)
        problem =
            memory_format("it has no record .mooring/volumes/%s.json on the export", volume->name);
    /* A record that contradicts its volume does not tell which claim the volume belongs to. */
    struct candidate candidate = {.volume = volume_hold(volume),
                                  .record = problem ? NULL : record_hold(record)};
    return add_candidate(search, candidate, problem, err);
}

static int add_volumes(struct search *search, struct error *err)
{
    const struct claim *claim = search->job->claim;
    const struct context *context = search->job->context;
    autofree char *name = claim_key(claim->namespace, claim->name);
    struct volume **volumes;
    size_t count = cluster_cache_volumes_of_name(context->cache, name, &volumes);
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        if (is_our_name(context->names, volumes[i]->provisioned_by))
            result = add_volume(search, volumes[i], err);
    }
    index_free_list((void **)volumes, count);
    return result;
}

/* A record whose volume object is gone. It is read again: the directory may have been adopted by
 * another claim since the record was cached. */
static int add_record(struct search *search, const char *volume, struct error *err)
{
    const struct provision_job *job = search->job;
    struct record_cache *records = job->context->records;
    if (record_cache_refresh(records, search->share, volume, err) < 0)
        return -1;
    struct record *record = record_cache_of_volume(records, job->storage_class->address, volume);
    return record ? add_candidate(search, (struct candidate){.record = record}, NULL, err) : 0;
}

static bool has_volume(const struct search *search, const char *name)
{
    for (size_t i = 0; i < search->count; i++) {
        const struct volume *volume = search->candidates[i].volume;
        if (volume && text_equals(volume->name, name))
            return true;
    }
    return false;
}

/* A volume that add_volumes did not see may have been made since then. */
static int add_records(struct search *search, struct error *err)
{
    const struct provision_job *job = search->job;
    struct context *context = job->context;
    struct record **records;
    size_t count = record_cache_of_claim(context->records, job->storage_class->address,
                                         job->claim->namespace, job->claim->name, &records);
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        const char *name = records[i]->volume;
        if (has_volume(search, name))
            continue;
        autorelease(volume) struct volume *volume = cluster_cache_volume(context->cache, name);
        if (!volume)
            result = add_record(search, name, err);
        else if (claim_is_named(job->claim, volume->claim_namespace, volume->claim_name))
            result = add_volume(search, volume, err);
    }
    record_cache_free_list(records, count);
    return result;
}

static void search_clear(struct search *search)
{
    for (size_t i = 0; i < search->count; i++) {
        shared_release((void *)search->candidates[i].volume);
        shared_release((void *)search->candidates[i].record);
        free(search->problems[i]);
    }
    free(search->candidates);
    free(search->problems);
}

/* --- acting on the decision --- */

/* The old claim is gone if its name is the new claim's now. Only a live read proves that. */
static int check_claim_is_current(const struct provision_job *job, struct error *err)
{
    const struct claim *claim = job->claim;
    json_auto_t *object =
        client_get(job->client, &resource_claims, claim->namespace, claim->name, err);
    autorelease(claim) struct claim *now = object ? claim_parse(object, err) : NULL;
    if (!now)
        return -1;
    if (!text_equals(now->uid, claim->uid) || now->is_deleting || now->volume_name)
        return error_set(err, ERROR_CONFLICT, "claim %s/%s changed meanwhile", claim->namespace,
                         claim->name);
    return 0;
}

/* The set's user asked for fresh data: what the claim had is kept, and never given back again
 * without an administrator. */
static int supersede_candidates(struct search *search, struct error *err)
{
    struct rebind_request request = search->request;
    request.wants_fresh_data = false;
    for (size_t i = 0; i < search->count; i++) {
        const struct candidate *candidate = &search->candidates[i];
        if (!candidate->record || !is_candidate(&request, candidate))
            continue;
        autorelease(record) struct record *record = record_copy(candidate->record);
        record->state = RECORD_SUPERSEDED;
        if (record_cache_write(search->job->context->records, search->share, record, err) < 0)
            return -1;
    }
    return 0;
}

static int act_on_decision(struct search *search, struct previous_volume *previous,
                           struct error *err)
{
    const struct candidate *chosen;
    switch (rebind_decide(&search->request, search->candidates, search->count, &chosen, err)) {
    case REBIND_NEW_DIRECTORY:
        return search->request.wants_fresh_data ? supersede_candidates(search, err) : 0;
    case REBIND_HOLD:
        return -1;
    case REBIND_GIVE_BACK:
        break;
    }
    if (check_claim_is_current(search->job, err) < 0)
        return -1;
    previous->record = record_hold(chosen->record);
    previous->volume = chosen->volume ? volume_hold(chosen->volume) : NULL;
    return 0;
}

int rebind_find(const struct provision_job *job, struct share *share,
                struct previous_volume *previous, struct error *err)
{
    struct search search = {.job = job, .share = share, .request = request_of(job)};
    *previous = (struct previous_volume){0};
    int result = -1;
    if (add_volumes(&search, err) == 0 && add_records(&search, err) == 0)
        result = act_on_decision(&search, previous, err);
    search_clear(&search);
    return result;
}
