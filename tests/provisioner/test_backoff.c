/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/backoff.h"
#include "tests/suite.h"

static void the_wait_doubles_from_one_second_and_ends_at_sixty(void)
{
    static const struct {
        int failures;
        int wait_ms;
        double random;
    } cases[] = {
        {1, 1000, 0.0},  {1, 1250, 0.5},  {1, 1499, 0.999},      {2, 2000, 0.0},
        {3, 4000, 0.0},  {4, 10000, 0.5}, {6, 32000, 0.0},       {7, 40000, 0.0},
        {7, 50000, 0.5}, {8, 40000, 0.0}, {1000000, 40000, 0.0}, {1000000, 59980, 0.999},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CU_ASSERT_EQUAL(backoff_wait_ms(cases[i].failures, cases[i].random), cases[i].wait_ms);
}

static void no_wait_is_shorter_than_the_one_before_nor_longer_than_a_minute(void)
{
    for (int failures = 1; failures < 100; failures++) {
        CU_ASSERT(backoff_wait_ms(failures, 0.0) >= 1000);
        CU_ASSERT(backoff_wait_ms(failures + 1, 0.0) >= backoff_wait_ms(failures, 0.0));
        CU_ASSERT(backoff_wait_ms(failures, 0.9999999) <= 60000);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(the_wait_doubles_from_one_second_and_ends_at_sixty),
        TEST(no_wait_is_shorter_than_the_one_before_nor_longer_than_a_minute),
        {0},
    };
    return suite_run("backoff", tests, argc, argv);
}
