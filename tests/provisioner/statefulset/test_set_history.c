/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/set_history.h"
#include "tests/provisioner/set_fixtures.h"

static void a_page_stays_until_its_set_is_another_one(void)
{
    autorelease(stateful_set) struct stateful_set *set = set_with("{}");
    autorelease(stateful_set) struct stateful_set *again =
        set_with("{'metadata': {'uid': 'set-2'}}");
    struct set_histories *histories = set_histories_new();
    set_history_of_ordinal(set_histories_open(histories, "default/web", set), 0, 1);
    CU_ASSERT_EQUAL(set_histories_open(histories, "default/web", set)->count, 1);
    CU_ASSERT_EQUAL(set_histories_open(histories, "other/web", set)->count, 0);
    CU_ASSERT_EQUAL(set_histories_open(histories, "default/web", again)->count, 0);
    set_histories_remove(histories, "default/web");
    set_histories_remove(histories, "default/web");
    set_histories_free(histories);
}

static void sightings_stand_by_ordinal_each_once(void)
{
    autorelease(stateful_set) struct stateful_set *set = set_with("{}");
    struct set_histories *histories = set_histories_new();
    struct set_history *history = set_histories_open(histories, "default/web", set);
    static const int ordinals[] = {2, 0, 11, 2, 1, 0};
    static const int sorted[] = {0, 1, 2, 11};
    for (size_t i = 0; i < sizeof ordinals / sizeof *ordinals; i++)
        CU_ASSERT_EQUAL(set_history_of_ordinal(history, ordinals[i], 1)->ordinal, ordinals[i]);
    CU_ASSERT_EQUAL_FATAL(history->count, 4);
    for (size_t i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(history->pods[i].ordinal, sorted[i]);
    set_histories_free(histories);
}

static void a_handful_of_looks_is_free_and_then_there_is_one_a_second(void)
{
    struct rate_limit pace = {0};
    for (int i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(rate_limit_wait_ms(&pace, 70000), 0);
    CU_ASSERT_EQUAL(rate_limit_wait_ms(&pace, 70000), 1000);
    CU_ASSERT_EQUAL(rate_limit_wait_ms(&pace, 70400), 600);
    CU_ASSERT_EQUAL(rate_limit_wait_ms(&pace, 71000), 0);
    CU_ASSERT_EQUAL(rate_limit_wait_ms(&pace, 71000), 1000);
    for (int i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(rate_limit_wait_ms(&pace, 90000), 0);
    CU_ASSERT(rate_limit_wait_ms(&pace, 90000) > 0);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_page_stays_until_its_set_is_another_one),
        TEST(sightings_stand_by_ordinal_each_once),
        TEST(a_handful_of_looks_is_free_and_then_there_is_one_a_second),
        {0},
    };
    return suite_run("histories", tests, argc, argv);
}
