/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/scenario_tests.h"

/* Jobs that have a step of their own, and nothing else that is not in the other scenarios. */

static void a_volume_without_its_record(void)
{
    scenario_test(&missing_record);
}

static void a_volume_that_was_changed(void)
{
    scenario_test(&changed_volume);
}

static void a_sign_of_life(void)
{
    scenario_test(&sign_of_life);
}

static void a_pattern_whose_directory_is_given_up(void)
{
    scenario_test(&pattern_given_up);
}

static void a_directory_that_is_left_over(void)
{
    scenario_test(&left_over);
}

static void a_pattern_whose_directory_is_left_over(void)
{
    scenario_test(&pattern_left_over);
}

static void a_pattern_whose_left_over_directory_has_a_file(void)
{
    scenario_test(&pattern_left_over_with_file);
}

static void a_volume_of_another_provisioner(void)
{
    scenario_test(&taken_over_volume);
}

static void a_record_that_is_there_twice(void)
{
    scenario_test(&duplicate_record);
}

static void a_directory_without_its_owner(void)
{
    scenario_test(&missing_owner);
}

static void an_export_that_is_accepted(void)
{
    scenario_test(&acceptance);
}

static void an_adoption_where_an_empty_folder_is_left(void)
{
    scenario_test(&adoption_where_a_folder_is_left);
}

const struct test kill_tests[] = {
    TEST(a_volume_without_its_record),
    TEST(a_volume_that_was_changed),
    TEST(a_sign_of_life),
    TEST(a_pattern_whose_directory_is_given_up),
    TEST(a_directory_that_is_left_over),
    TEST(a_pattern_whose_directory_is_left_over),
    TEST(a_pattern_whose_left_over_directory_has_a_file),
    TEST(a_volume_of_another_provisioner),
    TEST(a_record_that_is_there_twice),
    TEST(a_directory_without_its_owner),
    TEST(an_export_that_is_accepted),
    TEST(an_adoption_where_an_empty_folder_is_left),
    {0},
};
