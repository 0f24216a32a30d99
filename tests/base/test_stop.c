/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/stop.h"
#include "tests/suite.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static void a_new_one_is_not_raised_and_a_wait_takes_its_time(void)
{
    struct stop *stop = stop_new();
    int64_t before = clock_monotonic_ms();
    CU_ASSERT_FALSE(stop_is_raised(stop));
    CU_ASSERT_FALSE(stop_wait(stop, 50));
    CU_ASSERT_TRUE(clock_monotonic_ms() - before >= 49);
    stop_free(stop);
}

static void once_raised_it_stays_raised_and_nothing_waits(void)
{
    struct stop *stop = stop_new();
    stop_raise(stop);
    stop_raise(stop);
    int64_t before = clock_monotonic_ms();
    CU_ASSERT_TRUE(stop_is_raised(stop));
    CU_ASSERT_TRUE(stop_wait(stop, 10000));
    CU_ASSERT_TRUE(stop_wait(stop, 10000));
    CU_ASSERT_TRUE(clock_monotonic_ms() - before < 5000);
    stop_free(stop);
}

static void *wait_long(void *stop)
{
    return stop_wait(stop, 30000) ? stop : NULL;
}

static void raising_wakes_every_thread_that_waits(void)
{
    enum { THREADS = 4 };
    struct stop *stop = stop_new();
    pthread_t threads[THREADS];
    int64_t before = clock_monotonic_ms();
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, wait_long, stop);
    usleep(20000);
    stop_raise(stop);
    for (int i = 0; i < THREADS; i++) {
        void *stopped = NULL;
        pthread_join(threads[i], &stopped);
        CU_ASSERT_PTR_NOT_NULL(stopped);
    }
    CU_ASSERT_TRUE(clock_monotonic_ms() - before < 10000);
    stop_free(stop);
}

static void its_descriptor_becomes_readable(void)
{
    struct stop *stop = stop_new();
    struct pollfd ready = {.fd = stop_descriptor(stop), .events = POLLIN};
    CU_ASSERT_EQUAL(poll(&ready, 1, 0), 0);
    stop_raise(stop);
    CU_ASSERT_EQUAL(poll(&ready, 1, 0), 1);
    CU_ASSERT_EQUAL(poll(&ready, 1, 0), 1);
    stop_free(stop);
}

static struct stop *signalled;

static void on_signal(int number)
{
    (void)number;
    stop_raise(signalled); /* NOLINT(bugprone-signal-handler) its header allows it */
}

static void a_signal_handler_may_raise_it(void)
{
    signalled = stop_new();
    signal(SIGUSR1, on_signal);
    kill(getpid(), SIGUSR1);
    CU_ASSERT_TRUE(stop_wait(signalled, 10000));
    signal(SIGUSR1, SIG_DFL);
    stop_free(signalled);
}

static void freeing_closes_its_descriptor_and_nothing_may_be_freed(void)
{
    struct stop *stop = stop_new();
    int descriptor = stop_descriptor(stop);
    CU_ASSERT(fcntl(descriptor, F_GETFD) >= 0);
    stop_free(stop);
    CU_ASSERT(fcntl(descriptor, F_GETFD) < 0);
    stop_free(NULL);
}

static void a_stop_that_is_none_is_waited_for_in_vain(void)
{
    int64_t began_ms = clock_monotonic_ms();
    CU_ASSERT_FALSE(stop_wait(NULL, 20));
    CU_ASSERT(clock_monotonic_ms() - began_ms >= 20);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_new_one_is_not_raised_and_a_wait_takes_its_time),
        TEST(once_raised_it_stays_raised_and_nothing_waits),
        TEST(raising_wakes_every_thread_that_waits),
        TEST(its_descriptor_becomes_readable),
        TEST(a_signal_handler_may_raise_it),
        TEST(freeing_closes_its_descriptor_and_nothing_may_be_freed),
        TEST(a_stop_that_is_none_is_waited_for_in_vain),
        {0},
    };
    return suite_run("stop", tests, argc, argv);
}
