/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/audit/findings.h"
#include "provisioner/cluster/cluster_snapshot.h"

/* Report the claims that wait and whose volume nobody makes, and the classes of which that is so
 * because their provisioner's name only resembles ours. Pure. */
void unserved_check(const struct cluster_snapshot *snapshot, struct findings *findings);
