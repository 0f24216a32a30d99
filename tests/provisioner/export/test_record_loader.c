/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/record_loader.h"
#include "tests/provisioner/wakeups.h"
#include "tests/suite.h"

#include <pthread.h>

enum { THREADS = 4, NAMES = 1000 };

static char **some_names(size_t count)
{
    char **names = memory_new(count * sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = memory_format("%zu", i);
    return names;
}

static bool next_is(struct record_loader *reading, const char *expected)
{
    char *const *names;
    return record_loader_next(reading, 1, &names) == 1 && strcmp(names[0], expected) == 0;
}

static bool has_no_more(struct record_loader *reading)
{
    char *const *names;
    return record_loader_next(reading, 1, &names) == 0;
}

static void one_lists_and_whoever_came_meanwhile_is_woken_to_help(void)
{
    struct wakeups wakeups = {0};
    autodestroy(record_loader) struct record_loader *reading =
        record_loader_new(add_wakeup, &wakeups);
    CU_ASSERT_EQUAL(record_loader_join(reading, "a"), LOADER_LIST);
    CU_ASSERT_EQUAL(record_loader_join(reading, "b"), LOADER_WAIT);
    CU_ASSERT_EQUAL(record_loader_join(reading, "c"), LOADER_WAIT);
    CU_ASSERT_STRING_EQUAL(wakeups.text, "");
    record_loader_begin(reading, some_names(2), 2);
    CU_ASSERT_STRING_EQUAL(wakeups.text, "b c ");
    CU_ASSERT_EQUAL(record_loader_join(reading, "b"), LOADER_HELP);
    CU_ASSERT_TRUE(next_is(reading, "0"));
    CU_ASSERT_TRUE(next_is(reading, "1"));
    CU_ASSERT_TRUE(has_no_more(reading));
}

static void who_is_done_before_the_others_waits_for_them(void)
{
    struct wakeups wakeups = {0};
    autodestroy(record_loader) struct record_loader *reading =
        record_loader_new(add_wakeup, &wakeups);
    (void)record_loader_join(reading, "a");
    record_loader_begin(reading, some_names(1), 1);
    (void)record_loader_join(reading, "b");
    CU_ASSERT_TRUE(next_is(reading, "0"));
    CU_ASSERT_FALSE(record_loader_leave(reading, "b", false));
    CU_ASSERT_STRING_EQUAL(wakeups.text, "");
    CU_ASSERT_TRUE(record_loader_leave(reading, "a", false));
    CU_ASSERT_STRING_EQUAL(wakeups.text, "b ");
    CU_ASSERT_EQUAL(record_loader_join(reading, "b"), LOADER_OVER);
}

static void a_failure_ends_it_for_all_and_the_next_one_begins_anew(void)
{
    struct wakeups wakeups = {0};
    autodestroy(record_loader) struct record_loader *reading =
        record_loader_new(add_wakeup, &wakeups);
    (void)record_loader_join(reading, "a");
    record_loader_begin(reading, some_names(3), 3);
    (void)record_loader_join(reading, "b");
    CU_ASSERT_TRUE(next_is(reading, "0"));
    CU_ASSERT_FALSE(record_loader_leave(reading, "a", true));
    CU_ASSERT_TRUE(has_no_more(reading));
    CU_ASSERT_FALSE(record_loader_leave(reading, "b", false));
    CU_ASSERT_STRING_EQUAL(wakeups.text, "b ");
    CU_ASSERT_EQUAL(record_loader_join(reading, "b"), LOADER_LIST);
    record_loader_begin(reading, some_names(1), 1);
    CU_ASSERT_TRUE(next_is(reading, "0"));
    CU_ASSERT_TRUE(record_loader_leave(reading, "b", false));
}

static void who_waits_for_names_that_cannot_be_listed_is_woken(void)
{
    struct wakeups wakeups = {0};
    autodestroy(record_loader) struct record_loader *reading =
        record_loader_new(add_wakeup, &wakeups);
    (void)record_loader_join(reading, "a");
    (void)record_loader_join(reading, "b");
    CU_ASSERT_FALSE(record_loader_leave(reading, "a", true));
    CU_ASSERT_STRING_EQUAL(wakeups.text, "b ");
    CU_ASSERT_EQUAL(record_loader_join(reading, "b"), LOADER_LIST);
}

static void where_there_are_no_names_all_has_been_read(void)
{
    struct wakeups wakeups = {0};
    autodestroy(record_loader) struct record_loader *reading =
        record_loader_new(add_wakeup, &wakeups);
    (void)record_loader_join(reading, "a");
    record_loader_begin(reading, NULL, 0);
    CU_ASSERT_TRUE(has_no_more(reading));
    CU_ASSERT_TRUE(record_loader_leave(reading, "a", false));
    CU_ASSERT_STRING_EQUAL(wakeups.text, "");
}

struct crowd {
    struct record_loader *reading;
    _Atomic int times_read[NAMES];
    _Atomic int whole;
};

static void *help(void *context)
{
    struct crowd *crowd = context;
    char *const *names;
    size_t count;
    while ((count = record_loader_next(crowd->reading, 3, &names)) > 0) {
        CU_ASSERT_TRUE(count <= 3);
        for (size_t i = 0; i < count; i++)
            crowd->times_read[strtol(names[i], NULL, 10)]++;
    }
    crowd->whole += record_loader_leave(crowd->reading, "x", false);
    return NULL;
}

static void each_name_is_read_once_however_many_help(void)
{
    struct wakeups wakeups = {0};
    autodestroy(record_loader) struct record_loader *reading =
        record_loader_new(add_wakeup, &wakeups);
    struct crowd crowd = {.reading = reading};
    pthread_t threads[THREADS];
    (void)record_loader_join(reading, "x");
    record_loader_begin(reading, some_names(NAMES), NAMES);
    for (int i = 1; i < THREADS; i++)
        CU_ASSERT_EQUAL(record_loader_join(reading, "x"), LOADER_HELP);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, help, &crowd);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < NAMES; i++)
        CU_ASSERT_EQUAL(crowd.times_read[i], 1);
    CU_ASSERT_EQUAL(crowd.whole, 1);
    CU_ASSERT_STRING_EQUAL(wakeups.text, "x x x ");
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(one_lists_and_whoever_came_meanwhile_is_woken_to_help),
        TEST(who_is_done_before_the_others_waits_for_them),
        TEST(a_failure_ends_it_for_all_and_the_next_one_begins_anew),
        TEST(who_waits_for_names_that_cannot_be_listed_is_woken),
        TEST(where_there_are_no_names_all_has_been_read),
        TEST(each_name_is_read_once_however_many_help),
        {0},
    };
    return suite_run("reading", tests, argc, argv);
}
