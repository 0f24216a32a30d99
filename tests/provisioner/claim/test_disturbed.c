/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/interruption.h"
#include "tests/provisioner/claim/scenario_tests.h"

/*
 * Each job is interrupted at each of its requests, to the export and to the API server, in every
 * way that a request can fail, or is killed there. What is the same at an effect in
 * test_interrupted.c is left out.
 */
static const struct interruption at_effect_of_export[] = {
    {.name = "unavailable", .disturbance = {.answer = ERROR_UNAVAILABLE}},
    {.name = "full", .disturbance = {.answer = ERROR_FULL}},
    {.name = "forbidden", .disturbance = {.answer = ERROR_FORBIDDEN}},
    {.name = "read-only", .disturbance = {.answer = ERROR_READ_ONLY}},
    {.name = "cut off before", .disturbance = {.is_cut = true}},
    {.name = "sent twice", .disturbance = {.is_done = true}, .is_sent_twice = true},
    {0},
};

static const struct interruption at_effect_of_cluster[] = {
    {.name = "internal error", .disturbance = {.answer = 500}},
    {.name = "too many requests", .disturbance = {.answer = 429}},
    {.name = "forbidden", .disturbance = {.answer = 403}},
    {.name = "cut off before", .disturbance = {.is_cut = true}},
    {.name = "closed before", .disturbance = {.is_cut = true, .is_mute = true}},
    {.name = "closed after", .disturbance = {.is_cut = true, .is_mute = true, .is_done = true}},
    {0},
};

/* A reading leaves nothing, whether it was carried out or not. */
static const struct interruption at_reading[] = {
    {.name = "answer lost", .disturbance = {.is_cut = true, .is_done = true}},
    {.name = "killed", .disturbance = {.is_cut = true}, .is_kill = true},
    {0},
};

static void disturb_at(const struct scenario *scenario, const struct course_step *step)
{
    interrupt_at(scenario, step, step->is_of_export ? at_effect_of_export : at_effect_of_cluster);
    if (!request_is_effect(step->line))
        interrupt_at(scenario, step, at_reading);
}

static void test(const struct scenario *scenario)
{
    course_each(scenario, disturb_at);
}

int main(int argc, char **argv)
{
    static const struct test *const tables[] = {scenario_tests, kill_tests, reservation_tests,
                                                NULL};
    return scenario_tests_run("disturbed", test, tables, argc, argv);
}
