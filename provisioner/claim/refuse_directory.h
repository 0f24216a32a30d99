/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/export/record.h"
#include "provisioner/provision_job.h"

/*
 * The directory to which a pathPattern leads is not for the claim. Which claim has it, and even
 * that it is there, only the administrator may know, and not a tenant, who chooses a claim's name
 * and labels: the event has the same words in each case, and the log has the reason. All return -1.
 */

/* `reason` is a sentence about the directory, for the log. */
int refuse_directory(const struct provision_job *job, const struct record *record,
                     const char *reason, struct error *err);

/* Another claim or volume has it. `volume`: the name of that, if the cluster tells, or NULL. */
int refuse_directory_of_others(const struct provision_job *job, struct share *share,
                               const struct record *record, const char *volume, struct error *err);

/* It could not be made, and `err` says why: that is kept, unless it is that something else than a
 * directory is in its place or on the way there. */
int refuse_directory_blocked(const struct provision_job *job, struct share *share,
                             const struct record *record, struct error *err);

/* This very claim had it, as `earlier` says, perhaps in another spelling, and does not get it back
 * by itself: it is told so. */
int refuse_directory_had(const struct provision_job *job, const struct record *record,
                         const struct record *earlier, struct error *err);

/* Others of the claim's namespace, with which it shares the directory, have it, and it is not there
 * any more, or something else is in its place. */
int refuse_directory_lost(const struct provision_job *job, const struct record *record,
                          struct error *err);

/* The server lists it, or a directory on the way to it, under another name than this. */
int refuse_directory_spelled(const struct provision_job *job, const struct record *record,
                             struct error *err);
