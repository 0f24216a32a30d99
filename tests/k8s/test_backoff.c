/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/backoff.h"
#include "tests/suite.h"

static void waits_double_up_to_half_a_minute(void)
{
    static const int expected[] = {500, 1000, 2000, 4000, 8000, 16000, 30000, 30000};
    for (unsigned i = 0; i < 8; i++)
        CU_ASSERT_EQUAL(backoff_ms(i + 1, 0, 0), expected[i]);
    CU_ASSERT_EQUAL(backoff_ms(4000000000U, 0, 0), 30000);
}

static void chance_takes_off_at_most_a_quarter(void)
{
    for (unsigned chance = 0; chance < 20000; chance += 7) {
        int wait_ms = backoff_ms(7, 0, chance);
        CU_ASSERT_TRUE(wait_ms >= 22500 && wait_ms <= 30000);
    }
    CU_ASSERT_EQUAL(backoff_ms(1, 0, 125), 375);
    CU_ASSERT_EQUAL(backoff_ms(1, 0, 126), 500);
}

static void what_the_server_asks_for_is_waited_at_least(void)
{
    CU_ASSERT_EQUAL(backoff_ms(1, 3000, 0), 3000);
    CU_ASSERT_EQUAL(backoff_ms(5, 3000, 0), 8000);
    CU_ASSERT_EQUAL(backoff_ms(9, 45000, 0), 45000);
}

static void a_server_that_asks_for_an_hour_is_not_believed(void)
{
    CU_ASSERT_EQUAL(backoff_ms(1, 3600 * 1000, 0), 60000);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(waits_double_up_to_half_a_minute),
        TEST(chance_takes_off_at_most_a_quarter),
        TEST(what_the_server_asks_for_is_waited_at_least),
        TEST(a_server_that_asks_for_an_hour_is_not_believed),
        {NULL, NULL},
    };
    return suite_run("backoff", tests, argc, argv);
}
