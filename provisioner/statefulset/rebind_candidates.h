/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/statefulset/rebind_search.h"

/* What is asked about a claim, and where. Borrowed. */
struct rebind_question {
    const struct provision_job *job;
    struct share *share;
    const char *export_id; /* the identity of the export */
    struct rebind_request request;
};

/*
 * Read what the claim has in its folder, the volumes of those records, and the volumes that name
 * the claim, wherever their records are; the record of a volume that counts for nothing is not
 * read. Only if nothing of these counts, and the class adopts,
 * what earlier namespaces of that name and other clusters have recorded. The folder is made when
 * there is none. Clear with rebind_candidates_clear, also after a failure.
 */
MUST_CHECK int rebind_candidates_read(const struct rebind_question *question,
                                      struct rebind_candidates *found, struct error *err);
void rebind_candidates_clear(struct rebind_candidates *found);
