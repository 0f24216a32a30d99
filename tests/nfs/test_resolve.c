/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "nfs/resolve.h"
#include "tests/suite.h"
#include "tests/watched_thread.h"

static void a_numeric_address_is_itself(void)
{
    static const char *const hosts[] = {"10.0.0.1", "::1", "fd00::10"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        struct addresses addresses;
        struct error err;
        CU_ASSERT_EQUAL(resolve_host(hosts[i], clock_monotonic_ms() + 1000, &addresses, &err), 0);
        CU_ASSERT_EQUAL(addresses.count, 1);
        CU_ASSERT_STRING_EQUAL(addresses.text[0], hosts[i]);
    }
}

static void a_name_becomes_numeric_addresses(void)
{
    struct addresses addresses = {0};
    struct error err = {0};
    CU_ASSERT_EQUAL(resolve_host("localhost", clock_monotonic_ms() + 5000, &addresses, &err), 0);
    CU_ASSERT_TRUE(addresses.count >= 1);
    CU_ASSERT_TRUE(strcmp(addresses.text[0], "127.0.0.1") == 0 ||
                   strcmp(addresses.text[0], "::1") == 0);
}

static void a_name_that_does_not_exist_is_unavailable(void)
{
    struct addresses addresses;
    struct error err = {0};
    int status =
        resolve_host("no-such-host.invalid", clock_monotonic_ms() + 5000, &addresses, &err);
    CU_ASSERT_EQUAL(status, -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "no-such-host.invalid does not resolve"));
}

static void the_deadline_holds_even_when_it_is_over_at_once(void)
{
    struct addresses addresses;
    struct error err = {0};
    int64_t started_ms = clock_monotonic_ms();
    (void)!resolve_host("no-such-host.invalid", started_ms, &addresses, &err);
    CU_ASSERT_TRUE(clock_monotonic_ms() - started_ms < 500);
}

static void look_up(void *timeout_ms)
{
    struct addresses addresses;
    struct error err;
    int64_t deadline_ms = clock_monotonic_ms() + *(const int *)timeout_ms;
    CU_ASSERT_EQUAL(resolve_host("localhost", deadline_ms, &addresses, &err), 0);
}

static void a_thread_that_waits_for_a_name_says_how_long(void)
{
    int timeout_ms = 5000;
    CU_ASSERT_TRUE(work_is_expected_within(look_up, &timeout_ms, timeout_ms));
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_numeric_address_is_itself),
        TEST(a_name_becomes_numeric_addresses),
        TEST(a_name_that_does_not_exist_is_unavailable),
        TEST(the_deadline_holds_even_when_it_is_over_at_once),
        TEST(a_thread_that_waits_for_a_name_says_how_long),
        {0},
    };
    return suite_run("resolve", tests, argc, argv);
}
