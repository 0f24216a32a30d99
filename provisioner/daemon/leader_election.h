/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/stop.h"
#include "k8s/config.h"
#include "provisioner/object/provisioner_names.h"

#include <stdbool.h>

/*
 * The thread that competes for the leases, one for each provisioner name (lease_names.h). While
 * this process has all of them it is the leader, and there is a term: a stop that is raised when a
 * lease is lost or could not be renewed in time, or when the process ends. After a lost term the
 * thread competes again, indefinitely.
 *
 * A term ends two thirds of the lease's duration after the last renewal was sent, however slowly
 * the API server answers. The last third is for what is under way: it must have ended before
 * another process can take the lease.
 */
struct leader_election;

/* As Kubernetes' own components have it. */
enum { LEADER_ELECTION_DURATION_MS = 15000 };

struct leader_election_settings {
    const struct config *config;
    const char *namespace; /* of the leases */
    const struct provisioner_names *names;
    const char *identity;
    int duration_ms; /* other replicas take a lease that was not renewed for so long */
    bool is_enabled; /* false: one term from start to stop, no leases */
    void (*term_begins)(void *context, struct stop *term);
    /* `term` is raised already. Must return only when no thread uses it any more. */
    void (*term_ended)(void *context);
    void *context;
};

/* `settings` is copied, what it points at is borrowed. */
MUST_CHECK struct leader_election *
leader_election_start(const struct leader_election_settings *settings, struct error *err);
/* Ends the term and then releases the leases, if the API server lets it within a fifth of the
 * duration. */
void leader_election_stop(struct leader_election *leader);
bool leader_election_is_leading(const struct leader_election *leader);
