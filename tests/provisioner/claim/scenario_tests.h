/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/provisioner/claim/course.h"

/* A main program with a test for each scenario, which hands each of its steps to `step`. */
int scenario_tests_run(const char *suite,
                       void (*step)(const struct scenario *scenario,
                                    const struct course_step *step),
                       int argc, char **argv);
