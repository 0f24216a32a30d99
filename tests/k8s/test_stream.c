/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "tests/k8s/client_fixture.h"
#include "tests/suite.h"

#include <pthread.h>
#include <stdio.h>

enum { STALL_MS = 300, SOON_MS = 200, REST_MS = 20 };

/* The lines of a stream, each ended by '|'. */
struct heard {
    char text[512];
    const char *refuse; /* fail at this line; NULL: never */
    int64_t last_ms;
    int pauses; /* lines that did not come right behind the one before */
};

static int hear(void *context, const char *line, size_t length, struct error *err)
{
    struct heard *heard = context;
    size_t used = strlen(heard->text);
    int64_t now_ms = clock_monotonic_ms();
    heard->pauses += now_ms - heard->last_ms > 1;
    heard->last_ms = now_ms;
    snprintf(heard->text + used, sizeof heard->text - used, "%.*s|", (int)length, line);
    if (heard->refuse && strncmp(line, heard->refuse, length) == 0)
        return error_set(err, ERROR_EXPIRED, "refused");
    return 0;
}

static int stream_with_rests(struct client_fixture *fixture, struct heard *heard, int rest_ms,
                             struct error *err)
{
    struct stream request = {.path_and_query = "/api/v1/pods?watch=1",
                             .stall_ms = STALL_MS,
                             .rest_ms = rest_ms,
                             .on_line = hear,
                             .context = heard};
    return client_stream(fixture->client, &request, err);
}

static int stream(struct client_fixture *fixture, struct heard *heard, struct error *err)
{
    return stream_with_rests(fixture, heard, 0, err);
}

static void lines_arrive_until_the_server_ends_the_stream(void)
{
    struct client_fixture fixture;
    struct heard heard = {0};
    struct error err;
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .status = 200, .body = "one\ntwo\nthree\n",
                           .chunked = true, .piece = 5);
    CU_ASSERT_EQUAL(stream(&fixture, &heard, &err), 0);
    CU_ASSERT_STRING_EQUAL(heard.text, "one|two|three|");
    CU_ASSERT_STRING_EQUAL(scripted_server_seen(fixture.server, 0)->line,
                           "GET /api/v1/pods?watch=1");
    client_fixture_stop(&fixture);
}

static void the_same_connection_serves_the_next_stream(void)
{
    struct client_fixture fixture;
    struct heard heard = {0};
    struct error err;
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .status = 200, .body = "x\n", .chunked = true);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(stream(&fixture, &heard, &err), 0);
    CU_ASSERT_EQUAL(scripted_server_seen(fixture.server, 2)->connection, 0);
    client_fixture_stop(&fixture);
}

static void a_slow_stream_is_not_a_stalled_one(void)
{
    struct client_fixture fixture;
    struct heard heard = {0};
    struct error err;
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .status = 200, .body = "a\nb\nc\nd\ne\nf\n",
                           .chunked = true, .piece = 2, .pause_ms = STALL_MS / 3);
    CU_ASSERT_EQUAL(stream(&fixture, &heard, &err), 0);
    CU_ASSERT_STRING_EQUAL(heard.text, "a|b|c|d|e|f|");
    client_fixture_stop(&fixture);
}

static void a_fast_stream_is_heard_in_gulps(void)
{
    char body[80];
    char expected[80];
    struct client_fixture fixture;
    struct heard heard = {0};
    struct error err;
    for (size_t i = 0; i < sizeof body - 1; i++) {
        body[i] = i % 2 ? '\n' : 'x';
        expected[i] = i % 2 ? '|' : 'x';
    }
    body[sizeof body - 2] = expected[sizeof body - 2] = '\0';
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .status = 200, .body = body, .chunked = true, .piece = 2,
                           .pause_ms = 3);
    CU_ASSERT_EQUAL(stream_with_rests(&fixture, &heard, REST_MS, &err), 0);
    CU_ASSERT_STRING_EQUAL(heard.text, expected);
    CU_ASSERT_TRUE(heard.pauses < 20); /* of 39 lines */
    client_fixture_stop(&fixture);
}

static void silence_ends_it_after_the_stall_time(void)
{
    struct client_fixture fixture;
    struct heard heard = {0};
    struct error err = {0};
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .status = 200, .body = "a\n", .chunked = true,
                           .ending = ENDING_HANG);
    int64_t started_ms = clock_monotonic_ms();
    CU_ASSERT_EQUAL(stream(&fixture, &heard, &err), -1);
    int64_t took_ms = clock_monotonic_ms() - started_ms;
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_TRUE(took_ms >= STALL_MS && took_ms < STALL_MS + SOON_MS);
    CU_ASSERT_STRING_EQUAL(heard.text, "a|");
    client_fixture_stop(&fixture);
}

static void a_line_cut_off_at_the_end_is_dropped(void)
{
    struct client_fixture fixture;
    struct heard heard = {0};
    struct error err = {0};
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .times = 1, .status = 200, .body = "whole\nhal",
                           .chunked = true);
    scripted_server_answer(fixture.server, .times = 1, .status = 200, .body = "whole\nhalf\n",
                           .chunked = true, .cut_after = 9, .ending = ENDING_CLOSE);
    CU_ASSERT_EQUAL(stream(&fixture, &heard, &err), 0);
    CU_ASSERT_EQUAL(stream(&fixture, &heard, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_STRING_EQUAL(heard.text, "whole|whole|");
    client_fixture_stop(&fixture);
}

static void a_refused_line_ends_it_with_its_error(void)
{
    struct client_fixture fixture;
    struct heard heard = {.refuse = "two"};
    struct error err = {0};
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .status = 200, .body = "one\ntwo\nthree\n",
                           .chunked = true, .ending = ENDING_HANG);
    CU_ASSERT_EQUAL(stream(&fixture, &heard, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_EXPIRED);
    CU_ASSERT_STRING_EQUAL(err.message, "refused");
    CU_ASSERT_STRING_EQUAL(heard.text, "one|two|");
    client_fixture_stop(&fixture);
}

static void an_answer_that_is_no_stream_is_its_error(void)
{
    struct client_fixture fixture;
    struct heard heard = {0};
    struct error err = {0};
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .status = 410, .body = "{\"message\":\"too old\"}\n");
    CU_ASSERT_EQUAL(stream(&fixture, &heard, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_EXPIRED);
    CU_ASSERT_STRING_EQUAL(err.message, "too old");
    CU_ASSERT_STRING_EQUAL(heard.text, "");
    client_fixture_stop(&fixture);
}

static void a_stop_ends_it_at_once(void)
{
    struct client_fixture fixture;
    struct heard heard = {0};
    struct error err = {0};
    pthread_t raiser;
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .status = 200, .body = "a\n", .chunked = true,
                           .ending = ENDING_HANG);
    int64_t started_ms = clock_monotonic_ms();
    pthread_create(&raiser, NULL, client_fixture_raise_when_asked, &fixture);
    CU_ASSERT_EQUAL(stream(&fixture, &heard, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_STOPPED);
    CU_ASSERT_TRUE(clock_monotonic_ms() - started_ms < SOON_MS);
    pthread_join(raiser, NULL);
    client_fixture_stop(&fixture);
}

/* --- balancers that forget silent connections --- */

struct probe {
    unsigned port;  /* of the server */
    double after_s; /* when the kernel probes the connection next; 0: never */
    int opened;
};

/* The timer of the connection to the port: "tr tm->when" of a line of /proc/net/tcp. */
static void look_for_probe(void *context)
{
    enum { KEEPALIVE_TIMER = 2, TICKS_PER_SECOND = 100 };
    struct probe *probe = context;
    char line[512];
    FILE *file = fopen("/proc/net/tcp", "re");
    probe->opened++;
    while (file && fgets(line, sizeof line, file)) {
        unsigned port, state, timer;
        unsigned long when;
        if (sscanf(line, " %*d: %*x:%*x %*x:%x %x %*x:%*x %x:%lx", &port, &state, &timer, &when) ==
                4 &&
            port == probe->port && timer == KEEPALIVE_TIMER)
            probe->after_s = (double)when / TICKS_PER_SECOND;
    }
    if (file)
        fclose(file);
}

static int hear_nothing(void *context, const char *line, size_t length, struct error *err)
{
    (void)context;
    (void)line;
    (void)length;
    (void)err;
    return 0;
}

/* Look for the probe when the stream is opened that the server answers with this status. */
static void stream_and_probe(struct probe *probe, int status)
{
    struct client_fixture fixture;
    struct error err = {0};
    client_fixture_start(&fixture);
    const char *colon = strrchr(scripted_server_url(fixture.server), ':');
    *probe = (struct probe){.port = (unsigned)strtoul(colon + 1, NULL, 10)};
    scripted_server_answer(fixture.server, .status = status, .chunked = true,
                           .ending = status == 200 ? ENDING_HANG : ENDING_CLOSE);
    const struct stream request = {.path_and_query = "/api/v1/pods?watch=1",
                                   .stall_ms = STALL_MS,
                                   .on_open = look_for_probe,
                                   .on_line = hear_nothing,
                                   .context = probe};
    CU_ASSERT_EQUAL(client_stream(fixture.client, &request, &err), -1);
    client_fixture_stop(&fixture);
}

static void a_silent_connection_is_probed_before_a_balancer_forgets_it(void)
{
    struct probe probe;
    stream_and_probe(&probe, 200);
    CU_ASSERT_EQUAL(probe.opened, 1);
    CU_ASSERT(probe.after_s > 0 && probe.after_s <= 15);
}

static void only_what_the_server_agreed_to_is_opened(void)
{
    struct probe probe;
    stream_and_probe(&probe, 503);
    CU_ASSERT_EQUAL(probe.opened, 0);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(lines_arrive_until_the_server_ends_the_stream),
        TEST(the_same_connection_serves_the_next_stream),
        TEST(a_slow_stream_is_not_a_stalled_one),
        TEST(a_fast_stream_is_heard_in_gulps),
        TEST(silence_ends_it_after_the_stall_time),
        TEST(a_line_cut_off_at_the_end_is_dropped),
        TEST(a_refused_line_ends_it_with_its_error),
        TEST(an_answer_that_is_no_stream_is_its_error),
        TEST(a_stop_ends_it_at_once),
        TEST(a_silent_connection_is_probed_before_a_balancer_forgets_it),
        TEST(only_what_the_server_agreed_to_is_opened),
        {NULL, NULL},
    };
    return suite_run("stream", tests, argc, argv);
}
