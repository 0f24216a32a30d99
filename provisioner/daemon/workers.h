/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/config.h"
#include "provisioner/context.h"
#include "provisioner/shared/queue.h"

/*
 * The threads that take keys (work_key.h) from the queue and do the work, each with its own
 * connection to the API server. They write only during a term: between terms the queue is held, and
 * no work is kept.
 */
struct workers;

struct workers_settings {
    struct context *context;
    struct queue *queue;
    const struct config *config;
    int count;
    int timeout_ms; /* of one API call */
};

/* `settings` is copied, what it points at is borrowed. The queue must be held. */
MUST_CHECK struct workers *workers_start(const struct workers_settings *settings,
                                         struct error *err);
/* The queue must be closed. */
void workers_stop(struct workers *workers);

/* Begin to write. Whatever there is to do is to be queued after this. Every call of a client ends
 * early once `term` is raised. */
void workers_begin_term(struct workers *workers, struct stop *term);
/* After `term` was raised. Returns when no worker writes any more. */
void workers_end_term(struct workers *workers);
