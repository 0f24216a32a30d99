/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rebind_decision.h"

#include "base/text.h"
#include "provisioner/object/claim.h"
#include "provisioner/object/volume.h"

bool should_give_back(const struct rebind_request *request)
{
    return request->policy != REBIND_NONE && !request->wants_fresh_data;
}

static bool is_volume_of(const struct claim *claim, const struct volume *volume)
{
    return claim_is_named(claim, volume->claim_namespace, volume->claim_name) &&
           text_equals(volume->class_name, claim->class_name) &&
           !text_equals(volume->claim_uid, claim->uid) && !volume->is_deleting;
}

static bool is_record_of(const struct rebind_request *request, const struct record *record)
{
    const struct claim *claim = request->claim;
    bool is_here = text_equals(record->cluster, request->cluster) &&
                   text_equals(record->namespace_uid, request->namespace_uid);
    return claim_is_named(claim, record->namespace, record->claim) &&
           text_equals(record->class_name, claim->class_name) && record->state == RECORD_IN_USE &&
           (is_here || request->may_adopt);
}

/* `mooring adopt` left a claimRef with the claim's name and no UID: an administrator chose it. */
static bool is_reserved(const struct candidate *candidate)
{
    return candidate->volume && !candidate->volume->claim_uid;
}

bool is_candidate(const struct rebind_request *request, const struct candidate *candidate)
{
    const struct record *record = candidate->record;
    if (candidate->volume && !is_volume_of(request->claim, candidate->volume))
        return false;
    if (record && !is_record_of(request, record))
        return false;
    /* The claim may come back before its set does: the set that was recorded counts. */
    bool was_stateful = record && record->stateful_set;
    return is_reserved(candidate) || request->policy == REBIND_ALL || request->is_stateful ||
           was_stateful;
}

static const char *name_of(const struct candidate *candidate)
{
    return candidate->volume ? candidate->volume->name : candidate->record->volume;
}

static const char *directory_of(const struct candidate *candidate)
{
    return candidate->record ? candidate->record->directory : candidate->volume->path;
}

/* The claim's directories: how many, with the first and the last of them. A reserved one comes
 * before all others, and counts whatever the class and the set say. */
struct matches {
    const struct candidate *first;
    const struct candidate *last;
    size_t count;
};

static struct matches find_matches(const struct rebind_request *request,
                                   const struct candidate *candidates, size_t count)
{
    struct matches matches = {0};
    bool has_reserved = false;
    for (size_t i = 0; i < count; i++)
        has_reserved |= is_reserved(&candidates[i]) && is_candidate(request, &candidates[i]);
    for (size_t i = 0; i < count; i++) {
        const struct candidate *candidate = &candidates[i];
        bool counts = has_reserved ? is_reserved(candidate) : should_give_back(request);
        if (!counts || !is_candidate(request, candidate))
            continue;
        if (!matches.first)
            matches.first = candidate;
        matches.last = candidate;
        matches.count++;
    }
    return matches;
}

enum rebind_decision rebind_decide(const struct rebind_request *request,
                                   const struct candidate *candidates, size_t count,
                                   const struct candidate **chosen, struct error *err)
{
    const struct claim *claim = request->claim;
    const struct matches found = find_matches(request, candidates, count);
    if (found.count == 0)
        return REBIND_NEW_DIRECTORY;
    if (found.count > 1) {
        autofree char *more =
            found.count > 2 ? memory_format(" and %zu more", found.count - 2) : memory_copy("");
        error_set(err, ERROR_CONFLICT,
                  "%zu directories belong to this claim: %s (volume %s), %s (volume %s)%s. None "
                  "was chosen. Choose one with: mooring adopt DIRECTORY --to %s/%s",
                  found.count, directory_of(found.first), name_of(found.first),
                  directory_of(found.last), name_of(found.last), more, claim->namespace,
                  claim->name);
        return REBIND_HOLD;
    }
    if (found.first->problem) {
        error_set(err, ERROR_CONFLICT,
                  "its directory %s (volume %s) is not given back: %s; nothing was changed",
                  directory_of(found.first), name_of(found.first), found.first->problem);
        return REBIND_HOLD;
    }
    *chosen = found.first;
    return REBIND_GIVE_BACK;
}
