/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/daemon/leader_election.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/thread.h"
#include "k8s/lease.h"
#include "provisioner/daemon/lease_names.h"

struct leader_election {
    struct leader_election_settings settings;
    int term_ms;  /* a renewal counts for so long from when it was sent: 10 s of 15 */
    int retry_ms; /* between two tries: 2 s of 15 */
    int call_ms;  /* one API call: 3 s of 15, so that one without an answer is not the only one */
    struct stop *stop;
    struct lease_names names;
    char *names_text;
    struct lease **leases; /* in the order of their names */
    size_t held; /* so many of them, from the first on, were ours when all had been asked for */
    struct client *client;
    struct thread thread;
    struct stop *term;      /* of the term that goes on; NULL: none does */
    int64_t leads_until_ms; /* on the monotonic clock; 0: another has a lease */
    _Atomic bool is_leading;
};

static bool may_lead(const struct leader_election *self)
{
    return clock_left_ms(self->leads_until_ms) > 0;
}

/* Get or renew the leases in their order, up to the first that is another's: those before it are
 * kept, so that a replica that waits for one lease and a replica that waits for the next do not
 * take turns for ever. */
static int try_leases(const struct leader_election *self, size_t *held, struct error *err)
{
    bool is_ours = true;
    size_t count = 0;
    while (is_ours && count < self->names.count) {
        if (lease_try(self->leases[count], self->client, &is_ours, err) < 0)
            return -1;
        count += is_ours;
    }
    *held = count;
    return 0;
}

static bool has_all(const struct leader_election *self)
{
    return self->held == self->names.count;
}

/*
 * Get or renew the leases, at the latest at `deadline_ms`. They count from before the first was
 * asked for: the other replicas count from when they see the renewal, which can be long before its
 * answer arrives.
 */
static int try_once(struct leader_election *self, int64_t deadline_ms, struct error *err)
{
    int64_t asked_ms = clock_monotonic_ms();
    client_set_deadline(self->client, deadline_ms);
    if (try_leases(self, &self->held, err) < 0)
        return -1;
    self->leads_until_ms = has_all(self) ? asked_ms + self->term_ms : 0;
    if (self->term && has_all(self))
        stop_set_end(self->term, self->leads_until_ms);
    return 0;
}

/* Those behind the first that is another's: where the leader has died, the time of all its leases
 * is over at once then, not of one after the other. */
static int look_at_others(const struct leader_election *self, struct error *err)
{
    for (size_t i = self->held + 1; i < self->names.count; i++) {
        if (lease_look(self->leases[i], self->client, err) < 0)
            return -1;
    }
    return 0;
}

/* The first lease that is another's is logged with its holder, unless `*known` says so already. */
static void log_waiting(const struct leader_election *self, char **known)
{
    const char *holder = has_all(self) ? NULL : lease_holder(self->leases[self->held]);
    if (!holder)
        return;
    const char *name = self->names.items[self->held];
    autofree char *both = memory_format("%s %s", name, holder);
    if (text_equals(*known, both))
        return;
    log_info("waiting for the lease", "lease", name, "holder", holder);
    memory_replace(known, steal(both));
}

/* Wait until this process holds all leases; each other holder is logged once. False when it is
 * stopped before. */
static bool compete(struct leader_election *self)
{
    autofree char *known = NULL;
    while (!stop_is_raised(self->stop)) {
        struct error err;
        if (try_once(self, clock_monotonic_ms() + self->term_ms, &err) < 0 ||
            look_at_others(self, &err) < 0)
            log_warn("cannot get the lease", "lease", self->names_text, "error", err.message);
        if (may_lead(self))
            return true;
        log_waiting(self, &known);
        stop_wait(self->stop, self->retry_ms);
    }
    return false;
}

static int pause_ms(const struct leader_election *self)
{
    int left_ms = clock_left_ms(self->leads_until_ms);
    return left_ms < self->retry_ms ? left_ms : self->retry_ms;
}

/* Renew until a lease is lost, its time is over or the process stops. */
static void keep_lease(struct leader_election *self)
{
    while (!stop_wait(self->stop, pause_ms(self)) && may_lead(self)) {
        struct error err;
        if (try_once(self, self->leads_until_ms, &err) < 0)
            log_warn("cannot renew the lease", "lease", self->names_text, "error", err.message);
    }
}

static void log_lost(const struct leader_election *self)
{
    if (has_all(self))
        log_warn("lost the lease", "lease", self->names_text, "reason", "not renewed in time");
    else
        log_warn("lost the lease", "lease", self->names.items[self->held], "holder",
                 lease_holder(self->leases[self->held]));
}

static void serve_term(struct leader_election *self, void (*wait)(struct leader_election *self))
{
    struct stop *term = stop_new();
    stop_set_end(term, self->leads_until_ms);
    self->term = term;
    log_info("became the leader", "lease", self->names_text, "identity", self->settings.identity);
    self->is_leading = true;
    self->settings.term_begins(self->settings.context, term);
    wait(self);
    self->term = NULL;
    stop_raise(term);
    self->is_leading = false;
    if (!stop_is_raised(self->stop))
        log_lost(self);
    self->settings.term_ended(self->settings.context);
    stop_free(term);
}

/* The last lease first: the replica that then gets the first one finds all others free. A lease
 * that cannot be released does not keep the others from being released; the first error counts. */
static int release_all(const struct leader_election *self, struct client *client, struct error *err)
{
    int result = 0;
    for (size_t i = self->names.count; i > 0; i--) {
        struct error problem;
        if (lease_release(self->leases[i - 1], client, &problem) < 0 && result == 0) {
            *err = problem;
            result = -1;
        }
    }
    return result;
}

static void release(const struct leader_election *self)
{
    struct error err;
    autoclose(client) struct client *client =
        client_open(self->settings.config, NULL, self->call_ms, &err);
    if (client)
        client_set_deadline(client, clock_monotonic_ms() + self->call_ms);
    if (!client || release_all(self, client, &err) < 0)
        log_warn("cannot release the lease", "lease", self->names_text, "error", err.message);
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
    for (size_t i = 0; i < leader->names.count; i++)
        lease_free(leader->leases[i]);
    free(leader->leases);
    free(leader->names_text);
    lease_names_clear(&leader->names);
    stop_free(leader->stop);
    free(leader);
}

static struct lease **open_leases(const struct leader_election_settings *settings,
                                  const struct lease_names *names)
{
    struct lease **leases = memory_grow(NULL, names->count, sizeof *leases);
    for (size_t i = 0; i < names->count; i++)
        leases[i] = lease_new(&(struct lease_settings){.namespace = settings->namespace,
                                                       .name = names->items[i],
                                                       .identity = settings->identity,
                                                       .duration_ms = settings->duration_ms});
    return leases;
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
    self->names = lease_names_of(settings->names);
    self->names_text = lease_names_text(&self->names);
    self->leases = open_leases(settings, &self->names);
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
