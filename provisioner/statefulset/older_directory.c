/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/older_directory.h"

#include "provisioner/object/directory_name.h"
#include "provisioner/statefulset/kept_reason.h"
#include "provisioner/statefulset/rebind_rank.h"

/* Borrowed; NULL: it is not known where it is, or not below this export. */
static const char *directory_of(const struct rebind_request *request,
                                const struct candidate *candidate)
{
    return candidate->record ? candidate->record->directory
                             : volume_directory(candidate->volume, request->address);
}

static int64_t time_of(const struct candidate *candidate)
{
    return candidate->record ? candidate->record->changed_us : candidate->volume->created_us;
}

/* May `mooring adopt` take it as it is? */
static bool is_kept(const struct record *record)
{
    return record->state == RECORD_IN_USE || record->state == RECORD_SUPERSEDED ||
           record->state == RECORD_TAKING;
}

/* What another claim has now is no older directory of this one. */
static bool is_older(const struct rebind_request *request, const struct candidate *candidate)
{
    const struct volume *volume = candidate->volume;
    bool is_taken = volume && volume->claim_name &&
                    !claim_is_named(request->claim, volume->claim_namespace, volume->claim_name);
    return !is_taken && !candidate->is_elsewhere && !candidate->is_cluster_alive &&
           directory_of(request, candidate) && (!candidate->record || is_kept(candidate->record));
}

static bool is_better(const struct rebind_request *request, const struct candidate *one,
                      const struct candidate *other)
{
    bool is_own = is_of_namespace(request, one), is_other_own = is_of_namespace(request, other);
    return is_own != is_other_own ? is_own : time_of(one) > time_of(other);
}

/* It says no more than names that the claim knows, or may know. */
static bool has_standard_name(const struct rebind_request *request,
                              const struct candidate *candidate)
{
    struct error ignored;
    const struct claim *claim = request->claim;
    const char *volume = candidate->record ? candidate->record->volume : candidate->volume->name;
    autofree char *name = directory_name(claim->namespace, claim->name, volume, &ignored);
    return text_equals(name, directory_of(request, candidate));
}

/* A volume without a record may be older than the namespace. Then nothing says surely which tenant
 * wrote the names of which a pattern made its directory. */
static bool may_be_named(const struct rebind_request *request, const struct candidate *candidate)
{
    bool is_certain =
        candidate->record || candidate->volume->created_us >= request->namespace_created_us;
    return (is_certain && is_of_namespace(request, candidate)) ||
           has_standard_name(request, candidate);
}

/* Volumes and records that name one directory are one. */
static bool is_first_of(const struct rebind_request *request, const struct candidate *candidates,
                        size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (is_older(request, &candidates[i]) &&
            text_equals(directory_of(request, &candidates[i]),
                        directory_of(request, &candidates[index])))
            return false;
    }
    return true;
}

/* Does its class, or the claim's, name another export than it is on? Where it is, is told only of
 * one that the claim's namespace surely had. */
static bool is_left_behind(const struct rebind_request *request, const struct candidate *candidate)
{
    const struct volume *volume = candidate->volume;
    return volume && !candidate->record && volume->path &&
           claim_is_named(request->claim, volume->claim_namespace, volume->claim_name) &&
           !volume_directory(volume, request->address) &&
           volume->created_us >= request->namespace_created_us;
}

/* The newest of those. */
static struct older_directory find_left_behind(const struct rebind_request *request,
                                               const struct candidate *candidates, size_t count)
{
    const struct volume *newest = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct volume *volume = candidates[i].volume;
        if (is_left_behind(request, &candidates[i]) &&
            (!newest || volume->created_us > newest->created_us))
            newest = volume;
    }
    if (!newest)
        return (struct older_directory){0};
    autofree char *location = volume_location(newest);
    return (struct older_directory){.elsewhere = memory_format("%s at %s", newest->name, location)};
}

struct older_directory older_directory_find(const struct rebind_request *request,
                                            const struct candidate *candidates, size_t count)
{
    size_t best = count, found = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_older(request, &candidates[i]) || !is_first_of(request, candidates, i))
            continue;
        found++;
        if (best == count || is_better(request, &candidates[i], &candidates[best]))
            best = i;
    }
    if (best == count)
        return find_left_behind(request, candidates, count);
    const struct candidate *candidate = &candidates[best];
    const struct record *record = candidate->record;
    enum kept_reason reason = kept_reason_of(request, candidates, count, best);
    return (struct older_directory){
        .directory = memory_copy(directory_of(request, candidate)),
        .reason = kept_reason_words(reason, request, candidate),
        .path = record ? record_path(record) : NULL,
        .more = found - 1,
        .is_own = is_of_namespace(request, candidate),
        .may_be_named = may_be_named(request, candidate),
        .is_foreign = candidate_is_foreign(request, candidate),
        .is_of_other_class = !text_equals(kept_reason_class(candidate), request->claim->class_name),
    };
}

void older_directory_clear(struct older_directory *older)
{
    free(older->directory);
    free(older->reason);
    free(older->path);
    free(older->elsewhere);
    *older = (struct older_directory){0};
}
