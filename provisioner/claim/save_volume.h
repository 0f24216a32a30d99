/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/provision_job.h"

/*
 * The volume object at the API server. Both return it as the server stored it; caller releases.
 */

/* Create the volume that the record describes. One of that name which exists already is a success
 * if it is this claim's; otherwise ERROR_CONFLICT. */
MUST_CHECK struct volume *save_volume_create(const struct provision_job *job,
                                             const struct record *record, struct error *err);

/* Hand the volume to the claim. ERROR_CONFLICT: it was handed to another claim or deleted since it
 * was read. */
MUST_CHECK struct volume *save_volume_rebind(const struct provision_job *job,
                                             const struct volume *volume, struct error *err);
