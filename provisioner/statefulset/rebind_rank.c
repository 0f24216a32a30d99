/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rebind_rank.h"

#include "base/text.h"

static bool is_here(const struct rebind_request *request, const struct record *record)
{
    return text_equals(record->cluster, request->cluster) &&
           text_equals(record->namespace_uid, request->namespace_uid);
}

/* A directory that another cluster or an earlier namespace was about to make was never used. */
static bool is_record_of(const struct rebind_request *request, const struct record *record)
{
    const struct claim *claim = request->claim;
    bool may_be_taken = request->may_adopt && record->state != RECORD_MAKING;
    return claim_is_named(claim, record->namespace, record->claim) &&
           text_equals(record->class_name, claim->class_name) &&
           record->state != RECORD_SUPERSEDED && (is_here(request, record) || may_be_taken);
}

/* Of a volume without a record. */
static bool is_of_earlier_namespace(const struct rebind_request *request,
                                    const struct volume *volume)
{
    if (volume->is_reserved)
        return volume->adopted_us >= 0 && volume->adopted_us < request->namespace_created_us;
    bool was_given = volume->previous_claim || volume->is_adopted;
    return !was_given && volume->created_us >= 0 &&
           volume->created_us < request->namespace_created_us;
}

bool is_of_namespace(const struct rebind_request *request, const struct candidate *candidate)
{
    return candidate->record ? is_here(request, candidate->record)
                             : !is_of_earlier_namespace(request, candidate->volume);
}

static bool is_volume_of(const struct rebind_request *request, const struct volume *volume)
{
    const struct claim *claim = request->claim;
    return claim_is_named(claim, volume->claim_namespace, volume->claim_name) &&
           text_equals(volume->class_name, claim->class_name) &&
           (request->may_adopt || !is_of_earlier_namespace(request, volume));
}

/* An earlier try for this very claim made it, and was cut off before the volume was saved. */
static bool is_own(const struct rebind_request *request, const struct candidate *candidate)
{
    const struct record *record = candidate->record;
    return record && is_here(request, record) &&
           text_equals(record->claim_uid, request->claim->uid);
}

/* `mooring adopt` left it for a claim to come: an administrator of this cluster chose it. The
 * record may not say so yet, or be lost. */
static bool is_reserved(const struct rebind_request *request, const struct candidate *candidate)
{
    const struct volume *volume = candidate->volume;
    const struct record *record = candidate->record;
    if (record && !*record->claim_uid && text_equals(record->cluster, request->cluster))
        return true;
    return volume && volume->is_reserved &&
           claim_is_named(request->claim, volume->claim_namespace, volume->claim_name);
}

static bool may_give_back(const struct rebind_request *request, const struct candidate *candidate)
{
    /* The claim may come back before its set does: the set that was noted counts. */
    bool was_stateful = (candidate->record && candidate->record->stateful_set) ||
                        (candidate->volume && candidate->volume->member.set);
    return request->policy == REBIND_ALL ||
           (request->policy == REBIND_STATEFUL && (request->is_stateful || was_stateful));
}

bool is_where_pattern_leads(const struct rebind_request *request, const struct candidate *candidate)
{
    return candidate->record && request->directory &&
           text_equals(candidate->record->directory, request->directory);
}

bool is_abandoned(const struct rebind_request *request, const struct candidate *candidate)
{
    return candidate_is_unfinished(candidate) && request->directory &&
           is_record_of(request, candidate->record) && is_here(request, candidate->record) &&
           !is_own(request, candidate) && !is_where_pattern_leads(request, candidate);
}

static bool is_of_claim(const struct rebind_request *request, const struct candidate *candidate)
{
    const struct record *record = candidate->record;
    const struct volume *volume = candidate->volume;
    if (!record)
        return is_volume_of(request, volume);
    /* `mooring adopt` may have been cut off before the record said of which class it is now, or
     * before the volume did. */
    bool is_moving = record->state == RECORD_MOVING && is_here(request, record);
    bool is_reserved_now = record->state != RECORD_SUPERSEDED && volume && volume->is_reserved;
    bool is_of_volume = volume && (is_reserved_now || is_moving) && is_volume_of(request, volume);
    return is_of_volume || is_record_of(request, record);
}

enum rank rank_of(const struct rebind_request *request, const struct candidate *candidate)
{
    if (candidate_is_bound(candidate, request->claim))
        return RANK_OWN;
    if (!is_of_claim(request, candidate))
        return RANK_NONE;
    if (is_own(request, candidate))
        return RANK_OWN;
    if (is_reserved(request, candidate))
        return RANK_RESERVED;
    if (is_abandoned(request, candidate))
        return RANK_NONE;
    if (!candidate_is_unfinished(candidate) && !may_give_back(request, candidate) &&
        !is_where_pattern_leads(request, candidate))
        return RANK_NONE;
    return RANK_EARLIER;
}

bool should_expand_pattern(const struct rebind_request *request, const struct candidate *candidates,
                           size_t count)
{
    for (size_t i = 0; i < count && request->has_pattern && !request->directory; i++) {
        const struct candidate *candidate = &candidates[i];
        enum rank rank = rank_of(request, candidate);
        bool is_open = rank == RANK_NONE ||
                       (rank == RANK_EARLIER && candidate_is_discarded(request, candidate)) ||
                       (candidate_is_unfinished(candidate) && !is_own(request, candidate));
        if (candidate->record && is_record_of(request, candidate->record) && is_open)
            return true;
    }
    return false;
}

bool is_candidate(const struct rebind_request *request, const struct candidate *candidate)
{
    return rank_of(request, candidate) != RANK_NONE;
}

bool is_own_candidate(const struct rebind_request *request, const struct candidate *candidate)
{
    return is_candidate(request, candidate) &&
           (is_of_namespace(request, candidate) || is_reserved(request, candidate) ||
            candidate_is_bound(candidate, request->claim));
}

bool should_inspect_directory(const struct rebind_request *request,
                              const struct candidate *candidate)
{
    enum rank rank = rank_of(request, candidate);
    return rank != RANK_NONE && !candidate_is_unfinished(candidate) &&
           (rank > RANK_EARLIER || !candidate_is_discarded(request, candidate));
}

bool should_supersede(const struct rebind_request *request, const struct candidate *candidate)
{
    const struct record *record = candidate->record;
    return candidate_is_discarded(request, candidate) && record && record->state == RECORD_IN_USE &&
           is_here(request, record) && rank_of(request, candidate) == RANK_EARLIER;
}
