/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/memory.h"
#include "provisioner/daemon/leader_election.h"
#include "tests/k8s/scripted_server.h"
#include "tests/suite.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* A fifth of the usual time, so that a term without a renewal lasts two seconds. */
enum {
    DURATION_MS = LEADER_ELECTION_DURATION_MS / 5,
    TERM_MS = DURATION_MS * 2 / 3,
    CALL_MS = DURATION_MS / 5,
    SLOW_MS = CALL_MS - 50, /* an answer that is just in time */
    BUSY_MS = 250,          /* what a busy machine may add */
};

#define LEASES "/apis/coordination.k8s.io/v1/namespaces/mooring/leases"
#define LEASE LEASES "/mooring-nfs"
#define HELD_BY_ME                                                                                 \
    "{\"metadata\":{\"namespace\":\"mooring\",\"name\":\"mooring-nfs\"},"                          \
    "\"spec\":{\"holderIdentity\":\"me\",\"leaseDurationSeconds\":3}}"

/* What the terms did, in order: "b" for each that began, "e" for each that ended. */
struct terms {
    char text[8];
    _Atomic size_t count;
    bool was_raised; /* when the last term ended */
    _Atomic int64_t ended_ms;
    struct stop *term;
};

static void term_begins(void *context, struct stop *term)
{
    struct terms *terms = context;
    terms->term = term;
    terms->text[terms->count] = 'b';
    terms->count++;
}

static void term_ended(void *context)
{
    struct terms *terms = context;
    terms->ended_ms = clock_monotonic_ms();
    terms->was_raised = stop_is_raised(terms->term);
    terms->text[terms->count] = 'e';
    terms->count++;
}

static struct leader_election *start(const struct config *config, bool is_enabled,
                                     struct terms *terms)
{
    static char *name[] = {"mooring/nfs"};
    static const struct provisioner_names names = {name, 1};
    struct error err;
    struct leader_election *leader =
        leader_election_start(&(struct leader_election_settings){.config = config,
                                                                 .namespace = "mooring",
                                                                 .names = &names,
                                                                 .identity = "me",
                                                                 .duration_ms = DURATION_MS,
                                                                 .is_enabled = is_enabled,
                                                                 .term_begins = term_begins,
                                                                 .term_ended = term_ended,
                                                                 .context = terms},
                              &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(leader);
    return leader;
}

/* Wait until so many terms have begun or ended. */
static void wait_for(const struct terms *terms, size_t count)
{
    for (int i = 0; i < 10000 && terms->count < count; i++)
        poll(NULL, 0, 2);
    CU_ASSERT_EQUAL(terms->count, count);
}

static void without_election_there_is_one_term_from_start_to_stop(void)
{
    const struct config config = {.server = (char *)"http://127.0.0.1:1"};
    struct terms terms = {0};
    struct leader_election *leader = start(&config, false, &terms);
    wait_for(&terms, 1);
    CU_ASSERT_STRING_EQUAL(terms.text, "b");
    CU_ASSERT(leader_election_is_leading(leader));
    leader_election_stop(leader);
    CU_ASSERT_STRING_EQUAL(terms.text, "be");
    CU_ASSERT(terms.was_raised);
}

/* An election at an API server that says what it is told. At first there is no lease. */
struct fixture {
    struct scripted_server *server;
    struct config *config;
    struct terms terms;
    struct leader_election *leader;
};

static void set_up(struct fixture *fixture)
{
    *fixture = (struct fixture){.server = scripted_server_start()};
    fixture->config = scripted_server_config(fixture->server);
    scripted_server_answer(fixture->server, .request = "GET " LEASE, .times = 1, .status = 404,
                           .body = "{}");
}

static void tear_down(struct fixture *fixture)
{
    leader_election_stop(fixture->leader);
    config_free(fixture->config);
    scripted_server_stop(fixture->server);
}

static void answer(struct fixture *fixture, const char *request, int times, int pause_ms)
{
    scripted_server_answer(fixture->server, .request = request, .times = times, .status = 200,
                           .body = HELD_BY_ME, .pause_ms = pause_ms);
}

static void hang(struct fixture *fixture)
{
    scripted_server_answer(fixture->server, .status = 0, .ending = ENDING_HANG);
}

/* How long the first term lasts from when the API server got the request at `index`, the last one
 * that made the lease ours. */
static int64_t lasts_ms(struct fixture *fixture, size_t index)
{
    fixture->leader = start(fixture->config, true, &fixture->terms);
    CU_ASSERT(scripted_server_wait(fixture->server, index + 1, 20000));
    int64_t renewed_ms = clock_monotonic_ms();
    wait_for(&fixture->terms, 2);
    CU_ASSERT(fixture->terms.was_raised);
    CU_ASSERT_FALSE(leader_election_is_leading(fixture->leader));
    return fixture->terms.ended_ms - renewed_ms;
}

static void a_term_counts_from_when_the_lease_was_asked_for(void)
{
    struct fixture fixture;
    set_up(&fixture);
    answer(&fixture, "POST " LEASES, 1, SLOW_MS);
    hang(&fixture);
    CU_ASSERT(lasts_ms(&fixture, 1) < TERM_MS + BUSY_MS);
    tear_down(&fixture);
}

static void a_try_of_several_slow_calls_does_not_outlast_the_term(void)
{
    struct fixture fixture;
    set_up(&fixture);
    answer(&fixture, "POST " LEASES, 1, 0);
    answer(&fixture, "GET " LEASE, 0, SLOW_MS);
    hang(&fixture);
    CU_ASSERT(lasts_ms(&fixture, 1) < TERM_MS + BUSY_MS);
    tear_down(&fixture);
}

static void a_try_on_a_second_connection_does_not_outlast_the_term(void)
{
    struct fixture fixture;
    set_up(&fixture);
    answer(&fixture, "POST " LEASES, 1, 0);
    answer(&fixture, "GET " LEASE, 0, SLOW_MS);
    scripted_server_answer(fixture.server, .times = 1, .status = 0, .ending = ENDING_CLOSE);
    hang(&fixture);
    CU_ASSERT(lasts_ms(&fixture, 1) < TERM_MS + BUSY_MS);
    CU_ASSERT_NOT_EQUAL(scripted_server_seen(fixture.server, 3)->connection,
                        scripted_server_seen(fixture.server, 4)->connection);
    tear_down(&fixture);
}

static void slow_renewals_keep_the_term_until_they_fail(void)
{
    struct fixture fixture;
    set_up(&fixture);
    answer(&fixture, "POST " LEASES, 1, 0);
    answer(&fixture, "GET " LEASE, 0, CALL_MS / 2);
    answer(&fixture, "PUT " LEASE, 2, CALL_MS / 2);
    hang(&fixture);
    int64_t last_ms = lasts_ms(&fixture, 5);
    CU_ASSERT(last_ms > TERM_MS - CALL_MS);
    CU_ASSERT(last_ms < TERM_MS + BUSY_MS);
    tear_down(&fixture);
}

static void the_lease_is_competed_for_again_after_a_term(void)
{
    struct fixture fixture;
    set_up(&fixture);
    answer(&fixture, "POST " LEASES, 1, 0);
    scripted_server_answer(fixture.server, .request = "GET " LEASE, .times = 5, .status = 500);
    answer(&fixture, "GET " LEASE, 0, 0);
    answer(&fixture, "PUT " LEASE, 0, 0);
    fixture.leader = start(fixture.config, true, &fixture.terms);
    wait_for(&fixture.terms, 3);
    CU_ASSERT_STRING_EQUAL(fixture.terms.text, "beb");
    tear_down(&fixture);
}

/* In a process of its own: be a candidate at the API server whose URL comes through the pipe, and
 * say through the other one when the first term begins. */
static _Noreturn void be_candidate(int url_pipe, int begun_pipe)
{
    char url[64] = "";
    struct terms terms = {0};
    CU_ASSERT(read(url_pipe, url, sizeof url - 1) > 0);
    const struct config config = {.server = url};
    start(&config, true, &terms);
    wait_for(&terms, 1);
    CU_ASSERT_EQUAL(write(begun_pipe, "b", 1), 1);
    for (;;)
        pause();
}

/* The process, and the pipes to and from it. Started before there are threads here. */
struct candidate {
    pid_t process;
    int url_pipe[2];
    int begun_pipe[2];
};

static void start_candidate(struct candidate *candidate)
{
    CU_ASSERT_EQUAL_FATAL(pipe(candidate->url_pipe) | pipe(candidate->begun_pipe), 0);
    candidate->process = fork();
    if (candidate->process == 0)
        be_candidate(candidate->url_pipe[0], candidate->begun_pipe[1]);
}

static void end_candidate(struct candidate *candidate)
{
    kill(candidate->process, SIGKILL);
    waitpid(candidate->process, NULL, 0);
    for (int i = 0; i < 2; i++) {
        close(candidate->url_pipe[i]);
        close(candidate->begun_pipe[i]);
    }
}

static void an_answer_that_is_read_too_late_begins_no_term(void)
{
    struct candidate candidate;
    struct fixture fixture;
    char begun = 0;
    start_candidate(&candidate);
    set_up(&fixture);
    answer(&fixture, "POST " LEASES, 1, CALL_MS / 2);
    answer(&fixture, "GET " LEASE, 0, 0);
    answer(&fixture, "PUT " LEASE, 0, 0);
    const char *url = scripted_server_url(fixture.server);
    CU_ASSERT_EQUAL(write(candidate.url_pipe[1], url, strlen(url)), (ssize_t)strlen(url));

    /* The machine stands still from before the answer until the lease can be another's. */
    CU_ASSERT(scripted_server_wait(fixture.server, 2, 20000));
    kill(candidate.process, SIGSTOP);
    poll(NULL, 0, DURATION_MS);
    kill(candidate.process, SIGCONT);

    CU_ASSERT_EQUAL(read(candidate.begun_pipe[0], &begun, 1), 1);
    CU_ASSERT(scripted_server_count(fixture.server) >= 4); /* it was renewed first */
    end_candidate(&candidate);
    tear_down(&fixture);
}

static void releasing_the_lease_has_one_bound_for_all_its_calls(void)
{
    struct fixture fixture;
    set_up(&fixture);
    answer(&fixture, "POST " LEASES, 1, 0);
    answer(&fixture, "GET " LEASE, 0, SLOW_MS);
    hang(&fixture);
    fixture.leader = start(fixture.config, true, &fixture.terms);
    wait_for(&fixture.terms, 1);
    int64_t stopped_ms = clock_monotonic_ms();
    leader_election_stop(steal(fixture.leader));
    CU_ASSERT(clock_monotonic_ms() - stopped_ms < CALL_MS + BUSY_MS);
    CU_ASSERT_STRING_EQUAL(fixture.terms.text, "be");
    tear_down(&fixture);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(without_election_there_is_one_term_from_start_to_stop),
        TEST(a_term_counts_from_when_the_lease_was_asked_for),
        TEST(a_try_of_several_slow_calls_does_not_outlast_the_term),
        TEST(a_try_on_a_second_connection_does_not_outlast_the_term),
        TEST(slow_renewals_keep_the_term_until_they_fail),
        TEST(the_lease_is_competed_for_again_after_a_term),
        TEST(an_answer_that_is_read_too_late_begins_no_term),
        TEST(releasing_the_lease_has_one_bound_for_all_its_calls),
        {0},
    };
    return suite_run("leader_election", tests, argc, argv);
}
