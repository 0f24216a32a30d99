/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stop.h"
#include "base/thread.h"
#include "tests/suite.h"

#include <errno.h>

/* The linker puts these two in place of pthread_create() and pthread_join(). */
int create_unless_full(pthread_t *id, const pthread_attr_t *attributes, void *(*run)(void *),
                       void *context) __asm__("__wrap_pthread_create");
int create_really(pthread_t *id, const pthread_attr_t *attributes, void *(*run)(void *),
                  void *context) __asm__("__real_pthread_create");
int join_and_count(pthread_t id, void **result) __asm__("__wrap_pthread_join");
int join_really(pthread_t id, void **result) __asm__("__real_pthread_join");

static bool system_is_full;
static int joined;

int create_unless_full(pthread_t *id, const pthread_attr_t *attributes, void *(*run)(void *),
                       void *context)
{
    return system_is_full ? EAGAIN : create_really(id, attributes, run, context);
}

int join_and_count(pthread_t id, void **result)
{
    joined++;
    return join_really(id, result);
}

static void *raise_it(void *context)
{
    stop_raise(context);
    return NULL;
}

static void *wait_for_it(void *context)
{
    stop_wait(context, 10000);
    return NULL;
}

static void a_thread_runs_with_its_context_and_is_joined(void)
{
    struct stop *stop = stop_new();
    struct thread thread = {0};
    struct error err;
    CU_ASSERT_EQUAL(thread_start(&thread, "test", raise_it, stop, &err), 0);
    CU_ASSERT_TRUE(thread.is_started);
    thread_join(&thread);
    CU_ASSERT_TRUE(stop_is_raised(stop));
    CU_ASSERT_FALSE(thread.is_started);
    stop_free(stop);
}

static void it_carries_the_first_15_bytes_of_its_name(void)
{
    static const char *const cases[][2] = {
        {"leader", "leader"},
        {"fifteen bytes..", "fifteen bytes.."},
        {"StatefulSet watcher", "StatefulSet wat"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stop *stop = stop_new();
        struct thread thread = {0};
        struct error err;
        char name[64] = "";
        CU_ASSERT_EQUAL(thread_start(&thread, cases[i][0], wait_for_it, stop, &err), 0);
        CU_ASSERT_EQUAL(pthread_getname_np(thread.id, name, sizeof name), 0);
        CU_ASSERT_STRING_EQUAL(name, cases[i][1]);
        stop_raise(stop);
        thread_join(&thread);
        stop_free(stop);
    }
}

static void one_that_does_not_run_is_not_waited_for(void)
{
    struct stop *stop = stop_new();
    struct thread thread = {0};
    struct error err;
    joined = 0;
    thread_join(&thread);
    CU_ASSERT_EQUAL(joined, 0);
    CU_ASSERT_EQUAL(thread_start(&thread, "test", raise_it, stop, &err), 0);
    thread_join(&thread);
    thread_join(&thread);
    CU_ASSERT_EQUAL(joined, 1);
    stop_free(stop);
}

static void one_that_cannot_be_started_says_which_and_why(void)
{
    struct thread thread = {0};
    struct error err = {0};
    system_is_full = true;
    int result = thread_start(&thread, "leader", raise_it, NULL, &err);
    system_is_full = false;

    CU_ASSERT_EQUAL(result, -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_STRING_EQUAL(err.message,
                           "cannot start the leader thread: Resource temporarily unavailable");
    CU_ASSERT_FALSE(thread.is_started);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_thread_runs_with_its_context_and_is_joined),
        TEST(it_carries_the_first_15_bytes_of_its_name),
        TEST(one_that_does_not_run_is_not_waited_for),
        TEST(one_that_cannot_be_started_says_which_and_why),
        {0},
    };
    return suite_run("thread", tests, argc, argv);
}
