/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/context.h"

/*
 * Volumes that are released and have the policy Delete: mooring keeps them. Each release is counted
 * by the process that saw it while it led. It is told once by each process that leads, as it may
 * have happened when none did.
 */

/* Send the event about a volume that is kept, unless that has been done. */
void kept_volume_tell(struct context *context, const struct volume *volume);

/* How many of these volumes are kept. */
size_t kept_volume_count(struct store *volumes);
