/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "nfs/share.h"
#include "provisioner/command/check_report.h"
#include "provisioner/object/volume.h"

/* What the volumes say about the identity of an export. All borrowed. */
struct check_identity {
    struct client *client; /* NULL: the cluster could not be asked */
    struct volume *const *volumes;
    size_t volume_count;
    bool is_complete;   /* these are all volumes */
    const char *accept; /* --accept-export: at this address, volumes that name another identity are
                           made to name this one; NULL: at none */
    char **id; /* gets the identity that was read, which the caller frees, or NULL; NULL: the caller
                  does not want it */
};

/*
 * Is the export the one that its volumes were made on, and is its metadata directory mooring's
 * alone? False when something may be wrong, so that nothing must be written there; the report says
 * what. Nothing is written before it is known to be the one.
 */
bool check_identity(struct check_report *report, struct share *share,
                    const struct check_identity *check);
