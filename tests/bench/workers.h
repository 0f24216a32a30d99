/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "nfs/share.h"

/* Equal pieces of work, shared out to threads that have a connection each, as mooring's workers
 * have. */

/* What one thread works with. */
struct worker {
    struct client *client;
    struct share *share; /* NULL: `workers.address` was not given */
    void *context;
};

struct workers {
    const struct config *config;
    const struct address *address; /* the export; NULL: the work needs none */
    int threads;
    int count; /* pieces of work, numbered from 0 */
    int (*work)(const struct worker *worker, int number, struct error *err);
    void *context;
};

/* Returns when all threads have ended: everything is done, or a piece has failed and the rest was
 * left. */
MUST_CHECK int workers_run(const struct workers *workers, struct error *err);
