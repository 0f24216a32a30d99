/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/other_claim.h"

#include "base/log.h"

int other_claim_failed(const char *claim, struct error *err)
{
    if (err->kind == ERROR_STOPPED || err->kind == ERROR_BUSY) /* no event and no log tells these */
        return -1;
    int retry_after_ms = err->retry_after_ms;
    log_warn("what another claim has recorded cannot be read or cleared", "claim", claim, "error",
             err->message);
    error_set(err, err->kind,
              "what is recorded of this directory cannot be read or cleared: an administrator "
              "finds the reason in mooring's log");
    err->retry_after_ms = retry_after_ms;
    return -1;
}
