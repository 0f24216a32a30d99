/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/export/record.h"
#include "provisioner/provision_job.h"

/*
 * A directory that claims of one namespace share, because their class says so. The first of them
 * reserves and makes it as any other, and is its owner. When the next one comes, the record of the
 * first proves that the directory was made and may be shared, and the namespace becomes its owner.
 */
enum directory_sharing {
    SHARING_NONE,    /* the claim does not share the directory */
    SHARING_JOINED,  /* it was made, and the claim may have it with others, or has had it before */
    SHARING_AWAITED, /* another claim of the namespace is about to make it */
};

/* May the claim of this record, which is shared, have the directory as it is? The namespace is its
 * owner then, or still the claim itself. ERROR_BUSY: another thread works on the claim that has
 * it. */
MUST_CHECK int shared_directory_join(const struct provision_job *job, struct share *share,
                                     const struct record *record, enum directory_sharing *sharing,
                                     struct error *err);

/* Is the directory, which others have, there under exactly this name? ERROR_INVALID: it is not, and
 * the claim is told so: an empty one in its place would hide that it is lost. */
MUST_CHECK int shared_directory_check(const struct provision_job *job, struct share *share,
                                      const struct record *record, struct error *err);
