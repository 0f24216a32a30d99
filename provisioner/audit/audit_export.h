/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/context.h"

/*
 * In the background the leader compares each export with the volumes, when its term begins, when a
 * class appears, and every few minutes: inconsistencies are logged and counted. Volumes whose
 * records are missing or out of date are queued, for follow_volume. What is changed here is only
 * that a directory without an owner gets it back from its record, unless its volume was bound to
 * another claim than that.
 */
enum { AUDIT_PERIOD_MS = 5 * 60 * 1000 };

/*
 * Audit the export of this class, unless another class audits it: one of the same address, or one
 * that reaches the same path of the same server over another version of NFS or other ports, or the
 * same export by whatever address, whose last audit was a success. An export is known by its
 * identity, which is read here: the first audit by each address reads all of it. ERROR_BUSY: the
 * class' audit key (work_key.h) will be woken. ERROR_FORBIDDEN: another export is in its place.
 * ERROR_STOPPED once the stop of `client` is raised.
 */
MUST_CHECK int audit_export(struct context *self, struct client *client, const char *class_name,
                            struct error *err);

/* Does this class audit its address? Of several classes with one address, the first by name. Pure.
 */
bool is_auditing_class(const struct storage_class *storage_class,
                       struct storage_class *const *classes, size_t count);
