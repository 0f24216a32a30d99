/* SPDX-License-Identifier: Apache-2.0 */
#include "base/backoff.h"
#include "tests/suite.h"

static void work_waits_from_one_second_doubled_and_ends_at_sixty(void)
{
    static const struct {
        unsigned failures;
        int wait_ms;
        double chance;
    } cases[] = {
        {1, 1000, 0.0},          {1, 1250, 0.5},  {1, 1499, 0.999},      {2, 2000, 0.0},
        {3, 4000, 0.0},          {4, 10000, 0.5}, {6, 32000, 0.0},       {7, 40000, 0.0},
        {7, 50000, 0.5},         {8, 40000, 0.0}, {1000000, 40000, 0.0}, {1000000, 59980, 0.999},
        {4000000000U, 40000, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CU_ASSERT_EQUAL(backoff_work_ms(cases[i].failures, 0, cases[i].chance), cases[i].wait_ms);
}

static void no_wait_is_shorter_than_the_one_before_nor_longer_than_a_minute(void)
{
    for (unsigned failures = 1; failures < 100; failures++) {
        CU_ASSERT(backoff_work_ms(failures, 0, 0.0) >= 1000);
        CU_ASSERT(backoff_work_ms(failures + 1, 0, 0.0) >= backoff_work_ms(failures, 0, 0.0));
        CU_ASSERT(backoff_work_ms(failures, 0, 0.9999999) <= 60000);
    }
}

static void requests_wait_from_half_a_second_doubled_up_to_half_a_minute(void)
{
    static const int expected[] = {500, 1000, 2000, 4000, 8000, 16000, 30000, 30000};
    for (unsigned i = 0; i < 8; i++)
        CU_ASSERT_EQUAL(backoff_request_ms(i + 1, 0, 0), expected[i]);
    CU_ASSERT_EQUAL(backoff_request_ms(4000000000U, 0, 0), 30000);
}

static void chance_takes_off_at_most_a_quarter_of_a_requests_wait(void)
{
    for (int i = 0; i < 20000; i += 7) {
        int wait_ms = backoff_request_ms(7, 0, i / 20000.0);
        CU_ASSERT_TRUE(wait_ms >= 22500 && wait_ms <= 30000);
    }
    CU_ASSERT_EQUAL(backoff_request_ms(1, 0, 0.9999999), 375);
    CU_ASSERT_EQUAL(backoff_request_ms(1, 0, 0.0000001), 500);
}

static void what_the_server_asks_for_is_waited_at_least(void)
{
    CU_ASSERT_EQUAL(backoff_request_ms(1, 3000, 0), 3000);
    CU_ASSERT_EQUAL(backoff_request_ms(5, 3000, 0), 8000);
    CU_ASSERT_EQUAL(backoff_request_ms(9, 45000, 0), 45000);
    CU_ASSERT_EQUAL(backoff_work_ms(1, 3000, 0.5), 3000);
    CU_ASSERT_EQUAL(backoff_work_ms(4, 3000, 0.5), 10000);
}

static void a_server_that_asks_for_an_hour_is_not_believed(void)
{
    CU_ASSERT_EQUAL(backoff_request_ms(1, 3600 * 1000, 0), 60000);
    CU_ASSERT_EQUAL(backoff_work_ms(1, 3600 * 1000, 0), 60000);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(work_waits_from_one_second_doubled_and_ends_at_sixty),
        TEST(no_wait_is_shorter_than_the_one_before_nor_longer_than_a_minute),
        TEST(requests_wait_from_half_a_second_doubled_up_to_half_a_minute),
        TEST(chance_takes_off_at_most_a_quarter_of_a_requests_wait),
        TEST(what_the_server_asks_for_is_waited_at_least),
        TEST(a_server_that_asks_for_an_hour_is_not_believed),
        {0},
    };
    return suite_run("backoff", tests, argc, argv);
}
