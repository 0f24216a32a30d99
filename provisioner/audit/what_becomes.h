/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "provisioner/audit/findings.h"
#include "provisioner/audit/scans.h"
#include "provisioner/cluster/cluster_snapshot.h"

/*
 * What becomes of data when its claim or its volume object is gone, as a sentence that says what is
 * true and what to do. It is what rebind_decide would answer to the claim if that came now.
 */

/* Read each namespace of which that must be known, once. Those that are gone are known to be gone.
 */
MUST_CHECK int what_becomes_read_namespaces(struct cluster_snapshot *snapshot,
                                            const struct scans *scans, struct client *client,
                                            struct error *err);

/* Pure. Of a volume that names a claim with a UID which is gone; `directory` is below the export,
 * NULL: not known. Caller frees. */
char *what_becomes_of_volume(const struct cluster_snapshot *snapshot, const struct scans *scans,
                             const struct volume *volume, const char *directory,
                             enum comes_back *comes_back);

/* Pure. Of a record whose volume object is gone; the scans are of the one export that it is on.
 * Caller frees. */
char *what_becomes_of_record(const struct cluster_snapshot *snapshot, const struct scans *scans,
                             const struct scanned_record *scanned, enum comes_back *comes_back);
