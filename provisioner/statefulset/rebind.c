/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rebind.h"

#include "provisioner/statefulset/rebind_decision.h"

#include <string.h>

/* What stands under the claim's name, and who looks. */
struct search {
    const struct provision_job *job;
    struct share *share;
    struct rebind_request request;
    struct candidate *candidates;
    char **problems; /* owns the texts in `candidates` */
    size_t count;
};

static struct rebind_request rebind_request_of(const struct provision_job *job)
{
    const struct claim_identity *identity = &job->identity;
    return (struct rebind_request){
        .claim = job->claim,
        .cluster = job->context->cluster,
        .namespace_uid = job->namespace_state->namespace_uid,
        .policy = job->storage_class->rebind,
        .adopts = job->storage_class->adopts,
        .is_stateful = identity->kind != IDENTITY_NONE,
        .discards_claims =
            job->claim->is_owned || (identity->set && identity->set->discards_claims),
    };
}

/* Does the volume lie where its record and its class say? NULL, or why not; the caller's. */
static char *find_mismatch(const struct provision_job *job, const struct volume *volume,
                           const struct record *record)
{
    const struct address *address = job->storage_class->address;
    autofree char *path = address_join(address, record->directory);
    if (!volume->server || !volume->path || strcmp(volume->server, address->server) != 0 ||
        strcmp(volume->path, path) != 0)
        return memory_format("the volume lies at %s:%s, its record and class say %s:%s",
                             volume->server ? volume->server : "?",
                             volume->path ? volume->path : "?", address->server, path);
    if (strcmp(record->namespace, volume->claim_namespace) != 0 ||
        strcmp(record->claim, volume->claim_name) != 0)
        return memory_format("its record is of claim %s/%s", record->namespace, record->claim);
    return NULL;
}

static char *find_missing_record(const struct search *search, const char *volume)
{
    char *problem = record_cache_problem(search->job->context->records,
                                         search->job->storage_class->address, volume);
    return problem
               ? problem
               : memory_format("it has no record .mooring/volumes/%s.json on the export", volume);
}

/* The directory must be there, and be one. */
static int find_directory(const struct search *search, const struct record *record, char **problem,
                          struct error *err)
{
    struct entry entry;
    if (share_inspect(search->share, record->directory, &entry, err) < 0) {
        if (err->kind != ERROR_NOT_FOUND)
            return -1;
        *problem = memory_copy("the directory is gone from the export: restore it, or delete the "
                               "volume and its record in .mooring/volumes/ for a new one");
    } else if (entry.kind != ENTRY_DIRECTORY) {
        *problem = memory_copy("something else than a directory has its name on the export");
    }
    return 0;
}

/* Takes over what the candidate and the problem hold. */
static int add_candidate(struct search *search, struct candidate candidate, char *take_problem,
                         struct error *err)
{
    autofree char *problem = take_problem;
    bool is_sound = !problem && is_candidate(&search->request, &candidate);
    if (is_sound && find_directory(search, candidate.record, &problem, err) < 0)
        return -1;
    search->candidates =
        memory_grow(search->candidates, search->count + 1, sizeof *search->candidates);
    search->problems = memory_grow(search->problems, search->count + 1, sizeof *search->problems);
    candidate.problem = problem;
    search->candidates[search->count] = candidate;
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
    char *problem =
        record ? find_mismatch(job, volume, record) : find_missing_record(search, volume->name);
    /* A record that contradicts its volume says nothing about whose it is. */
    struct candidate candidate = {.volume = volume_hold(volume),
                                  .record = problem ? NULL : record_hold(record)};
    return add_candidate(search, candidate, problem, err);
}

static int add_volumes(struct search *search, struct error *err)
{
    const struct claim *claim = search->job->claim;
    autofree char *key = claim_key(claim->namespace, claim->name);
    struct volume **volumes;
    size_t count = cluster_cache_volumes_of_name(search->job->context->cache, key, &volumes);
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        if (is_our_name(search->job->context->names, volumes[i]->provisioned_by))
            result = add_volume(search, volumes[i], err);
    }
    index_free_list((void **)volumes, count);
    return result;
}

/* What was read once may have been adopted by another claim meanwhile. */
static int add_record(struct search *search, const char *volume, struct error *err)
{
    const struct provision_job *job = search->job;
    struct record_cache *records = job->context->records;
    if (record_cache_refresh(records, search->share, volume, err) < 0)
        return -1;
    struct record *record = record_cache_of_volume(records, job->storage_class->address, volume);
    if (!record)
        return 0;
    return add_candidate(search, (struct candidate){.record = record}, NULL, err);
}

static bool is_candidate_already(const struct search *search, const char *volume)
{
    for (size_t i = 0; i < search->count; i++) {
        if (search->candidates[i].volume && strcmp(search->candidates[i].volume->name, volume) == 0)
            return true;
    }
    return false;
}

/* Records whose volume object is gone. One that was not there when the volumes were looked at may
 * have come since. */
static int add_records(struct search *search, struct error *err)
{
    const struct provision_job *job = search->job;
    struct context *context = job->context;
    struct record **records;
    size_t count = record_cache_of_claim(context->records, job->storage_class->address,
                                         job->claim->namespace, job->claim->name, &records);
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        if (is_candidate_already(search, records[i]->volume))
            continue;
        autorelease(volume) struct volume *volume =
            cluster_cache_volume(context->cache, records[i]->volume);
        if (!volume)
            result = add_record(search, records[i]->volume, err);
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

/* The old claim is gone when the name is the new one's: read live, and nothing less will do. */
static int check_claim_is_current(const struct provision_job *job, struct error *err)
{
    const struct claim *claim = job->claim;
    json_auto_t *object =
        client_get(job->client, &resource_claims, claim->namespace, claim->name, err);
    if (!object)
        return -1;
    autorelease(claim) struct claim *now = claim_parse(object, err);
    if (!now)
        return -1;
    if (strcmp(now->uid, claim->uid) != 0 || now->deleting || now->volume_name)
        return error_set(err, ERROR_CONFLICT, "claim %s/%s changed meanwhile", claim->namespace,
                         claim->name);
    return 0;
}

/* Its user asked for fresh data: what the claim had is kept, and never offered again by itself. */
static int give_up(struct search *search, struct error *err)
{
    struct rebind_request looking_back = search->request;
    looking_back.discards_claims = false;
    for (size_t i = 0; i < search->count; i++) {
        const struct candidate *candidate = &search->candidates[i];
        if (!candidate->record || !is_candidate(&looking_back, candidate))
            continue;
        autorelease(record) struct record *record = record_copy(candidate->record);
        record->state = RECORD_SUPERSEDED;
        if (record_cache_write(search->job->context->records, search->share, record, err) < 0)
            return -1;
    }
    return 0;
}

static int decide(struct search *search, struct previous_volume *found, struct error *err)
{
    const struct candidate *chosen;
    switch (rebind_decide(&search->request, search->candidates, search->count, &chosen, err)) {
    case REBIND_NEW_DIRECTORY:
        return search->request.discards_claims ? give_up(search, err) : 0;
    case REBIND_HOLD:
        return -1;
    case REBIND_GIVE_BACK:
        break;
    }
    if (check_claim_is_current(search->job, err) < 0)
        return -1;
    found->record = record_hold(chosen->record);
    if (chosen->volume)
        found->volume = volume_hold(chosen->volume);
    return 0;
}

int rebind_find(const struct provision_job *job, struct share *share, struct previous_volume *found,
                struct error *err)
{
    struct search search = {.job = job, .share = share, .request = rebind_request_of(job)};
    *found = (struct previous_volume){0};
    int result = -1;
    if (add_volumes(&search, err) == 0 && add_records(&search, err) == 0)
        result = decide(&search, found, err);
    search_clear(&search);
    return result;
}
