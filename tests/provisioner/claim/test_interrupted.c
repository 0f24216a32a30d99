/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/interruption.h"
#include "tests/provisioner/claim/scenario_tests.h"

/*
 * Each job is interrupted at each of its effects, on the export and at the API server: its process
 * is killed just before or just after it, or goes on without the answer. What else can befall a
 * request is in test_disturbed.c.
 */
static const struct interruption ways[] = {
    {.name = "killed before", .disturbance = {.is_cut = true}, .is_kill = true},
    {.name = "killed after", .disturbance = {.is_cut = true, .is_done = true}, .is_kill = true},
    {.name = "answer lost", .disturbance = {.is_cut = true, .is_done = true}},
    {0},
};

static void interrupt_at_effect(const struct scenario *scenario, const struct course_step *step)
{
    if (request_is_effect(step->line))
        interrupt_at(scenario, step, ways);
}

static void test(const struct scenario *scenario)
{
    course_each(scenario, interrupt_at_effect);
}

int main(int argc, char **argv)
{
    static const struct test *const tables[] = {scenario_tests, kill_tests, reservation_tests,
                                                NULL};
    return scenario_tests_run("interrupted", test, tables, argc, argv);
}
