/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/config.h"
#include "provisioner/context.h"
#include "provisioner/shared/queue.h"

/*
 * The thread that looks at the Pods of a StatefulSet with claims of ours whenever the set changes,
 * and says what it sees: that a Pod of a new revision has the directories of the one before it, and
 * where a Pod may still write though another has taken its place. It reads, sends events, and
 * changes nothing. What it remembers is one small struct per ordinal. It looks during a term only.
 */
struct rollout_watcher;

struct rollout_watcher_settings {
    struct context *context;
    struct queue *queue; /* keys of sets, on hold */
    const struct config *config;
    int timeout_ms; /* of one API call */
};

/* `settings` is copied, what it points at is borrowed. */
MUST_CHECK struct rollout_watcher *
rollout_watcher_start(const struct rollout_watcher_settings *settings, struct error *err);
/* The queue must be closed. */
void rollout_watcher_stop(struct rollout_watcher *rollout_watcher);

/* Begin afresh: what happened while somebody else led was not seen. */
void rollout_watcher_begin_term(struct rollout_watcher *rollout_watcher, struct stop *term);
void rollout_watcher_end_term(struct rollout_watcher *rollout_watcher);

/* How often two Pods of one identity may have written at once, since the start. */
unsigned long rollout_watcher_double_writers(const struct rollout_watcher *rollout_watcher);
