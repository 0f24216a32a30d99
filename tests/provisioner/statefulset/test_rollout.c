/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rollout.h"
#include "tests/provisioner/set_fixtures.h"

#define OLD "'metadata': {'labels': {'controller-revision-hash': 'old'}}"
#define NOT_READY "'conditions': [{'type': 'Ready', 'status': 'False'}]"
#define BROKEN                                                                                     \
    "'status': {'phase': 'Pending', " NOT_READY                                                    \
    ", 'containerStatuses': [{'state': {'waiting': {'reason': 'ImagePullBackOff'}}}]}"

static const char starting_pod[] = "{'status': {'phase': 'Pending', " NOT_READY "}}";
static const char broken_pod[] = "{" BROKEN "}";
static const char broken_old_pod[] = "{" OLD ", " BROKEN "}";
static const char leaving_pod[] = "{'metadata': {'deletionTimestamp': '2026-01-01T00:00:00Z',"
                                  " 'labels': {'controller-revision-hash': 'old'}}}";

static const char leaving_new_pod[] = "{'metadata': {'deletionTimestamp': '2026-01-01T00:00:00Z'}}";

#define PARTITION(number)                                                                          \
    "{'spec': {'updateStrategy': {'rollingUpdate': {'partition': " #number "}}}}"

static const char on_delete[] = "{'spec': {'updateStrategy': {'type': 'OnDelete'}}}";
static const char parallel[] = "{'spec': {'podManagementPolicy': 'Parallel'}}";

/* One set, what each ordinal has (NULL: no Pod), and what follows. */
struct case_of_rollout {
    const char *label;
    const char *set;
    const char *pods[3];
    enum rollout_state state;
    int waits_for; /* -1: none */
};

static struct pod_list pods_of(const struct stateful_set *set, const char *const pods[3])
{
    json_auto_t *items = json_array();
    for (int i = 0; i < 3; i++) {
        if (pods[i])
            json_array_append_new(items, pod_object(set->start + i, pods[i]));
    }
    struct pod_list list;
    struct error err;
    CU_ASSERT_EQUAL_FATAL(pod_list_parse(&list, items, set, &err), 0);
    return list;
}

static void check(const struct case_of_rollout *c)
{
    autorelease(stateful_set) struct stateful_set *set = set_with(c->set);
    struct pod_list pods = pods_of(set, c->pods);
    struct rollout rollout;
    rollout_decide(&rollout, set, &pods);
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

static char *sentence_of(const char *set_text, const char *const pods_text[3])
{
    autorelease(stateful_set) struct stateful_set *set = set_with(set_text);
    struct pod_list pods = pods_of(set, pods_text);
    struct rollout rollout;
    rollout_decide(&rollout, set, &pods);
    char *sentence = rollout_sentence(&rollout, set);
    rollout_clear(&rollout);
    pod_list_clear(&pods);
    return sentence;
}

static void the_sentence_says_what_to_do(void)
{
    static const struct {
        const char *set;
        const char *pods[3];
        const char *words;
    } cases[] = {
        {"{}", {old_pod, old_pod, broken_pod}, "(ImagePullBackOff): repair the template"},
        {"{}", {old_pod, old_pod, broken_pod}, "then delete this Pod by hand"},
        {"{}", {old_pod, old_pod, broken_old_pod}, "kubectl delete pod -n default web-2"},
        {"{}", {old_pod, NULL, new_pod}, "ordinal 1 has no Pod yet"},
        {"{}", {old_pod, starting_pod, new_pod}, "Pod web-1 (Pending, new revision)"},
        {on_delete, {old_pod, old_pod, old_pod}, "until Pod web-2 of ordinal 2 is deleted"},
        {PARTITION(2), {old_pod, old_pod, new_pod}, "every ordinal from 2 on has revision new"},
        {"{}", {new_pod, new_pod, new_pod}, "over: revision new"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *sentence = sentence_of(cases[i].set, cases[i].pods);
        ASSERT_CASE(strstr(sentence, cases[i].words), cases[i].words);
    }
}

static void a_set_larger_than_any_cluster_is_looked_at_in_part(void)
{
    static const char *const no_pods[3] = {NULL, NULL, NULL};
    autofree char *sentence = sentence_of(
        "{'spec': {'replicas': 2000000000, 'ordinals': {'start': 2147483647}}}", no_pods);
    CU_ASSERT_PTR_NOT_NULL(strstr(sentence, "only the first 100000 of 2000000000 replicas"));
    autofree char *usual = sentence_of("{}", no_pods);
    CU_ASSERT_PTR_NULL(strstr(usual, "replicas"));
}

#define LONG_NAME "a-name-of-57-characters-which-Kubernetes-makes-no-Pod-for"

static void a_pod_that_is_lacking_for_a_minute_is_stuck(void)
{
    static const struct {
        const char *set;
        const char *pods[3];
        int lacking_ms;
        enum rollout_state state;
        const char *words;
    } cases[] = {
        {"{}",
         {new_pod, NULL, new_pod},
         59999,
         ROLLOUT_UNDER_WAY,
         "under way: ordinal 1 has no Pod yet; if it stays so, kubectl describe statefulset"
         " -n default web says why"},
        {"{}",
         {new_pod, NULL, new_pod},
         60000,
         ROLLOUT_STUCK,
         "stuck at ordinal 1: Kubernetes has made no Pod for it for a minute: kubectl describe"
         " statefulset -n default web says why (such as a quota or an admission rule)"},
        {on_delete,
         {new_pod, NULL, new_pod},
         60000,
         ROLLOUT_STUCK,
         "stuck at ordinal 1: Kubernetes has made no Pod for it for a minute: kubectl describe"
         " statefulset -n default web says why (such as a quota or an admission rule)"},
        {"{'metadata': {'name': '" LONG_NAME "'}}",
         {NULL, NULL, NULL},
         0,
         ROLLOUT_UNDER_WAY,
         "under way: ordinal 0 has no Pod yet, most likely because the set's name has 57"
         " characters: Kubernetes makes no Pods for more than 52; kubectl describe statefulset"
         " -n default " LONG_NAME " says why"},
        {"{'metadata': {'name': '" LONG_NAME "'}}",
         {NULL, NULL, NULL},
         60000,
         ROLLOUT_STUCK,
         "stuck at ordinal 0: Kubernetes has made no Pod for it for a minute, most likely because"
         " the set's name has 57 characters: Kubernetes makes no Pods for more than 52; kubectl"
         " describe statefulset -n default " LONG_NAME " says why"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autorelease(stateful_set) struct stateful_set *set = set_with(cases[i].set);
        struct pod_list pods = pods_of(set, cases[i].pods);
        struct rollout rollout;
        rollout_decide(&rollout, set, &pods);
        rollout_note_lacking(&rollout, cases[i].lacking_ms);
        autofree char *sentence = rollout_sentence(&rollout, set);
        ASSERT_CASE(rollout.state == cases[i].state, cases[i].words);
        ASSERT_CASE(is_text(sentence, cases[i].words), sentence);
        rollout_clear(&rollout);
        pod_list_clear(&pods);
    }
}

static void the_steps_go_from_the_highest_ordinal_to_the_lowest(void)
{
    autorelease(stateful_set) struct stateful_set *set =
        set_with("{'spec': {'ordinals': {'start': 5}}}");
    const char *const texts[3] = {old_pod, NULL, new_pod};
    struct pod_list pods = pods_of(set, texts);
    struct rollout rollout;
    rollout_decide(&rollout, set, &pods);
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
        TEST(the_sentence_says_what_to_do),
        TEST(a_set_larger_than_any_cluster_is_looked_at_in_part),
        TEST(a_pod_that_is_lacking_for_a_minute_is_stuck),
        TEST(the_steps_go_from_the_highest_ordinal_to_the_lowest),
        {0},
    };
    return suite_run("rollout", tests, argc, argv);
}
