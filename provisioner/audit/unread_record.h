/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/audit/export_scan.h"

/* May the volume have a record among what could not be read? `cluster` is ours. Pure. */
bool unread_record_is_possible(const struct export_scan *scan, const char *cluster,
                               const struct volume *volume);
