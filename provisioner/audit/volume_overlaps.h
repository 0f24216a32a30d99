/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/audit/export_scan.h"
#include "provisioner/audit/findings.h"
#include "provisioner/cluster/cluster_snapshot.h"

/*
 * Find volumes of ours that have a directory of this export together with another volume, of
 * whatever provisioner: the same one, one in it or one around it. Two volumes of which the records
 * say so already are left to the comparison of the records, and what changed during the scan to the
 * next audit. Pure.
 */
void volume_overlaps_check(const struct cluster_snapshot *snapshot, const struct export_scan *scan,
                           struct findings *findings);
