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
 * Which directory a claim had before. Pure: what is known is gathered elsewhere, live, and judged
 * here. The same name in the same namespace is the same claim come back, where the class says so;
 * two answers are none.
 */

/* Who asks. */
struct rebind_request {
    const struct claim *claim;
    const char *cluster;       /* UID of namespace kube-system */
    const char *namespace_uid; /* of the claim's namespace as it is now */
    enum rebind_policy policy;
    bool adopts;          /* adopt: always */
    bool is_stateful;     /* a StatefulSet that exists uses a claim of this name */
    bool discards_claims; /* that set's user asked for fresh data */
};

/* A directory that a claim of this name had: a volume, a record or both. All borrowed. */
struct candidate {
    const struct volume *volume; /* NULL: the object is gone */
    const struct record *record; /* NULL: missing or unreadable, `problem` says */
    const char *problem;         /* why it cannot be taken as it is; NULL: it can */
};

enum rebind_decision {
    REBIND_NEW_DIRECTORY, /* a new directory */
    REBIND_GIVE_BACK,     /* `*chosen` */
    REBIND_HOLD,          /* nothing, until somebody decides: the error says what to do */
};

/* Does the candidate belong to whoever asks? One that does not is left alone, silently: it is
 * somebody else's. */
bool is_candidate(const struct rebind_request *request, const struct candidate *candidate);

/* Worth looking for candidates at all? */
bool should_look_back(const struct rebind_request *request);

enum rebind_decision rebind_decide(const struct rebind_request *request,
                                   const struct candidate *candidates, size_t count,
                                   const struct candidate **chosen, struct error *err);
