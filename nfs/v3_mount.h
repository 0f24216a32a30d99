/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/protocol.h"

/*
 * Get the handle of an export's root. NFSv3 itself cannot name an export: the server's MOUNT
 * service turns the path into a handle, and its portmapper knows that service's port. 0 or a
 * negative errno; nfs/failure.h has those for a service that does not answer.
 */
MUST_CHECK int v3_mount(const char *host, const struct address *address, int64_t deadline_ms,
                        struct handle *root);
