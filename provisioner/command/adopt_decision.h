/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/audit/export_scan.h"
#include "provisioner/cluster/cluster_snapshot.h"

/*
 * May a directory be handed to a claim, and what must be changed for it? Pure: everything was read
 * live before.
 */
struct adopt_request {
    const struct cluster_snapshot *snapshot; /* with every claim */
    const struct export_scan *scan;          /* of the export */
    const struct storage_class *storage_class;
    const char *directory; /* is there, and is a directory */
    const char *namespace;
    const char *namespace_uid;
    const char *claim_name;
    bool from_other_cluster; /* records of other clusters are accepted */
};

struct adopt_decision {
    const struct claim *claim;   /* NULL: it does not exist yet */
    const struct volume *volume; /* to be patched; NULL: to be created */
    const struct record *record; /* the directory's; NULL: it has none */
    char *volume_name;
    const struct record **superseded; /* to be marked as such, so that the choice is final */
    size_t superseded_count;
    bool is_done; /* the claim has this directory, or it is reserved for it */
};

/* Clear with adopt_decision_clear. ERROR_CONFLICT: the directory must not be handed to the claim;
 * the message says why, and what to do. */
MUST_CHECK int adopt_decide(const struct adopt_request *request, struct adopt_decision *decision,
                            struct error *err);
void adopt_decision_clear(struct adopt_decision *decision);
