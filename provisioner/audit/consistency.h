/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/audit/export_scan.h"
#include "provisioner/audit/findings.h"
#include "provisioner/audit/what_becomes.h"
#include "provisioner/cluster/cluster_snapshot.h"

/*
 * The inconsistencies between claims, volumes, records and directories. Pure: all of them were read
 * before.
 */

/* Is it in a state in which only an interrupted process leaves it? */
bool consistency_is_passing(const struct record *record);

/* Both add to `findings`, which begins as {0}. Claims, volumes and records of namespaces that the
 * snapshot does not cover are left out. What changed while the export was read is left to
 * the next audit. */
void consistency_check_export(const struct cluster_snapshot *snapshot,
                              const struct export_scan *scan, struct findings *findings);
void consistency_check_cluster(const struct cluster_snapshot *snapshot, const struct scans *scans,
                               struct findings *findings);
