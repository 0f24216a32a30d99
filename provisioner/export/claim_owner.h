/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/memory.h"
#include "nfs/entry.h"

#include <stdbool.h>

/*
 * The owner of a directory: a claim of one cluster and of one namespace there, or the whole
 * namespace, when claims of it share the directory. A namespace that was deleted and made again has
 * another UID, and with it other owners. Borrowed texts.
 */
struct claim_owner {
    const char *cluster; /* UID of namespace kube-system */
    const char *namespace;
    const char *namespace_uid;
    const char *claim; /* NULL: the namespace; only as the owner of a directory */
};

/* No owner with a name that is not known equals any. */
bool claim_owner_equals(const struct claim_owner *one, const struct claim_owner *other);

bool claim_owner_is_of_same_namespace(const struct claim_owner *one,
                                      const struct claim_owner *other);

/* Is `found` the whole namespace of the other? */
bool claim_owner_is_namespace_of(const struct claim_owner *found, const struct claim_owner *other);

/* The whole namespace of the owner. */
struct claim_owner claim_owner_namespace(const struct claim_owner *owner);

/* "<cluster>/<namespace>/<namespace UID>/<claim>", without the last for a namespace. Caller frees.
 */
char *claim_owner_text(const struct claim_owner *owner);

#define CLAIMS_DIRECTORY METADATA_DIRECTORY "/claims"

/* Where a claim's records are, or the folders of all claims of a namespace: CLAIMS_DIRECTORY, a
 * slash and the text above. Caller frees. */
char *claim_owner_folder(const struct claim_owner *owner);

/* A path in that folder that was never used. The next decision about the claim removes what is
 * there (claim_folder.h), so that a late request has nothing to move from there, or nowhere to move
 * it. Caller frees. */
MUST_CHECK char *claim_owner_temporary_path(const struct claim_owner *owner, struct error *err);

/* A text as above, taken apart. Free `texts`, which the owner points into. ERROR_INVALID when it is
 * none, or contains an unsafe name (nfs/name.h). */
struct parsed_owner {
    struct claim_owner owner;
    char *texts;
};

MUST_CHECK int claim_owner_parse(const char *text, struct parsed_owner *parsed, struct error *err);
