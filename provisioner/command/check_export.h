/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/address.h"
#include "provisioner/command/check_identity.h"

/*
 * Can this export be used: does it answer, is it the one that its volumes are on, has it room, can
 * directories be made on it and given away? It makes a directory in .mooring and removes it again,
 * unless it may be the wrong export.
 * `timeout_ms` bounds each NFS call.
 */
void check_export(struct check_report *report, const struct address *address, int timeout_ms,
                  const struct check_identity *identity);
