/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/share.h"
#include "provisioner/export/claim_owner.h"

#include <stdbool.h>

/*
 * The owner of each directory of the export. OWNERS_DIRECTORY has a symlink in the place of each
 * directory; its text names the claim, or the namespace whose claims share it. A name cannot be a
 * symlink and hold other names, so two claims never have one directory, nor one inside the other's.
 * The file system itself decides this for all classes and clusters, also where it does not tell
 * upper case from lower.
 */
#define OWNERS_DIRECTORY METADATA_DIRECTORY "/directories"

/* The path of a directory's symlink. Caller frees. */
char *directory_owner_path(const char *directory);

enum directory_ownership {
    DIRECTORY_WITHOUT_OWNER,
    DIRECTORY_OF_OWNER, /* `found` is the owner */
    DIRECTORY_NESTED,   /* it lies in a directory that has an owner, or one that has lies in it */
};

/* Free `found` when the answer is DIRECTORY_OF_OWNER. ERROR_INVALID: the symlink's text is not
 * mooring's. */
MUST_CHECK int directory_owner_find(struct share *share, const char *directory,
                                    enum directory_ownership *ownership, struct parsed_owner *found,
                                    struct error *err);

/* Take the directory for a claim, which may have it already: `*is_new`, where that is not NULL, is
 * false then. ERROR_CONFLICT: it is, holds or lies in another claim's. */
MUST_CHECK int directory_owner_reserve(struct share *share, const char *directory,
                                       const struct claim_owner *owner, bool *is_new,
                                       struct error *err);

/* Hand a directory to another owner, even if a claim has it. `by` is the claim whose folder of
 * records, which must exist, has the new symlink until then: once that folder is settled
 * (claim_folder.h), a request that comes late has nothing to move. */
MUST_CHECK int directory_owner_replace(struct share *share, const char *directory,
                                       const struct claim_owner *owner,
                                       const struct claim_owner *by, struct error *err);

/* The same in two halves, between which can be read whether it is still right. What settles the
 * folder after the first half makes the second one fail. Caller frees the path. */
MUST_CHECK char *directory_owner_prepare(struct share *share, const struct claim_owner *owner,
                                         const struct claim_owner *by, struct error *err);
MUST_CHECK int directory_owner_put(struct share *share, const char *directory, const char *prepared,
                                   struct error *err);

/* Give up a directory that the claim has reserved, but does not have. The directories around it are
 * free then, too, unless other claims have directories in them. A symlink that the server lists
 * under another spelling of the name is kept: that is the owner of another directory. */
MUST_CHECK int directory_owner_release(struct share *share, const char *directory,
                                       const struct claim_owner *owner, struct error *err);

/* The name of a symlink that is given up, in a temporary directory in the claim's folder. */
#define DIRECTORY_OWNER_RELEASED "owner"
