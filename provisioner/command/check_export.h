/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/address.h"
#include "provisioner/command/check_identity.h"

/*
 * Can this export be used: does it answer, is it the one that its volumes are on, has it room, can
 * directories be made on it and given away? It makes a directory in .mooring and removes it again,
 * unless it may be the wrong export, when it returns false. `mode` is what a class asks for.
 * `timeout_ms` bounds each NFS call.
 */
bool check_export(struct check_report *report, const struct address *address, int timeout_ms,
                  const struct check_identity *identity, mode_t mode);

/* Of an export that returned true: does a directory get the mode that another class asks for? */
void check_export_mode(struct check_report *report, const struct address *address, int timeout_ms,
                       struct client *client, mode_t mode);
