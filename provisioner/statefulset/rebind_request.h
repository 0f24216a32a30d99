/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"
#include "provisioner/export/record.h"
#include "provisioner/object/claim.h"
#include "provisioner/object/storage_class.h"
#include "provisioner/object/volume.h"

#include <stdbool.h>

struct provisioner_names;

/* What it depends on whether a directory is given back to a claim. Borrowed. */
struct rebind_request {
    const struct provisioner_names *names; /* ours */
    const struct claim *claim;             /* without a volume */
    const char *cluster;                   /* UID of namespace kube-system */
    const char *namespace_uid;             /* of the claim's namespace as it is now */
    int64_t namespace_created_us;          /* wall clock; -1: unknown */
    const struct address *address;         /* of the export, as the class has it */
    bool has_own_export;                   /* the class names it, or a part of it */
    enum rebind_policy policy;
    bool may_adopt;             /* adopt: always */
    bool is_stateful;           /* a StatefulSet that exists uses a claim of this name */
    bool may_be_stateful;       /* or one that is newer than what was read */
    bool discards_when_scaled;  /* that set's user wants fresh data after each scaling down, ... */
    bool discards_when_deleted; /* ... or only after the set was deleted */
    const char *set_uid;        /* of that set; NULL: there is none, or more than one */
    bool has_pattern;           /* pathPattern: fresh data would be in the same directory */
    const char *directory;      /* where the pattern leads; NULL: none, or not known yet */
    const char *problem;        /* why not every record of the claim is understood; NULL: all are */
};

enum directory_state {
    DIRECTORY_THERE,
    DIRECTORY_MISSING,
    DIRECTORY_REPLACED, /* its name is a symlink or a file */
};

/* A directory that a claim of this name had, known by a volume, a record or both. */
struct candidate {
    struct volume *volume; /* NULL: the API server says that the object is gone */
    struct record *record; /* NULL: the export has none about this volume */
    enum directory_state directory;
    bool is_elsewhere;     /* the export says that the directory is another claim's */
    char *user;            /* another volume that has this directory, one in it or around it; or
                              NULL */
    bool is_cluster_alive; /* the record is of another cluster, which still uses the export */
};

/* Has another cluster recorded it? */
static inline bool candidate_is_foreign(const struct rebind_request *request,
                                        const struct candidate *candidate)
{
    const struct record *record = candidate->record;
    return record && !text_equals(record->cluster, request->cluster);
}

/* It was cut off before its directory was known to be there, so no Pod can have used it. */
static inline bool candidate_is_unfinished(const struct candidate *candidate)
{
    return candidate->record && candidate->record->state == RECORD_MAKING;
}

/* Do volume and record, which are both there, tell of the same claim? A volume without a UID is
 * reserved, or Kubernetes unbound it. */
static inline bool candidate_is_consistent(const struct candidate *candidate)
{
    const struct volume *volume = candidate->volume;
    const struct record *record = candidate->record;
    return !volume->claim_uid || text_equals(volume->claim_uid, record_claim(record)) ||
           record_is_behind(record, volume);
}

/* Did the set's user ask for fresh data in its place? Where a deletion of the set is what discards
 * data, a volume of the set that lives proves that there was none: a person deleted the claim. What
 * the scaling down deletes cannot be told from that. */
static inline bool candidate_is_discarded(const struct rebind_request *request,
                                          const struct candidate *candidate)
{
    const char *uid = candidate->volume ? candidate->volume->member.set_uid : NULL;
    bool is_of_living_set = uid && text_equals(uid, request->set_uid);
    /* What others share stays where it is, and the claim would share it anew. */
    const struct record *record = candidate->record;
    if (record && record->is_shared && text_equals(record->directory, request->directory))
        return false;
    return request->discards_when_scaled || (request->discards_when_deleted && !is_of_living_set);
}

/* The volume names this very claim already, and Kubernetes binds the two. */
static inline bool candidate_is_bound(const struct candidate *candidate, const struct claim *claim)
{
    const struct volume *volume = candidate->volume;
    return volume && claim_is_named(claim, volume->claim_namespace, volume->claim_name) &&
           text_equals(volume->claim_uid, claim->uid);
}
