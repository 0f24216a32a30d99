/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "tests/provisioner/cluster/watcher_fixture.h"
#include "tests/suite.h"

#include <poll.h>

/* When a change of a StatefulSet may have been missed, or may be told late. */

enum {
    LATER_MS = 200,
    LONG_MS = 1500 /* for a stream to be silent */,
    LONGEST_MS = 20000,
    POLL_MS = 5
};

/* The list was the first. */
static void expect_second_gap(struct watcher_fixture *fixture)
{
    int64_t deadline_ms = clock_monotonic_ms() + LONGEST_MS;
    while (fixture->settings.cache->set_gaps < 2 && clock_left_ms(deadline_ms) > 0)
        poll(NULL, 0, POLL_MS);
    CU_ASSERT_EQUAL(fixture->settings.cache->set_gaps, 2);
}

static void a_set_that_cannot_be_read_is_a_change_that_was_missed(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin(&fixture);
    watcher_fixture_watch(&fixture, SETS, "{oops}\n", LATER_MS);
    watcher_fixture_run(&fixture);
    expect_second_gap(&fixture);
    watcher_fixture_end(&fixture);
}

/* As by a balancer that had forgotten the connection without a word. */
static void a_watch_that_is_cut_after_a_silence_may_have_missed_a_change(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin(&fixture);
    scripted_server_answer(fixture.server, .request = SETS "?watch", .times = 1, .status = 200,
                           .chunked = true, .body = "\n ", .cut_after = 1, .pause_ms = LONG_MS,
                           .ending = ENDING_CLOSE);
    watcher_fixture_run(&fixture);
    expect_second_gap(&fixture);
    watcher_fixture_end(&fixture);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_set_that_cannot_be_read_is_a_change_that_was_missed),
        TEST(a_watch_that_is_cut_after_a_silence_may_have_missed_a_change),
        {0},
    };
    return suite_run("set_gaps", tests, argc, argv);
}
