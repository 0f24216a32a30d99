/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/audit/export_scan.h"
#include "provisioner/cluster/cluster_snapshot.h"

/* What was written, or changed, so shortly before or during a scan of an export that the two sides
 * cannot be compared: the next audit does. Pure. */

/* Has the volume changed since the scan began? */
bool scan_time_has_changed(const struct export_scan *scan, const struct volume *volume);

/* Is the record so new that its volume, which is made after it, may not be there yet? */
bool scan_time_is_recent(const struct export_scan *scan, const struct cluster_snapshot *snapshot,
                         const struct record *record);

/* May a process still be working on it? */
bool scan_time_is_in_work(const struct export_scan *scan, const struct cluster_snapshot *snapshot,
                          const struct record *record);
