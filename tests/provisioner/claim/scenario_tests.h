/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/provisioner/claim/scenario.h"
#include "tests/suite.h"

/* What a test does with a scenario. */
typedef void scenario_visit(const struct scenario *scenario);
extern scenario_visit *scenario_test;

/* A test for each scenario, which hands it to `scenario_test`. */
extern const struct test scenario_tests[];
/* The same for scenarios that only a process that is interrupted needs (kill_tests.c). */
extern const struct test kill_tests[];
/* The same for those that are killed at steps only (step_tests.c): they disturb some requests
 * themselves. */
extern const struct test step_tests[];

/* The same for scenarios that not every server can prepare (reservation_tests.c). */
extern const struct test reservation_tests[];

/* A main program with the tests of these tables. The last one is NULL. */
int scenario_tests_run(const char *suite, scenario_visit *visit, const struct test *const *tables,
                       int argc, char **argv);

/* In another test: visit each scenario of the table. */
void scenario_tests_each(const struct test *tests, scenario_visit *visit);
