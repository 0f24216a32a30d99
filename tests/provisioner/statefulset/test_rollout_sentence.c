/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rollout_sentence.h"
#include "tests/provisioner/statefulset/rollout_cases.h"

static char *sentence_of(const char *set_text, const char *const pods_text[3])
{
    autorelease(stateful_set) struct stateful_set *set = set_with(set_text);
    struct pod_list pods = pods_of(set, pods_text);
    struct rollout rollout;
    rollout_decide(&rollout, set, &pods, NOW_US);
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
        {"{'metadata': {'generation': 3}}", {NULL, NULL, NULL}, "ordinal 0 has no Pod yet"},
        {"{'metadata': {'generation': 3}}",
         {new_pod, new_pod, new_pod},
         "under way: Kubernetes has not looked at the change yet"},
        {"{}", {old_pod, starting_pod, new_pod}, "Pod web-1 (Pending, new revision)"},
        {on_delete, {old_pod, old_pod, old_pod}, "until Pod web-2 of ordinal 2 is deleted"},
        {PARALLEL(LIMIT(2)),
         {old_pod, old_pod, broken_pod},
         "ordinal 2, Pod web-2, does not become ready (ImagePullBackOff), and the others are"
         " updated beside it"},
        {PARALLEL(LIMIT(1)),
         {old_pod, old_pod, broken_pod},
         "StatefulSet web, then delete this Pod by hand if Kubernetes does not"},
        {MIN_READY,
         {READY_AT("00:00"), READY_AT("00:00"), READY_AT("00:31")},
         "Pod web-2 (Running, new revision), which must stay ready for 30 s"},
        {ORDERED(UNKNOWN),
         {old_pod, old_pod, broken_pod},
         "(ImagePullBackOff, new revision); how the set's update strategy goes on is not known"},
        {PARTITION(2), {old_pod, old_pod, new_pod}, "every ordinal from 2 on has revision new"},
        {"{}", {new_pod, new_pod, new_pod}, "over: revision new"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *sentence = sentence_of(cases[i].set, cases[i].pods);
        ASSERT_CASE(strstr(sentence, cases[i].words), cases[i].words);
    }
}

/* The broken Pod itself must be repaired by the template; Recreate deletes it then. */
static void recreate_needs_no_hand(void)
{
    static const char *const pods[3] = {broken_pod, NULL, NULL};
    autofree char *sentence = sentence_of(ORDERED(RECREATE), pods);
    CU_ASSERT_PTR_NOT_NULL(strstr(sentence, "repair the template of StatefulSet web"));
    CU_ASSERT_PTR_NULL(strstr(sentence, "by hand"));
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

static const struct {
    const char *set;
    const char *pods[3];
    int lacking_ms;
    enum rollout_state state;
    const char *words;
} waits[] = {
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
    {PARALLEL(LIMIT(1)),
     {new_pod, new_pod, broken_old_pod},
     59999,
     ROLLOUT_UNDER_WAY,
     "under way: waits for ordinal 2, Pod web-2 (ImagePullBackOff, old revision)"},
    {PARALLEL(LIMIT(1)),
     {new_pod, new_pod, broken_old_pod},
     60000,
     ROLLOUT_STUCK,
     "stuck at ordinal 2: Pod web-2 of an older revision does not become ready"
     " (ImagePullBackOff), and Kubernetes waits for it: kubectl delete pod -n default web-2"},
    {"{}",
     {starting_pod, new_pod, new_pod},
     600000,
     ROLLOUT_UNDER_WAY,
     "under way: waits for ordinal 0, Pod web-0 (Pending, new revision)"},
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

static void what_may_go_on_at_once_is_stuck_after_a_minute(void)
{
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        autorelease(stateful_set) struct stateful_set *set = set_with(waits[i].set);
        struct pod_list pods = pods_of(set, waits[i].pods);
        struct rollout rollout;
        rollout_decide(&rollout, set, &pods, NOW_US);
        rollout_note_wait(&rollout, waits[i].lacking_ms);
        autofree char *sentence = rollout_sentence(&rollout, set);
        ASSERT_CASE(rollout.state == waits[i].state, waits[i].words);
        ASSERT_CASE(is_text(sentence, waits[i].words), sentence);
        rollout_clear(&rollout);
        pod_list_clear(&pods);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(the_sentence_says_what_to_do),
        TEST(recreate_needs_no_hand),
        TEST(a_set_larger_than_any_cluster_is_looked_at_in_part),
        TEST(what_may_go_on_at_once_is_stuck_after_a_minute),
        {0},
    };
    return suite_run("rollout_sentence", tests, argc, argv);
}
