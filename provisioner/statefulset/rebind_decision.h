/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "provisioner/export/record.h"
#include "provisioner/object/storage_class.h"

#include <stdbool.h>
#include <stddef.h>

struct claim;
struct volume;

/*
 * Which directory a claim gets back. A claim of the same name in the same namespace is the same
 * claim come back, where the class says so. Two answers are no answer. Pure: everything was read
 * before.
 */

struct rebind_request {
    const struct claim *claim; /* without a volume */
    const char *cluster;       /* UID of namespace kube-system */
    const char *namespace_uid; /* of the claim's namespace as it is now */
    enum rebind_policy policy;
    bool may_adopt;        /* adopt: always */
    bool is_stateful;      /* a StatefulSet that exists uses a claim of this name */
    bool wants_fresh_data; /* that set's retention policy is Delete */
};

/* A directory that a claim of this name had, known by a volume, a record or both. Borrowed. */
struct candidate {
    const struct volume *volume; /* NULL: the object is gone */
    const struct record *record; /* NULL: missing or not usable, `problem` says why */
    const char *problem;         /* why it cannot be given back as it is; NULL: it can */
};

enum rebind_decision {
    REBIND_NEW_DIRECTORY,
    REBIND_GIVE_BACK, /* `*chosen` */
    REBIND_HOLD,      /* the claim waits for an administrator; the error says what to do */
};

/* Does the candidate belong to this claim? One that does not is another claim's and is ignored. */
bool is_candidate(const struct rebind_request *request, const struct candidate *candidate);

/* May anything be given back at all? One that `mooring adopt` reserved for the claim always is. */
bool should_give_back(const struct rebind_request *request);

enum rebind_decision rebind_decide(const struct rebind_request *request,
                                   const struct candidate *candidates, size_t count,
                                   const struct candidate **chosen, struct error *err);
