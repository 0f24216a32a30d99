/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "tests/provisioner/shared/queue_fixture.h"

#include <stdio.h>

static void a_key_that_failed_waits_about_a_second(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    queue_add(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    int64_t failed_ms = clock_monotonic_ms();
    int wait_ms = queue_retry(queue, "a", 0);
    CU_ASSERT(wait_ms >= 1000 && wait_ms < 1500);
    CU_ASSERT_EQUAL(counts_of(queue).delayed, 1);
    CU_ASSERT(next_is(queue, "a"));
    CU_ASSERT(clock_monotonic_ms() - failed_ms >= wait_ms);
    CU_ASSERT_EQUAL(counts_of(queue).delayed, 0);
}

static void each_failure_doubles_the_wait_and_success_forgets_them(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    for (int least_ms = 1000; least_ms <= 32000; least_ms *= 2) {
        queue_add(queue, "a");
        CU_ASSERT(next_is(queue, "a"));
        int wait_ms = queue_retry(queue, "a", 0);
        CU_ASSERT(wait_ms >= least_ms && wait_ms < least_ms * 3 / 2);
    }
    queue_add(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    queue_done(queue, "a");
    queue_add(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    CU_ASSERT(queue_retry(queue, "a", 0) < 1500);
}

static void waits_of_keys_that_failed_together_differ(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    int waits_ms[3];
    for (int i = 0; i < 3; i++) {
        const char key[2] = {(char)('a' + i), '\0'};
        queue_add(queue, key);
        CU_ASSERT(next_is(queue, key));
        waits_ms[i] = queue_retry(queue, key, 0);
    }
    CU_ASSERT(waits_ms[0] != waits_ms[1] || waits_ms[1] != waits_ms[2]);
}

static void a_retry_waits_at_least_as_long_as_asked(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    queue_add(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    CU_ASSERT_EQUAL(queue_retry(queue, "a", 50000), 50000);
}

/* As a gateway asks before the API server, which is back long before that. */
static void a_server_that_asks_for_an_hour_delays_a_retry_by_a_minute(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    queue_add(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    CU_ASSERT_EQUAL(queue_retry(queue, "a", 3600 * 1000), 60000);
}

static void adding_a_key_that_waits_makes_it_due_at_once(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    queue_add(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    int wait_ms = queue_retry(queue, "a", 10000);
    int64_t added_ms = clock_monotonic_ms();
    queue_add(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    CU_ASSERT(clock_monotonic_ms() - added_ms < wait_ms / 2);
}

static void a_key_that_was_early_waits_as_told_and_has_not_failed(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    queue_add(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    int64_t taken_ms = clock_monotonic_ms();
    queue_delay(queue, "a", 100);
    CU_ASSERT_EQUAL(counts_of(queue).delayed, 1);
    CU_ASSERT(next_is(queue, "a"));
    CU_ASSERT(clock_monotonic_ms() - taken_ms >= 100);
    CU_ASSERT(queue_retry(queue, "a", 0) < 1500);
}

static void a_key_that_is_repeated_waits_as_told_and_has_no_failures(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    queue_add(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    CU_ASSERT(queue_retry(queue, "a", 0) < 1500);
    queue_add(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    int64_t repeated_ms = clock_monotonic_ms();
    queue_repeat(queue, "a", 100);
    CU_ASSERT_EQUAL(counts_of(queue).delayed, 1);
    CU_ASSERT_EQUAL(counts_of(queue).working, 0);
    CU_ASSERT(next_is(queue, "a"));
    CU_ASSERT(clock_monotonic_ms() - repeated_ms >= 100);
    CU_ASSERT(queue_retry(queue, "a", 0) < 1500);
}

static void a_key_that_is_repeated_comes_at_once_when_it_is_added(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    queue_add(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    queue_repeat(queue, "a", 60000);
    queue_add(queue, "a");
    CU_ASSERT_EQUAL(counts_of(queue).due, 1);
    CU_ASSERT(next_is(queue, "a"));
    queue_repeat(queue, "a", 60000);
    CU_ASSERT_EQUAL(counts_of(queue).delayed, 1);
}

/* Whatever it was added for may have come too late for the work that is done. */
static void a_key_that_is_added_during_its_work_is_repeated_at_once(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    queue_add(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    queue_add(queue, "a");
    queue_repeat(queue, "a", 60000);
    CU_ASSERT_EQUAL_FATAL(counts_of(queue).due, 1);
    CU_ASSERT(next_is(queue, "a"));
    queue_repeat(queue, "a", 60000);
    CU_ASSERT_EQUAL(counts_of(queue).delayed, 1);
}

/* Takes the key, which must be due, and fails so often that it waits the longest. */
static void fail_often(struct queue *queue, const char *key)
{
    for (int i = 0; i < 8; i++) {
        queue_add(queue, key);
        CU_ASSERT(next_is(queue, key));
        CU_ASSERT(queue_retry(queue, key, 0) >= 1000);
    }
}

/* What it waited for came too late for this try: it does not wait as after a failure of its own. */
static void a_key_added_while_it_failed_comes_again_after_the_first_wait(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    fail_often(queue, "a");
    queue_add(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    queue_add(queue, "a");
    int wait_ms = queue_retry(queue, "a", 0);
    CU_ASSERT(wait_ms >= 1000 && wait_ms < 1500);
    CU_ASSERT_EQUAL(counts_of(queue).due, 0);
    CU_ASSERT_EQUAL(counts_of(queue).delayed, 1);
}

static void a_wake_up_counts_for_one_try_and_no_less_than_the_server_asks_for(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    fail_often(queue, "a");
    queue_add(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    queue_add(queue, "a");
    CU_ASSERT_EQUAL(queue_retry(queue, "a", 7000), 7000);
    queue_add(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    CU_ASSERT(queue_retry(queue, "a", 0) >= 40000);
}

static void waiting_keys_become_due_in_the_order_of_their_waits(void)
{
    enum { WAITING = 30 };
    autodestroy(queue) struct queue *queue = queue_new();
    for (int i = 0; i < WAITING; i++) {
        char key[16];
        int turn = i * 7 % WAITING; /* neither rising nor falling */
        snprintf(key, sizeof key, "%02d", turn);
        queue_add(queue, key);
        CU_ASSERT(next_is(queue, key));
        CU_ASSERT_EQUAL(queue_retry(queue, key, 1500 + 20 * turn), 1500 + 20 * turn);
    }
    queue_add(queue, "15"); /* out of the middle of the heap */
    CU_ASSERT(next_is(queue, "15"));
    for (int turn = 0; turn < WAITING; turn++) {
        char key[16];
        snprintf(key, sizeof key, "%02d", turn);
        if (turn != 15)
            CU_ASSERT(next_is(queue, key));
    }
}

static void a_key_whose_wait_is_over_goes_before_one_added_later(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    queue_add(queue, "waited");
    CU_ASSERT(next_is(queue, "waited"));
    sleep_ms(queue_retry(queue, "waited", 0) + 5);
    queue_add(queue, "new");
    CU_ASSERT(next_is(queue, "waited"));
    CU_ASSERT(next_is(queue, "new"));
}

static void a_parked_key_comes_back_only_when_it_is_added(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    queue_add(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    queue_park(queue, "a");
    struct queue_counts counts = counts_of(queue);
    CU_ASSERT_EQUAL(counts.due + counts.delayed + counts.working, 0);
    queue_add(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    queue_add(queue, "a");
    queue_park(queue, "a");
    CU_ASSERT_EQUAL(counts_of(queue).due, 1);
}

static void a_parked_key_keeps_its_failures(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    queue_add(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    CU_ASSERT(queue_retry(queue, "a", 0) < 2000);
    queue_add(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    queue_park(queue, "a");
    queue_add(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    CU_ASSERT(queue_retry(queue, "a", 0) >= 2000);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_key_that_failed_waits_about_a_second),
        TEST(each_failure_doubles_the_wait_and_success_forgets_them),
        TEST(waits_of_keys_that_failed_together_differ),
        TEST(a_retry_waits_at_least_as_long_as_asked),
        TEST(a_server_that_asks_for_an_hour_delays_a_retry_by_a_minute),
        TEST(adding_a_key_that_waits_makes_it_due_at_once),
        TEST(a_key_that_was_early_waits_as_told_and_has_not_failed),
        TEST(a_key_that_is_repeated_waits_as_told_and_has_no_failures),
        TEST(a_key_that_is_repeated_comes_at_once_when_it_is_added),
        TEST(a_key_that_is_added_during_its_work_is_repeated_at_once),
        TEST(a_key_added_while_it_failed_comes_again_after_the_first_wait),
        TEST(a_wake_up_counts_for_one_try_and_no_less_than_the_server_asks_for),
        TEST(waiting_keys_become_due_in_the_order_of_their_waits),
        TEST(a_key_whose_wait_is_over_goes_before_one_added_later),
        TEST(a_parked_key_comes_back_only_when_it_is_added),
        TEST(a_parked_key_keeps_its_failures),
        {0},
    };
    return suite_run("queue_waits", tests, argc, argv);
}
