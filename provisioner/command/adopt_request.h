/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"
#include "provisioner/audit/export_scan.h"
#include "provisioner/cluster/cluster_snapshot.h"

/* What it depends on whether a directory may be handed to a claim. Borrowed. */
struct adopt_request {
    const struct cluster_snapshot *snapshot; /* with every claim */
    const struct export_scan *scan;          /* what the directory's owner and the claim have */
    const struct storage_class *storage_class;
    const char *directory; /* is there, and is a directory */
    const char *namespace;
    const char *namespace_uid;
    const char *claim_name;
    bool from_other_cluster;         /* records of other clusters are accepted */
    bool is_cluster_alive;           /* the cluster that has recorded it still uses the export */
    bool is_nested;                  /* another recorded directory is in it or around it */
    const struct claim_owner *found; /* the directory's owner, as the export says: a claim, or a
                                        namespace whose claims share it; NULL: it has none */
};

/* Is this the claim that is to have the directory? */
static inline bool adopt_is_target(const struct adopt_request *request, const char *namespace,
                                   const char *claim)
{
    return text_equals(namespace, request->namespace) && text_equals(claim, request->claim_name);
}
