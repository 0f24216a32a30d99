/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/context.h"
#include "provisioner/daemon/status_server.h"
#include "provisioner/shared/queue.h"
#include "provisioner/statefulset/rollout_watcher.h"

/* The pages of `mooring run`: /healthz, /readyz, /metrics. All pointers are borrowed. */
struct status_pages {
    struct context *context;
    struct queue *queue;
    struct rollout_watcher *rollout_watcher;
    bool (*is_synced)(void *program); /* every kind of object was listed once */
    bool (*is_leading)(void *program);
    void *program; /* handed to both */
    bool is_hung;  /* and the log says so; of the server's thread */
};

struct status_handlers status_pages_handlers(struct status_pages *pages);
