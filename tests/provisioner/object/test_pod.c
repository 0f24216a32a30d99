/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "provisioner/object/pod.h"
#include "tests/provisioner/set_fixtures.h"

/* A list with one Pod. Caller clears it. */
static struct pod_list list_of(int ordinal, const char *changes)
{
    autorelease(stateful_set) struct stateful_set *set = set_with("{}");
    json_auto_t *items = json_pack("[o]", pod_object(ordinal, changes));
    struct pod_list list;
    struct error err;
    CU_ASSERT_EQUAL_FATAL(pod_list_parse(&list, items, set, &err), 0);
    return list;
}

static void a_running_pod_is_read(void)
{
    struct pod_list list = list_of(4, "{}");
    const struct pod *pod = pod_list_find(&list, 4);
    require(pod);
    CU_ASSERT_STRING_EQUAL(pod->namespace, "default");
    CU_ASSERT_STRING_EQUAL(pod->name, "web-4");
    CU_ASSERT_STRING_EQUAL(pod->uid, "uid-1");
    CU_ASSERT_STRING_EQUAL(pod->revision, "new");
    CU_ASSERT_STRING_EQUAL(pod->node, "node-1");
    CU_ASSERT_STRING_EQUAL(pod->phase, "Running");
    CU_ASSERT(pod->is_ready);
    CU_ASSERT_FALSE(pod->is_deleting || pod->has_ended || pod->is_failing);
    CU_ASSERT_PTR_NULL(pod_list_find(&list, 3));
    pod_list_clear(&list);
}

static void the_phase_is_what_kubectl_shows(void)
{
    static const struct {
        const char *changes;
        const char *phase;
        bool is_failing;
    } cases[] = {
        {"{'status': {'phase': 'Pending', 'containerStatuses': [{'state': {'waiting':"
         " {'reason': 'ContainerCreating'}}}]}}",
         "Pending", false},
        {"{'status': {'phase': 'Pending', 'containerStatuses': [{'state': {'running': {}}},"
         " {'state': {'waiting': {'reason': 'ErrImagePull'}}}]}}",
         "ErrImagePull", true},
        {"{'status': {'phase': 'Pending', 'initContainerStatuses': [{'state': {'waiting':"
         " {'reason': 'CrashLoopBackOff'}}}]}}",
         "CrashLoopBackOff", true},
        {"{'status': {'phase': 'Pending', 'containerStatuses': [{'state': {'waiting':"
         " {'reason': 'PostStartHookError'}}}]}}",
         "PostStartHookError", true},
        {"{'status': {'phase': 'Failed'}}", "Failed", true},
        {"{'metadata': {'deletionTimestamp': '2026-01-01T00:00:00Z'}}", "Terminating", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pod_list list = list_of(0, cases[i].changes);
        ASSERT_CASE(is_text(list.pods[0].phase, cases[i].phase), cases[i].phase);
        ASSERT_CASE(list.pods[0].is_failing == cases[i].is_failing, cases[i].phase);
        pod_list_clear(&list);
    }
}

static void containers_have_ended_when_the_node_says_so_of_each(void)
{
    static const struct {
        const char *label, *changes;
        bool has_ended;
    } cases[] = {
        {"one of one", "{'status': {'containerStatuses': [{'state': {'terminated': {}}}]}}", true},
        {"one of two",
         "{'status': {'containerStatuses': [{'state': {'terminated': {}}},"
         " {'state': {'running': {}}}]}}",
         false},
        {"nothing is known", "{'status': {'containerStatuses': []}}", false},
        {"the control plane calls it failed",
         "{'status': {'phase': 'Failed', 'containerStatuses': [{'state': {'running': {}}}]}}",
         false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pod_list list = list_of(0, cases[i].changes);
        ASSERT_CASE(list.pods[0].has_ended == cases[i].has_ended, cases[i].label);
        pod_list_clear(&list);
    }
}

static void pods_that_the_set_does_not_own_are_left_out(void)
{
    static const char *const strangers[] = {
        "{'metadata': {'ownerReferences': []}}",
        "{'metadata': {'ownerReferences': [{'uid': 'set-2', 'controller': true}]}}",
        "{'metadata': {'ownerReferences': [{'uid': 'set-1'}]}}",
    };
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
        struct pod_list list = list_of(0, strangers[i]);
        ASSERT_CASE(list.count == 0, strangers[i]);
        pod_list_clear(&list);
    }
}

static void pods_are_found_by_ordinal_in_whatever_order_they_came(void)
{
    autorelease(stateful_set) struct stateful_set *set = set_with("{}");
    json_auto_t *items = json_array();
    static const int order[] = {10, 2, 0, 1};
    for (size_t i = 0; i < 4; i++)
        json_array_append_new(items, pod_object(order[i], "{}"));
    struct pod_list list;
    struct error err;
    CU_ASSERT_EQUAL_FATAL(pod_list_parse(&list, items, set, &err), 0);
    for (size_t i = 0; i < 4; i++) {
        const struct pod *pod = pod_list_find(&list, order[i]);
        CU_ASSERT(pod && pod->ordinal == order[i]);
    }
    pod_list_clear(&list);
}

static void something_else_than_a_pod_is_refused(void)
{
    autorelease(stateful_set) struct stateful_set *set = set_with("{}");
    json_auto_t *items = object_from("[{'metadata': {'name': 'web-0'}}]");
    struct pod_list list;
    struct error err;
    CU_ASSERT_EQUAL(pod_list_parse(&list, items, set, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
    pod_list_clear(&list);
}

static void a_pod_is_ready_since_its_condition_changed(void)
{
    static const struct {
        const char *condition;
        bool is_ready;
        const char *since; /* NULL: unknown */
    } cases[] = {
        {"'status': 'True', 'lastTransitionTime': '2026-01-01T00:00:07Z'", true,
         "2026-01-01T00:00:07Z"},
        {"'status': 'False', 'lastTransitionTime': '2026-01-01T00:00:07Z'", false, NULL},
        {"'status': 'True', 'lastTransitionTime': null", true, NULL},
        {"'status': 'True', 'lastTransitionTime': 'yesterday'", true, NULL},
        {"'status': 'True'", true, NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *changes =
            memory_format("{'status': {'conditions': [{'type': 'Initialized', 'status': 'True'},"
                          " {'type': 'Ready', %s}]}}",
                          cases[i].condition);
        struct pod_list list = list_of(0, changes);
        CU_ASSERT_EQUAL_FATAL(list.count, 1);
        int64_t since_us = cases[i].since ? clock_parse_time(cases[i].since) : -1;
        ASSERT_CASE(list.pods[0].is_ready == cases[i].is_ready, cases[i].condition);
        ASSERT_CASE(list.pods[0].ready_us == since_us, cases[i].condition);
        pod_list_clear(&list);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_running_pod_is_read),
        TEST(the_phase_is_what_kubectl_shows),
        TEST(containers_have_ended_when_the_node_says_so_of_each),
        TEST(pods_that_the_set_does_not_own_are_left_out),
        TEST(pods_are_found_by_ordinal_in_whatever_order_they_came),
        TEST(a_pod_is_ready_since_its_condition_changed),
        TEST(something_else_than_a_pod_is_refused),
        {0},
    };
    return suite_run("pod", tests, argc, argv);
}
