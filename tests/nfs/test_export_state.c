/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/export_state.h"
#include "tests/suite.h"

#include <stdio.h>

enum { LIMIT = 2, INTERVAL_MS = 100 };

static struct gate *gate;
static struct gate_keys woken;

static void begin(void)
{
    gate = gate_new(LIMIT, INTERVAL_MS);
    woken = (struct gate_keys){0};
}

static void end(void)
{
    gate_keys_free(&woken);
    gate_free(gate);
}

/* Compare, in order, with what was woken since the last time. */
static void assert_woken(size_t count, const char *const *keys)
{
    CU_ASSERT_EQUAL(woken.count, count);
    for (size_t i = 0; i < count && i < woken.count; i++)
        CU_ASSERT_STRING_EQUAL(woken.items[i], keys[i]);
    gate_keys_free(&woken);
}

#define ASSERT_WOKEN(...)                                                                          \
    do {                                                                                           \
        const char *const keys_[] = {__VA_ARGS__};                                                 \
        assert_woken(sizeof keys_ / sizeof *keys_, keys_);                                         \
    } while (0)

static void answer(void)
{
    CU_ASSERT_TRUE(gate_enter(gate, "first"));
    gate_answered(gate, &woken);
    gate_leave(gate, &woken);
}

static void an_untried_export_lets_one_in(void)
{
    begin();
    CU_ASSERT_EQUAL(gate_state(gate), GATE_UNTRIED);
    CU_ASSERT_TRUE(gate_enter(gate, "a"));
    CU_ASSERT_FALSE(gate_enter(gate, "b"));
    CU_ASSERT_FALSE(gate_enter(gate, "c"));
    end();
}

static void the_first_answer_wakes_all(void)
{
    begin();
    CU_ASSERT_TRUE(gate_enter(gate, "a"));
    CU_ASSERT_FALSE(gate_enter(gate, "b"));
    CU_ASSERT_FALSE(gate_enter(gate, "c"));
    CU_ASSERT_FALSE(gate_enter(gate, "d"));
    gate_answered(gate, &woken);
    ASSERT_WOKEN("b", "c", "d");
    CU_ASSERT_EQUAL(gate_state(gate), GATE_ANSWERING);
    end();
}

static void an_answering_export_lets_in_as_many_as_the_limit(void)
{
    begin();
    answer();
    CU_ASSERT_TRUE(gate_enter(gate, "a"));
    CU_ASSERT_TRUE(gate_enter(gate, "b"));
    CU_ASSERT_FALSE(gate_enter(gate, "c"));
    end();
}

static void whoever_leaves_wakes_the_one_who_waits_longest(void)
{
    begin();
    answer();
    CU_ASSERT_TRUE(gate_enter(gate, "a"));
    CU_ASSERT_TRUE(gate_enter(gate, "b"));
    CU_ASSERT_FALSE(gate_enter(gate, "c"));
    CU_ASSERT_FALSE(gate_enter(gate, "d"));
    gate_leave(gate, &woken);
    ASSERT_WOKEN("c");
    end();
}

static void a_key_that_asks_twice_waits_once(void)
{
    begin();
    answer();
    CU_ASSERT_TRUE(gate_enter(gate, "a"));
    CU_ASSERT_TRUE(gate_enter(gate, "b"));
    CU_ASSERT_FALSE(gate_enter(gate, "c"));
    CU_ASSERT_FALSE(gate_enter(gate, "c"));
    CU_ASSERT_FALSE(gate_enter(gate, "d"));
    gate_leave(gate, &woken);
    gate_leave(gate, &woken);
    ASSERT_WOKEN("c", "d");
    end();
}

static void a_woken_key_no_longer_waits(void)
{
    begin();
    answer();
    CU_ASSERT_TRUE(gate_enter(gate, "a"));
    CU_ASSERT_TRUE(gate_enter(gate, "b"));
    CU_ASSERT_FALSE(gate_enter(gate, "c"));
    gate_leave(gate, &woken);
    gate_leave(gate, &woken);
    ASSERT_WOKEN("c");
    CU_ASSERT_TRUE(gate_is_idle(gate));
    end();
}

static void room_that_is_not_used_goes_to_the_next_in_line(void)
{
    begin();
    answer();
    CU_ASSERT_TRUE(gate_enter(gate, "a"));
    CU_ASSERT_TRUE(gate_enter(gate, "b"));
    CU_ASSERT_FALSE(gate_enter(gate, "c"));
    CU_ASSERT_FALSE(gate_enter(gate, "d"));
    gate_leave(gate, &woken);
    ASSERT_WOKEN("c");
    gate_wake_stragglers(gate, &woken);
    ASSERT_WOKEN("d");
    end();
}

static void nobody_is_woken_while_there_is_no_room(void)
{
    begin();
    answer();
    CU_ASSERT_TRUE(gate_enter(gate, "a"));
    CU_ASSERT_TRUE(gate_enter(gate, "b"));
    CU_ASSERT_FALSE(gate_enter(gate, "c"));
    gate_wake_stragglers(gate, &woken);
    CU_ASSERT_EQUAL(woken.count, 0);
    end();
}

static void a_dead_export_lets_nobody_in_and_is_probed_at_once(void)
{
    begin();
    answer();
    CU_ASSERT_EQUAL(gate_next_probe_ms(gate), INT64_MAX);
    CU_ASSERT_TRUE(gate_enter(gate, "a"));
    gate_died(gate, "a", 1000, &woken);
    gate_leave(gate, &woken);
    CU_ASSERT_EQUAL(gate_state(gate), GATE_DOWN);
    CU_ASSERT_FALSE(gate_enter(gate, "b"));
    CU_ASSERT_EQUAL(gate_next_probe_ms(gate), 1000);
    CU_ASSERT_EQUAL(woken.count, 0);
    end();
}

static void a_failed_probe_is_repeated_after_the_interval(void)
{
    begin();
    CU_ASSERT_TRUE(gate_enter(gate, "a"));
    gate_died(gate, "a", 1000, &woken);
    gate_leave(gate, &woken);
    gate_probe_failed(gate, 1500);
    CU_ASSERT_EQUAL(gate_next_probe_ms(gate), 1500 + INTERVAL_MS);
    CU_ASSERT_EQUAL(gate_state(gate), GATE_DOWN);
    end();
}

static void whoever_waits_for_a_place_hears_once_that_the_export_is_down(void)
{
    begin();
    CU_ASSERT_TRUE(gate_enter(gate, "a"));
    CU_ASSERT_FALSE(gate_enter(gate, "b"));
    CU_ASSERT_FALSE(gate_enter(gate, "c"));
    gate_died(gate, "a", 1000, &woken);
    ASSERT_WOKEN("b", "c");
    CU_ASSERT_FALSE(gate_enter(gate, "b"));
    gate_died(gate, "a", 2000, &woken);
    gate_leave(gate, &woken);
    CU_ASSERT_EQUAL(woken.count, 0);
    gate_probe_answered(gate, &woken);
    ASSERT_WOKEN("a", "b");
    end();
}

static void an_answered_probe_wakes_all_who_wait_for_any_reason(void)
{
    begin();
    answer();
    CU_ASSERT_TRUE(gate_enter(gate, "a"));
    CU_ASSERT_TRUE(gate_enter(gate, "b"));
    gate_died(gate, "a", 1000, &woken);
    gate_leave(gate, &woken);
    CU_ASSERT_FALSE(gate_enter(gate, "down"));
    CU_ASSERT_EQUAL(woken.count, 0);
    gate_probe_answered(gate, &woken);
    ASSERT_WOKEN("a", "down");
    CU_ASSERT_EQUAL(gate_state(gate), GATE_ANSWERING);
    CU_ASSERT_EQUAL(gate_next_probe_ms(gate), INT64_MAX);
    end();
}

static void an_old_answer_does_not_revive_an_export_that_is_down(void)
{
    begin();
    answer();
    CU_ASSERT_TRUE(gate_enter(gate, "a"));
    CU_ASSERT_TRUE(gate_enter(gate, "b"));
    gate_died(gate, "a", 1000, &woken);
    gate_leave(gate, &woken);
    gate_answered(gate, &woken);
    gate_leave(gate, &woken);
    CU_ASSERT_EQUAL(gate_state(gate), GATE_DOWN);
    CU_ASSERT_EQUAL(woken.count, 0);
    end();
}

static void a_second_death_does_not_put_off_the_probe(void)
{
    begin();
    answer();
    CU_ASSERT_TRUE(gate_enter(gate, "a"));
    CU_ASSERT_TRUE(gate_enter(gate, "b"));
    gate_died(gate, "a", 1000, &woken);
    gate_died(gate, "b", 2000, &woken);
    CU_ASSERT_EQUAL(gate_next_probe_ms(gate), 1000);
    end();
}

static void a_refusal_leaves_the_export_untried_for_the_next(void)
{
    begin();
    CU_ASSERT_TRUE(gate_enter(gate, "a"));
    CU_ASSERT_FALSE(gate_enter(gate, "b"));
    gate_leave(gate, &woken);
    ASSERT_WOKEN("b");
    CU_ASSERT_EQUAL(gate_state(gate), GATE_UNTRIED);
    CU_ASSERT_TRUE(gate_enter(gate, "b"));
    end();
}

static void memory_is_bounded_however_many_wait(void)
{
    begin();
    CU_ASSERT_TRUE(gate_enter(gate, "a"));
    int let_in = 0;
    for (int i = 0; i < GATE_WAITING_MAX + 1000; i++) {
        char key[32];
        snprintf(key, sizeof key, "claim-%d", i);
        let_in += gate_enter(gate, key);
    }
    CU_ASSERT_EQUAL(let_in, 0);
    gate_answered(gate, &woken);
    CU_ASSERT_EQUAL(woken.count, GATE_WAITING_MAX);
    end();
}

static void only_an_unused_export_that_answers_is_idle(void)
{
    begin();
    CU_ASSERT_TRUE(gate_is_idle(gate));
    CU_ASSERT_TRUE(gate_enter(gate, "a"));
    CU_ASSERT_FALSE(gate_is_idle(gate));
    gate_died(gate, "a", 0, &woken);
    gate_leave(gate, &woken);
    CU_ASSERT_FALSE(gate_is_idle(gate));
    gate_probe_answered(gate, &woken);
    CU_ASSERT_TRUE(gate_is_idle(gate));
    end();
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(an_untried_export_lets_one_in),
        TEST(the_first_answer_wakes_all),
        TEST(an_answering_export_lets_in_as_many_as_the_limit),
        TEST(whoever_leaves_wakes_the_one_who_waits_longest),
        TEST(a_key_that_asks_twice_waits_once),
        TEST(a_woken_key_no_longer_waits),
        TEST(room_that_is_not_used_goes_to_the_next_in_line),
        TEST(nobody_is_woken_while_there_is_no_room),
        TEST(a_dead_export_lets_nobody_in_and_is_probed_at_once),
        TEST(a_failed_probe_is_repeated_after_the_interval),
        TEST(whoever_waits_for_a_place_hears_once_that_the_export_is_down),
        TEST(an_answered_probe_wakes_all_who_wait_for_any_reason),
        TEST(an_old_answer_does_not_revive_an_export_that_is_down),
        TEST(a_second_death_does_not_put_off_the_probe),
        TEST(a_refusal_leaves_the_export_untried_for_the_next),
        TEST(memory_is_bounded_however_many_wait),
        TEST(only_an_unused_export_that_answers_is_idle),
        {0},
    };
    return suite_run("gate", tests, argc, argv);
}
