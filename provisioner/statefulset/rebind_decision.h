/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "provisioner/export/record.h"
#include "provisioner/object/storage_class.h"

#include <stdbool.h>
#include <stddef.h>

struct claim;
struct provisioner_names;
struct volume;

/*
 * What a claim without a volume gets. A claim of the same name in the same namespace is the same
 * claim come back, where the class says so. Two answers are no answer, and what could not be read
 * is no answer either. Pure: everything was read before.
 */

struct rebind_request {
    const struct provisioner_names *names; /* ours */
    const struct claim *claim;             /* without a volume */
    const char *cluster;                   /* UID of namespace kube-system */
    const char *namespace_uid;             /* of the claim's namespace as it is now */
    const struct address *address;         /* of the export, as the class has it */
    enum rebind_policy policy;
    bool may_adopt;        /* adopt: always */
    bool is_stateful;      /* a StatefulSet that exists uses a claim of this name */
    bool wants_fresh_data; /* that set's retention policy is Delete */
    bool has_pattern;      /* pathPattern: fresh data would be in the same directory */
    const char *directory; /* where the pattern leads; NULL: none, or not known yet */
    const char *problem;   /* why not every record of the claim is understood; NULL: all are */
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
    bool is_elsewhere;     /* the export says that the volume's directory is another claim's */
    char *user;            /* another volume that has this directory, one in it or around it; or
                              NULL */
    bool is_cluster_alive; /* the record is of another cluster, which still uses the export */
};

enum rebind_decision {
    REBIND_NEW_DIRECTORY, /* it had nothing, or fresh data is wanted */
    REBIND_GIVE_BACK,     /* `*chosen`, which may also be what an earlier try for this claim made */
    REBIND_FINISH_MAKING, /* `*chosen` has a record whose directory was about to be made */
    REBIND_HOLD,          /* the claim waits; the error says for what, or what to do */
};

/* Does the candidate belong to this claim, so that what becomes of it must be decided? One that
 * does not is another claim's, or was superseded, and is ignored. */
bool is_candidate(const struct rebind_request *request, const struct candidate *candidate);

/* Does the decision depend on the candidate's directory? When fresh data is asked for, only that of
 * a reserved one, and of what was made for this claim, counts. */
bool should_inspect_directory(const struct rebind_request *request,
                              const struct candidate *candidate);

/* Fresh data is wanted: the directory is kept, but never given back again by itself. */
bool should_supersede(const struct rebind_request *request, const struct candidate *candidate);

/* Must be known where the pattern leads? It may lead to a directory that the claim had and that it
 * would not be given back otherwise. */
bool should_expand_pattern(const struct rebind_request *request, const struct candidate *candidates,
                           size_t count);

enum rebind_decision rebind_decide(const struct rebind_request *request,
                                   const struct candidate *candidates, size_t count,
                                   const struct candidate **chosen, struct error *err);
