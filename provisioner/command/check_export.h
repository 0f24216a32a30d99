/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/address.h"
#include "provisioner/command/check_identity.h"

/* Does the export answer? NULL when it does not: the report says why. `timeout_ms` bounds each NFS
 * call. */
MUST_CHECK struct share *check_export_open(struct check_report *report,
                                           const struct address *address, int timeout_ms);

/* The same for an address of which neither a class nor a flag says the version: where the server
 * cannot be reached over NFSv3, NFSv4 is tried, too. */
MUST_CHECK struct share *check_export_open_any(struct check_report *report,
                                               const struct address *address, int timeout_ms);

/*
 * Can this export be used: is it the one that its volumes are on, has it room, can directories be
 * made on it and given away? It makes a directory in .mooring and removes it again, unless it may
 * be the wrong export, when it returns false. `mode` is what a class asks for.
 */
bool check_export(struct check_report *report, struct share *share,
                  const struct check_identity *identity, mode_t mode);

/* Of an export that returned true: does a directory get the mode that another class asks for? */
void check_export_mode(struct check_report *report, const struct address *address, int timeout_ms,
                       struct client *client, mode_t mode);
