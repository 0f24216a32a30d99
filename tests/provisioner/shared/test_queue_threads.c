/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "tests/provisioner/shared/queue_fixture.h"
#include "tests/watched_thread.h"

#include <pthread.h>
#include <stdio.h>

enum {
    THREADS = 4,
    KEYS = 16,
    LONG_ENOUGH_MS = 30, /* for another thread to reach its wait */
};

/* A thread that takes one key and says when it got it. */
struct taker {
    struct queue *queue;
    char *key;
    int64_t taken_ms;
    pthread_t thread;
};

static void *take_one(void *context)
{
    struct taker *taker = context;
    taker->key = queue_take(taker->queue);
    taker->taken_ms = clock_monotonic_ms();
    return NULL;
}

static void start_taker(struct taker *taker, struct queue *queue)
{
    *taker = (struct taker){.queue = queue};
    pthread_create(&taker->thread, NULL, take_one, taker);
    sleep_ms(LONG_ENOUGH_MS);
}

static void a_waiting_thread_gets_the_key_that_is_added(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    struct taker taker;
    start_taker(&taker, queue);
    queue_add(queue, "a");
    pthread_join(taker.thread, NULL);
    CU_ASSERT_STRING_EQUAL(taker.key, "a");
    free(taker.key);
}

static void a_waiting_thread_gets_the_key_whose_wait_ends_first(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    queue_add(queue, "late");
    queue_add(queue, "soon");
    CU_ASSERT(next_is(queue, "late"));
    CU_ASSERT(next_is(queue, "soon"));
    int late_ms = queue_retry(queue, "late", 30000);
    struct taker taker;
    start_taker(&taker, queue); /* waits for "late" */
    int64_t start_ms = clock_monotonic_ms();
    int soon_ms = queue_retry(queue, "soon", 0);
    pthread_join(taker.thread, NULL);
    CU_ASSERT_STRING_EQUAL(taker.key, "soon");
    CU_ASSERT(taker.taken_ms - start_ms >= soon_ms && taker.taken_ms - start_ms < late_ms);
    free(taker.key);
}

static void close_wakes_everyone(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    struct taker takers[THREADS];
    for (int i = 0; i < THREADS; i++)
        start_taker(&takers[i], queue);
    queue_close(queue);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(takers[i].thread, NULL);
        CU_ASSERT_PTR_NULL(takers[i].key);
    }
    queue_add(queue, "a");
    CU_ASSERT_PTR_NULL(queue_take(queue));
}

static void a_held_queue_hands_out_nothing_until_it_resumes(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    queue_hold(queue);
    struct taker taker;
    start_taker(&taker, queue);
    queue_add(queue, "before");
    sleep_ms(LONG_ENOUGH_MS);
    CU_ASSERT_EQUAL(counts_of(queue).working, 0);
    CU_ASSERT_EQUAL(counts_of(queue).due, 0);
    queue_resume(queue);
    queue_add(queue, "a");
    pthread_join(taker.thread, NULL);
    CU_ASSERT_STRING_EQUAL(taker.key, "a");
    free(taker.key);
}

static void *finish_later(void *context)
{
    sleep_ms(LONG_ENOUGH_MS);
    queue_done(context, "a");
    sleep_ms(LONG_ENOUGH_MS);
    queue_park(context, "b");
    return NULL;
}

static void hold_returns_when_every_taken_key_has_come_back(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    queue_add(queue, "a");
    queue_add(queue, "b");
    CU_ASSERT(next_is(queue, "a"));
    CU_ASSERT(next_is(queue, "b"));
    pthread_t worker;
    pthread_create(&worker, NULL, finish_later, queue);
    queue_hold(queue);
    CU_ASSERT_EQUAL(counts_of(queue).working, 0);
    pthread_join(worker, NULL);
}

/* Workers that give keys back in every way while others add them. */
struct crowd {
    struct queue *queue;
    _Atomic int holders[KEYS];
    _Atomic int clashes;
    _Atomic int taken;
};

static void *work(void *context)
{
    struct crowd *crowd = context;
    for (;;) {
        autofree char *key = queue_take(crowd->queue);
        if (!key)
            return NULL;
        long number = strtol(key, NULL, 10);
        crowd->clashes += ++crowd->holders[number] > 1;
        int turn = crowd->taken++ % 16;
        crowd->holders[number]--;
        if (turn == 0)
            queue_retry(crowd->queue, key, 0);
        else if (turn == 1)
            queue_park(crowd->queue, key);
        else
            queue_done(crowd->queue, key);
    }
}

static void *add(void *context)
{
    struct crowd *crowd = context;
    for (int i = 0; i < 5000; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i % KEYS);
        queue_add(crowd->queue, key);
    }
    return NULL;
}

static void two_threads_never_hold_the_same_key(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    struct crowd crowd = {.queue = queue};
    pthread_t workers[THREADS];
    pthread_t adders[THREADS];
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&workers[i], NULL, work, &crowd);
        pthread_create(&adders[i], NULL, add, &crowd);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(adders[i], NULL);
    queue_hold(queue);
    struct queue_counts held = counts_of(queue);
    queue_resume(queue);
    queue_close(queue);
    for (int i = 0; i < THREADS; i++)
        pthread_join(workers[i], NULL);
    CU_ASSERT_EQUAL(held.working, 0);
    CU_ASSERT_EQUAL(crowd.clashes, 0);
    CU_ASSERT(crowd.taken >= KEYS);
    CU_ASSERT_EQUAL(counts_of(queue).working, 0);
}

static _Atomic bool has_worked; /* the thread that is watched */

static void work_before(void)
{
    pulse_expect(1000);
    has_worked = true;
}

static void begin_after_work(struct watched_thread *thread, void (*work_on)(void *queue),
                             struct queue *queue)
{
    has_worked = false;
    watched_thread_begin(thread, work_on, queue);
    while (!has_worked)
        sleep_ms(1);
}

static void take_after_work(void *queue)
{
    work_before();
    free(queue_take(queue));
}

static void who_waits_for_a_key_rests_and_who_has_one_does_not(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    struct watched_thread taker;
    begin_after_work(&taker, take_after_work, queue);
    CU_ASSERT_TRUE(comes_to_rest());
    queue_add(queue, "a");
    sem_wait(&taker.is_done);
    CU_ASSERT_TRUE(is_expected_within(60000));
    watched_thread_end(&taker);
}

static void hold_after_work(void *queue)
{
    work_before();
    queue_hold(queue);
}

/* It is the worker that is expected. */
static void who_waits_until_a_key_comes_back_rests(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    struct watched_thread holder;
    queue_add(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    begin_after_work(&holder, hold_after_work, queue);
    CU_ASSERT_TRUE(comes_to_rest());
    queue_done(queue, "a");
    sem_wait(&holder.is_done);
    watched_thread_end(&holder);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_waiting_thread_gets_the_key_that_is_added),
        TEST(a_waiting_thread_gets_the_key_whose_wait_ends_first),
        TEST(close_wakes_everyone),
        TEST(a_held_queue_hands_out_nothing_until_it_resumes),
        TEST(hold_returns_when_every_taken_key_has_come_back),
        TEST(two_threads_never_hold_the_same_key),
        TEST(who_waits_for_a_key_rests_and_who_has_one_does_not),
        TEST(who_waits_until_a_key_comes_back_rests),
        {0},
    };
    return suite_run("queue_threads", tests, argc, argv);
}
