/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/export/record.h"
#include "provisioner/provision_job.h"

/* Give up a directory that was being made: its record is removed, and then its owner.
 * ERROR_CONFLICT: another process has finished it meanwhile. */
MUST_CHECK int forget_directory(const struct provision_job *job, struct share *share,
                                const struct record *record, struct error *err);
