/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/shared/rate_limit.h"
#include "tests/suite.h"

static void five_calls_are_free_and_then_there_is_one_a_second(void)
{
    struct rate_limit limit = {0};
    for (int i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(rate_limit_wait_ms(&limit, 70000), 0);
    CU_ASSERT_EQUAL(rate_limit_wait_ms(&limit, 70000), 1000);
    CU_ASSERT_EQUAL(rate_limit_wait_ms(&limit, 70400), 600);
    CU_ASSERT_EQUAL(rate_limit_wait_ms(&limit, 71000), 0);
    CU_ASSERT_EQUAL(rate_limit_wait_ms(&limit, 71000), 1000);
    for (int i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(rate_limit_wait_ms(&limit, 90000), 0);
    CU_ASSERT(rate_limit_wait_ms(&limit, 90000) > 0);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(five_calls_are_free_and_then_there_is_one_a_second),
        {0},
    };
    return suite_run("rate_limit", tests, argc, argv);
}
