/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "provisioner/daemon/leader_election.h"
#include "tests/provisioner/memory_cluster.h"
#include "tests/suite.h"

#include <poll.h>

/* Candidates that serve several provisioner names. A lease lasts a fifth of the usual time. */
enum {
    DURATION_MS = LEADER_ELECTION_DURATION_MS / 5,
    RETRY_MS = DURATION_MS * 2 / 15,
    LONGEST_MS = 20000,
    POLL_MS = 2,
};

static char *both[] = {"mooring/nfs", "a/nfs"};
static char *both_turned[] = {"a/nfs", "mooring/nfs"};
static char *one[] = {"mooring/nfs"};
static const struct provisioner_names both_names = {both, 2};
static const struct provisioner_names turned_names = {both_turned, 2};
static const struct provisioner_names one_name = {one, 1};

static const struct object_key first_lease = {&resource_leases, "mooring", "a-nfs"};
static const struct object_key second_lease = {&resource_leases, "mooring", "mooring-nfs"};

struct candidate {
    struct leader_election *leader;
    _Atomic int begun, ended; /* terms */
};

static void term_begins(void *context, struct stop *term)
{
    struct candidate *candidate = context;
    (void)term;
    candidate->begun++;
}

static void term_ended(void *context)
{
    struct candidate *candidate = context;
    candidate->ended++;
}

struct world {
    struct memory_cluster *cluster;
    struct config *config;
};

static void begin(struct world *world)
{
    world->cluster = memory_cluster_start();
    world->config = memory_cluster_config(world->cluster);
}

static void end(struct world *world)
{
    config_free(world->config);
    memory_cluster_stop(world->cluster);
}

static void start(struct candidate *candidate, const struct world *world, const char *identity,
                  const struct provisioner_names *names)
{
    struct error err;
    *candidate = (struct candidate){0};
    candidate->leader =
        leader_election_start(&(struct leader_election_settings){.config = world->config,
                                                                 .namespace = "mooring",
                                                                 .names = names,
                                                                 .identity = identity,
                                                                 .duration_ms = DURATION_MS,
                                                                 .is_enabled = true,
                                                                 .term_begins = term_begins,
                                                                 .term_ended = term_ended,
                                                                 .context = candidate},
                              &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(candidate->leader);
}

static bool leads_within(const struct candidate *candidate, int timeout_ms)
{
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    while (!leader_election_is_leading(candidate->leader) && clock_left_ms(deadline_ms) > 0)
        poll(NULL, 0, POLL_MS);
    return leader_election_is_leading(candidate->leader);
}

/* Which process holds the lease; "" when none does. Caller frees. */
static char *holder_of(const struct world *world, const struct object_key *lease)
{
    const char *holder = "";
    json_auto_t *object = memory_cluster_get(world->cluster, lease);
    json_unpack(object, "{s:{s?s}}", "spec", "holderIdentity", &holder);
    return memory_copy(holder);
}

static bool is_held_by(const struct world *world, const struct object_key *lease,
                       const char *identity)
{
    autofree char *holder = holder_of(world, lease);
    return strcmp(holder, identity) == 0;
}

static void steal_lease(const struct world *world, const struct object_key *lease)
{
    memory_cluster_change(world->cluster, lease,
                          json_pack("{s:{s:s}}", "spec", "holderIdentity", "thief"));
}

static void begin_leading(struct candidate *me, struct world *world)
{
    begin(world);
    start(me, world, "me", &both_names);
    CU_ASSERT(leads_within(me, LONGEST_MS));
}

static void each_name_has_its_lease_and_all_are_held(void)
{
    struct world world;
    struct candidate me;
    begin_leading(&me, &world);
    CU_ASSERT(is_held_by(&world, &first_lease, "me"));
    CU_ASSERT(is_held_by(&world, &second_lease, "me"));
    leader_election_stop(me.leader);
    CU_ASSERT(is_held_by(&world, &first_lease, ""));
    CU_ASSERT(is_held_by(&world, &second_lease, ""));
    end(&world);
}

/* As in a rolling update that adds a name, or puts the names in another order. */
static void who_shares_a_name_with_the_leader_waits_for_it(void)
{
    static const struct {
        const struct provisioner_names *leader, *other;
    } cases[] = {
        {&both_names, &turned_names},
        {&one_name, &both_names},
        {&one_name, &turned_names},
        {&both_names, &one_name},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world world;
        struct candidate leader, other;
        begin(&world);
        start(&leader, &world, "leader", cases[i].leader);
        CU_ASSERT(leads_within(&leader, LONGEST_MS));
        start(&other, &world, "other", cases[i].other);
        CU_ASSERT_FALSE(leads_within(&other, 2 * RETRY_MS));
        leader_election_stop(leader.leader);
        CU_ASSERT(leads_within(&other, LONGEST_MS));
        leader_election_stop(other.leader);
        CU_ASSERT_EQUAL(other.begun, other.ended);
        end(&world);
    }
}

/* A holder that has died. */
static void put_dead_lease(const struct world *world, const struct object_key *lease)
{
    json_auto_t *object = json_pack("{s:s, s:s, s:{s:s, s:s}, s:{s:s, s:i}}", "apiVersion",
                                    lease->resource->api_version, "kind", lease->resource->kind,
                                    "metadata", "namespace", lease->namespace, "name", lease->name,
                                    "spec", "holderIdentity", "dead", "leaseDurationSeconds", 1);
    memory_cluster_put(world->cluster, lease->resource, object);
}

/* Is a request sent for the first time before another one is? */
static bool is_sent_before(const struct world *world, const char *request, const char *other)
{
    autofree char *requests = request_log_text(memory_cluster_log(world->cluster));
    const char *first = strstr(requests, request);
    const char *second = strstr(requests, other);
    return first && second && first < second;
}

/* Else it would take one lease time for each of them. */
static void all_leases_are_looked_at_before_the_first_is_taken(void)
{
    struct world world;
    struct candidate me;
    begin(&world);
    put_dead_lease(&world, &first_lease);
    put_dead_lease(&world, &second_lease);
    start(&me, &world, "me", &both_names);
    CU_ASSERT(leads_within(&me, LONGEST_MS));
    leader_election_stop(me.leader);
    CU_ASSERT(is_sent_before(&world, "GET namespaces/mooring/leases/mooring-nfs\n",
                             "PUT namespaces/mooring/leases/a-nfs\n"));
    end(&world);
}

static void none_is_taken_while_one_before_it_is_anothers(void)
{
    struct world world;
    struct candidate me;
    begin(&world);
    put_dead_lease(&world, &first_lease);
    start(&me, &world, "me", &both_names);
    CU_ASSERT(leads_within(&me, LONGEST_MS));
    leader_election_stop(me.leader);
    CU_ASSERT(is_sent_before(&world, "PUT namespaces/mooring/leases/a-nfs\n",
                             "POST namespaces/mooring/leases\n"));
    end(&world);
}

static void losing_one_lease_ends_the_term(void)
{
    static const struct object_key *const leases[] = {&first_lease, &second_lease};
    for (size_t i = 0; i < sizeof leases / sizeof *leases; i++) {
        struct world world;
        struct candidate me;
        begin_leading(&me, &world);
        steal_lease(&world, leases[i]);
        int64_t deadline_ms = clock_monotonic_ms() + LONGEST_MS;
        while (me.ended == 0 && clock_left_ms(deadline_ms) > 0)
            poll(NULL, 0, POLL_MS);
        CU_ASSERT(me.ended > 0);
        leader_election_stop(me.leader);
        end(&world);
    }
}

static void a_lease_that_cannot_be_released_keeps_no_other(void)
{
    struct world world;
    struct candidate me;
    begin_leading(&me, &world);
    disturb(memory_cluster_log(world.cluster), .request = "GET namespaces/mooring/leases/mooring",
            .times = -1, .answer = 500);
    leader_election_stop(me.leader);
    CU_ASSERT(is_held_by(&world, &first_lease, ""));
    CU_ASSERT(is_held_by(&world, &second_lease, "me"));
    end(&world);
}

/* Where the last line begins that has `what`; NULL: there is none. */
static const char *last(const char *text, const char *what)
{
    const char *found = NULL;
    for (const char *next = text; (next = strstr(next, what)); next++)
        found = next;
    return found;
}

/* A replica that gets the first lease then finds all others free. */
static void the_last_lease_is_released_first(void)
{
    struct world world;
    struct candidate me;
    begin_leading(&me, &world);
    leader_election_stop(me.leader);
    autofree char *requests = request_log_text(memory_cluster_log(world.cluster));
    const char *first = last(requests, "PUT namespaces/mooring/leases/a-nfs\n");
    const char *second = last(requests, "PUT namespaces/mooring/leases/mooring-nfs\n");
    CU_ASSERT_PTR_NOT_NULL(first);
    CU_ASSERT_PTR_NOT_NULL(second);
    CU_ASSERT(second < first);
    end(&world);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(each_name_has_its_lease_and_all_are_held),
        TEST(who_shares_a_name_with_the_leader_waits_for_it),
        TEST(all_leases_are_looked_at_before_the_first_is_taken),
        TEST(none_is_taken_while_one_before_it_is_anothers),
        TEST(losing_one_lease_ends_the_term),
        TEST(a_lease_that_cannot_be_released_keeps_no_other),
        TEST(the_last_lease_is_released_first),
        {0},
    };
    return suite_run("several_leases", tests, argc, argv);
}
