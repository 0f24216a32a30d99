/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/audit/findings.h"
#include "provisioner/cluster/cluster_snapshot.h"

/* Report the claims that wait although no provisioner makes their volume, and the classes without
 * a provisioner because the name that they have only resembles ours, and no volume was made by a
 * provisioner of that name. Pure. */
void unserved_check(const struct cluster_snapshot *snapshot, struct findings *findings);
