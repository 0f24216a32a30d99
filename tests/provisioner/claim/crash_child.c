/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/crash_child.h"

#include "base/log.h"
#include "tests/provisioner/claim/later.h"
#include "tests/provisioner/claim/real_shop_export.h"
#include "tests/provisioner/claim/scenario_tests.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FAILED = 100 /* and the kind of the error */ };

/* The arguments of such a process. */
enum { SELF, WORD, SCENARIO_NAME, CLUSTER, EVENTS, CLUSTER_UID, SERVER, PATH, PASSED, ARGUMENTS };

static const char word[] = "as-a-child";
static const char lead[] = "lead";

/* --- the test's side --- */

static _Noreturn void become_child(char **arguments, const char *crash)
{
    if (crash)
        setenv("MOORING_CRASH", crash, true); /* NOLINT(concurrency-mt-unsafe): was just forked */
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0 && dup2(nowhere, STDOUT_FILENO) >= 0)
        execv("/proc/self/exe", arguments);
    _exit(EXIT_FAILURE);
}

/* Its status, as waitpid gives it. */
static int run(const struct shop *shop, const char *what, const char *crash)
{
    autodestroy(config) struct config *cluster = memory_cluster_config(shop->cluster);
    autodestroy(config) struct config *events = memory_cluster_config(shop->events);
    autofree char *passed = memory_format("%lld", (long long)later_passed());
    char *arguments[ARGUMENTS + 1] = {
        [SELF] = (char *)"child",
        [WORD] = (char *)word,
        [SCENARIO_NAME] = (char *)what,
        [CLUSTER] = cluster->server,
        [EVENTS] = events->server,
        [CLUSTER_UID] = shop->cluster_uid,
        [SERVER] = (char *)shop_export_server(),
        [PATH] = (char *)shop_export_path(),
        [PASSED] = passed,
    };
    int status = -1;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        become_child(arguments, crash);
    CU_ASSERT_EQUAL_FATAL(waitpid(child, &status, 0), child);
    return status;
}

bool crash_child_is_killed(const struct shop *shop, const struct scenario *scenario,
                           const char *crash)
{
    int status = run(shop, scenario->name, crash);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

int crash_child_lead_once(struct shop *shop, struct error *err)
{
    int status = run(shop, lead, NULL);
    shop_run_kubernetes(shop);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) >= FAILED);
    enum error_kind kind = (enum error_kind)(WEXITSTATUS(status) - FAILED);
    return error_set(err, kind, "the leader has said why on stderr");
}

/* --- the child's side --- */

static int work(struct leader *leader, const struct scenario *scenario, struct error *err)
{
    if (scenario)
        return scenario_act(scenario, leader, err);
    return leader_work_alone(leader, err) > 0 ? -1 : 0;
}

/* What this process is told, and its exit status then. */
static struct {
    const struct scenario *scenario; /* NULL: it leads */
    char **arguments;
    int status;
} told;

static int lead_or_act(const struct scenario *scenario, char **arguments)
{
    struct leader leader;
    struct error err = {0};
    struct shop shop = {.cluster = memory_cluster_join(arguments[CLUSTER]),
                        .events = memory_cluster_join(arguments[EVENTS]),
                        .cluster_uid = arguments[CLUSTER_UID]};
    later(strtoll(arguments[PASSED], NULL, 10));
    shop_export_join(arguments[SERVER], arguments[PATH]);
    leader_start(&leader, &shop);
    int result = work(&leader, scenario, &err);
    leader_stop(&leader);
    shop_export_end();
    memory_cluster_stop(shop.cluster);
    memory_cluster_stop(shop.events);
    if (result == 0)
        return 0;
    fprintf(stderr, "%s\n", err.message);
    return FAILED + (int)err.kind;
}

static void do_as_told(void)
{
    told.status = lead_or_act(told.scenario, told.arguments);
}

static void tell_if_named(const struct scenario *scenario)
{
    if (strcmp(scenario->name, told.arguments[SCENARIO_NAME]) == 0)
        told.scenario = scenario;
}

/* False: there is no such scenario. */
static bool tell(char **arguments)
{
    told.arguments = arguments;
    scenario_tests_each(scenario_tests, tell_if_named);
    scenario_tests_each(kill_tests, tell_if_named);
    scenario_tests_each(step_tests, tell_if_named);
    scenario_tests_each(reservation_tests, tell_if_named);
    return told.scenario || strcmp(arguments[SCENARIO_NAME], lead) == 0;
}

bool crash_child_main(int argc, char **argv, int *status)
{
    /* The helpers make assertions, which are possible in a test only. */
    static const struct test tests[] = {{"do_as_told", do_as_told}, {0}};
    if (argc != ARGUMENTS || strcmp(argv[WORD], word) != 0)
        return false;
    log_set_level(LOG_ERROR + 1);
    if (!tell(argv)) {
        fprintf(stderr, "no table of tests has the scenario %s\n", argv[SCENARIO_NAME]);
        *status = EXIT_FAILURE;
        return true;
    }
    *status = suite_run("child", tests, 1, argv) == EXIT_SUCCESS ? told.status : EXIT_FAILURE;
    return true;
}
