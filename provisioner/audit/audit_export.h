/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/context.h"

/*
 * When a term begins, and when a class appears, its export is compared with the volumes:
 * inconsistencies are logged and counted, a missing record is written from its volume, nothing is
 * removed.
 */

/*
 * Audit the export of this class, unless another class audits it. ERROR_BUSY: the class'
 * audit key (work_key.h) will be woken.
 */
MUST_CHECK int audit_export(struct context *self, struct client *client, const char *class_name,
                            struct error *err);

/* Does this class audit its export? Of several classes with one export, the first by name. Pure. */
bool is_auditing_class(const struct storage_class *storage_class,
                       struct storage_class *const *classes, size_t count);
