/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/daemon/leader_election.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/thread.h"
#include "k8s/lease.h"

#include <string.h>

enum {
    LEASE_DURATION_MS = 15000, /* others take a lease that was not renewed for so long */
    RENEW_DEADLINE_MS = 10000, /* the term ends when the lease could not be renewed for so long */
    RETRY_PERIOD_MS = 2000,
    CALL_TIMEOUT_MS = 3000, /* a try that begins before the deadline ends before the lease does */
};

struct leader_election {
    struct leader_election_settings settings;
    struct stop *stop;
    struct lease *lease;
    struct client *client;
    struct thread thread;
    _Atomic bool is_leading;
};

/* Wait until this process holds the lease; each other holder is logged once. False when it is
 * stopped before. */
static bool compete(struct leader_election *self)
{
    autofree char *known_holder = NULL;
    while (!stop_is_raised(self->stop)) {
        struct error err;
        bool held = false;
        if (lease_try(self->lease, self->client, &held, &err) < 0)
            log_warn("cannot get the lease", "lease", self->settings.name, "error", err.message);
        if (held)
            return true;
        const char *holder = lease_holder(self->lease);
        if (holder && !text_equals(known_holder, holder)) {
            memory_replace(&known_holder, memory_copy(holder));
            log_info("waiting for the lease", "lease", self->settings.name, "holder", holder);
        }
        stop_wait(self->stop, RETRY_PERIOD_MS);
    }
    return false;
}

/* Renew until the lease is lost, the deadline passes or the process stops. */
static void keep_lease(struct leader_election *self)
{
    int64_t deadline_ms = clock_monotonic_ms() + RENEW_DEADLINE_MS;
    bool held = true;
    while (held && clock_left_ms(deadline_ms) > 0 && !stop_wait(self->stop, RETRY_PERIOD_MS)) {
        struct error err;
        int64_t tried_ms = clock_monotonic_ms();
        if (lease_try(self->lease, self->client, &held, &err) < 0)
            log_warn("cannot renew the lease", "lease", self->settings.name, "error", err.message);
        else if (held)
            deadline_ms = tried_ms + RENEW_DEADLINE_MS;
    }
    if (!stop_is_raised(self->stop))
        log_warn("lost the lease", "lease", self->settings.name, "holder",
                 lease_holder(self->lease));
}

static void serve_term(struct leader_election *self, void (*wait)(struct leader_election *self))
{
    struct stop *term = stop_new();
    log_info("became the leader", "lease", self->settings.name, "identity",
             self->settings.identity);
    self->is_leading = true;
    self->settings.term_begins(self->settings.context, term);
    wait(self);
    stop_raise(term);
    self->is_leading = false;
    self->settings.term_ended(self->settings.context);
    stop_free(term);
}

static void release(struct leader_election *self)
{
    struct error err;
    autoclose(client) struct client *client =
        client_open(self->settings.config, NULL, CALL_TIMEOUT_MS, &err);
    if (!client || lease_release(self->lease, client, &err) < 0)
        log_warn("cannot release the lease", "lease", self->settings.name, "error", err.message);
}

static void *lead(void *argument)
{
    struct leader_election *self = argument;
    while (compete(self))
        serve_term(self, keep_lease);
    release(self);
    return NULL;
}

static void wait_for_stop(struct leader_election *self)
{
    enum { AN_HOUR_MS = 3600 * 1000 };

    while (!stop_wait(self->stop, AN_HOUR_MS))
        ;
}

static void *lead_alone(void *argument)
{
    serve_term(argument, wait_for_stop);
    return NULL;
}

static void leader_election_free(struct leader_election *leader)
{
    client_close(leader->client);
    lease_free(leader->lease);
    stop_free(leader->stop);
    free(leader);
}

struct leader_election *leader_election_start(const struct leader_election_settings *settings,
                                              struct error *err)
{
    struct leader_election *self = memory_new(sizeof *self);
    self->settings = *settings;
    self->stop = stop_new();
    self->lease = lease_new(&(struct lease_settings){.namespace = settings->namespace,
                                                     .name = settings->name,
                                                     .identity = settings->identity,
                                                     .duration_ms = LEASE_DURATION_MS});
    self->client = client_open(settings->config, self->stop, CALL_TIMEOUT_MS, err);
    if (!self->client || thread_start(&self->thread, "leader election",
                                      settings->is_enabled ? lead : lead_alone, self, err) < 0) {
        leader_election_free(self);
        return NULL;
    }
    return self;
}

void leader_election_stop(struct leader_election *leader)
{
    if (!leader)
        return;
    stop_raise(leader->stop);
    thread_join(&leader->thread);
    leader_election_free(leader);
}

bool leader_election_is_leading(const struct leader_election *leader)
{
    return leader->is_leading;
}

char *leader_election_lease_name(const char *provisioner_name)
{
    static const char from[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_/";
    static const char to[] = "abcdefghijklmnopqrstuvwxyz--";
    char *name = memory_copy(provisioner_name);
    for (char *letter = name; *letter; letter++) {
        const char *found = strchr(from, *letter);
        if (found)
            *letter = to[found - from];
    }
    return name;
}
