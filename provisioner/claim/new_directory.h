/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/provision_job.h"

/*
 * Make a new directory for the claim, with the mode and the owner that the class says, and its
 * record. Where claims of its namespace share that directory, it is taken as it is. `export_id` is
 * the export's identity, by which volumes of another address are told to be on it. `unfinished` is
 * the record of an earlier try that was cut off, or NULL. Returns the record as it is on the export
 * then; a new reference. ERROR_INVALID: a pattern leads to no safe path, to another claim's
 * directory, or to one that exists and has no record.
 */
MUST_CHECK struct record *new_directory_make(const struct provision_job *job, struct share *share,
                                             const char *export_id, const struct record *unfinished,
                                             struct error *err);
