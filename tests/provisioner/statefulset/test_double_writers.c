/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/double_writers.h"
#include "tests/provisioner/objects.h"

static const struct {
    const char *label;
    struct previous_pod old;
    const char *new_node;
    enum double_writers_decision writers;
} departures[] = {
    {"deleted in the ordinary way",
     {.node = "a", .state = NODE_READY, .was_seen_ending = true},
     "b",
     DOUBLE_WRITERS_NONE},
    {"removed by force", {.node = "a", .state = NODE_READY}, "b", DOUBLE_WRITERS_END_UNSEEN},
    {"removed by force, back on the same node",
     {.node = "a", .state = NODE_READY},
     "a",
     DOUBLE_WRITERS_NONE},
    {"gone while no leader looked",
     {.node = "a", .state = NODE_READY, .may_have_missed_it = true},
     "b",
     DOUBLE_WRITERS_NONE},
    {"node lost, then forced",
     {.node = "a", .state = NODE_NOT_READY, .was_seen_ending = true},
     "b",
     DOUBLE_WRITERS_NODE_LOST},
    {"node lost while no leader looked",
     {.node = "a", .state = NODE_NOT_READY, .may_have_missed_it = true},
     "b",
     DOUBLE_WRITERS_NODE_LOST},
    {"node deleted",
     {.node = "a", .state = NODE_GONE, .was_seen_ending = true},
     "b",
     DOUBLE_WRITERS_NODE_LOST},
    {"node shut down by an administrator",
     {.node = "a", .state = NODE_FENCED},
     "b",
     DOUBLE_WRITERS_NONE},
    {"ended before its node was lost",
     {.node = "a", .state = NODE_NOT_READY, .was_seen_ended = true},
     "b",
     DOUBLE_WRITERS_NONE},
    {"never had a node", {.node = NULL, .state = NODE_GONE}, "b", DOUBLE_WRITERS_NONE},
    {"its successor has no node yet",
     {.node = "a", .state = NODE_NOT_READY},
     NULL,
     DOUBLE_WRITERS_NODE_LOST},
    {"its node was not asked", {.node = "a", .state = NODE_UNREAD}, "b", DOUBLE_WRITERS_NONE},
};

static void two_pods_may_write_only_where_the_first_was_not_seen_to_end(void)
{
    for (size_t i = 0; i < sizeof departures / sizeof *departures; i++)
        ASSERT_CASE(double_writers_decide(&departures[i].old, departures[i].new_node) ==
                        departures[i].writers,
                    departures[i].label);
}

static void a_node_is_ready_only_when_it_says_so(void)
{
    static const struct {
        const char *node;
        enum node_state state;
    } cases[] = {
        {"{'status': {'conditions': [{'type': 'Ready', 'status': 'True'}]}}", NODE_READY},
        {"{'status': {'conditions': [{'type': 'Ready', 'status': 'False'}]}}", NODE_NOT_READY},
        {"{'status': {'conditions': [{'type': 'Ready', 'status': 'Unknown'}]}}", NODE_NOT_READY},
        {"{'status': {'conditions': [{'type': 'DiskPressure', 'status': 'True'}]}}",
         NODE_NOT_READY},
        {"{}", NODE_NOT_READY},
        {"{'spec': {'taints': [{'key': 'node.kubernetes.io/out-of-service'}]},"
         " 'status': {'conditions': [{'type': 'Ready', 'status': 'Unknown'}]}}",
         NODE_FENCED},
        {"{'spec': {'taints': [{'key': 'node.kubernetes.io/unreachable'}]},"
         " 'status': {'conditions': [{'type': 'Ready', 'status': 'Unknown'}]}}",
         NODE_NOT_READY},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_auto_t *node = object_from(cases[i].node);
        ASSERT_CASE(node_state_parse(node) == cases[i].state, cases[i].node);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(two_pods_may_write_only_where_the_first_was_not_seen_to_end),
        TEST(a_node_is_ready_only_when_it_says_so),
        {0},
    };
    return suite_run("writers", tests, argc, argv);
}
