/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/export/claim_folder.h"
#include "provisioner/provision_job.h"
#include "provisioner/statefulset/rebind_request.h"

/* The directories that a claim may have had, with everything that decides about them. */
struct rebind_candidates {
    struct candidate *items; /* own what they point at */
    size_t count;
    char *problem; /* why a file among the claim's records is not one; NULL: all are understood */
};

/* A search for the candidates of a claim. Borrowed. */
struct rebind_search {
    const struct provision_job *job;
    struct share *share;
    const char *export_id;
    const struct rebind_request *request;
    struct claim_owner owner; /* the claim that asks */
    struct rebind_candidates *found;
};

/* Add what is known already. Takes over what the candidate owns. */
void rebind_search_add(struct rebind_search *search, struct candidate take_candidate);

/* Add a record with its volume, which may be NULL, and ask what decides about the two. */
MUST_CHECK int rebind_search_add_record(struct rebind_search *search, const struct record *record,
                                        struct volume *take_volume, struct error *err);

/* The same, with the volume that the record names. */
MUST_CHECK int rebind_search_record(struct rebind_search *search, struct record *record,
                                    struct error *err);

/* Ask what decides about a candidate that has a record. */
MUST_CHECK int rebind_search_inspect(const struct rebind_search *search,
                                     struct candidate *candidate, struct error *err);

/* Does another cluster still use the export? `*is_alive` stays as it is for the own one. */
MUST_CHECK int rebind_search_cluster(const struct rebind_search *search, const char *other,
                                     bool *is_alive, struct error *err);

/* The folder of another claim cannot be read. Always -1 (provisioner/export/other_claim.h). */
int rebind_search_failed(const struct rebind_search *search, struct error *err);

/* Keep why not everything in the folder is understood. */
void rebind_search_keep_problem(struct rebind_search *search, const struct claim_folder *folder);
