/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/provision_job.h"

/*
 * Everything that is done to a claim or to a volume: a file each, of the same name. Each is safe to
 * repeat at any time, also after it was cut off between two steps. ERROR_BUSY: no connection to the
 * export is free, or another thread works on the claim; the work key (shared/work_key.h) is woken
 * when it may go on.
 */

/* Bring the claim called "namespace/name" to where it should be: decide which of the two below it
 * needs. Nothing is done for one that is gone, bound or not ours. */
MUST_CHECK int sync_claim(struct context *context, struct client *client, const char *name,
                          struct error *err);

/* Is there something that nothing tells of? A Lost claim may always have been another
 * provisioner's, and then it is told nothing, until a record is there. */
enum { LOST_CLAIM_PERIOD_MS = 5 * 60 * 1000 };

bool sync_claim_should_repeat(const struct context *context, const char *name);

/* Give a claim without a volume the volume that it had before, or else a new directory and a volume
 * that points at it. */
MUST_CHECK int provision(struct provision_job *job, struct error *err);

/* Make the volume object of a bound claim again from the record on the export. ERROR_NOT_FOUND: the
 * record is not this claim's, or the directory is missing; the message says what to do. */
MUST_CHECK int recover_volume(struct provision_job *job, struct error *err);

/* Look after a volume: when its claim is gone it is kept, with a warning where its policy is
 * Delete; when it names a claim its record follows (follow_volume.h). */
MUST_CHECK int sync_volume(struct context *context, struct client *client, const char *name,
                           struct error *err);
