/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rebind.h"

#include "base/log.h"
#include "base/text.h"
#include "provisioner/cluster/live_object.h"
#include "provisioner/statefulset/rebind_candidates.h"
#include "provisioner/statefulset/rebind_decision.h"
#include "provisioner/statefulset/rebind_rank.h"
#include "provisioner/statefulset/supersede_record.h"

/* NULL: none, or its claims are another set's, which was deleted or is newer than what was read. */
static const char *set_uid_of(const struct provision_job *job)
{
    const char *uid = claim_identity_member(&job->identity).set_uid;
    const char *owner = job->claim->owner_set_uid;
    return !owner || text_equals(owner, uid) ? uid : NULL;
}

struct rebind_request rebind_request_of(const struct provision_job *job, const char *directory)
{
    const struct claim_identity *identity = &job->identity;
    const struct storage_class *storage_class = job->storage_class;
    return (struct rebind_request){
        .names = job->context->names,
        .claim = job->claim,
        .cluster = job->context->cluster,
        .namespace_uid = job->namespace_state->namespace_uid,
        .address = storage_class->address,
        .has_own_export = storage_class->has_own_export,
        .policy = storage_class->rebind,
        .may_adopt = storage_class->may_adopt,
        .is_stateful = identity->kind != IDENTITY_NONE,
        .may_be_stateful = identity->kind == IDENTITY_NONE && job->is_namespace_shared,
        .discards_when_scaled =
            job->claim->has_pod_owner || claim_identity_discards_when_scaled(identity),
        .discards_when_deleted = job->claim->owner_set_uid || claim_identity_discards(identity),
        .set_uid = set_uid_of(job),
        .namespace_created_us = job->namespace_state->namespace_created_us,
        .has_pattern = storage_class->path_pattern != NULL,
        .directory = directory,
    };
}

/* The old claim is gone if its name is the new claim's now. Only a live read proves that. */
static int check_claim_is_current(const struct provision_job *job, struct error *err)
{
    const struct claim *claim = job->claim;
    autorelease(claim) struct claim *now =
        claim_read(job->client, claim->namespace, claim->name, err);
    if (!now)
        return -1;
    if (!text_equals(now->uid, claim->uid) || now->is_deleting || now->volume_name)
        return error_set(err, ERROR_CONFLICT, "claim %s/%s changed meanwhile", claim->namespace,
                         claim->name);
    return 0;
}

/* The set's user asked for fresh data. */
static int supersede(const struct rebind_question *question, const struct rebind_candidates *found,
                     struct error *err)
{
    bool is_current = false;
    for (size_t i = 0; i < found->count; i++) {
        const struct candidate *candidate = &found->items[i];
        if (!should_supersede(&question->request, candidate))
            continue;
        /* It may be what a newer claim of this name has got meanwhile. */
        if (!is_current && check_claim_is_current(question->job, err) < 0)
            return -1;
        is_current = true;
        if (supersede_record(question->job->client, question->share, candidate->record, err) < 0)
            return -1;
        log_info("record superseded", "volume", candidate->record->volume, "directory",
                 candidate->record->directory, "because", "fresh data was asked for");
    }
    return 0;
}

/* The first volume of the claim that no record is about. */
static struct volume *find_unrecorded(const struct rebind_candidates *found,
                                      const struct rebind_request *request)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct candidate *candidate = &found->items[i];
        if (!candidate->record && is_candidate(request, candidate))
            return volume_hold(candidate->volume);
    }
    return NULL;
}

/* A directory that was being made for an earlier claim is given up, so that another claim may have
 * the path. */
static int abandon(const struct rebind_question *question, const struct rebind_candidates *found,
                   struct previous_volume *previous, struct error *err)
{
    for (size_t i = 0; i < found->count && !previous->abandoned; i++) {
        if (is_abandoned(&question->request, &found->items[i]))
            previous->abandoned = record_hold(found->items[i].record);
    }
    return previous->abandoned ? check_claim_is_current(question->job, err) : 0;
}

/* What the claim's event leaves unnamed. */
static void log_others(const struct claim *claim, const char *others)
{
    autofree char *name = claim_key(claim->namespace, claim->name);
    if (others)
        log_warn("claim held", "claim", name, "reason", others);
}

/* What must be known before it can be decided. */
enum missing { MISSING_NOTHING, MISSING_DIRECTORY, MISSING_SETS };

static int act_on_decision(const struct rebind_question *question,
                           const struct rebind_candidates *found, struct previous_volume *previous,
                           enum missing *missing, struct error *err)
{
    const struct rebind_request *request = &question->request;
    struct rebind_answer answer;
    enum rebind_decision decision =
        rebind_decide(request, found->items, found->count, &answer, err);
    autofree char *others = answer.others;
    switch (decision) {
    case REBIND_NEW_DIRECTORY:
        previous->older = older_directory_find(request, found->items, found->count);
        return abandon(question, found, previous, err) < 0 ? -1 : supersede(question, found, err);
    case REBIND_READ_SETS:
        *missing = MISSING_SETS;
        return 0;
    case REBIND_HOLD:
        log_others(request->claim, others);
        if (!request->problem) /* else there is a record, which cannot be used */
            previous->unrecorded = find_unrecorded(found, request);
        return -1;
    case REBIND_GIVE_BACK:
    case REBIND_FINISH_MAKING:
        break;
    }
    if (check_claim_is_current(question->job, err) < 0)
        return -1;
    previous->record = record_hold(answer.chosen->record);
    previous->volume = answer.chosen->volume ? volume_hold(answer.chosen->volume) : NULL;
    previous->is_unfinished = decision == REBIND_FINISH_MAKING;
    return 0;
}

/* Read what the claim had, and decide, or say what is missing for that. */
static int find(struct rebind_question *question, struct previous_volume *previous,
                enum missing *missing, struct error *err)
{
    struct rebind_request *request = &question->request;
    struct rebind_candidates found = {0};
    int result = rebind_candidates_read(question, &found, err);
    *missing = MISSING_NOTHING;
    request->problem = found.problem;
    if (result == 0 && should_expand_pattern(request, found.items, found.count))
        *missing = MISSING_DIRECTORY;
    else if (result == 0)
        result = act_on_decision(question, &found, previous, missing, err);
    request->problem = NULL;
    rebind_candidates_clear(&found);
    return result;
}

static int supply(struct provision_job *job, enum missing missing, char **directory,
                  struct error *err)
{
    autofree char *volume = volume_name_for_claim(job->claim);
    switch (missing) {
    case MISSING_DIRECTORY:
        *directory = provision_job_directory(job, volume, err);
        return *directory ? 0 : -1;
    case MISSING_SETS:
        return provision_job_renew_namespace(job, err);
    case MISSING_NOTHING:
        break;
    }
    return 0;
}

int rebind_find(struct provision_job *job, struct share *share, const char *export_id,
                struct previous_volume *previous, struct error *err)
{
    autofree char *directory = NULL;
    enum missing missing;
    *previous = (struct previous_volume){0};
    do {
        struct rebind_question question = {.job = job,
                                           .share = share,
                                           .export_id = export_id,
                                           .request = rebind_request_of(job, directory)};
        if (find(&question, previous, &missing, err) < 0 ||
            supply(job, missing, &directory, err) < 0)
            return -1;
    } while (missing);
    return 0;
}

void previous_volume_clear(struct previous_volume *previous)
{
    record_release(previous->record);
    volume_release(previous->volume);
    volume_release(previous->unrecorded);
    record_release(previous->abandoned);
    older_directory_clear(&previous->older);
    *previous = (struct previous_volume){0};
}
