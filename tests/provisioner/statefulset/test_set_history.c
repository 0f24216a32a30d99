/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/set_history.h"
#include "tests/provisioner/set_fixtures.h"

static void a_history_stays_until_its_set_is_another_one(void)
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

static void ordinals_are_sorted_and_stand_once_each(void)
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

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_history_stays_until_its_set_is_another_one),
        TEST(ordinals_are_sorted_and_stand_once_each),
        {0},
    };
    return suite_run("set_history", tests, argc, argv);
}
