/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/provisioner/memory_share.h"

/*
 * A directory of a real NFS server, for the tests of what becomes of claims: every share that is
 * opened, whatever its address, is of this export. What memory_share.h says about an export is
 * carried out in the server's own file system, which must be on this machine.
 *
 * memory_share_log has the requests that change something, in the names of late_proxy.h, and can
 * hold one back. memory_share_reset begins with a new, empty directory.
 */

/* NFSv3 or NFSv4. The first call in a test. */
void served_export_start(int version);
void served_export_stop(void);

/* From now on connections lead directly to the server, or through the proxy, as at first. */
void served_export_bypass_proxy(bool is_bypassed);

/* As late_proxy_let_go. */
int served_export_let_go(void);
