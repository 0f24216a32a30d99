/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/provision_job.h"

/* What a claim had before it was deleted and made again. The owner of the struct releases both. */
struct previous_volume {
    struct record *record; /* NULL: nothing, the claim gets a new directory */
    struct volume *volume; /* NULL: the volume object is gone */
};

/*
 * Find what the claim had before, in the volumes and in the export's records, each checked against
 * the other and the export. Where the set's user asked for fresh data, the records of what the
 * claim had become superseded. ERROR_CONFLICT: several directories, or one that cannot be given
 * back; the message says what to do, and nothing was changed.
 */
MUST_CHECK int rebind_find(const struct provision_job *job, struct share *share,
                           struct previous_volume *previous, struct error *err);
