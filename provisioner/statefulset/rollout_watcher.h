/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/config.h"
#include "provisioner/context.h"
#include "provisioner/shared/queue.h"

/*
 * The thread that checks the Pods of a StatefulSet with claims of ours whenever the set changes: it
 * tells that a Pod of a new revision has the directories of the one before it, and warns where the
 * Pod before may still write. It sends events and writes nothing else. It remembers one small
 * struct per ordinal, and works only while this replica leads.
 */
struct rollout_watcher;

struct rollout_watcher_settings {
    struct context *context;
    struct queue *queue; /* "namespace/name" of sets that changed; on hold */
    const struct config *config;
    int timeout_ms; /* of one API call */
};

/* `settings` is copied, what it points at is borrowed. */
MUST_CHECK struct rollout_watcher *
rollout_watcher_start(const struct rollout_watcher_settings *settings, struct error *err);
/* The queue must be closed. */
void rollout_watcher_stop(struct rollout_watcher *watcher);

/* Forget everything, since another replica led meanwhile, and check every set. */
void rollout_watcher_begin_term(struct rollout_watcher *watcher, struct stop *term);
/* Returns when no check is under way any more. */
void rollout_watcher_end_term(struct rollout_watcher *watcher);

/* How often two Pods of one ordinal may have written at once, since the start. */
unsigned long rollout_watcher_double_writers(const struct rollout_watcher *watcher);
