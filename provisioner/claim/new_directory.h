/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/provision_job.h"

/*
 * The path below the export of a new directory for this claim: the standard name, or what the
 * class' pathPattern gives. Caller frees. ERROR_INVALID: the pattern gives no safe path.
 */
MUST_CHECK char *new_directory_choose(const struct provision_job *job, const char *volume,
                                      struct error *err);

/*
 * Make the directory with the mode and the owner that the class says. ERROR_INVALID: a pattern gave
 * a path that is, holds or lies in another claim's directory.
 */
MUST_CHECK int new_directory_make(const struct provision_job *job, struct share *share,
                                  const char *directory, struct error *err);
