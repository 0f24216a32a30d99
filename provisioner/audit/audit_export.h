/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/context.h"
#include "provisioner/shared/queue.h"

/*
 * When a term begins, and when a class appears, what is on its export is compared with the volumes:
 * what has no counterpart is logged and counted, a missing record is written from its volume,
 * nothing is removed.
 */

/* "@nfs", the key in the work queue for the audit of a class' export. The caller's. */
char *audit_key(const char *class_name);
bool audit_is_key(const char *key);

/* Have its export audited, if the class is ours. */
void audit_wake(struct queue *queue, const struct provisioner_names *names,
                const struct storage_class *storage_class);

/* ERROR_BUSY: the key will be woken. */
MUST_CHECK int audit_export(struct context *self, struct client *client, const char *key,
                            struct error *err);

/* Which of two classes with one export is in charge of it: the first by name. Pure. */
bool is_auditing_class(const struct storage_class *storage_class,
                       struct storage_class *const *classes, size_t count);
