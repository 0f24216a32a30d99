/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/audit/consistency.h"
#include "provisioner/shared/store.h"

/* What the last complete audit of each export found, for /metrics and for the next audit of it. */

/* A volume as it is now, as a key. Caller frees. */
char *audit_metrics_volume_state(const struct volume *volume);

/* `queued`: the states of the volumes whose records do not fit. What was found by another address
 * of the same place, or of an export of the same identity, is forgotten: it is one export, over
 * whatever version of NFS. */
void audit_metrics_put(struct store *audits, const struct export_scan *scan,
                       const struct findings *findings, struct sorted_map *take_queued);

/* Was a volume in this state queued by the last audit of the export? What becomes of its record was
 * decided then, and would be decided in the same way. No once an hour, as the export may have
 * changed. */
bool audit_metrics_has_queued(struct store *audits, const char *export, const char *volume_state);

/* Was the place audited by another address than this in the last `period_us`? */
bool audit_metrics_has_place(struct store *audits, const struct address *address,
                             int64_t period_us);

/* Was the export of this scan, known by its identity, audited by another address in the last
 * `period_us`, and with the volumes of this address? */
bool audit_metrics_has_export(struct store *audits, const struct export_scan *scan,
                              int64_t period_us);

/* Let the scan know by which other addresses its export was found. */
void audit_metrics_add_addresses(struct store *audits, struct export_scan *scan);

/* Forget the exports that none of these classes has, or only one that cannot be used. */
void audit_metrics_keep(struct store *audits, struct storage_class *const *classes, size_t count);

/* All counts in Prometheus' text format; "" when there are none. Caller frees. */
char *audit_metrics_render(struct store *audits);
