/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/statefulset/rollout_cases.h"

static void check(const struct case_of_rollout *c)
{
    autorelease(stateful_set) struct stateful_set *set = set_with(c->set);
    struct pod_list pods = pods_of(set, c->pods);
    struct rollout rollout;
    rollout_decide(&rollout, set, &pods, NOW_US);
    ASSERT_CASE(rollout.state == c->state, c->label);
    ASSERT_CASE((rollout.waits_for ? rollout.waits_for->ordinal : -1) == c->waits_for, c->label);
    rollout_clear(&rollout);
    pod_list_clear(&pods);
}

static void kubernetes_waits_for_one_ordinal_at_a_time(void)
{
    static const struct case_of_rollout cases[] = {
        {"all new", "{}", {new_pod, new_pod, new_pod}, ROLLOUT_OVER, -1},
        {"all old: the highest goes first",
         "{}",
         {old_pod, old_pod, old_pod},
         ROLLOUT_UNDER_WAY,
         2},
        {"the highest is done", "{}", {old_pod, old_pod, new_pod}, ROLLOUT_UNDER_WAY, 1},
        {"the highest is gone for a moment", "{}", {old_pod, old_pod, NULL}, ROLLOUT_UNDER_WAY, 2},
        {"the highest starts", "{}", {old_pod, old_pod, starting_pod}, ROLLOUT_UNDER_WAY, 2},
        {"the highest is leaving", "{}", {old_pod, old_pod, leaving_pod}, ROLLOUT_UNDER_WAY, 2},
        {"a new one leaves again", "{}", {new_pod, leaving_new_pod, new_pod}, ROLLOUT_UNDER_WAY, 1},
        {"a lower one is not ready: it first",
         "{}",
         {starting_pod, old_pod, old_pod},
         ROLLOUT_UNDER_WAY,
         0},
        {"Parallel goes on from the highest",
         parallel,
         {starting_pod, old_pod, old_pod},
         ROLLOUT_UNDER_WAY,
         2},
        {"the change was not looked at yet",
         "{'metadata': {'generation': 3}}",
         {new_pod, new_pod, new_pod},
         ROLLOUT_UNDER_WAY,
         -1},
        {"the first Pod that is lacking, whether it was looked at or may not be made",
         "{'metadata': {'generation': 3}}",
         {new_pod, NULL, NULL},
         ROLLOUT_UNDER_WAY,
         1},
        {"no replicas", "{'spec': {'replicas': 0}}", {NULL, NULL, NULL}, ROLLOUT_OVER, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(&cases[i]);
}

static void a_partition_ends_the_rollout_where_it_stands(void)
{
    static const struct case_of_rollout cases[] = {
        {"above it all is new", PARTITION(2), {old_pod, old_pod, new_pod}, ROLLOUT_OVER, -1},
        {"above it one is old", PARTITION(1), {old_pod, old_pod, new_pod}, ROLLOUT_UNDER_WAY, 1},
        {"above every ordinal", PARTITION(5), {old_pod, old_pod, old_pod}, ROLLOUT_OVER, -1},
        {"counts from the start ordinal",
         "{'spec': {'ordinals': {'start': 10}, 'updateStrategy': {'rollingUpdate':"
         " {'partition': 2}}}}",
         {old_pod, old_pod, new_pod},
         ROLLOUT_OVER,
         -1},
        {"start ordinal, one above is old",
         "{'spec': {'ordinals': {'start': 10}, 'updateStrategy': {'rollingUpdate':"
         " {'partition': 1}}}}",
         {old_pod, old_pod, new_pod},
         ROLLOUT_UNDER_WAY,
         11},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(&cases[i]);
}

static void on_delete_waits_for_its_user(void)
{
    static const struct case_of_rollout cases[] = {
        {"nothing deleted yet", on_delete, {old_pod, old_pod, old_pod}, ROLLOUT_WAITS_FOR_USER, 2},
        {"a middle one was deleted",
         on_delete,
         {old_pod, new_pod, old_pod},
         ROLLOUT_WAITS_FOR_USER,
         2},
        {"one comes up", on_delete, {old_pod, starting_pod, old_pod}, ROLLOUT_UNDER_WAY, 1},
        {"all were deleted, though the current revision stays behind",
         on_delete,
         {new_pod, new_pod, new_pod},
         ROLLOUT_OVER,
         -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(&cases[i]);
}

static void a_broken_pod_that_kubernetes_waits_for_is_stuck(void)
{
    static const struct case_of_rollout cases[] = {
        {"the new image is broken", "{}", {old_pod, old_pod, broken_pod}, ROLLOUT_STUCK, 2},
        {"repaired, but the broken Pod is in the way",
         "{}",
         {old_pod, old_pod, broken_old_pod},
         ROLLOUT_STUCK,
         2},
        {"repaired, and Parallel replaces it",
         parallel,
         {old_pod, old_pod, broken_old_pod},
         ROLLOUT_UNDER_WAY,
         2},
        {"Parallel, the new image is broken",
         parallel,
         {old_pod, old_pod, broken_pod},
         ROLLOUT_STUCK,
         2},
        {"below the partition, an old one is broken",
         PARTITION(2),
         {broken_old_pod, old_pod, new_pod},
         ROLLOUT_STUCK,
         0},
        {"OnDelete replaces nothing",
         on_delete,
         {old_pod, old_pod, broken_old_pod},
         ROLLOUT_STUCK,
         2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(&cases[i]);
}

static const struct case_of_rollout cases_with_limit[] = {
    {"one broken of two", PARALLEL(LIMIT(2)), {old_pod, old_pod, broken_pod}, ROLLOUT_UNDER_WAY, 2},
    {"both broken", PARALLEL(LIMIT(2)), {old_pod, broken_pod, broken_pod}, ROLLOUT_STUCK, 2},
    {"one broken, the others done",
     PARALLEL(LIMIT(2)),
     {new_pod, new_pod, broken_pod},
     ROLLOUT_STUCK,
     2},
    {"one broken, one starts",
     PARALLEL(LIMIT(2)),
     {old_pod, starting_pod, broken_pod},
     ROLLOUT_UNDER_WAY,
     1},
    {"two leave", PARALLEL(LIMIT(2)), {old_pod, leaving_pod, leaving_pod}, ROLLOUT_UNDER_WAY, 2},
    {"one is lacking", PARALLEL(LIMIT(1)), {old_pod, NULL, new_pod}, ROLLOUT_UNDER_WAY, 1},
    {"nothing begun", PARALLEL(LIMIT(2)), {old_pod, old_pod, old_pod}, ROLLOUT_UNDER_WAY, 2},
    {"all done", PARALLEL(LIMIT(2)), {new_pod, new_pod, new_pod}, ROLLOUT_OVER, -1},
    {"repaired: some versions replace it at once",
     PARALLEL(LIMIT(1)),
     {old_pod, old_pod, broken_old_pod},
     ROLLOUT_UNDER_WAY,
     2},
    {"repaired, with room for it",
     PARALLEL(LIMIT(2)),
     {old_pod, old_pod, broken_old_pod},
     ROLLOUT_UNDER_WAY,
     2},
    {"broken below the partition, which counts",
     PARALLEL("{'rollingUpdate': {'partition': 1, 'maxUnavailable': 1}}"),
     {broken_old_pod, old_pod, new_pod},
     ROLLOUT_STUCK,
     0},
    {"OrderedReady does nothing beside it",
     ORDERED(LIMIT(2)),
     {old_pod, old_pod, broken_pod},
     ROLLOUT_STUCK,
     2},
    {"OrderedReady makes the lower one first",
     ORDERED(LIMIT(2)),
     {old_pod, NULL, NULL},
     ROLLOUT_UNDER_WAY,
     1},
};

static void a_limit_lets_parallel_go_on_beside_a_broken_pod(void)
{
    for (size_t i = 0; i < sizeof cases_with_limit / sizeof *cases_with_limit; i++)
        check(&cases_with_limit[i]);
}

static void recreate_deletes_what_is_broken_and_old(void)
{
    static const struct case_of_rollout cases[] = {
        {"nothing begun", ORDERED(RECREATE), {old_pod, old_pod, old_pod}, ROLLOUT_UNDER_WAY, 2},
        {"an old one is broken",
         ORDERED(RECREATE),
         {broken_old_pod, new_pod, new_pod},
         ROLLOUT_UNDER_WAY,
         0},
        {"one is leaving yet", ORDERED(RECREATE), {NULL, leaving_pod, NULL}, ROLLOUT_UNDER_WAY, 1},
        {"made in order", ORDERED(RECREATE), {new_pod, starting_pod, NULL}, ROLLOUT_UNDER_WAY, 1},
        {"a new one is broken", ORDERED(RECREATE), {broken_pod, NULL, NULL}, ROLLOUT_STUCK, 0},
        {"done", ORDERED(RECREATE), {new_pod, new_pod, new_pod}, ROLLOUT_OVER, -1},
        {"Parallel, a new one is broken",
         PARALLEL(RECREATE),
         {new_pod, broken_pod, new_pod},
         ROLLOUT_STUCK,
         1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(&cases[i]);
}

static void of_a_strategy_that_is_not_known_nothing_is_said_but_what_is_there(void)
{
    static const struct case_of_rollout cases[] = {
        {"broken", ORDERED(UNKNOWN), {old_pod, old_pod, broken_pod}, ROLLOUT_UNDER_WAY, 2},
        {"broken and old",
         PARALLEL(UNKNOWN),
         {old_pod, old_pod, broken_old_pod},
         ROLLOUT_UNDER_WAY,
         2},
        {"done", ORDERED(UNKNOWN), {new_pod, new_pod, new_pod}, ROLLOUT_OVER, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(&cases[i]);
}

static void a_pod_must_stay_ready_for_as_long_as_the_set_wants(void)
{
    static const struct case_of_rollout cases[] = {
        {"29 s",
         MIN_READY,
         {READY_AT("00:00"), READY_AT("00:00"), READY_AT("00:31")},
         ROLLOUT_UNDER_WAY,
         2},
        {"30 s",
         MIN_READY,
         {READY_AT("00:00"), READY_AT("00:00"), READY_AT("00:30")},
         ROLLOUT_OVER,
         -1},
        {"ready, and not known since when",
         MIN_READY,
         {READY_AT("00:00"), new_pod, READY_AT("00:00")},
         ROLLOUT_UNDER_WAY,
         1},
        {"minReadySeconds not asked for",
         "{}",
         {READY_AT("00:00"), new_pod, READY_AT("01:00")},
         ROLLOUT_OVER,
         -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(&cases[i]);
}

static void the_steps_go_from_the_highest_ordinal_to_the_lowest(void)
{
    autorelease(stateful_set) struct stateful_set *set =
        set_with("{'spec': {'ordinals': {'start': 5}}}");
    const char *const texts[3] = {old_pod, NULL, new_pod};
    struct pod_list pods = pods_of(set, texts);
    struct rollout rollout;
    rollout_decide(&rollout, set, &pods, NOW_US);
    CU_ASSERT_EQUAL_FATAL(rollout.count, 3);

    static const enum revision_state revisions[] = {REVISION_NEW, REVISION_NONE, REVISION_OLD};

    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(rollout.steps[i].ordinal, 7 - i);
        CU_ASSERT_EQUAL(rollout.steps[i].revision, revisions[i]);
    }
    rollout_clear(&rollout);
    pod_list_clear(&pods);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(kubernetes_waits_for_one_ordinal_at_a_time),
        TEST(a_partition_ends_the_rollout_where_it_stands),
        TEST(on_delete_waits_for_its_user),
        TEST(a_broken_pod_that_kubernetes_waits_for_is_stuck),
        TEST(a_limit_lets_parallel_go_on_beside_a_broken_pod),
        TEST(recreate_deletes_what_is_broken_and_old),
        TEST(of_a_strategy_that_is_not_known_nothing_is_said_but_what_is_there),
        TEST(a_pod_must_stay_ready_for_as_long_as_the_set_wants),
        TEST(the_steps_go_from_the_highest_ordinal_to_the_lowest),
        {0},
    };
    return suite_run("rollout", tests, argc, argv);
}
