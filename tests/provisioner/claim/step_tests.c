/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/scenario_tests.h"

static void an_adoption_that_is_refused(void)
{
    scenario_test(&refused_adoption);
}

static void an_adoption_of_what_nobody_recorded_that_is_refused(void)
{
    scenario_test(&refused_adoption_of_what_nobody_recorded);
}

const struct test step_tests[] = {
    TEST(an_adoption_that_is_refused),
    TEST(an_adoption_of_what_nobody_recorded_that_is_refused),
    {0},
};
