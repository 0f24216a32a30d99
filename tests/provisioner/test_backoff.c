/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/backoff.h"
#include "tests/suite.h"

static void the_wait_doubles_from_one_second_and_ends_at_sixty(void)
{
    static const struct {
        int failures;
        double random;
        int wait_ms;
    } cases[] = {{1, 0.0, 1000},   {1, 0.5, 1250},  {1, 0.999, 1499},      {2, 0.0, 2000},
                 {3, 0.0, 4000},   {4, 0.5, 10000}, {6, 0.0, 32000},       {7, 0.0, 40000},
                 {7, 0.5, 50000},  {8, 0.0, 40000}, {1000000, 0.0, 40000}, {1000000, 0.999, 59980},
                 {100, 0.0, 40000}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CU_ASSERT_EQUAL(backoff_wait_ms(cases[i].failures, cases[i].random), cases[i].wait_ms);
}

static void no_wait_is_shorter_than_the_one_before_nor_longer_than_a_minute(void)
{
    for (int failures = 1; failures < 100; failures++) {
        CU_ASSERT(backoff_wait_ms(failures, 0.0) >= 1000);
        CU_ASSERT(backoff_wait_ms(failures + 1, 0.0) >= backoff_ms(failures, 0.0));
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
