/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rebind_decision.h"

#include "provisioner/object/claim.h"
#include "provisioner/object/volume.h"

#include <string.h>

static bool same(const char *one, const char *other)
{
    return one && other && strcmp(one, other) == 0;
}

bool should_look_back(const struct rebind_request *request)
{
    return request->policy != REBIND_NONE && !request->discards_claims;
}

static bool is_volume_of(const struct claim *claim, const struct volume *volume)
{
    return claim_is_named(claim, volume->claim_namespace, volume->claim_name) &&
           same(volume->class_name, claim->class_name) && !same(volume->claim_uid, claim->uid) &&
           !volume->deleting;
}

static bool is_record_of(const struct rebind_request *request, const struct record *record)
{
    const struct claim *claim = request->claim;
    bool ours = same(record->cluster, request->cluster) &&
                same(record->namespace_uid, request->namespace_uid);
    return claim_is_named(claim, record->namespace, record->claim) &&
           same(record->class_name, claim->class_name) && record->state == RECORD_IN_USE &&
           (ours || request->adopts);
}

/* An administrator chose it (`mooring adopt`): claimRef has the claim's name and no UID. */
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
    /* A set may be gone while its claim comes back: what was recorded counts. */
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

static int refuse_several(const struct rebind_request *request, const struct candidate *one,
                          const struct candidate *other, size_t count, struct error *err)
{
    const struct claim *claim = request->claim;
    autofree char *more = count > 2 ? memory_format(" and %zu more", count - 2) : memory_copy("");
    return error_set(err, ERROR_CONFLICT,
                     "%zu directories were this claim's: %s (volume %s), %s (volume %s)%s; nothing "
                     "is taken. Choose one with: mooring adopt DIRECTORY --to %s/%s",
                     count, directory_of(one), name_of(one), directory_of(other), name_of(other),
                     more, claim->namespace, claim->name);
}

/*
 * How many directories were the claim's, with the first and the last of them. One that is reserved
 * for it makes the others none, and counts whatever the class and the set say.
 */
static size_t find_all(const struct rebind_request *request, const struct candidate *candidates,
                       size_t count, size_t range[2])
{
    size_t found = 0;
    bool has_reserved = false;
    for (size_t i = 0; i < count; i++)
        has_reserved |= is_reserved(&candidates[i]) && is_candidate(request, &candidates[i]);
    for (size_t i = 0; i < count; i++) {
        bool counts = has_reserved ? is_reserved(&candidates[i]) : should_look_back(request);
        if (!counts || !is_candidate(request, &candidates[i]))
            continue;
        range[found ? 1 : 0] = i;
        found++;
    }
    return found;
}

enum rebind_decision rebind_decide(const struct rebind_request *request,
                                   const struct candidate *candidates, size_t count,
                                   const struct candidate **chosen, struct error *err)
{
    size_t range[2] = {0};
    size_t found = find_all(request, candidates, count, range);
    size_t first = range[0];
    if (found == 0)
        return REBIND_NEW_DIRECTORY;
    if (found > 1) {
        refuse_several(request, &candidates[first], &candidates[range[1]], found, err);
        return REBIND_HOLD;
    }
    if (candidates[first].problem) {
        error_set(err, ERROR_CONFLICT,
                  "its directory %s (volume %s) is not given back: %s; nothing was changed",
                  directory_of(&candidates[first]), name_of(&candidates[first]),
                  candidates[first].problem);
        return REBIND_HOLD;
    }
    *chosen = &candidates[first];
    return REBIND_GIVE_BACK;
}
