/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/statefulset/rebind_request.h"

/*
 * A directory that claims of this name had, and that the claim does not get, which is told of when
 * it has got a new one. The claim may know one that its own namespace had, and a name that says no
 * more than those of claim and volume. What a pathPattern made for an earlier namespace or another
 * cluster may hold what that tenant wrote: it is for the administrator.
 */
struct older_directory {
    char *directory;        /* below the export; NULL: there is none */
    char *reason;           /* why it is kept: "it is of class fast" */
    char *path;             /* of its record; NULL: it has none */
    size_t more;            /* so many beside it */
    bool is_own;            /* the claim's namespace had it */
    bool may_be_named;      /* to the claim */
    bool is_foreign;        /* it is another cluster's */
    bool is_of_other_class; /* than the claim */
    char *elsewhere;        /* where there is no directory: a volume of the claim's namespace on
                               another export, "pvc-1 at server:/path"; NULL: there is none */
};

/* The newest of them, of the claim's namespace if there is one. Pure; clear with
 * older_directory_clear. */
struct older_directory older_directory_find(const struct rebind_request *request,
                                            const struct candidate *candidates, size_t count);
void older_directory_clear(struct older_directory *older);
