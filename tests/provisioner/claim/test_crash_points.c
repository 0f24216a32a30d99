/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/crash_child.h"
#include "tests/provisioner/claim/ending.h"
#include "tests/provisioner/claim/scenario_tests.h"
#include "tests/provisioner/claim/steps.h"

/*
 * On a real NFS server, a process of mooring is killed at each of its steps, in each job. Then the
 * next leader, and a person who ran a command, must bring the job to its end: at once, and also
 * when the claim was deleted and came back meanwhile. That these jobs take every step of the source
 * is tested in test_effects.c.
 */

/* Do the job once, in this process, which must succeed. The steps that it takes; the caller's. */
static json_t *learn(const struct scenario *scenario)
{
    struct shop shop;
    struct leader leader;
    struct error err = {0};
    scenario_begin(scenario, &shop);
    leader_start(&leader, &shop);
    steps_forget();
    ASSERT_CASE(scenario_act(scenario, &leader, &err) == 0, err.message);
    json_t *steps = steps_reached();
    leader_stop(&leader);
    shop_close(&shop);
    return steps;
}

static void kill_at(const struct scenario *scenario, const char *crash, bool is_replaced)
{
    struct shop shop;
    autofree char *label = memory_format("%s, killed at %s%s", scenario->name, crash,
                                         is_replaced ? ", and the claim is replaced" : "");
    const struct ending ending = {.label = label,
                                  .is_replaced = is_replaced,
                                  .may_be_held = is_replaced && scenario->may_be_held,
                                  .lead_once = crash_child_lead_once};
    scenario_begin(scenario, &shop);
    ASSERT_CASE(crash_child_is_killed(&shop, scenario, crash), label);
    ending_expect(&shop, scenario, &ending);
    shop_close(&shop);
}

static void test(const struct scenario *scenario)
{
    size_t i;
    json_t *step;
    json_auto_t *steps = learn(scenario);
    CU_ASSERT_TRUE(json_array_size(steps) > 0);
    json_array_foreach (steps, i, step) {
        kill_at(scenario, json_string_value(step), false);
        kill_at(scenario, json_string_value(step), true);
    }
}

int main(int argc, char **argv)
{
    static const struct test *const tables[] = {scenario_tests, kill_tests, step_tests,
                                                reservation_tests, NULL};
    int status;
    if (crash_child_main(argc, argv, &status))
        return status;
    return scenario_tests_run("crash points", test, tables, argc, argv);
}
