/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/provision_job.h"

/*
 * Another claim of this cluster, which is gone, or, where the class adopts, one of a cluster that
 * is gone, had reserved the directory and never got it: making it failed, or was cut off. Such a
 * reservation is given up, so that the job's claim may have the
 * directory. `*is_free`: it was. ERROR_BUSY: another thread works on that claim.
 */
MUST_CHECK int never_made_give_up(const struct provision_job *job, struct share *share,
                                  const char *directory, bool *is_free, struct error *err);
