/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "provisioner/cluster/cluster_snapshot.h"

/*
 * Of the claims that the snapshot calls unserved because their class or a default class is missing,
 * drop those whose class was made since the classes were read, or is perhaps one that cannot be
 * read. Sends no
 * request when there is no such claim.
 */
MUST_CHECK int unserved_claims_confirm(struct cluster_snapshot *snapshot, struct client *client,
                                       struct error *err);
