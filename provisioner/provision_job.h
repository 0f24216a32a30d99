/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/cluster/namespace_state.h"
#include "provisioner/context.h"
#include "provisioner/object/claim_identity.h"

/* One claim on its way to a volume, with everything that was read for it. All borrowed. */
struct provision_job {
    struct context *context;
    struct client *client;
    const struct claim *claim;
    const struct storage_class *storage_class;
    const struct namespace_state *namespace_state;
    struct claim_identity identity;
};
