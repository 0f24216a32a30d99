/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/provision_job.h"
#include "provisioner/statefulset/older_directory.h"

/*
 * What earlier namespaces of that name and other clusters have recorded for a claim. Which of them
 * there are is remembered for a minute, and mostly there are none, so that a claim costs no
 * request. Nothing is decided by it: it is told only.
 */

/* Read which there are, unless that was done in the last minute. */
MUST_CHECK int older_owners_prepare(const struct provision_job *job, struct share *share,
                                    struct error *err);

/* The newest directory that they have recorded for the job's claim, which has got a new one; of
 * more than 16 namespaces those count of which a claim came or went last. A cluster that gives
 * signs of life has what it has for itself. Where one cannot be read, nothing is told. Clear with
 * older_directory_clear. */
struct older_directory older_owners_find(const struct provision_job *job, struct share *share);
