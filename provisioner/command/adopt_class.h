/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/cluster/cluster_snapshot.h"
#include "provisioner/command/adopt_target.h"

/*
 * Of which of mooring's storage classes the directory is, and so on which export: the one that
 * --class says, else that of the claim, else the only one there is, else the one that a volume of
 * the directory is of, else the one that its record names, for which each export is asked. Borrowed
 * from the snapshot. ERROR_INVALID: --class must say it; the message has the names.
 */
MUST_CHECK const struct storage_class *adopt_class_choose(const struct adopt_target *target,
                                                          const struct cluster_snapshot *snapshot,
                                                          struct error *err);
