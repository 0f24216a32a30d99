/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/shared/queue_fixture.h"

#include <malloc.h>
#include <stdio.h>

static void a_key_added_twice_is_taken_once(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    queue_add(queue, "a");
    queue_add(queue, "a");
    queue_add(queue, "b");
    CU_ASSERT(next_is(queue, "a"));
    CU_ASSERT(next_is(queue, "b"));
    CU_ASSERT_EQUAL(counts_of(queue).due, 0);
}

static void keys_are_taken_in_the_order_they_were_added(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    queue_add(queue, "c");
    queue_add(queue, "a");
    queue_add(queue, "b");
    CU_ASSERT(next_is(queue, "c"));
    CU_ASSERT(next_is(queue, "a"));
    queue_add(queue, "d");
    CU_ASSERT(next_is(queue, "b"));
    CU_ASSERT(next_is(queue, "d"));
}

static void a_key_added_while_it_is_worked_on_comes_again_afterwards(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    queue_add(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    queue_add(queue, "a");
    CU_ASSERT_EQUAL(counts_of(queue).due, 0);
    queue_done(queue, "a");
    CU_ASSERT(next_is(queue, "a"));
    queue_done(queue, "a");
    CU_ASSERT_EQUAL(counts_of(queue).due, 0);
}

static bool is_urgent(const char *key)
{
    return key[0] == '!';
}

static void urgent_keys_come_first_each_kind_in_its_order(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    queue_set_urgent(queue, is_urgent);
    queue_add(queue, "a");
    queue_add(queue, "b");
    queue_add(queue, "!c");
    CU_ASSERT(next_is(queue, "!c"));
    CU_ASSERT(next_is(queue, "a"));
    queue_add(queue, "!d");
    queue_add(queue, "e");
    queue_add(queue, "!f");
    queue_add(queue, "a"); /* while it is worked on */
    queue_done(queue, "a");
    CU_ASSERT(next_is(queue, "!d"));
    CU_ASSERT(next_is(queue, "!f"));
    CU_ASSERT(next_is(queue, "b"));
    CU_ASSERT(next_is(queue, "e"));
    CU_ASSERT(next_is(queue, "a"));
    CU_ASSERT_EQUAL(counts_of(queue).due, 0);
}

static void ordinary_keys_are_not_starved(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    queue_set_urgent(queue, is_urgent);
    queue_add(queue, "a");
    queue_add(queue, "b");
    queue_add(queue, "!");
    for (int i = 0; i < 20; i++) {
        const char *expected = i == 8 ? "a" : i == 17 ? "b" : "!";
        CU_ASSERT(next_is(queue, expected));
        queue_done(queue, expected);
        queue_add(queue, "!");
    }
}

static void the_counts_say_where_the_keys_are(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    queue_add(queue, "fails");
    queue_add(queue, "is worked on");
    queue_add(queue, "is due");
    queue_add(queue, "is due as well");
    CU_ASSERT(next_is(queue, "fails"));
    CU_ASSERT(queue_retry(queue, "fails", 0) > 0);
    CU_ASSERT(next_is(queue, "is worked on"));
    struct queue_counts counts = counts_of(queue);
    CU_ASSERT_EQUAL(counts.due, 2);
    CU_ASSERT_EQUAL(counts.delayed, 1);
    CU_ASSERT_EQUAL(counts.working, 1);
}

static void a_finished_key_leaves_no_memory_behind(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    size_t before = mallinfo2().uordblks;
    for (int i = 0; i < 20000; i++) {
        char key[64];
        snprintf(key, sizeof key, "default/claim-%d", i);
        queue_add(queue, key);
        CU_ASSERT(next_is(queue, key));
        if (i % 2)
            queue_done(queue, key);
        else
            queue_park(queue, key);
    }
    CU_ASSERT(mallinfo2().uordblks < before + 10000);
}

/* A standby may be held for months: what it is told of then is in its cache. */
static void a_held_queue_keeps_nothing(void)
{
    autodestroy(queue) struct queue *queue = queue_new();
    for (int i = 0; i < 3; i++) {
        queue_add(queue, "fails");
        CU_ASSERT(next_is(queue, "fails"));
        CU_ASSERT(queue_retry(queue, "fails", 0) >= 1000);
    }
    queue_add(queue, "fails, too");
    CU_ASSERT(next_is(queue, "fails, too"));
    CU_ASSERT(queue_retry(queue, "fails, too", 0) >= 1000);
    queue_add(queue, "fails, too");
    queue_add(queue, "is due");
    queue_hold(queue);
    struct queue_counts counts = counts_of(queue);
    CU_ASSERT_EQUAL(counts.due + counts.delayed + counts.working, 0);

    size_t before = mallinfo2().uordblks;
    for (int i = 0; i < 20000; i++) {
        char key[64];
        snprintf(key, sizeof key, "default/claim-%d", i);
        queue_add(queue, key);
    }
    CU_ASSERT(mallinfo2().uordblks < before + 10000);
    queue_resume(queue);
    CU_ASSERT_EQUAL(counts_of(queue).due, 0);

    queue_add(queue, "fails");
    CU_ASSERT(next_is(queue, "fails"));
    CU_ASSERT(queue_retry(queue, "fails", 0) < 1500);
}

static void many_keys_come_out_each_once(void)
{
    enum { MANY = 20000 };
    autodestroy(queue) struct queue *queue = queue_new();
    for (int i = 0; i < 2 * MANY; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i % MANY);
        queue_add(queue, key);
    }
    for (int i = 0; i < MANY; i++) {
        autofree char *key = queue_take(queue);
        CU_ASSERT_EQUAL(strtol(key, NULL, 10), i);
        CU_ASSERT(queue_retry(queue, key, 0) >= 1000);
    }
    struct queue_counts counts = counts_of(queue);
    CU_ASSERT_EQUAL(counts.delayed + counts.due, MANY);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_key_added_twice_is_taken_once),
        TEST(keys_are_taken_in_the_order_they_were_added),
        TEST(a_key_added_while_it_is_worked_on_comes_again_afterwards),
        TEST(urgent_keys_come_first_each_kind_in_its_order),
        TEST(ordinary_keys_are_not_starved),
        TEST(the_counts_say_where_the_keys_are),
        TEST(a_finished_key_leaves_no_memory_behind),
        TEST(a_held_queue_keeps_nothing),
        TEST(many_keys_come_out_each_once),
        {0},
    };
    return suite_run("queue", tests, argc, argv);
}
