/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/provision_job.h"
#include "provisioner/statefulset/older_directory.h"

/*
 * What earlier namespaces of that name and other clusters have recorded for a claim. Which of them
 * there are is remembered for a minute, and mostly there are none, so that only the first
 * claim of a minute costs requests. Nothing is decided by it: it is told only, so a claim gets its
 * volume first.
 */

/* False: there were none in the last minute, and nothing is to be read. */
bool older_owners_may_exist(const struct provision_job *job);

/* The newest directory that they have recorded for the job's claim, which has got a new one; of
 * more than 16 namespaces those count of which a claim came or went last. A cluster that gives
 * signs of life has what it has for itself. Where one cannot be read, nothing is told. Clear with
 * older_directory_clear. */
struct older_directory older_owners_find(const struct provision_job *job, struct share *share);
