/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "tests/k8s/client_fixture.h"
#include "tests/k8s/scratch.h"
#include "tests/suite.h"
#include "tests/watched_thread.h"

#include <pthread.h>

/* What "at once" may take on a busy machine. */
enum { SOON_MS = 200 };

static void an_answer_that_breaks_off_is_unavailable(void)
{
    static const struct answer broken[] = {
        {.status = 0, .ending = ENDING_CLOSE},
        {.status = 200, .body = "{\"kind\":\"Pod\"}", .cut_after = 5, .ending = ENDING_CLOSE},
        {.status = 200,
         .body = "{\"a\":1}",
         .chunked = true,
         .cut_after = 3,
         .ending = ENDING_CLOSE},
        {.raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
         .ending = ENDING_CLOSE},
        {.raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}\r\n0\r\n\r\n",
         .ending = ENDING_CLOSE},
        {.raw = "HTTP/1.1 2", .ending = ENDING_CLOSE},
        {.raw = "SSH-2.0-OpenSSH_9.2\r\n", .ending = ENDING_CLOSE},
        {.status = 200, .body = "not JSON"},
        {.status = 200, .body = ""},
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct client_fixture fixture;
        struct error err = {0};
        client_fixture_start(&fixture);
        scripted_server_add(fixture.server, &broken[i]);
        CU_ASSERT_EQUAL(client_fixture_get(&fixture, &err), -1);
        CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
        client_fixture_stop(&fixture);
    }
}

static void a_create_that_breaks_off_is_sent_once(void)
{
    struct client_fixture fixture;
    struct error err = {0};
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .ending = ENDING_CLOSE);
    json_auto_t *object = json_pack("{s:{s:s}}", "metadata", "name", "pvc-1");
    CU_ASSERT_EQUAL(client_create(fixture.client, &resource_volumes, object, NULL, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(scripted_server_count(fixture.server), 1);
    client_fixture_stop(&fixture);
}

static void a_connection_closed_while_idle_is_opened_again(void)
{
    struct client_fixture fixture;
    struct error err;
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .status = 200, .body = "{}", .ending = ENDING_CLOSE);
    for (int i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(client_fixture_get(&fixture, &err), 0);
    CU_ASSERT_EQUAL(scripted_server_seen(fixture.server, 4)->connection, 4);
    client_fixture_stop(&fixture);
}

static void a_port_without_a_server_is_unavailable(void)
{
    struct client_fixture fixture;
    struct error err = {0};
    client_fixture_start(&fixture);
    memory_replace(&fixture.config->server, memory_copy("http://127.0.0.1:1"));
    client_fixture_reopen(&fixture);
    CU_ASSERT_EQUAL(client_fixture_get(&fixture, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "http://127.0.0.1:1"));
    client_fixture_stop(&fixture);
}

static void an_answer_byte_by_byte_is_read_whole(void)
{
    struct client_fixture fixture;
    struct error err;
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .status = 200, .body = "{\"slow\": true}", .piece = 1,
                           .pause_ms = 2, .chunked = true);
    json_auto_t *object = client_get(fixture.client, &resource_pods, "a", "b", &err);
    CU_ASSERT_TRUE(json_is_true(json_object_get(object, "slow")));
    client_fixture_stop(&fixture);
}

static void silence_ends_a_request_at_its_time(void)
{
    struct client_fixture fixture;
    struct error err = {0};
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .status = 200, .body = "{\"slow\": true}", .piece = 1,
                           .pause_ms = 300, .chunked = true);
    int64_t started_ms = clock_monotonic_ms();
    CU_ASSERT_EQUAL(client_fixture_get(&fixture, &err), -1);
    int64_t took_ms = clock_monotonic_ms() - started_ms;
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_TRUE(took_ms >= FIXTURE_TIMEOUT_MS && took_ms < FIXTURE_TIMEOUT_MS + SOON_MS);
    client_fixture_stop(&fixture);
}

static void several_calls_share_the_time_until_a_deadline(void)
{
    struct client_fixture fixture;
    struct error err = {0};
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .times = 1, .status = 200, .body = "{}",
                           .pause_ms = 300);
    scripted_server_answer(fixture.server, .ending = ENDING_HANG);
    int64_t start_ms = clock_monotonic_ms();
    client_set_deadline(fixture.client, start_ms + 500);
    CU_ASSERT_EQUAL(client_fixture_get(&fixture, &err), 0);
    CU_ASSERT_EQUAL(client_fixture_get(&fixture, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    int64_t took_ms = clock_monotonic_ms() - start_ms;
    CU_ASSERT(took_ms >= 500 && took_ms < 500 + SOON_MS);
    client_fixture_stop(&fixture);
}

static void after_a_deadline_nothing_is_sent_until_there_is_another(void)
{
    struct client_fixture fixture;
    struct error err = {0};
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .status = 200, .body = "{}");
    CU_ASSERT_EQUAL(client_fixture_get(&fixture, &err), 0); /* there is a connection now */
    client_set_deadline(fixture.client, clock_monotonic_ms());
    CU_ASSERT_EQUAL(client_fixture_get(&fixture, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_FALSE(scripted_server_wait(fixture.server, 2, SOON_MS));
    client_set_deadline(fixture.client, 0);
    CU_ASSERT_EQUAL(client_fixture_get(&fixture, &err), 0);
    client_fixture_stop(&fixture);
}

static void a_stop_ends_a_request_at_once(void)
{
    struct client_fixture fixture;
    struct error err = {0};
    pthread_t raiser;
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .ending = ENDING_HANG);
    int64_t started_ms = clock_monotonic_ms();
    pthread_create(&raiser, NULL, client_fixture_raise_when_asked, &fixture);
    CU_ASSERT_EQUAL(client_fixture_get(&fixture, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_STOPPED);
    CU_ASSERT_TRUE(clock_monotonic_ms() - started_ms < SOON_MS);
    pthread_join(raiser, NULL);
    client_fixture_stop(&fixture);
}

static void after_a_stop_nothing_is_sent_until_there_is_another(void)
{
    struct client_fixture fixture;
    struct error err = {0};
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .status = 200, .body = "{}");
    stop_raise(fixture.stop);
    CU_ASSERT_EQUAL(client_fixture_get(&fixture, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_STOPPED);
    CU_ASSERT_EQUAL(scripted_server_count(fixture.server), 0);

    struct stop *other = stop_new();
    client_set_stop(fixture.client, other);
    CU_ASSERT_EQUAL(client_fixture_get(&fixture, &err), 0);
    stop_free(other);
    client_fixture_stop(&fixture);
}

static void a_token_that_rotates_between_two_requests_is_read_again(void)
{
    struct client_fixture fixture;
    struct scratch scratch;
    struct error err;
    client_fixture_start(&fixture);
    scratch_open(&scratch);
    scratch_write(&scratch, "token", "old");
    fixture.config->token_file = scratch_path(&scratch, "token");
    client_fixture_reopen(&fixture);
    scripted_server_answer(fixture.server, .times = 1, .status = 200, .body = "{}");
    scripted_server_answer(fixture.server, .times = 1, .status = 401);
    scripted_server_answer(fixture.server, .status = 200, .body = "{}");

    CU_ASSERT_EQUAL(client_fixture_get(&fixture, &err), 0);
    scratch_write(&scratch, "token", "new");
    CU_ASSERT_EQUAL(client_fixture_get(&fixture, &err), 0);
    CU_ASSERT_EQUAL(scripted_server_count(fixture.server), 3);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(scripted_server_seen(fixture.server, 1)->headers, "Bearer old\r\n"));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(scripted_server_seen(fixture.server, 2)->headers, "Bearer new\r\n"));
    client_fixture_stop(&fixture);
    scratch_close(&scratch);
}

static void a_refused_token_that_did_not_rotate_is_forbidden(void)
{
    struct client_fixture fixture;
    struct error err = {0};
    client_fixture_start(&fixture);
    fixture.config->token = memory_copy("fixed");
    client_fixture_reopen(&fixture);
    scripted_server_answer(fixture.server, .status = 401);
    CU_ASSERT_EQUAL(client_fixture_get(&fixture, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_FORBIDDEN);
    CU_ASSERT_EQUAL(scripted_server_count(fixture.server), 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "credentials"));
    CU_ASSERT_PTR_NULL(strstr(err.message, "fixed"));
    client_fixture_stop(&fixture);
}

static void get(void *context)
{
    struct error err;
    CU_ASSERT_EQUAL(client_fixture_get(context, &err), 0);
}

static void a_thread_that_waits_for_an_answer_says_how_long(void)
{
    struct client_fixture fixture;
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .status = 200, .body = "{}");
    CU_ASSERT_TRUE(work_is_expected_within(get, &fixture, FIXTURE_TIMEOUT_MS));
    client_fixture_stop(&fixture);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(an_answer_that_breaks_off_is_unavailable),
        TEST(a_create_that_breaks_off_is_sent_once),
        TEST(a_connection_closed_while_idle_is_opened_again),
        TEST(a_port_without_a_server_is_unavailable),
        TEST(an_answer_byte_by_byte_is_read_whole),
        TEST(silence_ends_a_request_at_its_time),
        TEST(several_calls_share_the_time_until_a_deadline),
        TEST(after_a_deadline_nothing_is_sent_until_there_is_another),
        TEST(a_stop_ends_a_request_at_once),
        TEST(after_a_stop_nothing_is_sent_until_there_is_another),
        TEST(a_token_that_rotates_between_two_requests_is_read_again),
        TEST(a_refused_token_that_did_not_rotate_is_forbidden),
        TEST(a_thread_that_waits_for_an_answer_says_how_long),
        {NULL, NULL},
    };
    return suite_run("client_failures", tests, argc, argv);
}
