/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/pod_history.h"
#include "tests/provisioner/objects.h"

/* Pods as they would be listed one after the other. */
static struct pod pod_of(const char *uid, const char *node, const char *revision)
{
    return (struct pod){.uid = (char *)uid, .node = (char *)node, .revision = (char *)revision};
}

static struct pod_history new_history(void)
{
    struct pod_history history;
    pod_history_init(&history, 0, 1);
    return history;
}

static void see(struct pod_history *history, struct pod pod)
{
    pod_history_update(history, &pod, NODE_READY, false);
}

static void has(struct pod_history *history, const char *directory)
{
    char *directories[] = {memory_copy(directory)};
    pod_history_take_directories(history, directories);
}

static enum kept compare(const struct pod_history *history, const char *directory)
{
    char *directories[] = {(char *)directory};
    return pod_history_compare(history, directories);
}

static void a_pod_of_a_new_revision_kept_its_directory_or_not(void)
{
    struct pod_history history = new_history();
    see(&history, pod_of("1", "a", "old"));
    has(&history, "server:/one");
    CU_ASSERT_FALSE(pod_history_needs_directories(&history));

    see(&history, pod_of("2", "a", "new"));
    CU_ASSERT(pod_history_needs_directories(&history));
    CU_ASSERT(pod_history_is_update(&history));
    CU_ASSERT_EQUAL(compare(&history, "server:/one"), KEPT_YES);
    CU_ASSERT_EQUAL(compare(&history, "server:/two"), KEPT_NO);
    CU_ASSERT_EQUAL(compare(&history, NULL), KEPT_UNKNOWN);
    has(&history, "server:/one");
    CU_ASSERT_FALSE(pod_history_needs_directories(&history)); /* reported once */
    pod_history_clear(&history);
}

static void a_pod_that_only_restarted_is_no_update(void)
{
    struct pod_history history = new_history();
    see(&history, pod_of("1", "a", "old"));
    has(&history, "server:/one");
    see(&history, pod_of("2", "a", "old"));
    CU_ASSERT(pod_history_needs_directories(&history));
    CU_ASSERT_FALSE(pod_history_is_update(&history));
    pod_history_clear(&history);
}

static void what_was_never_seen_is_not_compared(void)
{
    struct pod_history history = new_history();
    see(&history, pod_of("2", "a", "new"));
    CU_ASSERT_FALSE(pod_history_has_directories(&history));
    CU_ASSERT_FALSE(pod_history_is_update(&history));
    CU_ASSERT_EQUAL(compare(&history, "server:/one"), KEPT_UNKNOWN);
    CU_ASSERT_EQUAL(pod_history_double_writers(&history), DOUBLE_WRITERS_NONE);
    pod_history_clear(&history);
}

static void a_pod_without_a_node_is_waited_for(void)
{
    struct pod_history history = new_history();
    see(&history, pod_of("1", "a", "old"));
    has(&history, "server:/one");
    CU_ASSERT_FALSE(pod_history_is_incomplete(&history));
    see(&history, pod_of("2", NULL, "broken"));
    CU_ASSERT_FALSE(pod_history_needs_directories(&history));
    CU_ASSERT(pod_history_is_incomplete(&history));
    see(&history, pod_of("3", "a", "new")); /* never ran: compared with what ran before */
    CU_ASSERT(pod_history_is_update(&history));
    CU_ASSERT_STRING_EQUAL(history.revision_before, "old");
    pod_history_clear(&history);
}

static void a_pod_is_looked_at_until_its_node_is_known(void)
{
    struct pod_history history = new_history();
    see(&history, pod_of("1", NULL, "r"));
    CU_ASSERT(pod_history_is_incomplete(
        &history)); /* the set changes when the Pod is ready, which it may never be */
    see(&history, pod_of("1", "a", "r"));
    has(&history, NULL);
    CU_ASSERT_FALSE(pod_history_is_incomplete(&history));
    pod_history_update(&history, NULL, NODE_READY, false);
    CU_ASSERT_FALSE(pod_history_is_incomplete(&history)); /* a new Pod changes the set */
    pod_history_clear(&history);
}

static void a_pod_lost_with_its_node_is_remembered_until_its_successor_runs(void)
{
    struct pod_history history = new_history();
    see(&history, pod_of("1", "a", "r"));
    has(&history, "server:/one");
    CU_ASSERT_STRING_EQUAL(pod_history_node_to_read(&history, NULL), "a");
    pod_history_update(&history, NULL, NODE_NOT_READY, false);
    CU_ASSERT_EQUAL(pod_history_double_writers(&history), DOUBLE_WRITERS_NONE); /* no Pod runs */

    struct pod waiting = pod_of("2", NULL, "r");
    CU_ASSERT_PTR_NULL(pod_history_node_to_read(&history, &waiting));
    pod_history_update(&history, &waiting, NODE_UNREAD, false);
    CU_ASSERT_EQUAL(pod_history_double_writers(&history), DOUBLE_WRITERS_NONE);

    struct pod running = pod_of("2", "b", "r");
    CU_ASSERT_STRING_EQUAL(pod_history_node_to_read(&history, &running), "a");
    pod_history_update(&history, &running, NODE_NOT_READY, false);
    CU_ASSERT_EQUAL(pod_history_double_writers(&history), DOUBLE_WRITERS_NODE_LOST);
    CU_ASSERT_STRING_EQUAL(history.previous_pod.node, "a");

    pod_history_clear_double_writers(&history);
    CU_ASSERT_EQUAL(pod_history_double_writers(&history), DOUBLE_WRITERS_NONE); /* once per pair */
    pod_history_clear(&history);
}

static void a_node_that_was_shut_down_meanwhile_is_no_danger(void)
{
    struct pod_history history = new_history();
    see(&history, pod_of("1", "a", "r"));
    pod_history_update(&history, NULL, NODE_NOT_READY, false);
    struct pod running = pod_of("2", "b", "r");
    pod_history_update(&history, &running, NODE_FENCED, false);
    CU_ASSERT_EQUAL(pod_history_double_writers(&history), DOUBLE_WRITERS_NONE);
    pod_history_clear(&history);
}

/* The Pod that waited for a node was replaced by one that has one. */
static void a_node_that_was_shut_down_is_no_danger_to_whichever_pod_runs_next(void)
{
    struct pod_history history = new_history();
    see(&history, pod_of("1", "a", "r"));
    pod_history_update(&history, NULL, NODE_NOT_READY, false);
    struct pod waiting = pod_of("2", NULL, "r");
    pod_history_update(&history, &waiting, NODE_UNREAD, false);
    struct pod running = pod_of("3", "b", "r");
    CU_ASSERT_STRING_EQUAL(pod_history_node_to_read(&history, &running), "a");
    pod_history_update(&history, &running, NODE_FENCED, false);
    CU_ASSERT_EQUAL(pod_history_double_writers(&history), DOUBLE_WRITERS_NONE);
    pod_history_clear(&history);
}

static void an_ordinary_end_is_settled_at_once_whatever_becomes_of_its_node(void)
{
    struct pod_history history = new_history();
    struct pod ending = pod_of("1", "a", "r");
    ending.is_deleting = true;
    see(&history, pod_of("1", "a", "r"));
    see(&history, ending);
    pod_history_update(&history, NULL, NODE_READY, false);
    struct pod running = pod_of("2", "b", "r");
    CU_ASSERT_PTR_NULL(pod_history_node_to_read(&history, &running)); /* drained, then removed */
    pod_history_update(&history, &running, NODE_GONE, false);
    CU_ASSERT_EQUAL(pod_history_double_writers(&history), DOUBLE_WRITERS_NONE);
    pod_history_clear(&history);
}

static void a_pod_whose_containers_ended_needs_no_look_at_its_node(void)
{
    struct pod_history history = new_history();
    struct pod ended = pod_of("1", "a", "r");
    ended.is_deleting = ended.has_ended = true;
    see(&history, ended);
    CU_ASSERT_PTR_NULL(pod_history_node_to_read(&history, NULL));
    pod_history_clear(&history);
}

static void a_pod_that_was_replaced_between_two_looks_is_both(void)
{
    struct pod_history history = new_history();
    see(&history, pod_of("1", "a", "old"));
    has(&history, "server:/one");
    struct pod next = pod_of("2", "b", "new");
    CU_ASSERT_STRING_EQUAL(pod_history_node_to_read(&history, &next), "a");
    pod_history_update(&history, &next, NODE_READY, false);
    CU_ASSERT_EQUAL(pod_history_double_writers(&history), DOUBLE_WRITERS_END_UNSEEN);
    CU_ASSERT(pod_history_needs_directories(&history));
    pod_history_clear(&history);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_pod_of_a_new_revision_kept_its_directory_or_not),
        TEST(a_pod_that_only_restarted_is_no_update),
        TEST(what_was_never_seen_is_not_compared),
        TEST(a_pod_without_a_node_is_waited_for),
        TEST(a_pod_is_looked_at_until_its_node_is_known),
        TEST(a_pod_lost_with_its_node_is_remembered_until_its_successor_runs),
        TEST(a_node_that_was_shut_down_meanwhile_is_no_danger),
        TEST(a_node_that_was_shut_down_is_no_danger_to_whichever_pod_runs_next),
        TEST(an_ordinary_end_is_settled_at_once_whatever_becomes_of_its_node),
        TEST(a_pod_whose_containers_ended_needs_no_look_at_its_node),
        TEST(a_pod_that_was_replaced_between_two_looks_is_both),
        {0},
    };
    return suite_run("pod_history", tests, argc, argv);
}
