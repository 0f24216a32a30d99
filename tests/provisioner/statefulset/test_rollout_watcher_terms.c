/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "tests/provisioner/statefulset/watcher_fixture.h"

#include <unistd.h>

#define PODS "GET namespaces/default/pods"

enum { SHORT_MS = 20 };

/* --- terms --- */

static void a_term_begins_with_every_set(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin(&fixture);
    store_put(fixture.world.context.cache->sets, "shop/web",
              set_with("{'metadata': {'namespace': 'shop', 'uid': 'set-2'}}"));
    watcher_fixture_begin_term(&fixture);
    watcher_fixture_settle(&fixture);
    CU_ASSERT_EQUAL(watcher_fixture_count_checks(&fixture), 1);
    CU_ASSERT_EQUAL(request_log_count(fixture.world.log, "GET namespaces/shop/pods"), 1);
    CU_ASSERT_EQUAL(watcher_fixture_count_keys(&fixture), 0);
    watcher_fixture_end(&fixture);
}

/* Another replica led meanwhile, and told what happened. */
static void a_term_compares_with_nothing_of_the_term_before(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin_with_pod(&fixture);
    watcher_fixture_end_term(&fixture);
    rollout_fixture_put_claim(&fixture.world, "data-web-0", "other");
    rollout_fixture_put_pod(&fixture.world, 0, POD("p-2", "new", "node-2"));
    watcher_fixture_begin_term(&fixture);
    watcher_fixture_settle(&fixture);
    CU_ASSERT_EQUAL(watcher_fixture_count_checks(&fixture), 2);
    rollout_fixture_expect_silence(&fixture.world);
    watcher_fixture_end(&fixture);
}

static void a_change_between_two_terms_waits_for_the_next_one(void)
{
    struct watcher_fixture fixture;
    struct queue_counts counts;
    watcher_fixture_begin_with_pod(&fixture);
    watcher_fixture_end_term(&fixture);
    queue_add(fixture.queue, watched_set);
    usleep(SHORT_MS * 1000); /* a thread that would take it now would have done so */
    queue_count(fixture.queue, &counts);
    CU_ASSERT_EQUAL(counts.due, 0); /* nothing is kept for it: it begins with every set */
    CU_ASSERT_EQUAL(watcher_fixture_count_checks(&fixture), 1);
    watcher_fixture_begin_term(&fixture);
    watcher_fixture_settle(&fixture);
    CU_ASSERT_EQUAL(watcher_fixture_count_checks(&fixture), 2);
    watcher_fixture_end(&fixture);
}

/* A term that ends during a check. */
struct ending {
    struct stop *term;
    struct stop *is_reached; /* raised when the server has done with `term` */
};

static void end_during_check(void *context)
{
    const struct ending *ending = context;
    stop_raise(ending->term);
    stop_raise(ending->is_reached);
}

/* A request that takes a while. */
struct slow_request {
    struct stop *has_begun;
    _Atomic bool has_ended;
};

static void be_slow(void *context)
{
    struct slow_request *request = context;
    stop_raise(request->has_begun);
    usleep(SHORT_MS * 1000);
    request->has_ended = true;
}

static void the_end_of_a_term_waits_for_the_check_that_is_under_way(void)
{
    struct watcher_fixture fixture;
    struct slow_request request = {.has_begun = stop_new()};
    watcher_fixture_begin_with_pod(&fixture);
    disturb(fixture.world.log, .request = PODS, .hook = be_slow, .context = &request);
    queue_add(fixture.queue, watched_set);
    CU_ASSERT(stop_wait(request.has_begun, WATCHER_FIXTURE_WAIT_MS));
    rollout_watcher_end_term(fixture.watcher); /* the term's stop is not raised yet */
    CU_ASSERT(request.has_ended);
    CU_ASSERT_EQUAL(watcher_fixture_count_keys(&fixture), 0);
    watcher_fixture_end(&fixture);
    stop_free(request.has_begun);
}

static void a_check_ends_with_its_term(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin_with_pod(&fixture);
    struct ending ending = {fixture.term, stop_new()};
    rollout_fixture_put_node(&fixture.world, "node-1", "Unknown");
    rollout_fixture_put_pod(&fixture.world, 0, POD("p-2", "new", "node-2"));
    disturb(fixture.world.log, .request = PODS, .hook = end_during_check, .context = &ending);
    queue_add(fixture.queue, watched_set);
    CU_ASSERT(stop_wait(ending.is_reached, WATCHER_FIXTURE_WAIT_MS));
    watcher_fixture_end_term(&fixture);
    CU_ASSERT_EQUAL(watcher_fixture_count_keys(&fixture), 0); /* the next term adds every set */
    CU_ASSERT_EQUAL(request_log_count(fixture.world.log, "GET nodes"), 0);
    rollout_fixture_expect_silence(&fixture.world);
    watcher_fixture_end(&fixture);
    stop_free(ending.is_reached);
}

static void a_check_that_was_ended_is_made_in_the_next_term(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin(&fixture);
    struct ending ending = {stop_new(), stop_new()};
    fixture.term = ending.term;
    disturb(fixture.world.log, .request = PODS, .is_cut = true, .hook = end_during_check,
            .context = &ending);
    rollout_watcher_begin_term(fixture.watcher, fixture.term);
    CU_ASSERT(stop_wait(ending.is_reached, WATCHER_FIXTURE_WAIT_MS));
    watcher_fixture_end_term(&fixture);
    watcher_fixture_begin_term(&fixture);
    watcher_fixture_settle(&fixture);
    CU_ASSERT_EQUAL(watcher_fixture_count_checks(&fixture), 2);
    CU_ASSERT_EQUAL(watcher_fixture_count_keys(&fixture), 0);
    watcher_fixture_end(&fixture);
    stop_free(ending.is_reached);
}

/* --- what may have been missed --- */

/* The Pod was replaced by one on the other node, and its end was not seen. */
static void replace_pod(struct watcher_fixture *fixture)
{
    watcher_fixture_change_pod(fixture, POD("p-2", "old", "node-2"));
    CU_ASSERT_EQUAL(watcher_fixture_count_keys(fixture), 0);
}

static void an_end_that_was_not_seen_in_time_is_not_warned_of(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin_with_pod(&fixture);
    autorelease(stateful_set) struct stateful_set *set =
        cluster_cache_set(fixture.world.context.cache, watched_set);
    set->seen_ms = clock_monotonic_ms() - 1500;
    replace_pod(&fixture);
    CU_ASSERT_EQUAL(watcher_fixture_count_events(&fixture, "TwoPossibleWriters"), 0);
    watcher_fixture_end(&fixture);
}

static void an_end_during_a_gap_of_the_watch_is_not_warned_of(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin_with_pod(&fixture);
    fixture.world.context.cache->set_gaps++;
    replace_pod(&fixture);
    CU_ASSERT_EQUAL(watcher_fixture_count_events(&fixture, "TwoPossibleWriters"), 0);
    watcher_fixture_change_pod(&fixture, POD("p-3", "old", "node-1")); /* without another gap */
    CU_ASSERT_EQUAL(watcher_fixture_count_events(&fixture, "TwoPossibleWriters"), 2);
    watcher_fixture_end(&fixture);
}

static void an_end_after_a_check_that_failed_is_not_warned_of(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin_with_pod(&fixture);
    disturb(fixture.world.log, .request = PODS, .times = -1, .answer = 500);
    watcher_fixture_change(&fixture);
    rollout_fixture_clear_log(&fixture.world);
    replace_pod(&fixture);
    CU_ASSERT_EQUAL(watcher_fixture_count_events(&fixture, "TwoPossibleWriters"), 0);
    watcher_fixture_change_pod(&fixture, POD("p-3", "old", "node-1"));
    CU_ASSERT_EQUAL(watcher_fixture_count_events(&fixture, "TwoPossibleWriters"), 2);
    watcher_fixture_end(&fixture);
}

/* However slow the machine is, it is faster than one check a second. */
static void check_until_limited(struct watcher_fixture *fixture)
{
    enum { MOST_CHECKS = 1000 };

    int before = -1;
    for (int i = 0; i < MOST_CHECKS && watcher_fixture_count_checks(fixture) != before; i++) {
        before = watcher_fixture_count_checks(fixture);
        watcher_fixture_change(fixture);
    }
    CU_ASSERT(before < MOST_CHECKS);
    CU_ASSERT(before >= 5);
}

static void many_changes_are_checked_once_a_second_and_count_as_late(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin_with_pod(&fixture);
    check_until_limited(&fixture);
    rollout_fixture_put_pod(&fixture.world, 0, POD("p-2", "old", "node-2"));
    int checks = watcher_fixture_count_checks(&fixture);
    int64_t end_ms = clock_monotonic_ms() + WATCHER_FIXTURE_WAIT_MS;
    while (watcher_fixture_count_keys(&fixture) > 0 && clock_monotonic_ms() < end_ms)
        usleep(1000);
    CU_ASSERT_EQUAL(watcher_fixture_count_checks(&fixture), checks + 1);
    CU_ASSERT_EQUAL(watcher_fixture_count_events(&fixture, "TwoPossibleWriters"), 0);
    watcher_fixture_end(&fixture);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_term_begins_with_every_set),
        TEST(a_term_compares_with_nothing_of_the_term_before),
        TEST(a_change_between_two_terms_waits_for_the_next_one),
        TEST(the_end_of_a_term_waits_for_the_check_that_is_under_way),
        TEST(a_check_ends_with_its_term),
        TEST(a_check_that_was_ended_is_made_in_the_next_term),
        TEST(an_end_that_was_not_seen_in_time_is_not_warned_of),
        TEST(an_end_during_a_gap_of_the_watch_is_not_warned_of),
        TEST(an_end_after_a_check_that_failed_is_not_warned_of),
        TEST(many_changes_are_checked_once_a_second_and_count_as_late),
        {0},
    };
    return suite_run("rollout_watcher_terms", tests, argc, argv);
}
