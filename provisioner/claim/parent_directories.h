/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/export/record.h"
#include "provisioner/provision_job.h"

/*
 * Make the directories on the way to the record's, as the claim's directory is made. One that is
 * there is used only if the server lists it under exactly this name: where it folds the case of
 * names, it may be the directory of another claim, which .mooring knows under another spelling.
 * Nothing is made in such a one. ERROR_INVALID: one has another spelling, or is no directory; said
 * as a refusal of the record's directory.
 */
MUST_CHECK int parent_directories_make(const struct provision_job *job, struct share *share,
                                       const struct record *record, struct error *err);
