/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "tests/suite.h"

#include <limits.h>
#include <unistd.h>

static void what_is_left_lies_between_nothing_and_int_max(void)
{
    int64_t now = clock_monotonic_ms();
    CU_ASSERT_EQUAL(clock_left_ms(now - 1), 0);
    CU_ASSERT_EQUAL(clock_left_ms(INT64_MIN / 2), 0);
    CU_ASSERT_EQUAL(clock_left_ms(INT64_MAX), INT_MAX);
    int left = clock_left_ms(now + 10000);
    CU_ASSERT_TRUE(left > 9000 && left <= 10000);
}

static void the_monotonic_clock_counts_milliseconds(void)
{
    int64_t before = clock_monotonic_ms();
    usleep(20000);
    int64_t passed = clock_monotonic_ms() - before;
    CU_ASSERT_TRUE(passed >= 19 && passed < 2000);
}

static void the_wall_clock_is_the_time_of_day(void)
{
    int64_t seconds = clock_wall_us() / 1000000;
    CU_ASSERT_TRUE(llabs(seconds - (int64_t)time(NULL)) <= 1);
}

static void times_are_formatted_as_kubernetes_does(void)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format_time(text, 1136214245000042);
    CU_ASSERT_STRING_EQUAL(text, "2006-01-02T15:04:05Z");
    clock_format_micro_time(text, 1136214245000042);
    CU_ASSERT_STRING_EQUAL(text, "2006-01-02T15:04:05.000042Z");
}

static void times_are_parsed_in_both_forms(void)
{
    static const struct {
        const char *text;
        int64_t wall_us;
    } cases[] = {
        {"2006-01-02T15:04:05Z", 1136214245000000},
        {"2006-01-02T15:04:05.000042Z", 1136214245000042},
        {"2006-01-02T15:04:05.5Z", 1136214245500000},
        {"2006-01-02T15:04:05.123456789Z", 1136214245123456},
        {"1970-01-01T00:00:00Z", 0},
        {"2006-01-02T15:04:05", -1},
        {"2006-01-02T15:04:05Zjunk", -1},
        {"2006-01-02", -1},
        {"2006-13-02T15:04:05Z", -1},
        {"yesterday", -1},
        {"", -1},
        {NULL, -1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CU_ASSERT_EQUAL(clock_parse_time(cases[i].text), cases[i].wall_us);
}

static void a_formatted_time_parses_to_itself(void)
{
    char text[CLOCK_TEXT_SIZE];
    int64_t now = clock_wall_us();
    clock_format_micro_time(text, now);
    CU_ASSERT_EQUAL(clock_parse_time(text), now);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(what_is_left_lies_between_nothing_and_int_max),
        TEST(the_monotonic_clock_counts_milliseconds),
        TEST(the_wall_clock_is_the_time_of_day),
        TEST(times_are_formatted_as_kubernetes_does),
        TEST(times_are_parsed_in_both_forms),
        TEST(a_formatted_time_parses_to_itself),
        {0},
    };
    return suite_run("clock", tests, argc, argv);
}
