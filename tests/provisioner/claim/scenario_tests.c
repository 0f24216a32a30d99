/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/scenario_tests.h"

#include "base/log.h"
#include "tests/suite.h"

static void (*test_step)(const struct scenario *scenario, const struct course_step *step);

static void test(const struct scenario *scenario)
{
    struct course course;
    log_set_level(LOG_ERROR + 1);
    course_learn(&course, scenario);
    for (size_t i = 0; i < course.count; i++)
        test_step(scenario, &course.steps[i]);
    course_free(&course);
}

static void a_new_claim(void)
{
    test(&new_claim);
}

static void a_new_claim_of_a_pattern(void)
{
    test(&new_claim_of_a_pattern);
}

static void a_new_claim_of_a_nested_pattern(void)
{
    test(&new_claim_of_a_nested_pattern);
}

static void a_claim_that_comes_back(void)
{
    test(&returned_claim);
}

static void a_claim_that_comes_back_without_its_volume(void)
{
    test(&returned_claim_without_its_volume);
}

static void a_claim_that_wants_fresh_data(void)
{
    test(&fresh_data);
}

static void a_claim_of_an_earlier_namespace(void)
{
    test(&earlier_namespace);
}

static void a_claim_of_an_earlier_namespace_without_its_volume(void)
{
    test(&earlier_namespace_without_its_volume);
}

static void a_claim_of_another_cluster(void)
{
    test(&other_cluster);
}

static void a_claim_that_lost_its_volume(void)
{
    test(&lost_claim);
}

static void a_volume_that_was_bound_by_hand(void)
{
    test(&bound_by_hand);
}

static void a_volume_that_was_bound_by_hand_to_a_claim_of_another_name(void)
{
    test(&bound_by_hand_to_another_name);
}

static void a_volume_that_was_bound_by_hand_in_a_class_that_adopts(void)
{
    test(&bound_by_hand_in_a_class_that_adopts);
}

static void an_adoption(void)
{
    test(&adoption);
}

static void an_adoption_of_what_nobody_recorded(void)
{
    test(&adoption_of_what_nobody_recorded);
}

static void an_adoption_from_another_cluster(void)
{
    test(&adoption_from_another_cluster);
}

static void an_adoption_for_a_claim_that_waits(void)
{
    test(&adoption_for_a_waiting_claim);
}

static void an_adoption_from_another_cluster_for_a_claim_that_waits(void)
{
    test(&adoption_from_another_cluster_for_a_waiting_claim);
}

static void an_adoption_that_chooses_one_of_two_directories(void)
{
    test(&adoption_that_chooses);
}

int scenario_tests_run(const char *suite,
                       void (*step)(const struct scenario *scenario,
                                    const struct course_step *step),
                       int argc, char **argv)
{
    const struct test tests[] = {
        TEST(a_new_claim),
        TEST(a_new_claim_of_a_pattern),
        TEST(a_new_claim_of_a_nested_pattern),
        TEST(a_claim_that_comes_back),
        TEST(a_claim_that_comes_back_without_its_volume),
        TEST(a_claim_that_wants_fresh_data),
        TEST(a_claim_of_an_earlier_namespace),
        TEST(a_claim_of_an_earlier_namespace_without_its_volume),
        TEST(a_claim_of_another_cluster),
        TEST(a_claim_that_lost_its_volume),
        TEST(a_volume_that_was_bound_by_hand),
        TEST(a_volume_that_was_bound_by_hand_to_a_claim_of_another_name),
        TEST(a_volume_that_was_bound_by_hand_in_a_class_that_adopts),
        TEST(an_adoption),
        TEST(an_adoption_of_what_nobody_recorded),
        TEST(an_adoption_from_another_cluster),
        TEST(an_adoption_that_chooses_one_of_two_directories),
        TEST(an_adoption_for_a_claim_that_waits),
        TEST(an_adoption_from_another_cluster_for_a_claim_that_waits),
        {0},
    };
    test_step = step;
    return suite_run(suite, tests, argc, argv);
}
