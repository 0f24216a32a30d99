/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rebind_decision.h"

#include "base/text.h"
#include "provisioner/object/adopt_command_text.h"
#include "provisioner/statefulset/rebind_rank.h"
#include "provisioner/statefulset/rebind_refusal.h"

#include <string.h>

/* --- which candidates count --- */

static enum rank highest_rank(const struct rebind_request *request,
                              const struct candidate *candidates, size_t count)
{
    enum rank highest = RANK_NONE;
    for (size_t i = 0; i < count; i++) {
        enum rank rank = rank_of(request, &candidates[i]);
        if (rank > highest)
            highest = rank;
    }
    return highest;
}

/* Two leaders that gave back one volume at once may have left two records of it: one of them is as
 * good as the other, as they name one directory. The one that the volume knows counts, else the
 * newer one. */
static bool is_better(const struct candidate *one, const struct candidate *other)
{
    bool fits = one->volume && candidate_is_consistent(one);
    bool other_fits = other->volume && candidate_is_consistent(other);
    if (fits != other_fits)
        return fits;
    if (one->record->changed_us != other->record->changed_us)
        return one->record->changed_us > other->record->changed_us;
    int order = strcmp(one->record->claim_uid, other->record->claim_uid);
    return order ? order > 0 : strcmp(one->record->volume, other->record->volume) > 0;
}

static bool is_duplicate(const struct candidate *one, const struct candidate *other)
{
    const struct record *record = one->record, *second = other->record;
    if (one == other || !record || !second || record->state != RECORD_IN_USE ||
        second->state != RECORD_IN_USE)
        return false;
    const struct claim_owner owner = record_owner(record), second_owner = record_owner(second);
    return claim_owner_equals(&owner, &second_owner) &&
           text_equals(record->volume, second->volume) &&
           text_equals(record->directory, second->directory);
}

/* Two volumes of one shared directory are as good as one. */
static bool is_equivalent(const struct rebind_request *request, const struct candidate *one,
                          const struct candidate *other)
{
    const struct record *record = one->record, *second = other->record;
    return one != other && record && second && record->state == second->state &&
           record_shares(record, second) && rank_of(request, one) == rank_of(request, other);
}

static bool has_better(const struct rebind_request *request, const struct candidate *candidate,
                       const struct candidate *candidates, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct candidate *other = &candidates[i];
        if ((is_duplicate(candidate, other) || is_equivalent(request, candidate, other)) &&
            is_better(other, candidate))
            return true;
    }
    return false;
}

/* The claim's directories: how many, with the first and the last of them, and what living clusters
 * have of them. */
struct matches {
    const struct candidate *first;
    const struct candidate *last;
    const struct candidate *living;
    size_t count, living_count;
    bool has_foreign; /* of another cluster, which is gone */
};

static struct matches find_matches(const struct rebind_request *request,
                                   const struct candidate *candidates, size_t count)
{
    struct matches matches = {0};
    enum rank highest = highest_rank(request, candidates, count);
    for (size_t i = 0; i < count; i++) {
        const struct candidate *candidate = &candidates[i];
        bool is_unwanted = highest <= RANK_EARLIER && candidate_is_discarded(request, candidate) &&
                           !candidate_is_unfinished(candidate);
        if (highest == RANK_NONE || rank_of(request, candidate) != highest || is_unwanted ||
            has_better(request, candidate, candidates, count))
            continue;
        if (matches.count == 0)
            matches.first = candidate;
        matches.last = candidate;
        if (candidate->is_cluster_alive) {
            matches.living = candidate;
            matches.living_count++;
        } else {
            matches.has_foreign |= candidate_is_foreign(request, candidate);
        }
        matches.count++;
    }
    return matches;
}

/* --- the decision --- */

static const char *name_of(const struct candidate *candidate)
{
    return candidate->volume ? candidate->volume->name : candidate->record->volume;
}

static const char *directory_of(const struct candidate *candidate)
{
    const struct volume *volume = candidate->volume;
    if (candidate->record)
        return candidate->record->directory;
    return volume->directory ? volume->directory : volume->path ? volume->path : "?";
}

/* What to do about several directories. Caller frees. */
static char *choice_of(const struct rebind_request *request, const struct matches *found)
{
    const struct claim *claim = request->claim;
    if (found->living_count == found->count)
        return memory_copy("All are of other clusters that still use the export: the claim waits, "
                           "since its storage class says adopt: always");
    const char *living = found->living ? "Another cluster still uses the export: what it has "
                                         "cannot be chosen. "
                                       : "";
    return memory_format("%sChoose one with: mooring adopt DIRECTORY --to %s/%s%s", living,
                         claim->namespace, claim->name,
                         found->has_foreign ? " --from-other-cluster" : "");
}

/* For the log. Caller frees. */
static char *name_cluster(const struct candidate *candidate)
{
    return memory_format("it is cluster %s that still uses the export", candidate->record->cluster);
}

static enum rebind_decision hold_several(const struct rebind_request *request,
                                         const struct matches *found, struct rebind_answer *answer,
                                         struct error *err)
{
    answer->others = found->living ? name_cluster(found->living) : NULL;
    autofree char *choice = choice_of(request, found);
    autofree char *more =
        found->count > 2 ? memory_format(" and %zu more", found->count - 2) : memory_copy("");
    error_set(err, ERROR_CONFLICT,
              "%zu directories belong to this claim: %s (volume %s), %s (volume %s)%s. None was "
              "chosen. %s",
              found->count, directory_of(found->first), name_of(found->first),
              directory_of(found->last), name_of(found->last), more, choice);
    return REBIND_HOLD;
}

/* The claim is to have fresh data, but its pattern leads to the directory that it had. */
static enum rebind_decision hold_fresh(const struct rebind_request *request,
                                       const struct candidate *candidate,
                                       struct rebind_answer *answer, struct error *err)
{
    if (candidate->record && candidate->is_cluster_alive) {
        answer->others = name_cluster(candidate);
        error_set(err, ERROR_CONFLICT,
                  "pathPattern leads to the directory %s of another cluster, which still uses the "
                  "export: name something in the pattern that the two clusters do not share",
                  directory_of(candidate));
        return REBIND_HOLD;
    }
    autofree char *command =
        adopt_command_text(directory_of(candidate), request->claim->namespace, request->claim->name,
                           NULL, candidate_is_foreign(request, candidate));
    autofree char *deletion = candidate->volume
                                  ? memory_format("delete volume %s, and ", name_of(candidate))
                                  : memory_copy("");
    error_set(err, ERROR_CONFLICT,
              "its StatefulSet asks for fresh data, but pathPattern leads to the directory %s that "
              "it had: %smove the directory away together with its record in .mooring/claims/, or "
              "give it back with: %s",
              directory_of(candidate), deletion, command);
    return REBIND_HOLD;
}

/* Would there be something to give back if a StatefulSet used the claim? */
static bool depends_on_set(const struct rebind_request *request, const struct candidate *candidates,
                           size_t count)
{
    struct rebind_request stateful = *request;
    stateful.is_stateful = true;
    return request->may_be_stateful && highest_rank(&stateful, candidates, count) != RANK_NONE;
}

static enum rebind_decision decide_new(const struct rebind_request *request,
                                       const struct candidate *candidates, size_t count,
                                       struct rebind_answer *answer, struct error *err)
{
    if (depends_on_set(request, candidates, count))
        return REBIND_READ_SETS;
    for (size_t i = 0; i < count && request->has_pattern; i++) {
        if (candidate_is_discarded(request, &candidates[i]) &&
            is_candidate(request, &candidates[i]) &&
            (!candidates[i].record || is_where_pattern_leads(request, &candidates[i])))
            return hold_fresh(request, &candidates[i], answer, err);
    }
    return REBIND_NEW_DIRECTORY;
}

enum rebind_decision rebind_decide(const struct rebind_request *request,
                                   const struct candidate *candidates, size_t count,
                                   struct rebind_answer *answer, struct error *err)
{
    *answer = (struct rebind_answer){0};
    const struct matches found = find_matches(request, candidates, count);
    if (request->problem) {
        error_set(
            err, ERROR_CONFLICT,
            "cannot tell which directory this claim had; nothing was changed. Restore the file "
            "from a backup, or start the version of mooring that wrote it: %s. Without it the "
            "claim gets a new directory: to choose another one, delete the claim, move the file "
            "away and use mooring adopt",
            request->problem);
        return REBIND_HOLD;
    }
    if (found.count == 0)
        return decide_new(request, candidates, count, answer, err);
    if (found.count > 1)
        return hold_several(request, &found, answer, err);
    autofree char *reason = rebind_refusal(request, found.first, &answer->others);
    if (reason) {
        error_set(err, ERROR_CONFLICT,
                  "its directory %s (volume %s) is not given back: %s; nothing was changed",
                  directory_of(found.first), name_of(found.first), reason);
        return REBIND_HOLD;
    }
    answer->chosen = found.first;
    return candidate_is_unfinished(found.first) ? REBIND_FINISH_MAKING : REBIND_GIVE_BACK;
}
