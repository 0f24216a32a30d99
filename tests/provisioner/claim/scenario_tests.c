/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/scenario_tests.h"

#include "base/log.h"

scenario_visit *scenario_test;

static void a_new_claim(void)
{
    scenario_test(&new_claim);
}

static void a_new_claim_of_a_pattern(void)
{
    scenario_test(&new_claim_of_a_pattern);
}

static void a_new_claim_of_a_nested_pattern(void)
{
    scenario_test(&new_claim_of_a_nested_pattern);
}

static void a_first_claim_of_a_directory_that_may_be_shared(void)
{
    scenario_test(&first_shared_claim);
}

static void a_volume_of_a_shared_directory_that_was_bound_by_hand(void)
{
    scenario_test(&shared_and_bound_by_hand);
}

static void a_second_claim_of_a_shared_directory(void)
{
    scenario_test(&shared_claim);
}

static void a_claim_that_comes_back(void)
{
    scenario_test(&returned_claim);
}

static void a_claim_that_comes_back_without_its_volume(void)
{
    scenario_test(&returned_claim_without_its_volume);
}

static void a_claim_that_wants_fresh_data(void)
{
    scenario_test(&fresh_data);
}

static void a_claim_of_an_earlier_namespace(void)
{
    scenario_test(&earlier_namespace);
}

static void a_claim_of_an_earlier_namespace_without_its_volume(void)
{
    scenario_test(&earlier_namespace_without_its_volume);
}

static void a_claim_of_another_cluster(void)
{
    scenario_test(&other_cluster);
}

static void a_claim_of_another_cluster_with_its_volume(void)
{
    scenario_test(&other_cluster_with_its_volume);
}

static void a_claim_that_lost_its_volume(void)
{
    scenario_test(&lost_claim);
}

static void a_volume_that_was_bound_by_hand(void)
{
    scenario_test(&bound_by_hand);
}

static void a_volume_that_was_bound_by_hand_to_a_claim_of_another_name(void)
{
    scenario_test(&bound_by_hand_to_another_name);
}

static void a_volume_that_was_bound_by_hand_in_a_class_that_adopts(void)
{
    scenario_test(&bound_by_hand_in_a_class_that_adopts);
}

static void an_adoption(void)
{
    scenario_test(&adoption);
}

static void an_adoption_of_what_nobody_recorded(void)
{
    scenario_test(&adoption_of_what_nobody_recorded);
}

static void an_adoption_from_another_cluster(void)
{
    scenario_test(&adoption_from_another_cluster);
}

static void an_adoption_for_a_claim_that_waits(void)
{
    scenario_test(&adoption_for_a_waiting_claim);
}

static void an_adoption_from_another_cluster_for_a_claim_that_waits(void)
{
    scenario_test(&adoption_from_another_cluster_for_a_waiting_claim);
}

static void an_adoption_that_chooses_one_of_two_directories(void)
{
    scenario_test(&adoption_that_chooses);
}

const struct test scenario_tests[] = {
    TEST(a_new_claim),
    TEST(a_new_claim_of_a_pattern),
    TEST(a_new_claim_of_a_nested_pattern),
    TEST(a_first_claim_of_a_directory_that_may_be_shared),
    TEST(a_second_claim_of_a_shared_directory),
    TEST(a_volume_of_a_shared_directory_that_was_bound_by_hand),
    TEST(a_claim_that_comes_back),
    TEST(a_claim_that_comes_back_without_its_volume),
    TEST(a_claim_that_wants_fresh_data),
    TEST(a_claim_of_an_earlier_namespace),
    TEST(a_claim_of_an_earlier_namespace_without_its_volume),
    TEST(a_claim_of_another_cluster),
    TEST(a_claim_of_another_cluster_with_its_volume),
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

int scenario_tests_run(const char *suite, scenario_visit *visit, const struct test *const *tables,
                       int argc, char **argv)
{
    size_t count = 0;
    autofree struct test *all = memory_new(sizeof *all);
    for (; *tables; tables++) {
        for (const struct test *test = *tables; test->name; test++) {
            all = memory_grow(all, count + 2, sizeof *all);
            all[count++] = *test;
        }
    }
    all[count] = (struct test){0};
    scenario_test = visit;
    log_set_level(LOG_ERROR + 1);
    return suite_run(suite, all, argc, argv);
}

void scenario_tests_each(const struct test *tests, scenario_visit *visit)
{
    scenario_visit *before = scenario_test;
    scenario_test = visit;
    for (; tests->name; tests++)
        tests->run();
    scenario_test = before;
}
