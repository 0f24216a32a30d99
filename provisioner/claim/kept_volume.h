/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/context.h"

/*
 * Volumes that are released and have the policy Delete: mooring keeps them. Each release is told
 * and counted once, by the process that saw it while it led: how many there are is no event, and a
 * restart changes nothing about it.
 */

/* Send the event about a volume that is kept, unless that has been done. */
void kept_volume_tell(struct context *context, struct volume *volume);

/* How many of these volumes are kept. */
size_t kept_volume_count(struct store *volumes);
