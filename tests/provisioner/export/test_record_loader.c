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

static bool next_is(struct record_loader *loader, const char *expected)
{
    char *const *names;
    return record_loader_next(loader, 1, &names) == 1 && strcmp(names[0], expected) == 0;
}

static bool has_no_more(struct record_loader *loader)
{
    char *const *names;
    return record_loader_next(loader, 1, &names) == 0;
}

static void one_thread_lists_and_those_that_wait_are_woken_to_help(void)
{
    struct wakeups wakeups = {0};
    autodestroy(record_loader) struct record_loader *loader =
        record_loader_new(add_wakeup, &wakeups);
    CU_ASSERT_EQUAL(record_loader_join(loader, "a"), LOADER_LIST);
    CU_ASSERT_EQUAL(record_loader_join(loader, "b"), LOADER_WAIT);
    CU_ASSERT_EQUAL(record_loader_join(loader, "c"), LOADER_WAIT);
    CU_ASSERT_STRING_EQUAL(wakeups.text, "");
    record_loader_begin(loader, some_names(2), 2);
    CU_ASSERT_STRING_EQUAL(wakeups.text, "b c ");
    CU_ASSERT_EQUAL(record_loader_join(loader, "b"), LOADER_HELP);
    CU_ASSERT_TRUE(next_is(loader, "0"));
    CU_ASSERT_TRUE(next_is(loader, "1"));
    CU_ASSERT_TRUE(has_no_more(loader));
}

static void a_thread_that_is_done_early_waits_for_the_others(void)
{
    struct wakeups wakeups = {0};
    autodestroy(record_loader) struct record_loader *loader =
        record_loader_new(add_wakeup, &wakeups);
    (void)record_loader_join(loader, "a");
    record_loader_begin(loader, some_names(1), 1);
    (void)record_loader_join(loader, "b");
    CU_ASSERT_TRUE(next_is(loader, "0"));
    CU_ASSERT_FALSE(record_loader_leave(loader, "b", false));
    CU_ASSERT_STRING_EQUAL(wakeups.text, "");
    CU_ASSERT_TRUE(record_loader_leave(loader, "a", false));
    CU_ASSERT_STRING_EQUAL(wakeups.text, "b ");
    CU_ASSERT_EQUAL(record_loader_join(loader, "b"), LOADER_OVER);
}

static void a_failure_ends_it_for_all_and_the_next_thread_lists_again(void)
{
    struct wakeups wakeups = {0};
    autodestroy(record_loader) struct record_loader *loader =
        record_loader_new(add_wakeup, &wakeups);
    (void)record_loader_join(loader, "a");
    record_loader_begin(loader, some_names(3), 3);
    (void)record_loader_join(loader, "b");
    CU_ASSERT_TRUE(next_is(loader, "0"));
    CU_ASSERT_FALSE(record_loader_leave(loader, "a", true));
    CU_ASSERT_TRUE(has_no_more(loader));
    CU_ASSERT_FALSE(record_loader_leave(loader, "b", false));
    CU_ASSERT_STRING_EQUAL(wakeups.text, "b ");
    CU_ASSERT_EQUAL(record_loader_join(loader, "b"), LOADER_LIST);
    record_loader_begin(loader, some_names(1), 1);
    CU_ASSERT_TRUE(next_is(loader, "0"));
    CU_ASSERT_TRUE(record_loader_leave(loader, "b", false));
}

static void a_thread_that_waits_for_a_list_that_fails_is_woken(void)
{
    struct wakeups wakeups = {0};
    autodestroy(record_loader) struct record_loader *loader =
        record_loader_new(add_wakeup, &wakeups);
    (void)record_loader_join(loader, "a");
    (void)record_loader_join(loader, "b");
    CU_ASSERT_FALSE(record_loader_leave(loader, "a", true));
    CU_ASSERT_STRING_EQUAL(wakeups.text, "b ");
    CU_ASSERT_EQUAL(record_loader_join(loader, "b"), LOADER_LIST);
}

static void without_names_everything_has_been_read(void)
{
    struct wakeups wakeups = {0};
    autodestroy(record_loader) struct record_loader *loader =
        record_loader_new(add_wakeup, &wakeups);
    (void)record_loader_join(loader, "a");
    record_loader_begin(loader, NULL, 0);
    CU_ASSERT_TRUE(has_no_more(loader));
    CU_ASSERT_TRUE(record_loader_leave(loader, "a", false));
    CU_ASSERT_STRING_EQUAL(wakeups.text, "");
}

struct helpers {
    struct record_loader *loader;
    _Atomic int times_read[NAMES];
    _Atomic int whole;
};

static void *help(void *context)
{
    struct helpers *helpers = context;
    char *const *names;
    size_t count;
    while ((count = record_loader_next(helpers->loader, 3, &names)) > 0) {
        CU_ASSERT_TRUE(count <= 3);
        for (size_t i = 0; i < count; i++)
            helpers->times_read[strtol(names[i], NULL, 10)]++;
    }
    helpers->whole += record_loader_leave(helpers->loader, "x", false);
    return NULL;
}

static void each_name_is_read_once_however_many_help(void)
{
    struct wakeups wakeups = {0};
    autodestroy(record_loader) struct record_loader *loader =
        record_loader_new(add_wakeup, &wakeups);
    struct helpers helpers = {.loader = loader};
    pthread_t threads[THREADS];
    (void)record_loader_join(loader, "x");
    record_loader_begin(loader, some_names(NAMES), NAMES);
    for (int i = 1; i < THREADS; i++)
        CU_ASSERT_EQUAL(record_loader_join(loader, "x"), LOADER_HELP);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, help, &helpers);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < NAMES; i++)
        CU_ASSERT_EQUAL(helpers.times_read[i], 1);
    CU_ASSERT_EQUAL(helpers.whole, 1);
    CU_ASSERT_STRING_EQUAL(wakeups.text, "x x x ");
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(one_thread_lists_and_those_that_wait_are_woken_to_help),
        TEST(a_thread_that_is_done_early_waits_for_the_others),
        TEST(a_failure_ends_it_for_all_and_the_next_thread_lists_again),
        TEST(a_thread_that_waits_for_a_list_that_fails_is_woken),
        TEST(without_names_everything_has_been_read),
        TEST(each_name_is_read_once_however_many_help),
        {0},
    };
    return suite_run("record_loader", tests, argc, argv);
}
