/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/export/record.h"
#include "provisioner/provision_job.h"

/*
 * The volume object at the API server. Both return it as the server has it; caller releases. When
 * the server's answer is lost, it is asked what became of the volume: what was done after all is a
 * success.
 */

/* Of which set the claim is, also while that is yet to be applied again: its record tells. Borrows
 * from both. */
struct set_member save_volume_member(const struct provision_job *job, const struct record *record);

/* Where the data of the claim's volume is, as its record says; borrows from all three. */
struct volume_source save_volume_source(const struct provision_job *job,
                                        const struct record *record, const char *export_id);

/*
 * Create the volume of the job's claim. One of that name which exists already is a success if it is
 * that claim's, on the same server and path and of the same provisioner; otherwise, and while it is
 * being deleted, ERROR_CONFLICT with a message that says what differs.
 */
MUST_CHECK struct volume *save_volume_create(const struct provision_job *job,
                                             const struct volume_source *source, struct error *err);

/*
 * Give a volume to a claim. One that has that claim already is a success, though its annotations
 * may be those of before: Kubernetes binds one whose claimRef has no UID by itself. ERROR_CONFLICT:
 * it was given to another claim or deleted since it was read, or is being deleted.
 */
MUST_CHECK struct volume *save_volume_rebind(const struct provision_job *job,
                                             const struct volume_patch *given, struct error *err);
