/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "provisioner/object/claim.h"
#include "provisioner/object/volume.h"

/* Objects as the API server has them now, which a watch may not have brought yet. Each is a new
 * reference. ERROR_NOT_FOUND: there is none of that name. */
MUST_CHECK struct claim *claim_read(struct client *client, const char *namespace, const char *name,
                                    struct error *err);
MUST_CHECK struct volume *volume_read(struct client *client, const char *name, struct error *err);
