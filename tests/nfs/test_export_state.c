/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/export_state.h"
#include "tests/suite.h"

#include <stdio.h>

enum { LIMIT = 2, INTERVAL_MS = 100 };

static struct export_state *state;
static struct woken_keys woken;

static void begin(void)
{
    state = export_state_new(LIMIT, INTERVAL_MS);
    woken = (struct woken_keys){0};
}

static void end(void)
{
    woken_keys_free(&woken);
    export_state_free(state);
}

/* These keys were woken since the last check, in this order. */
static void assert_woken(size_t count, const char *const *keys)
{
    CU_ASSERT_EQUAL(woken.count, count);
    for (size_t i = 0; i < count && i < woken.count; i++)
        CU_ASSERT_STRING_EQUAL(woken.items[i], keys[i]);
    woken_keys_free(&woken);
}

#define ASSERT_WOKEN(...)                                                                          \
    do {                                                                                           \
        const char *const keys_[] = {__VA_ARGS__};                                                 \
        assert_woken(sizeof keys_ / sizeof *keys_, keys_);                                         \
    } while (0)

static void answer(void)
{
    CU_ASSERT_TRUE(export_state_acquire(state, "first"));
    export_state_answered(state, &woken);
    export_state_release(state, &woken);
}

/* An export that answers; "a" and "b" use all its connections. */
static void begin_with_all_in_use(void)
{
    begin();
    answer();
    CU_ASSERT_TRUE(export_state_acquire(state, "a"));
    CU_ASSERT_TRUE(export_state_acquire(state, "b"));
}

static void an_untried_export_allows_one_connection(void)
{
    begin();
    CU_ASSERT_EQUAL(export_state_status(state), EXPORT_UNTRIED);
    CU_ASSERT_TRUE(export_state_acquire(state, "a"));
    CU_ASSERT_FALSE(export_state_acquire(state, "b"));
    CU_ASSERT_FALSE(export_state_acquire(state, "c"));
    end();
}

static void the_first_answer_wakes_all_keys(void)
{
    begin();
    CU_ASSERT_TRUE(export_state_acquire(state, "a"));
    CU_ASSERT_FALSE(export_state_acquire(state, "b"));
    CU_ASSERT_FALSE(export_state_acquire(state, "c"));
    CU_ASSERT_FALSE(export_state_acquire(state, "d"));
    export_state_answered(state, &woken);
    ASSERT_WOKEN("b", "c", "d");
    CU_ASSERT_EQUAL(export_state_status(state), EXPORT_ANSWERING);
    end();
}

static void an_answering_export_allows_as_many_connections_as_the_limit(void)
{
    begin();
    answer();
    CU_ASSERT_TRUE(export_state_acquire(state, "a"));
    CU_ASSERT_TRUE(export_state_acquire(state, "b"));
    CU_ASSERT_FALSE(export_state_acquire(state, "c"));
    end();
}

static void a_release_wakes_the_key_that_has_waited_longest(void)
{
    begin_with_all_in_use();
    CU_ASSERT_FALSE(export_state_acquire(state, "c"));
    CU_ASSERT_FALSE(export_state_acquire(state, "d"));
    export_state_release(state, &woken);
    ASSERT_WOKEN("c");
    end();
}

static void a_key_that_asks_twice_waits_once(void)
{
    begin_with_all_in_use();
    CU_ASSERT_FALSE(export_state_acquire(state, "c"));
    CU_ASSERT_FALSE(export_state_acquire(state, "c"));
    CU_ASSERT_FALSE(export_state_acquire(state, "d"));
    export_state_release(state, &woken);
    export_state_release(state, &woken);
    ASSERT_WOKEN("c", "d");
    end();
}

static void a_woken_key_no_longer_waits(void)
{
    begin_with_all_in_use();
    CU_ASSERT_FALSE(export_state_acquire(state, "c"));
    export_state_release(state, &woken);
    export_state_release(state, &woken);
    ASSERT_WOKEN("c");
    CU_ASSERT_TRUE(export_state_is_idle(state));
    end();
}

static void a_connection_that_a_woken_key_does_not_use_goes_to_the_next(void)
{
    begin_with_all_in_use();
    CU_ASSERT_FALSE(export_state_acquire(state, "c"));
    CU_ASSERT_FALSE(export_state_acquire(state, "d"));
    export_state_release(state, &woken);
    ASSERT_WOKEN("c");
    export_state_wake_waiting(state, &woken);
    ASSERT_WOKEN("d");
    end();
}

static void no_key_is_woken_while_all_connections_are_in_use(void)
{
    begin_with_all_in_use();
    CU_ASSERT_FALSE(export_state_acquire(state, "c"));
    export_state_wake_waiting(state, &woken);
    CU_ASSERT_EQUAL(woken.count, 0);
    end();
}

static void a_failed_export_allows_no_connection_and_is_probed_at_once(void)
{
    begin();
    answer();
    CU_ASSERT_EQUAL(export_state_next_probe_ms(state), INT64_MAX);
    CU_ASSERT_TRUE(export_state_acquire(state, "a"));
    export_state_failed(state, "a", 1000, &woken);
    export_state_release(state, &woken);
    CU_ASSERT_EQUAL(export_state_status(state), EXPORT_DOWN);
    CU_ASSERT_FALSE(export_state_acquire(state, "b"));
    CU_ASSERT_EQUAL(export_state_next_probe_ms(state), 1000);
    CU_ASSERT_EQUAL(woken.count, 0);
    end();
}

static void a_failed_probe_is_repeated_after_the_interval(void)
{
    begin();
    CU_ASSERT_TRUE(export_state_acquire(state, "a"));
    export_state_failed(state, "a", 1000, &woken);
    export_state_release(state, &woken);
    export_state_probe_failed(state, 1500);
    CU_ASSERT_EQUAL(export_state_next_probe_ms(state), 1500 + INTERVAL_MS);
    CU_ASSERT_EQUAL(export_state_status(state), EXPORT_DOWN);
    end();
}

static void a_waiting_key_is_woken_once_when_the_export_goes_down(void)
{
    begin();
    CU_ASSERT_TRUE(export_state_acquire(state, "a"));
    CU_ASSERT_FALSE(export_state_acquire(state, "b"));
    CU_ASSERT_FALSE(export_state_acquire(state, "c"));
    export_state_failed(state, "a", 1000, &woken);
    ASSERT_WOKEN("b", "c");
    CU_ASSERT_FALSE(export_state_acquire(state, "b"));
    export_state_failed(state, "a", 2000, &woken);
    export_state_release(state, &woken);
    CU_ASSERT_EQUAL(woken.count, 0);
    export_state_probe_answered(state, &woken);
    ASSERT_WOKEN("a", "b");
    end();
}

static void an_answered_probe_wakes_all_keys_whatever_they_wait_for(void)
{
    begin_with_all_in_use();
    export_state_failed(state, "a", 1000, &woken);
    export_state_release(state, &woken);
    CU_ASSERT_FALSE(export_state_acquire(state, "down"));
    CU_ASSERT_EQUAL(woken.count, 0);
    export_state_probe_answered(state, &woken);
    ASSERT_WOKEN("a", "down");
    CU_ASSERT_EQUAL(export_state_status(state), EXPORT_ANSWERING);
    CU_ASSERT_EQUAL(export_state_next_probe_ms(state), INT64_MAX);
    end();
}

static void an_old_answer_does_not_revive_an_export_that_is_down(void)
{
    begin_with_all_in_use();
    export_state_failed(state, "a", 1000, &woken);
    export_state_release(state, &woken);
    export_state_answered(state, &woken);
    export_state_release(state, &woken);
    CU_ASSERT_EQUAL(export_state_status(state), EXPORT_DOWN);
    CU_ASSERT_EQUAL(woken.count, 0);
    end();
}

static void a_second_failure_does_not_put_off_the_probe(void)
{
    begin_with_all_in_use();
    export_state_failed(state, "a", 1000, &woken);
    export_state_failed(state, "b", 2000, &woken);
    CU_ASSERT_EQUAL(export_state_next_probe_ms(state), 1000);
    end();
}

static void a_refusal_leaves_the_export_untried_for_the_next(void)
{
    begin();
    CU_ASSERT_TRUE(export_state_acquire(state, "a"));
    CU_ASSERT_FALSE(export_state_acquire(state, "b"));
    export_state_release(state, &woken);
    ASSERT_WOKEN("b");
    CU_ASSERT_EQUAL(export_state_status(state), EXPORT_UNTRIED);
    CU_ASSERT_TRUE(export_state_acquire(state, "b"));
    end();
}

/* Work that waits for a connection is in no other list: it would never be tried again. */
static void every_key_that_waits_is_woken(void)
{
    enum { MANY = 150 * 1000 };

    begin();
    CU_ASSERT_TRUE(export_state_acquire(state, "a"));
    int acquired = 0;
    for (int i = 0; i < MANY; i++) {
        char key[32];
        snprintf(key, sizeof key, "claim-%d", i);
        acquired += export_state_acquire(state, key);
    }
    CU_ASSERT_EQUAL(acquired, 0);
    export_state_answered(state, &woken);
    CU_ASSERT_EQUAL(woken.count, MANY);
    end();
}

static void a_key_whose_work_is_done_waits_no_longer(void)
{
    begin_with_all_in_use();
    CU_ASSERT_FALSE(export_state_acquire(state, "c"));
    CU_ASSERT_FALSE(export_state_acquire(state, "d"));
    CU_ASSERT_FALSE(export_state_acquire(state, "e"));
    export_state_forget(state, "d");
    export_state_forget(state, "a");
    CU_ASSERT_EQUAL(export_state_waiting(state), 2);
    CU_ASSERT_FALSE(export_state_acquire(state, "d")); /* behind the others now */
    export_state_failed(state, "a", 0, &woken);
    ASSERT_WOKEN("c", "e", "d");
    export_state_forget_all(state);
    export_state_probe_answered(state, &woken);
    CU_ASSERT_EQUAL(woken.count, 0);
    end();
}

static void what_waits_for_a_free_connection_is_counted(void)
{
    begin_with_all_in_use();
    CU_ASSERT_EQUAL(export_state_waiting(state), 0);
    CU_ASSERT_FALSE(export_state_acquire(state, "c"));
    CU_ASSERT_FALSE(export_state_acquire(state, "d"));
    CU_ASSERT_EQUAL(export_state_waiting(state), 2);
    export_state_release(state, &woken);
    CU_ASSERT_EQUAL(export_state_waiting(state), 1);
    export_state_failed(state, "e", 0, &woken);
    CU_ASSERT_EQUAL(export_state_waiting(state), 0);
    end();
}

static void only_an_unused_export_that_no_key_waits_for_is_idle(void)
{
    begin();
    CU_ASSERT_TRUE(export_state_is_idle(state));
    CU_ASSERT_TRUE(export_state_acquire(state, "a"));
    CU_ASSERT_FALSE(export_state_is_idle(state));
    export_state_failed(state, "a", 0, &woken);
    export_state_release(state, &woken);
    CU_ASSERT_FALSE(export_state_is_idle(state)); /* "a" waits until it answers */
    export_state_forget(state, "a");
    CU_ASSERT_TRUE(export_state_is_idle(state));
    end();
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(an_untried_export_allows_one_connection),
        TEST(the_first_answer_wakes_all_keys),
        TEST(an_answering_export_allows_as_many_connections_as_the_limit),
        TEST(a_release_wakes_the_key_that_has_waited_longest),
        TEST(a_key_that_asks_twice_waits_once),
        TEST(a_woken_key_no_longer_waits),
        TEST(a_connection_that_a_woken_key_does_not_use_goes_to_the_next),
        TEST(no_key_is_woken_while_all_connections_are_in_use),
        TEST(a_failed_export_allows_no_connection_and_is_probed_at_once),
        TEST(a_failed_probe_is_repeated_after_the_interval),
        TEST(a_waiting_key_is_woken_once_when_the_export_goes_down),
        TEST(an_answered_probe_wakes_all_keys_whatever_they_wait_for),
        TEST(an_old_answer_does_not_revive_an_export_that_is_down),
        TEST(a_second_failure_does_not_put_off_the_probe),
        TEST(a_refusal_leaves_the_export_untried_for_the_next),
        TEST(every_key_that_waits_is_woken),
        TEST(a_key_whose_work_is_done_waits_no_longer),
        TEST(what_waits_for_a_free_connection_is_counted),
        TEST(only_an_unused_export_that_no_key_waits_for_is_idle),
        {0},
    };
    return suite_run("export_state", tests, argc, argv);
}
