/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/export/record.h"
#include "provisioner/provision_job.h"
#include "provisioner/statefulset/older_directory.h"

/* Tell the claim, by the event ProvisioningSucceeded, that its new directory is there, and that an
 * older one of its name is kept, if there is one. The event names that and the command that hands
 * it over where the claim may know it, and else says only that there is one; the log has both
 * always. */
void announce_new(const struct provision_job *job, const struct record *record,
                  const struct older_directory *older);
