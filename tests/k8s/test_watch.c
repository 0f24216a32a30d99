/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "tests/k8s/watch_fixture.h"
#include "tests/suite.h"

static void pages_are_one_list(void)
{
    struct watch_fixture watched;
    watch_fixture_start(&watched);
    scripted_server_answer(watched.fixture.server, .request = PAGES "&continue=t%2F%2B",
                           .status = 200, .body = PAGE("7", "", OBJECT("c", "3")));
    watch_fixture_page(&watched, PAGE("7", "t/+", OBJECT("a", "1") "," OBJECT("b", "2")));
    watch_fixture_open_stream(&watched, FROM("7"), EVENT("ADDED", OBJECT("d", "8")));
    watch_fixture_run(&watched, "+d ");
    CU_ASSERT_STRING_EQUAL(watched.text, "[a b c ]+d ");
    CU_ASSERT_EQUAL(watched.failures, 0);
    watch_fixture_end(&watched);
}

static void events_are_reported_as_what_they_are(void)
{
    struct watch_fixture watched;
    watch_fixture_start(&watched);
    watch_fixture_page(&watched, PAGE("1", "", ""));
    watch_fixture_open_stream(&watched, FROM("1"),
                              EVENT("ADDED", OBJECT("a", "2")) EVENT("MODIFIED", OBJECT("a", "3"))
                                  EVENT("BOOKMARK", OBJECT("", "9"))
                                      EVENT("DELETED", OBJECT("a", "10")));
    watch_fixture_run(&watched, "-a ");
    CU_ASSERT_STRING_EQUAL(watched.text, "[]+a +a -a ");
    watch_fixture_end(&watched);
}

static void a_stream_that_ends_is_resumed_from_its_last_version(void)
{
    struct watch_fixture watched;
    watch_fixture_start(&watched);
    watch_fixture_page(&watched, PAGE("1", "", ""));
    watch_fixture_closed_stream(&watched, FROM("1"), EVENT("ADDED", OBJECT("a", "5")));
    watch_fixture_closed_stream(&watched, FROM("5"), EVENT("BOOKMARK", OBJECT("", "70")));
    watch_fixture_open_stream(&watched, FROM("70"), EVENT("ADDED", OBJECT("b", "71")));
    watch_fixture_run(&watched, "+b ");
    CU_ASSERT_STRING_EQUAL(watched.text, "[]+a +b ");
    CU_ASSERT_EQUAL(watched.failures, 0);
    watch_fixture_end(&watched);
}

static void having_fallen_behind_lists_again_at_once(void)
{
    struct watch_fixture watched;
    watch_fixture_start(&watched);
    watch_fixture_page(&watched, PAGE("1", "", OBJECT("a", "1")));
    watch_fixture_page(&watched, PAGE("50", "", OBJECT("b", "40")));
    watch_fixture_page(&watched, PAGE("90", "", OBJECT("c", "80")));
    watch_fixture_closed_stream(&watched, FROM("1"),
                                EVENT("BOOKMARK", OBJECT("", "2")) EVENT("ERROR", STATUS("410")));
    scripted_server_answer(watched.fixture.server, .request = FROM("50"), .times = 1, .status = 410,
                           .body = STATUS("410"));
    watch_fixture_open_stream(&watched, FROM("90"), EVENT("ADDED", OBJECT("d", "91")));
    watch_fixture_run(&watched, "+d ");
    CU_ASSERT_STRING_EQUAL(watched.text, "[a ][b ][c ]+d ");
    CU_ASSERT_EQUAL(watched.failures, 2);
    CU_ASSERT_EQUAL(watched.failed[0].kind, ERROR_EXPIRED);
    CU_ASSERT_EQUAL(watched.waits_ms[0], 0);
    /* Twice in a row is not normal any more. */
    CU_ASSERT_TRUE(watched.waits_ms[1] > 0);
    watch_fixture_end(&watched);
}

static void a_token_that_expires_between_pages_makes_the_next_list_whole(void)
{
    struct watch_fixture watched;
    watch_fixture_start(&watched);
    scripted_server_answer(watched.fixture.server, .request = PAGES "&continue=t", .status = 410,
                           .body = STATUS("410"));
    watch_fixture_page(&watched, PAGE("1", "t", OBJECT("a", "1")));
    scripted_server_answer(watched.fixture.server, .request = PODS "?watch", .status = 200,
                           .chunked = true, .body = EVENT("ADDED", OBJECT("c", "9")),
                           .ending = ENDING_HANG);
    scripted_server_answer(watched.fixture.server, .request = PODS, .status = 200,
                           .body = PAGE("8", "", OBJECT("a", "1") "," OBJECT("b", "2")));
    watch_fixture_run(&watched, "+c ");
    CU_ASSERT_STRING_EQUAL(watched.text, "[a [a b ]+c ");
    CU_ASSERT_EQUAL(watched.failures, 1);
    CU_ASSERT_EQUAL(watched.failed[0].kind, ERROR_EXPIRED);
    CU_ASSERT_EQUAL(watched.waits_ms[0], 0);
    CU_ASSERT_STRING_EQUAL(scripted_server_seen(watched.fixture.server, 2)->line, PODS);
    watch_fixture_end(&watched);
}

static void another_error_backs_off_and_resumes(void)
{
    struct watch_fixture watched;
    watch_fixture_start(&watched);
    watch_fixture_page(&watched, PAGE("1", "", ""));
    watch_fixture_closed_stream(&watched, FROM("1"),
                                EVENT("ADDED", OBJECT("a", "2")) EVENT("ERROR", STATUS("500")));
    scripted_server_answer(watched.fixture.server, .request = FROM("2"), .times = 1, .status = 503,
                           .headers = "Retry-After: 1\r\n");
    watch_fixture_closed_stream(&watched, FROM("2"), "{\"this\":\"is not an event\"}\n");
    watch_fixture_open_stream(&watched, FROM("2"), EVENT("ADDED", OBJECT("b", "3")));
    watch_fixture_run(&watched, "+b ");
    CU_ASSERT_STRING_EQUAL(watched.text, "[]+a +b ");
    CU_ASSERT_EQUAL(watched.failures, 3);
    CU_ASSERT_TRUE(watched.waits_ms[0] <= 500);
    CU_ASSERT_EQUAL(watched.waits_ms[1], 1000);
    CU_ASSERT_TRUE(watched.waits_ms[2] > 1000);
    watch_fixture_end(&watched);
}

static void a_line_that_cannot_be_read_costs_only_itself(void)
{
    struct watch_fixture watched;
    watch_fixture_start(&watched);
    watch_fixture_page(&watched, PAGE("1", "", ""));
    watch_fixture_open_stream(
        &watched, FROM("1"),
        EVENT("ADDED", OBJECT("a", "2"))
            EVENT("ADDED", "{\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\"},oops}")
                EVENT("ADDED", OBJECT("b", "4")));
    watch_fixture_run(&watched, "+b ");
    CU_ASSERT_STRING_EQUAL(watched.text, "[]+a ?+b ");
    CU_ASSERT_EQUAL(watched.failures, 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(watched.problem.message, "shop/web cannot be read"));
    watch_fixture_end(&watched);
}

static void a_line_that_cannot_be_read_comes_only_once(void)
{
    struct watch_fixture watched;
    watch_fixture_start(&watched);
    watch_fixture_page(&watched, PAGE("1", "", ""));
    watch_fixture_closed_stream(
        &watched, FROM("1"),
        EVENT("ADDED", "{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"2\"},oops}"));
    watch_fixture_open_stream(&watched, FROM("2"), EVENT("ADDED", OBJECT("b", "3")));
    watch_fixture_run(&watched, "+b ");
    CU_ASSERT_STRING_EQUAL(watched.text, "[]?+b ");
    CU_ASSERT_EQUAL(watched.failures, 0);
    watch_fixture_end(&watched);
}

static void an_object_of_the_list_that_cannot_be_read_costs_only_itself(void)
{
    struct watch_fixture watched;
    watch_fixture_start(&watched);
    watch_fixture_page(&watched, PAGE("1", "", OBJECT("a", "1") ",{oops}," OBJECT("b", "1")));
    watch_fixture_run(&watched, "]");
    CU_ASSERT_STRING_EQUAL(watched.text, "[a ?b ]");
    CU_ASSERT_EQUAL(watched.failures, 0);
    watch_fixture_end(&watched);
}

static void lines_of_a_proxy_are_no_stream(void)
{
    struct watch_fixture watched;
    watch_fixture_start(&watched);
    watch_fixture_page(&watched, PAGE("1", "", ""));
    watch_fixture_closed_stream(&watched, FROM("1"), "<html>\n");
    watch_fixture_open_stream(&watched, FROM("1"), EVENT("ADDED", OBJECT("a", "2")));
    watch_fixture_run(&watched, "+a ");
    CU_ASSERT_STRING_EQUAL(watched.text, "[]?+a ");
    CU_ASSERT_EQUAL(watched.failures, 1);
    watch_fixture_end(&watched);
}

static void the_wait_starts_over_after_a_success(void)
{
    struct watch_fixture watched;
    watch_fixture_start(&watched);
    scripted_server_answer(watched.fixture.server, .request = PAGES, .times = 2, .status = 503);
    watch_fixture_page(&watched, PAGE("1", "", ""));
    scripted_server_answer(watched.fixture.server, .request = FROM("1"), .times = 1, .status = 200,
                           .chunked = true, .body = EVENT("ADDED", OBJECT("a", "2")) "cut",
                           .cut_after = sizeof EVENT("ADDED", OBJECT("a", "2")) + 1,
                           .ending = ENDING_CLOSE);
    watch_fixture_open_stream(&watched, FROM("2"), EVENT("ADDED", OBJECT("b", "3")));
    watch_fixture_run(&watched, "+b ");
    CU_ASSERT_EQUAL(watched.failures, 3);
    CU_ASSERT_TRUE(watched.waits_ms[1] > 500);
    CU_ASSERT_TRUE(watched.waits_ms[2] <= 500);
    watch_fixture_end(&watched);
}

static void a_server_that_ends_every_stream_at_once_is_not_hammered(void)
{
    struct watch_fixture watched;
    watch_fixture_start(&watched);
    watch_fixture_page(&watched, PAGE("1", "", ""));
    scripted_server_answer(watched.fixture.server, .request = FROM("1"), .times = 2, .status = 200);
    watch_fixture_open_stream(&watched, FROM("1"), EVENT("ADDED", OBJECT("a", "2")));
    watch_fixture_run(&watched, "+a ");
    CU_ASSERT_EQUAL(watched.failures, 2);
    CU_ASSERT_TRUE(watched.waits_ms[0] >= 375 && watched.waits_ms[1] >= 750);
    watch_fixture_end(&watched);
}

static void after_failing_for_long_it_lists_again(void)
{
    struct watch_fixture watched;
    watch_fixture_start(&watched);
    watch_fixture_page(&watched, PAGE("1", "", OBJECT("a", "1")));
    watch_fixture_page(&watched, PAGE("90", "", OBJECT("a", "90")));
    scripted_server_answer(watched.fixture.server, .request = FROM("1"), .status = 503);
    watch_fixture_open_stream(&watched, FROM("90"), EVENT("ADDED", OBJECT("b", "91")));
    watch_fixture_run(&watched, "+b ");
    CU_ASSERT_STRING_EQUAL(watched.text, "[a ][a ]+b ");
    CU_ASSERT_EQUAL(watched.failures, 4);
    watch_fixture_end(&watched);
}

static void a_list_that_fails_half_way_begins_anew(void)
{
    struct watch_fixture watched;
    watch_fixture_start(&watched);
    scripted_server_answer(watched.fixture.server, .request = PAGES "&continue=t", .times = 1,
                           .status = 500);
    scripted_server_answer(watched.fixture.server, .request = PAGES "&continue=t", .status = 200,
                           .body = PAGE("1", "", OBJECT("b", "1")));
    watch_fixture_page(&watched, PAGE("1", "t", OBJECT("a", "1")));
    watch_fixture_page(&watched, PAGE("1", "t", OBJECT("a", "1")));
    watch_fixture_run(&watched, "]");
    CU_ASSERT_STRING_EQUAL(watched.text, "[a [a b ]");
    watch_fixture_end(&watched);
}

static void a_stop_ends_a_long_wait_at_once(void)
{
    struct watch_fixture watched;
    watch_fixture_start(&watched);
    scripted_server_answer(watched.fixture.server, .request = PAGES, .status = 429,
                           .headers = "Retry-After: 50\r\n");
    watched.stop_at_failure = true;
    int64_t started_ms = clock_monotonic_ms();
    watch_fixture_run(&watched, "never");
    CU_ASSERT_EQUAL(watched.waits_ms[0], 50000);
    CU_ASSERT_TRUE(clock_monotonic_ms() - started_ms < 1000);
    watch_fixture_end(&watched);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(pages_are_one_list),
        TEST(events_are_reported_as_what_they_are),
        TEST(a_stream_that_ends_is_resumed_from_its_last_version),
        TEST(having_fallen_behind_lists_again_at_once),
        TEST(a_token_that_expires_between_pages_makes_the_next_list_whole),
        TEST(another_error_backs_off_and_resumes),
        TEST(a_line_that_cannot_be_read_costs_only_itself),
        TEST(a_line_that_cannot_be_read_comes_only_once),
        TEST(an_object_of_the_list_that_cannot_be_read_costs_only_itself),
        TEST(lines_of_a_proxy_are_no_stream),
        TEST(the_wait_starts_over_after_a_success),
        TEST(a_server_that_ends_every_stream_at_once_is_not_hammered),
        TEST(after_failing_for_long_it_lists_again),
        TEST(a_list_that_fails_half_way_begins_anew),
        TEST(a_stop_ends_a_long_wait_at_once),
        {NULL, NULL},
    };
    return suite_run("watch", tests, argc, argv);
}
