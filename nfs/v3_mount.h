/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/protocol.h"

/*
 * NFSv3 has no way to name an export: the server's MOUNT service turns the path into a handle, and
 * its portmapper tells where that service listens. Negative errno.
 */
MUST_CHECK int v3_mount(const char *host, const struct address *address, int64_t deadline_ms,
                        struct handle *root);
