/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/k8s/watch_fixture.h"
#include "tests/suite.h"

/* Streams that the server does not end: they are cut, as by a balancer, or say nothing more. */

static void a_line_cut_in_the_middle_is_asked_for_again(void)
{
    static const char body[] = EVENT("ADDED", OBJECT("a", "2")) EVENT("ADDED", OBJECT("b", "3"));
    for (size_t cut = 1; cut < sizeof body - 1; cut += 25) {
        struct watch_fixture watched;
        watch_fixture_start(&watched);
        watch_fixture_page(&watched, PAGE("1", "", ""));
        scripted_server_answer(watched.fixture.server, .request = FROM("1"), .times = 1,
                               .status = 200, .chunked = true, .body = body, .cut_after = cut,
                               .ending = ENDING_CLOSE);
        watch_fixture_open_stream(&watched, FROM("1"), body);
        watch_fixture_open_stream(&watched, FROM("2"), EVENT("ADDED", OBJECT("b", "3")));
        watch_fixture_run(&watched, "+b ");
        CU_ASSERT_STRING_EQUAL(watched.text, "[]+a +b ");
        CU_ASSERT_EQUAL(watched.failures, 1);
        watch_fixture_end(&watched);
    }
}

static void a_stalled_stream_is_cut_and_resumed(void)
{
    struct watch_fixture watched;
    watch_fixture_start(&watched);
    watch_fixture_page(&watched, PAGE("1", "", ""));
    watch_fixture_open_stream(&watched, FROM("1"), EVENT("ADDED", OBJECT("a", "2")));
    watch_fixture_open_stream(&watched, FROM("2"), EVENT("ADDED", OBJECT("b", "3")));
    watch_fixture_run(&watched, "+b ");
    CU_ASSERT_STRING_EQUAL(watched.text, "[]+a +b ");
    CU_ASSERT_EQUAL(watched.failed[0].kind, ERROR_UNAVAILABLE);
    CU_ASSERT(watched.waits_ms[0] > 0 && watched.waits_ms[0] <= 500);
    watch_fixture_end(&watched);
}

/* A slow host takes less than LONG_MS from a line to the cut behind it. */
enum { SHORTEST_MS = 50, LONG_MS = 1000, CUTS = 4 };

/* Streams that are cut after `pause_ms`; the one behind them has an event. */
static void start_with_cuts(struct watch_fixture *watched, int pause_ms, const char *body)
{
    watch_fixture_start(watched);
    watched->shortest_ms = SHORTEST_MS;
    watch_fixture_page(watched, PAGE("1", "", ""));
    scripted_server_answer(watched->fixture.server, .request = FROM("1"), .times = CUTS,
                           .status = 200, .chunked = true, .body = body, .cut_after = 1,
                           .pause_ms = pause_ms, .ending = ENDING_CLOSE);
    watch_fixture_open_stream(watched, FROM("1"), EVENT("ADDED", OBJECT("a", "2")));
}

static void a_quiet_stream_that_is_cut_is_resumed_at_once_however_often(void)
{
    struct watch_fixture watched;
    start_with_cuts(&watched, 2 * SHORTEST_MS, "\n ");
    watch_fixture_run(&watched, "+a ");
    CU_ASSERT_STRING_EQUAL(watched.text, "[]+a ");
    CU_ASSERT_EQUAL(watched.failures, 0);
    CU_ASSERT_EQUAL(scripted_server_count(watched.fixture.server), 1 + CUTS + 1);
    CU_ASSERT_EQUAL(watched.silences, CUTS);
    watch_fixture_end(&watched);
}

/* It cannot have been dead before. */
static void a_stream_that_is_cut_while_it_speaks_was_not_silent(void)
{
    static const char body[] = EVENT("ADDED", OBJECT("a", "2")) "cut";
    struct watch_fixture watched;
    watch_fixture_start(&watched);
    watched.shortest_ms = LONG_MS;
    watched.stall_ms = 10 * LONG_MS;
    watch_fixture_page(&watched, PAGE("1", "", ""));
    scripted_server_answer(watched.fixture.server, .request = FROM("1"), .times = 1, .status = 200,
                           .chunked = true, .body = body, .cut_after = sizeof body - 2,
                           .pause_ms = LONG_MS + LONG_MS / 4, .ending = ENDING_CLOSE);
    watch_fixture_open_stream(&watched, FROM("2"), EVENT("ADDED", OBJECT("b", "3")));
    watch_fixture_run(&watched, "+b ");
    CU_ASSERT_EQUAL(watched.silences, 0);
    CU_ASSERT_EQUAL(watched.failures, 0);
    watch_fixture_end(&watched);
}

static void a_stream_that_the_server_ends_was_not_silent(void)
{
    struct watch_fixture watched;
    watch_fixture_start(&watched);
    watched.shortest_ms = SHORTEST_MS;
    watch_fixture_page(&watched, PAGE("1", "", ""));
    scripted_server_answer(watched.fixture.server, .request = FROM("1"), .times = 1, .status = 200,
                           .chunked = true, .body = "\n", .pause_ms = 2 * SHORTEST_MS);
    watch_fixture_open_stream(&watched, FROM("1"), EVENT("ADDED", OBJECT("a", "2")));
    watch_fixture_run(&watched, "+a ");
    CU_ASSERT_EQUAL(watched.silences, 0);
    CU_ASSERT_EQUAL(watched.failures, 0);
    watch_fixture_end(&watched);
}

static void a_stream_that_is_cut_before_the_server_agreed_to_it_is_a_failure(void)
{
    struct watch_fixture watched;
    watch_fixture_start(&watched);
    watched.shortest_ms = SHORTEST_MS;
    watch_fixture_page(&watched, PAGE("1", "", ""));
    scripted_server_answer(watched.fixture.server, .request = FROM("1"), .times = 1,
                           .raw = "HTTP/1.1 200 OK\r\n", .pause_ms = 2 * SHORTEST_MS,
                           .ending = ENDING_CLOSE);
    watch_fixture_open_stream(&watched, FROM("1"), EVENT("ADDED", OBJECT("a", "2")));
    watch_fixture_run(&watched, "+a ");
    CU_ASSERT_EQUAL(watched.failures, 1);
    watch_fixture_end(&watched);
}

static void a_stream_that_says_an_error_is_a_failure_however_long_it_stood(void)
{
    struct watch_fixture watched;
    watch_fixture_start(&watched);
    watched.shortest_ms = SHORTEST_MS;
    watch_fixture_page(&watched, PAGE("1", "", ""));
    scripted_server_answer(watched.fixture.server, .request = FROM("1"), .times = 2, .status = 200,
                           .chunked = true, .body = EVENT("ERROR", STATUS("500")),
                           .pause_ms = 2 * SHORTEST_MS);
    watch_fixture_open_stream(&watched, FROM("1"), EVENT("ADDED", OBJECT("a", "2")));
    watch_fixture_run(&watched, "+a ");
    CU_ASSERT_EQUAL(watched.failures, 2);
    CU_ASSERT_TRUE(watched.waits_ms[1] > 500);
    watch_fixture_end(&watched);
}

/* It may be a balancer that forgets connections without a word. */
static void streams_that_stall_do_not_add_up(void)
{
    struct watch_fixture watched;
    watch_fixture_start(&watched);
    watched.shortest_ms = SHORTEST_MS;
    watch_fixture_page(&watched, PAGE("1", "", ""));
    scripted_server_answer(watched.fixture.server, .request = FROM("1"), .times = CUTS,
                           .status = 200, .chunked = true, .ending = ENDING_HANG);
    watch_fixture_open_stream(&watched, FROM("1"), EVENT("ADDED", OBJECT("a", "2")));
    watch_fixture_run(&watched, "+a ");
    CU_ASSERT_STRING_EQUAL(watched.text, "[]+a ");
    CU_ASSERT_EQUAL(watched.failures, CUTS);
    CU_ASSERT_TRUE(watched.waits_ms[CUTS - 1] <= 500);
    watch_fixture_end(&watched);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_line_cut_in_the_middle_is_asked_for_again),
        TEST(a_stalled_stream_is_cut_and_resumed),
        TEST(a_quiet_stream_that_is_cut_is_resumed_at_once_however_often),
        TEST(a_stream_that_is_cut_while_it_speaks_was_not_silent),
        TEST(a_stream_that_the_server_ends_was_not_silent),
        TEST(a_stream_that_is_cut_before_the_server_agreed_to_it_is_a_failure),
        TEST(a_stream_that_says_an_error_is_a_failure_however_long_it_stood),
        TEST(streams_that_stall_do_not_add_up),
        {0},
    };
    return suite_run("watch_cuts", tests, argc, argv);
}
