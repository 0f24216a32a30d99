/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/claim.h"
#include "provisioner/reporter.h"
#include "provisioner/volume.h"

/* Events in the words of `kubectl describe`. `reporter` sends them when it can; nothing here
 * blocks. */

void announce_claim(struct reporter *reporter, const struct claim *claim, const char *reason,
                    const char *format, ...) PRINTF_LIKE(4, 5);
void announce_claim_warning(struct reporter *reporter, const struct claim *claim,
                            const char *reason, const char *format, ...) PRINTF_LIKE(4, 5);
void announce_volume_warning(struct reporter *reporter, const struct volume *volume,
                             const char *reason, const char *format, ...) PRINTF_LIKE(4, 5);
