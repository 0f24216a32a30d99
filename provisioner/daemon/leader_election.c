/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/daemon/leader_election.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/thread.h"
#include "k8s/lease.h"

#include <string.h>

struct leader_election {
    struct leader_election_settings settings;
    int term_ms;  /* a renewal counts for so long from when it was sent: 10 s of 15 */
    int retry_ms; /* between two tries: 2 s of 15 */
    int call_ms;  /* one API call: 3 s of 15, so that one without an answer is not the only one */
    struct stop *stop;
    struct lease *lease;
    struct client *client;
    struct thread thread;
    struct stop *term;      /* of the term that goes on; NULL: none does */
    int64_t leads_until_ms; /* on the monotonic clock; 0: another has the lease */
    _Atomic bool is_leading;
};

static bool may_lead(const struct leader_election *self)
{
    return clock_left_ms(self->leads_until_ms) > 0;
}

/*
 * Get or renew the lease, at the latest at `deadline_ms`. It counts from before it was asked for:
 * the others count from when they see the renewal, which can be long before its answer arrives.
 */
static int try_once(struct leader_election *self, int64_t deadline_ms, struct error *err)
{
    int64_t asked_ms = clock_monotonic_ms();
    bool held = false;
    client_set_deadline(self->client, deadline_ms);
    if (lease_try(self->lease, self->client, &held, err) < 0)
        return -1;
    self->leads_until_ms = held ? asked_ms + self->term_ms : 0;
    if (self->term && held)
        stop_set_end(self->term, self->leads_until_ms);
    return 0;
}

/* Wait until this process holds the lease; each other holder is logged once. False when it is
 * stopped before. */
static bool compete(struct leader_election *self)
{
    autofree char *known_holder = NULL;
    while (!stop_is_raised(self->stop)) {
        struct error err;
        if (try_once(self, clock_monotonic_ms() + self->term_ms, &err) < 0)
            log_warn("cannot get the lease", "lease", self->settings.name, "error", err.message);
        if (may_lead(self))
            return true;
        const char *holder = lease_holder(self->lease);
        if (holder && !text_equals(known_holder, holder)) {
            memory_replace(&known_holder, memory_copy(holder));
            log_info("waiting for the lease", "lease", self->settings.name, "holder", holder);
        }
        stop_wait(self->stop, self->retry_ms);
    }
    return false;
}

static int pause_ms(const struct leader_election *self)
{
    int left_ms = clock_left_ms(self->leads_until_ms);
    return left_ms < self->retry_ms ? left_ms : self->retry_ms;
}

/* Renew until the lease is lost, its time is over or the process stops. */
static void keep_lease(struct leader_election *self)
{
    while (!stop_wait(self->stop, pause_ms(self)) && may_lead(self)) {
        struct error err;
        if (try_once(self, self->leads_until_ms, &err) < 0)
            log_warn("cannot renew the lease", "lease", self->settings.name, "error", err.message);
    }
}

static void serve_term(struct leader_election *self, void (*wait)(struct leader_election *self))
{
    struct stop *term = stop_new();
    stop_set_end(term, self->leads_until_ms);
    self->term = term;
    log_info("became the leader", "lease", self->settings.name, "identity",
             self->settings.identity);
    self->is_leading = true;
    self->settings.term_begins(self->settings.context, term);
    wait(self);
    self->term = NULL;
    stop_raise(term);
    self->is_leading = false;
    if (!stop_is_raised(self->stop))
        log_warn("lost the lease", "lease", self->settings.name, "holder",
                 lease_holder(self->lease));
    self->settings.term_ended(self->settings.context);
    stop_free(term);
}

static void release(struct leader_election *self)
{
    struct error err;
    autoclose(client) struct client *client =
        client_open(self->settings.config, NULL, self->call_ms, &err);
    if (client)
        client_set_deadline(client, clock_monotonic_ms() + self->call_ms);
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
    self->term_ms = settings->duration_ms * 2 / 3;
    self->retry_ms = settings->duration_ms * 2 / 15;
    self->call_ms = settings->duration_ms / 5;
    self->stop = stop_new();
    self->lease = lease_new(&(struct lease_settings){.namespace = settings->namespace,
                                                     .name = settings->name,
                                                     .identity = settings->identity,
                                                     .duration_ms = settings->duration_ms});
    self->client = client_open(settings->config, self->stop, self->call_ms, err);
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
