/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/client.h"
#include "nfs/share.h"

/* A number of equal pieces of work, done by threads that have a connection each, as mooring's
 * workers have. */

/* What one thread works with. */
struct hand {
    struct client *client;
    struct share *share; /* NULL when nobody asked for it */
    void *context;
};

struct crew {
    const struct config *config;
    const struct address *address; /* the export; NULL: not needed */
    int hands;
    int count; /* pieces of work, numbered from 0 */
    int (*work)(const struct hand *hand, int number, struct error *err);
    void *context;
};

/* Returns when everything is done, or, once a piece has failed, when nobody is at work any more. */
MUST_CHECK int crew_run(const struct crew *crew, struct error *err);
