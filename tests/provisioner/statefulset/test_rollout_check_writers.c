/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/statefulset/rollout_fixture.h"

#define NODE_1 "GET nodes/node-1"

#define NODE_LOST(about, state)                                                                    \
    "Warning " about " TwoPossibleWriters: Pod web-0 runs on node node-2, but the one before it "  \
    "may still write from node node-1, which is " state ": power that node off or fence it, then " \
    "look at the data; mooring stops nothing"
#define END_UNSEEN(about)                                                                          \
    "Warning " about " TwoPossibleWriters: Pod web-0 runs on node node-2, but the one before it "  \
    "was removed by force and may still write from node node-1: see there that its processes "     \
    "have ended (or drain the node), then look at the data; mooring stops nothing"

/* Pod web-0 was seen on node-1, with its claim in the cache. */
static void begin(struct rollout_fixture *fixture)
{
    rollout_fixture_begin(fixture);
    rollout_fixture_put_claim(fixture, "data-web-0", "zero");
    rollout_fixture_put_pod(fixture, 0, POD("p-1", "r", "node-1"));
    rollout_fixture_expect_check(fixture);
}

/* The next Pod, of the same revision, runs on that node. */
static void replace(struct rollout_fixture *fixture, const char *changes)
{
    rollout_fixture_put_pod(fixture, 0, changes);
    rollout_fixture_expect_check(fixture);
}

static void expect_no_writers(struct rollout_fixture *fixture)
{
    CU_ASSERT_EQUAL(fixture->double_writers, 0);
    rollout_fixture_expect_silence(fixture);
    rollout_fixture_end(fixture);
}

static void expect_writers(struct rollout_fixture *fixture, const char *about_pod,
                           const char *about_claim)
{
    CU_ASSERT_EQUAL(fixture->double_writers, 1);
    rollout_fixture_expect_event(fixture, about_pod);
    rollout_fixture_expect_event(fixture, about_claim);
    CU_ASSERT_EQUAL(rollout_fixture_count_events(fixture, "TwoPossibleWriters"), 2);
    rollout_fixture_end(fixture);
}

static void a_pod_on_a_node_that_is_lost_may_still_write(void)
{
    struct rollout_fixture fixture;
    begin(&fixture);
    rollout_fixture_put_node(&fixture, "node-1", "Unknown");
    replace(&fixture, POD("p-2", "r", "node-2"));
    expect_writers(&fixture, NODE_LOST("Pod/web-0", "not Ready"),
                   NODE_LOST("PersistentVolumeClaim/data-web-0", "not Ready"));
}

static void a_pod_on_a_node_whose_object_is_gone_may_still_write(void)
{
    struct rollout_fixture fixture;
    begin(&fixture);
    rollout_fixture_remove(&fixture, &resource_nodes, "node-1");
    replace(&fixture, POD("p-2", "r", "node-2"));
    expect_writers(&fixture, NODE_LOST("Pod/web-0", "gone from the API"),
                   NODE_LOST("PersistentVolumeClaim/data-web-0", "gone from the API"));
}

static void a_pod_that_was_removed_by_force_may_still_write(void)
{
    struct rollout_fixture fixture;
    begin(&fixture);
    replace(&fixture, POD("p-2", "r", "node-2"));
    expect_writers(&fixture, END_UNSEEN("Pod/web-0"),
                   END_UNSEEN("PersistentVolumeClaim/data-web-0"));
}

static void an_end_that_may_have_been_missed_is_not_warned_of(void)
{
    struct rollout_fixture fixture;
    begin(&fixture);
    fixture.may_have_missed = true;
    replace(&fixture, POD("p-2", "r", "node-2"));
    expect_no_writers(&fixture);
}

static void a_lost_node_is_warned_of_though_something_may_have_been_missed(void)
{
    struct rollout_fixture fixture;
    begin(&fixture);
    fixture.may_have_missed = true;
    rollout_fixture_put_node(&fixture, "node-1", "False");
    replace(&fixture, POD("p-2", "r", "node-2"));
    expect_writers(&fixture, NODE_LOST("Pod/web-0", "not Ready"),
                   NODE_LOST("PersistentVolumeClaim/data-web-0", "not Ready"));
}

static void a_pod_that_was_deleted_in_the_ordinary_way_is_trusted_to_a_ready_node(void)
{
    struct rollout_fixture fixture;
    begin(&fixture);
    replace(&fixture, ENDING_POD("p-1", "r", "node-1"));
    replace(&fixture, POD("p-2", "r", "node-2"));
    CU_ASSERT_EQUAL(request_log_count(fixture.log, NODE_1), 1);
    expect_no_writers(&fixture);
}

static void a_pod_whose_containers_have_ended_needs_no_look_at_its_node(void)
{
    struct rollout_fixture fixture;
    begin(&fixture);
    replace(&fixture, "{'metadata': {'uid': 'p-1', 'deletionTimestamp': 'now',"
                      "  'labels': {'controller-revision-hash': 'r'}},"
                      " 'status': {'containerStatuses': [{'state': {'terminated': {}}}]}}");
    rollout_fixture_remove(&fixture, &resource_nodes, "node-1");
    replace(&fixture, POD("p-2", "r", "node-2"));
    CU_ASSERT_EQUAL(request_log_count(fixture.log, "GET nodes"), 0);
    expect_no_writers(&fixture);
}

static void a_pod_that_comes_back_on_its_node_waits_for_the_one_before(void)
{
    struct rollout_fixture fixture;
    begin(&fixture);
    rollout_fixture_put_node(&fixture, "node-1", "Unknown");
    replace(&fixture, POD("p-2", "r", "node-1"));
    expect_no_writers(&fixture);
}

static void a_pod_that_never_had_a_node_wrote_nothing(void)
{
    struct rollout_fixture fixture;
    begin(&fixture);
    replace(&fixture, ENDING_POD("p-1", "r", "node-1"));
    replace(&fixture, POD("p-2", "r", ""));
    replace(&fixture, POD("p-3", "r", "node-2"));
    CU_ASSERT_EQUAL(request_log_count(fixture.log, "GET nodes"), 1); /* of p-1 */
    expect_no_writers(&fixture);
}

static void a_node_that_is_out_of_service_is_no_danger(void)
{
    struct rollout_fixture fixture;
    begin(&fixture);
    rollout_fixture_put(&fixture, &resource_nodes,
                        object_from("{'metadata': {'name': 'node-1'}, 'spec': {'taints':"
                                    " [{'key': 'node.kubernetes.io/out-of-service'}]}}"));
    replace(&fixture, POD("p-2", "r", "node-2"));
    expect_no_writers(&fixture);
}

/* --- between the end of one Pod and the start of the next --- */

static void a_lost_pod_is_warned_of_once_when_the_next_one_runs(void)
{
    struct rollout_fixture fixture;
    begin(&fixture);
    rollout_fixture_put_node(&fixture, "node-1", "Unknown");
    rollout_fixture_remove_pod(&fixture, 0);
    rollout_fixture_expect_check(&fixture);
    replace(&fixture, POD("p-2", "r", ""));
    rollout_fixture_expect_silence(&fixture);
    replace(&fixture, POD("p-2", "r", "node-2"));
    rollout_fixture_expect_check(&fixture);
    expect_writers(&fixture, NODE_LOST("Pod/web-0", "not Ready"),
                   NODE_LOST("PersistentVolumeClaim/data-web-0", "not Ready"));
}

/* Its node may be drained and removed afterwards. */
static void an_ordinary_end_is_settled_before_the_next_pod_comes(void)
{
    struct rollout_fixture fixture;
    begin(&fixture);
    replace(&fixture, ENDING_POD("p-1", "r", "node-1"));
    rollout_fixture_remove_pod(&fixture, 0);
    rollout_fixture_expect_check(&fixture);
    rollout_fixture_remove(&fixture, &resource_nodes, "node-1");
    replace(&fixture, POD("p-2", "r", "node-2"));
    expect_no_writers(&fixture);
}

static void put_out_of_service(struct rollout_fixture *fixture)
{
    const struct object_key key = {.resource = &resource_nodes, .name = "node-1"};
    memory_cluster_change(fixture->cluster, &key,
                          object_from("{'spec': {'taints':"
                                      " [{'key': 'node.kubernetes.io/out-of-service'}]}}"));
}

static void a_node_that_is_fenced_before_the_next_pod_runs_is_no_danger(void)
{
    struct rollout_fixture fixture;
    begin(&fixture);
    rollout_fixture_put_node(&fixture, "node-1", "Unknown");
    rollout_fixture_remove_pod(&fixture, 0);
    rollout_fixture_expect_check(&fixture);
    put_out_of_service(&fixture);
    replace(&fixture, POD("p-2", "r", "node-2"));
    expect_no_writers(&fixture);
}

static void a_node_that_is_fenced_is_no_danger_to_whichever_pod_runs_next(void)
{
    struct rollout_fixture fixture;
    begin(&fixture);
    rollout_fixture_put_node(&fixture, "node-1", "Unknown");
    replace(&fixture, POD("p-2", "r", ""));
    put_out_of_service(&fixture);
    replace(&fixture, POD("p-3", "r", "node-2"));
    CU_ASSERT_EQUAL(request_log_count(fixture.log, NODE_1), 2);
    expect_no_writers(&fixture);
}

/* --- errors --- */

static void a_node_that_cannot_be_read_is_read_again_and_warned_of(void)
{
    struct rollout_fixture fixture;
    begin(&fixture);
    rollout_fixture_put_node(&fixture, "node-1", "Unknown");
    rollout_fixture_put_pod(&fixture, 0, POD("p-2", "r", "node-2"));
    disturb(fixture.log, .request = NODE_1, .answer = 403);
    CU_ASSERT_EQUAL(rollout_fixture_check(&fixture), -1);
    CU_ASSERT_EQUAL(fixture.err.kind, ERROR_FORBIDDEN);
    CU_ASSERT_STRING_EQUAL(fixture.err.message, "read node node-1: as the test wants it");
    CU_ASSERT_EQUAL(fixture.double_writers, 0);
    rollout_fixture_expect_silence(&fixture);
    rollout_fixture_expect_check(&fixture);
    expect_writers(&fixture, NODE_LOST("Pod/web-0", "not Ready"),
                   NODE_LOST("PersistentVolumeClaim/data-web-0", "not Ready"));
}

/* The warning does not wait for the directories, and does not come again with them. */
static void a_check_that_fails_after_its_warning_does_not_repeat_it(void)
{
    struct rollout_fixture fixture;
    begin(&fixture);
    rollout_fixture_put_node(&fixture, "node-1", "Unknown");
    rollout_fixture_put_pod(&fixture, 0, POD("p-2", "r", "node-2"));
    disturb(fixture.log, .request = "GET namespaces/default/persistentvolumeclaims", .answer = 503);
    CU_ASSERT_EQUAL(rollout_fixture_check(&fixture), -1);
    CU_ASSERT_EQUAL(rollout_fixture_count_events(&fixture, "TwoPossibleWriters"), 2);
    rollout_fixture_expect_check(&fixture);
    expect_writers(&fixture, NODE_LOST("Pod/web-0", "not Ready"),
                   NODE_LOST("PersistentVolumeClaim/data-web-0", "not Ready"));
}

/* --- which claims are told --- */

static void every_claim_of_ours_is_warned_of(void)
{
    struct rollout_fixture fixture;
    rollout_fixture_begin(&fixture);
    rollout_fixture_put_set(&fixture, "{'spec': {'volumeClaimTemplates': ["
                                      " {'metadata': {'name': 'data'}, 'spec': {}},"
                                      " {'metadata': {'name': 'other'}, 'spec': {}},"
                                      " {'metadata': {'name': 'log'}, 'spec': {}}]}}");
    rollout_fixture_put_claim(&fixture, "data-web-0", "zero");
    rollout_fixture_put_claim(&fixture, "log-web-0", "log");
    rollout_fixture_put_claim(&fixture, "data-web-1", "one"); /* of another ordinal */
    rollout_fixture_put_pod(&fixture, 0, POD("p-1", "r", "node-1"));
    rollout_fixture_expect_check(&fixture);
    replace(&fixture, POD("p-2", "r", "node-2"));
    rollout_fixture_expect_event(&fixture, END_UNSEEN("Pod/web-0"));
    rollout_fixture_expect_event(&fixture, END_UNSEEN("PersistentVolumeClaim/data-web-0"));
    rollout_fixture_expect_event(&fixture, END_UNSEEN("PersistentVolumeClaim/log-web-0"));
    CU_ASSERT_EQUAL(rollout_fixture_count_events(&fixture, "TwoPossibleWriters"), 3);
    CU_ASSERT_EQUAL(fixture.double_writers, 1);
    rollout_fixture_end(&fixture);
}

static void two_ordinals_that_lose_their_node_are_two(void)
{
    struct rollout_fixture fixture;
    begin(&fixture);
    rollout_fixture_put_pod(&fixture, 1, POD("q-1", "r", "node-1"));
    rollout_fixture_expect_check(&fixture);
    rollout_fixture_remove(&fixture, &resource_nodes, "node-1");
    rollout_fixture_put_pod(&fixture, 1, POD("q-2", "r", "node-2"));
    replace(&fixture, POD("p-2", "r", "node-2"));
    CU_ASSERT_EQUAL(fixture.double_writers, 2);
    rollout_fixture_expect_event(&fixture, NODE_LOST("Pod/web-0", "gone from the API"));
    CU_ASSERT_EQUAL(rollout_fixture_count_events(&fixture, "TwoPossibleWriters"), 3);
    rollout_fixture_end(&fixture);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_pod_on_a_node_that_is_lost_may_still_write),
        TEST(a_pod_on_a_node_whose_object_is_gone_may_still_write),
        TEST(a_pod_that_was_removed_by_force_may_still_write),
        TEST(an_end_that_may_have_been_missed_is_not_warned_of),
        TEST(a_lost_node_is_warned_of_though_something_may_have_been_missed),
        TEST(a_pod_that_was_deleted_in_the_ordinary_way_is_trusted_to_a_ready_node),
        TEST(a_pod_whose_containers_have_ended_needs_no_look_at_its_node),
        TEST(a_pod_that_comes_back_on_its_node_waits_for_the_one_before),
        TEST(a_pod_that_never_had_a_node_wrote_nothing),
        TEST(a_node_that_is_out_of_service_is_no_danger),
        TEST(a_lost_pod_is_warned_of_once_when_the_next_one_runs),
        TEST(an_ordinary_end_is_settled_before_the_next_pod_comes),
        TEST(a_node_that_is_fenced_before_the_next_pod_runs_is_no_danger),
        TEST(a_node_that_is_fenced_is_no_danger_to_whichever_pod_runs_next),
        TEST(a_node_that_cannot_be_read_is_read_again_and_warned_of),
        TEST(a_check_that_fails_after_its_warning_does_not_repeat_it),
        TEST(every_claim_of_ours_is_warned_of),
        TEST(two_ordinals_that_lose_their_node_are_two),
        {0},
    };
    return suite_run("rollout_check_writers", tests, argc, argv);
}
