/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/statefulset/rebind.h"

/*
 * Everything that provisioning a claim does on the export, on one connection: find what the claim
 * had before (`*found`, the caller's, also on failure), else make its directory; then write the
 * record that says whose it is. Returns the record, or NULL. ERROR_BUSY: the claim's key is woken.
 */
MUST_CHECK struct record *settlement_make(const struct provision_job *job,
                                          struct previous_volume *found, struct error *err);

/*
 * The record of the volume that a bound claim names, when it is that very claim's and its directory
 * is there. ERROR_NOT_FOUND otherwise, with what to do.
 */
MUST_CHECK struct record *settlement_recall(struct context *context, const struct claim *claim,
                                            const struct storage_class *storage_class,
                                            struct error *err);
