/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/pod_history.h"
#include "tests/provisioner/objects.h"

/* Pods as they would be listed one after the other. */
static struct pod pod_of(const char *uid, const char *node, const char *revision)
{
    return (struct pod){.uid = (char *)uid, .node = (char *)node, .revision = (char *)revision};
}

static struct sighting new_sighting(void)
{
    struct sighting sighting;
    sighting_init(&sighting, 0, 1);
    return sighting;
}

static void see(struct sighting *sighting, struct pod pod)
{
    sighting_see(sighting, &pod, NODE_READY, false);
}

static void has(struct sighting *sighting, const char *directory)
{
    char *directories[] = {memory_copy(directory)};
    sighting_take_directories(sighting, directories);
}

static enum kept compare(const struct sighting *sighting, const char *directory)
{
    char *directories[] = {(char *)directory};
    return sighting_compare(sighting, directories);
}

static void a_pod_of_a_new_revision_kept_its_directory_or_not(void)
{
    struct sighting sighting = new_sighting();
    see(&sighting, pod_of("1", "a", "old"));
    has(&sighting, "server:/one");
    CU_ASSERT_FALSE(sighting_wants_directories(&sighting));

    see(&sighting, pod_of("2", "a", "new"));
    CU_ASSERT(sighting_wants_directories(&sighting));
    CU_ASSERT(sighting_is_update(&sighting));
    CU_ASSERT_EQUAL(compare(&sighting, "server:/one"), KEPT_YES);
    CU_ASSERT_EQUAL(compare(&sighting, "server:/two"), KEPT_NO);
    CU_ASSERT_EQUAL(compare(&sighting, NULL), KEPT_UNKNOWN);
    has(&sighting, "server:/one");
    CU_ASSERT_FALSE(sighting_wants_directories(&sighting)); /* said once */
    sighting_clear(&sighting);
}

static void a_pod_that_only_restarted_is_no_update(void)
{
    struct sighting sighting = new_sighting();
    see(&sighting, pod_of("1", "a", "old"));
    has(&sighting, "server:/one");
    see(&sighting, pod_of("2", "a", "old"));
    CU_ASSERT(sighting_wants_directories(&sighting));
    CU_ASSERT_FALSE(sighting_is_update(&sighting));
    sighting_clear(&sighting);
}

static void what_was_never_seen_is_not_compared(void)
{
    struct sighting sighting = new_sighting();
    see(&sighting, pod_of("2", "a", "new"));
    CU_ASSERT_FALSE(sighting_knows_directories(&sighting));
    CU_ASSERT_FALSE(sighting_is_update(&sighting));
    CU_ASSERT_EQUAL(compare(&sighting, "server:/one"), KEPT_UNKNOWN);
    CU_ASSERT_EQUAL(sighting_writers(&sighting), WRITERS_ONE);
    sighting_clear(&sighting);
}

static void a_pod_without_a_node_is_waited_for(void)
{
    struct sighting sighting = new_sighting();
    see(&sighting, pod_of("1", "a", "old"));
    has(&sighting, "server:/one");
    CU_ASSERT_FALSE(sighting_is_open(&sighting));
    see(&sighting, pod_of("2", NULL, "broken"));
    CU_ASSERT_FALSE(sighting_wants_directories(&sighting));
    CU_ASSERT(sighting_is_open(&sighting));
    see(&sighting, pod_of("3", "a", "new")); /* never ran: compared with what ran before */
    CU_ASSERT(sighting_is_update(&sighting));
    CU_ASSERT_STRING_EQUAL(sighting.revision_before, "old");
    sighting_clear(&sighting);
}

static void a_pod_is_looked_at_until_its_node_is_known(void)
{
    struct sighting sighting = new_sighting();
    see(&sighting, pod_of("1", NULL, "r"));
    CU_ASSERT(sighting_is_open(&sighting)); /* its readiness would tell, but it may never come */
    see(&sighting, pod_of("1", "a", "r"));
    has(&sighting, NULL);
    CU_ASSERT_FALSE(sighting_is_open(&sighting));
    sighting_see(&sighting, NULL, NODE_READY, false);
    CU_ASSERT_FALSE(sighting_is_open(&sighting)); /* a new Pod changes the set */
    sighting_clear(&sighting);
}

static void a_pod_lost_with_its_node_is_remembered_until_its_successor_runs(void)
{
    struct sighting sighting = new_sighting();
    see(&sighting, pod_of("1", "a", "r"));
    has(&sighting, "server:/one");
    CU_ASSERT_STRING_EQUAL(sighting_node_to_read(&sighting, NULL), "a");
    sighting_see(&sighting, NULL, NODE_NOT_READY, false);
    CU_ASSERT_EQUAL(sighting_writers(&sighting), WRITERS_ONE); /* nobody runs */

    struct pod waiting = pod_of("2", NULL, "r");
    CU_ASSERT_PTR_NULL(sighting_node_to_read(&sighting, &waiting));
    sighting_see(&sighting, &waiting, NODE_UNREAD, false);
    CU_ASSERT_EQUAL(sighting_writers(&sighting), WRITERS_ONE);

    struct pod running = pod_of("2", "b", "r");
    CU_ASSERT_STRING_EQUAL(sighting_node_to_read(&sighting, &running), "a");
    sighting_see(&sighting, &running, NODE_NOT_READY, false);
    CU_ASSERT_EQUAL(sighting_writers(&sighting), WRITERS_NODE_LOST);
    CU_ASSERT_STRING_EQUAL(sighting.departed.node, "a");

    sighting_settle_writers(&sighting);
    CU_ASSERT_EQUAL(sighting_writers(&sighting), WRITERS_ONE); /* once per pair */
    sighting_clear(&sighting);
}

static void a_node_that_was_shut_down_meanwhile_is_no_danger(void)
{
    struct sighting sighting = new_sighting();
    see(&sighting, pod_of("1", "a", "r"));
    sighting_see(&sighting, NULL, NODE_NOT_READY, false);
    struct pod running = pod_of("2", "b", "r");
    sighting_see(&sighting, &running, NODE_FENCED, false);
    CU_ASSERT_EQUAL(sighting_writers(&sighting), WRITERS_ONE);
    sighting_clear(&sighting);
}

static void an_ordinary_end_is_settled_at_once_whatever_becomes_of_its_node(void)
{
    struct sighting sighting = new_sighting();
    struct pod ending = pod_of("1", "a", "r");
    ending.is_deleting = true;
    see(&sighting, pod_of("1", "a", "r"));
    see(&sighting, ending);
    sighting_see(&sighting, NULL, NODE_READY, false);
    struct pod running = pod_of("2", "b", "r");
    CU_ASSERT_PTR_NULL(sighting_node_to_read(&sighting, &running)); /* drained, then removed */
    sighting_see(&sighting, &running, NODE_GONE, false);
    CU_ASSERT_EQUAL(sighting_writers(&sighting), WRITERS_ONE);
    sighting_clear(&sighting);
}

static void a_pod_whose_containers_ended_needs_no_look_at_its_node(void)
{
    struct sighting sighting = new_sighting();
    struct pod ended = pod_of("1", "a", "r");
    ended.is_deleting = ended.has_ended = true;
    see(&sighting, ended);
    CU_ASSERT_PTR_NULL(sighting_node_to_read(&sighting, NULL));
    sighting_clear(&sighting);
}

static void a_pod_that_was_replaced_between_two_looks_is_both(void)
{
    struct sighting sighting = new_sighting();
    see(&sighting, pod_of("1", "a", "old"));
    has(&sighting, "server:/one");
    struct pod next = pod_of("2", "b", "new");
    CU_ASSERT_STRING_EQUAL(sighting_node_to_read(&sighting, &next), "a");
    sighting_see(&sighting, &next, NODE_READY, false);
    CU_ASSERT_EQUAL(sighting_writers(&sighting), WRITERS_END_UNSEEN);
    CU_ASSERT(sighting_wants_directories(&sighting));
    sighting_clear(&sighting);
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
        TEST(an_ordinary_end_is_settled_at_once_whatever_becomes_of_its_node),
        TEST(a_pod_whose_containers_ended_needs_no_look_at_its_node),
        TEST(a_pod_that_was_replaced_between_two_looks_is_both),
        {0},
    };
    return suite_run("sighting", tests, argc, argv);
}
