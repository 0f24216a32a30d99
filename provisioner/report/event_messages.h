/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/claim.h"
#include "provisioner/object/pod.h"
#include "provisioner/object/stateful_set.h"
#include "provisioner/object/volume.h"
#include "provisioner/report/event_recorder.h"

/*
 * Events as `kubectl describe` shows them:
 *
 *   announce(recorder, event_about_claim(claim, EVENT_WARNING, "ProvisioningFailed"), "%s", why);
 */
enum event_type { EVENT_NORMAL, EVENT_WARNING };

/* An event without a message yet. Caller hands it to one of the two below. */
struct event *event_about_claim(const struct claim *claim, enum event_type type,
                                const char *reason);
struct event *event_about_volume(const struct volume *volume, enum event_type type,
                                 const char *reason);
struct event *event_about_pod(const struct pod *pod, enum event_type type, const char *reason);
/* About one ordinal of a StatefulSet. Events of other ordinals stay beside it. */
struct event *event_about_ordinal(const struct stateful_set *set, int ordinal, enum event_type type,
                                  const char *reason);

/* Give the event its message and send it. Never blocks on the network. */
void announce(struct event_recorder *recorder, struct event *take_event, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* The same for work that begins: sent only when no other event about the object follows soon. */
void announce_if_slow(struct event_recorder *recorder, struct event *take_event, const char *format,
                      ...) PRINTF_LIKE(3, 4);
