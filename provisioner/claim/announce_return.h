/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/context.h"

struct address;
struct claim;
struct record;

/* Tell the claim that it is back on the volume and the directory that it had, or has those that
 * `mooring adopt` reserved for it: event VolumeRebound. `before`: the record as it was found. */
void announce_return(struct context *context, const struct claim *claim,
                     const struct record *before, const struct address *address);
