/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/context.h"
#include "provisioner/export/record.h"

/* An audit of one export, in the worker of `client`. */
struct audit {
    struct context *context;
    struct client *client;
    struct share *share;
    const char *key; /* of the audit, which is woken where another thread works on the claim */
};

/*
 * Make the claim of a record the owner of its directory again, or its namespace where claims share
 * that: where the volume object is gone, or
 * the namespace of its claim, nothing else does, and elsewhere follow_volume finds the record by
 * the owner. A success also where the record is not there any more, or another thread works on its
 * claim. ERROR_CONFLICT: another claim has the directory, one in it or one around it.
 */
MUST_CHECK int restore_owner(const struct audit *audit, const struct record *record,
                             struct error *err);
