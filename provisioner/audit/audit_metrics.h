/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/audit/consistency.h"
#include "provisioner/shared/store.h"

/* What the last audit of each export counted, for /metrics. */

/* `repaired`: so many of the volumes without a record have one now. */
void audit_metrics_put(struct store *audits, const struct export_scan *scan,
                       const struct findings *findings, size_t repaired);

/* All counts in Prometheus' text format; "" when there are none. Caller frees. */
char *audit_metrics_render(struct store *audits);
