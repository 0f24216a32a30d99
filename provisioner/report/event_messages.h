/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/claim.h"
#include "provisioner/object/pod.h"
#include "provisioner/object/stateful_set.h"
#include "provisioner/object/volume.h"
#include "provisioner/report/event_recorder.h"

/* Events in the words of `kubectl describe`. `recorder` sends them when it can; nothing here
 * blocks. */

void announce_claim(struct event_recorder *recorder, const struct claim *claim, const char *reason,
                    const char *format, ...) PRINTF_LIKE(4, 5);
/* Work on it has begun: said only when it takes a while. */
void announce_claim_begun(struct event_recorder *recorder, const struct claim *claim,
                          const char *reason, const char *format, ...) PRINTF_LIKE(4, 5);
void announce_claim_warning(struct event_recorder *recorder, const struct claim *claim,
                            const char *reason, const char *format, ...) PRINTF_LIKE(4, 5);
void announce_volume_warning(struct event_recorder *recorder, const struct volume *volume,
                             const char *reason, const char *format, ...) PRINTF_LIKE(4, 5);
void announce_pod_warning(struct event_recorder *recorder, const struct pod *pod,
                          const char *reason, const char *format, ...) PRINTF_LIKE(4, 5);
/* DirectoryKept and DirectoryChanged of one ordinal of a set; those of others stand beside it. */
void announce_directory_kept(struct event_recorder *recorder, const struct stateful_set *set,
                             int ordinal, const char *format, ...) PRINTF_LIKE(4, 5);
void announce_directory_changed(struct event_recorder *recorder, const struct stateful_set *set,
                                int ordinal, const char *format, ...) PRINTF_LIKE(4, 5);
