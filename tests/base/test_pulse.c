/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/memory.h"
#include "base/pulse.h"
#include "base/stop.h"
#include "base/thread.h"
#include "tests/suite.h"

#include <semaphore.h>

enum { A_MINUTE_MS = 60000, AN_HOUR_MS = 60 * A_MINUTE_MS, SAYS_NOTHING = -1 };

/* A thread that says what it is told, and then hangs until it is let go. */
struct hanging {
    struct thread thread;
    int within_ms; /* 0: it rests, after it has expected something */
    sem_t has_said, may_end;
};

static void *hang(void *context)
{
    struct hanging *hanging = context;
    if (hanging->within_ms != SAYS_NOTHING)
        pulse_expect(hanging->within_ms);
    if (hanging->within_ms == 0)
        pulse_rest();
    sem_post(&hanging->has_said);
    sem_wait(&hanging->may_end);
    return NULL;
}

static void begin(struct hanging *hanging, const char *name, int within_ms)
{
    struct error err;
    *hanging = (struct hanging){.within_ms = within_ms};
    sem_init(&hanging->has_said, 0, 0);
    sem_init(&hanging->may_end, 0, 0);
    CU_ASSERT_EQUAL_FATAL(thread_start(&hanging->thread, name, hang, hanging, &err), 0);
    sem_wait(&hanging->has_said);
}

static void end(struct hanging *hanging)
{
    sem_post(&hanging->may_end);
    thread_join(&hanging->thread);
    sem_destroy(&hanging->has_said);
    sem_destroy(&hanging->may_end);
}

/* Who is late in `ms`; the caller's. */
static char *late_in(int64_t ms, int64_t *late_ms)
{
    return pulse_find_late(clock_monotonic_ms() + ms, late_ms);
}

static void a_thread_that_is_late_is_named(void)
{
    struct hanging worker;
    int64_t late_ms = 0;
    begin(&worker, "worker", A_MINUTE_MS);
    CU_ASSERT_PTR_NULL(late_in(0, &late_ms));
    autofree char *late = late_in(AN_HOUR_MS, &late_ms);
    CU_ASSERT_TRUE(late && strcmp(late, "worker") == 0);
    CU_ASSERT_TRUE(late_ms >= AN_HOUR_MS - A_MINUTE_MS && late_ms < AN_HOUR_MS);
    end(&worker);
}

static void of_several_the_one_that_has_hung_longest_is_named(void)
{
    struct hanging first, second, third;
    int64_t late_ms = 0;
    begin(&first, "first", 3 * A_MINUTE_MS);
    begin(&second, "second", A_MINUTE_MS);
    begin(&third, "third", 2 * A_MINUTE_MS);
    autofree char *late = late_in(AN_HOUR_MS, &late_ms);
    CU_ASSERT_TRUE(late && strcmp(late, "second") == 0);
    end(&first);
    end(&second);
    end(&third);
}

static void one_that_rests_is_not_late(void)
{
    struct hanging idle;
    int64_t late_ms = 0;
    begin(&idle, "idle", 0);
    CU_ASSERT_PTR_NULL(late_in(AN_HOUR_MS, &late_ms));
    end(&idle);
}

static void one_that_has_said_nothing_yet_is_not_late(void)
{
    struct hanging beginner;
    int64_t late_ms = 0;
    begin(&beginner, "beginner", SAYS_NOTHING);
    CU_ASSERT_PTR_NULL(late_in(AN_HOUR_MS, &late_ms));
    end(&beginner);
}

static void one_that_has_ended_is_forgotten(void)
{
    struct hanging worker;
    int64_t late_ms = 0;
    begin(&worker, "worker", A_MINUTE_MS);
    end(&worker);
    CU_ASSERT_PTR_NULL(late_in(AN_HOUR_MS, &late_ms));
}

static void a_thread_that_is_not_watched_may_say_what_it_likes(void)
{
    int64_t late_ms = 0;
    pulse_expect(1);
    CU_ASSERT_PTR_NULL(late_in(AN_HOUR_MS, &late_ms));
    pulse_rest();
}

static void *wait_for_stop(void *stop)
{
    stop_wait(stop, A_MINUTE_MS);
    return NULL;
}

static void a_wait_is_over_when_its_time_is(void)
{
    struct stop *stop = stop_new();
    struct thread thread = {0};
    struct error err;
    int64_t late_ms = 0;
    CU_ASSERT_EQUAL_FATAL(thread_start(&thread, "waiting", wait_for_stop, stop, &err), 0);
    char *late = NULL;
    for (int64_t until_ms = clock_monotonic_ms() + 10000; !late && clock_left_ms(until_ms) > 0;)
        late = late_in(AN_HOUR_MS, &late_ms);
    CU_ASSERT_TRUE(late && strcmp(late, "waiting") == 0);
    CU_ASSERT_TRUE(late_ms > AN_HOUR_MS - 2 * A_MINUTE_MS && late_ms < AN_HOUR_MS);
    CU_ASSERT_PTR_NULL(late_in(0, &late_ms));
    free(late);
    stop_raise(stop);
    thread_join(&thread);
    stop_free(stop);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_thread_that_is_late_is_named),
        TEST(of_several_the_one_that_has_hung_longest_is_named),
        TEST(one_that_rests_is_not_late),
        TEST(one_that_has_said_nothing_yet_is_not_late),
        TEST(one_that_has_ended_is_forgotten),
        TEST(a_thread_that_is_not_watched_may_say_what_it_likes),
        TEST(a_wait_is_over_when_its_time_is),
        {0},
    };
    return suite_run("pulse", tests, argc, argv);
}
