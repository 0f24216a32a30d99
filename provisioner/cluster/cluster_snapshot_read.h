/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "provisioner/cluster/cluster_snapshot.h"
#include "provisioner/shared/sorted_map.h"

/* Reads a snapshot from the API server. */

struct cluster_snapshot_settings {
    const struct provisioner_names *names;
    const struct export_default *fallback;
    const char *namespace;   /* of the claims and sets to read; NULL: all */
    bool has_every_claim;    /* also claims that are not ours */
    bool needs_every_volume; /* one that cannot be read is an error, not left out */
    const struct sorted_map *recorded_claims; /* by claim_key, as records name them: claims of these
                                                 names, and those that our volumes name, are kept
                                                 also when they are not ours; NULL: they are not */
    bool finds_unserved;                      /* also looks for such claims */
};

/*
 * Reading has two steps, so that exports can be read between them: records first, then volumes,
 * then claims. Each record then has its volume and each volume its claim, also while claims are
 * being provisioned. `snapshot` begins zeroed.
 */
MUST_CHECK int cluster_snapshot_read_classes(struct cluster_snapshot *snapshot,
                                             struct client *client,
                                             const struct cluster_snapshot_settings *settings,
                                             struct error *err);
MUST_CHECK int cluster_snapshot_read_objects(struct cluster_snapshot *snapshot,
                                             struct client *client,
                                             const struct cluster_snapshot_settings *settings,
                                             struct error *err);
/* Read a namespace, unless it is known. One that is gone is no error. */
MUST_CHECK int cluster_snapshot_read_namespace(struct cluster_snapshot *snapshot,
                                               struct client *client, const char *name,
                                               struct error *err);
