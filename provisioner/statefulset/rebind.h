/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/provision_job.h"

/* What a claim that comes back had. Both are references of the caller's. */
struct previous_volume {
    struct record *record; /* NULL: nothing, it gets a new directory */
    struct volume *volume; /* NULL: the volume object is gone as well */
};

/*
 * Find what the claim had before, from volumes and the export's records, all checked against each
 * other and the export. ERROR_CONFLICT: several directories, or one that cannot be given back; the
 * message says what to do, nothing was changed.
 */
MUST_CHECK int rebind_find(const struct provision_job *job, struct share *share,
                           struct previous_volume *found, struct error *err);
