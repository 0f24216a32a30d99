/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/step.h"
#include "tests/suite.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* A client that is never connected, and the stop of its term. */
struct fixture {
    struct config config;
    struct stop *term;
    struct client *client;
};

static void set_up(struct fixture *fixture)
{
    struct error err;
    fixture->config = (struct config){.server = (char *)"http://127.0.0.1:1"};
    fixture->term = stop_new();
    fixture->client = client_open(&fixture->config, fixture->term, 1000, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(fixture->client);
}

static void tear_down(struct fixture *fixture)
{
    client_close(fixture->client);
    stop_free(fixture->term);
}

static void a_step_is_taken_while_the_term_lasts(void)
{
    struct fixture fixture;
    struct error err;
    set_up(&fixture);
    CU_ASSERT_EQUAL(step(fixture.client, "make-directory", &err), 0);
    tear_down(&fixture);
}

static void no_step_is_taken_once_the_term_is_over(void)
{
    struct fixture fixture;
    struct error err = {0};
    set_up(&fixture);
    stop_raise(fixture.term);
    CU_ASSERT_EQUAL(step(fixture.client, "make-directory", &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_STOPPED);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "make-directory"));
    tear_down(&fixture);
}

static void without_a_term_every_step_is_taken(void)
{
    struct fixture fixture;
    struct error err;
    set_up(&fixture);
    client_set_stop(fixture.client, NULL);
    CU_ASSERT_EQUAL(step(fixture.client, "make-directory", &err), 0);
    tear_down(&fixture);
}

/* In a process that was just forked. */
static void set_crash(const char *crash)
{
    setenv("MOORING_CRASH", crash, true); /* NOLINT(concurrency-mt-unsafe): there is one thread */
}

/* Take "write-record" once and "write-record-again" twice with this MOORING_CRASH. Exits with how
 * many steps were taken. */
static _Noreturn void take_steps(const struct fixture *fixture, const char *crash)
{
    static const char *const names[] = {"write-record", "write-record-again", "write-record-again"};
    struct error err;
    int taken = 0;
    set_crash(crash);
    for (size_t i = 0; i < 3; i++)
        taken += step(fixture->client, names[i], &err) == 0;
    _exit(taken);
}

/* Whether a process with this MOORING_CRASH was killed on its way; otherwise it took all steps. */
static bool is_killed(const struct fixture *fixture, const char *crash)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        take_steps(fixture, crash);
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return true;
    CU_ASSERT(WIFEXITED(status));
    CU_ASSERT_EQUAL(WEXITSTATUS(status), 3);
    return false;
}

static void the_process_is_killed_where_a_build_with_crash_points_is_told(void)
{
    static const struct {
        const char *crash;
        bool is_reached;
    } cases[] = {
        {"write-record", true},
        {"write-record:1", true},
        {"write-record:2", false},
        {"write-record-again", true},
        {"write-record-again:2", true},
        {"write-record-again:3", false},
        {"write", false},
        {"write-record-", false},
        {"", false},
    };

    struct fixture fixture;
    set_up(&fixture);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CU_ASSERT_EQUAL(is_killed(&fixture, cases[i].crash), CRASH_POINTS && cases[i].is_reached);
    tear_down(&fixture);
}

static void a_step_that_is_not_taken_is_no_crash_point(void)
{
    struct fixture fixture;
    struct error err;
    set_up(&fixture);
    stop_raise(fixture.term);
    pid_t child = fork();
    if (child == 0) {
        set_crash("write-record");
        _exit(step(fixture.client, "write-record", &err) < 0 ? 0 : 1);
    }
    int status = -1;
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT_EQUAL(status, 0);
    tear_down(&fixture);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_step_is_taken_while_the_term_lasts),
        TEST(no_step_is_taken_once_the_term_is_over),
        TEST(without_a_term_every_step_is_taken),
        TEST(the_process_is_killed_where_a_build_with_crash_points_is_told),
        TEST(a_step_that_is_not_taken_is_no_crash_point),
        {0},
    };
    return suite_run("step", tests, argc, argv);
}
