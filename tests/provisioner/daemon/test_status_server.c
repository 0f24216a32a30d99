/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/memory.h"
#include "provisioner/daemon/status_server.h"
#include "tests/suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* What health and readiness answer. */
static _Atomic bool is_well = true;

static char *health(void *context, bool *healthy)
{
    (void)context;
    *healthy = is_well;
    return memory_copy(is_well ? "ok\n" : "the workers are stuck\n");
}

static char *readiness(void *context, bool *ready)
{
    (void)context;
    *ready = is_well;
    return memory_copy(is_well ? "leading\n" : "not synced\n");
}

static char *metrics(void *context)
{
    return memory_copy(context);
}

static struct status_server *server; /* of most tests */

static struct status_server *start(const char *listen)
{
    static char page[200000];
    struct error err;
    memset(page, 'm', sizeof page - 1);
    struct status_handlers pages = {page, health, readiness, metrics};
    struct status_server *http = status_server_start(listen, &pages, &err);
    if (!http)
        abort(); /* there is nothing to test */
    return http;
}

static int connect_from(const struct status_server *http, uint32_t from)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)status_server_port(http))};
    struct timeval patience = {.tv_sec = 5};
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client < 0)
        abort();
    const struct sockaddr_in source = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(from)};
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    CU_ASSERT_EQUAL(bind(client, (const struct sockaddr *)&source, sizeof source), 0);
    CU_ASSERT_EQUAL_FATAL(connect(client, (struct sockaddr *)&address, sizeof address), 0);
    return client;
}

static int connect_to(const struct status_server *http)
{
    return connect_from(http, INADDR_LOOPBACK);
}

static void send_text(int client, const char *text)
{
    CU_ASSERT_EQUAL(send(client, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Send `text`; everything that comes until the server closes. Closes the client. */
static char *converse(int client, const char *text)
{
    char *answer = NULL;
    size_t used = 0;
    ssize_t received = 1;
    send_text(client, text);
    while (received > 0) {
        answer = memory_grow(answer, used + 65536 + 1, 1);
        received = recv(client, answer + used, 65536, 0);
        used += received > 0 ? (size_t)received : 0;
        answer[used] = '\0';
    }
    close(client);
    return answer;
}

static char *exchange(const struct status_server *http, const char *text)
{
    return converse(connect_to(http), text);
}

/* The whole answer to "GET /healthz" and the like. */
static char *answer_to(const struct status_server *http, const char *request)
{
    autofree char *text =
        memory_format("%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", request);
    return exchange(http, text);
}

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Whether the answer to `request` has this status and ends with these bytes. */
static bool answers(const struct status_server *http, const char *request, int status,
                    const char *end)
{
    autofree char *first = memory_format("HTTP/1.1 %d ", status);
    autofree char *answer = answer_to(http, request);
    size_t length = strlen(answer);
    return starts_with(answer, first) && length >= strlen(end) &&
           strcmp(answer + length - strlen(end), end) == 0;
}

static void probes_answer_200_with_their_text_when_all_is_well(void)
{
    CU_ASSERT(answers(server, "GET /healthz", 200, "\r\n\r\nok\n"));
    CU_ASSERT(answers(server, "GET /readyz?verbose", 200, "\r\n\r\nleading\n"));
}

static void probes_answer_503_with_the_reason_when_not(void)
{
    is_well = false;
    CU_ASSERT(answers(server, "GET /healthz", 503, "\r\n\r\nthe workers are stuck\n"));
    CU_ASSERT(answers(server, "GET /readyz", 503, "\r\n\r\nnot synced\n"));
    is_well = true;
}

static void metrics_come_whole_and_in_the_text_format(void)
{
    autofree char *answer = answer_to(server, "GET /metrics");
    CU_ASSERT(starts_with(answer, "HTTP/1.1 200 "));
    CU_ASSERT_PTR_NOT_NULL(
        strstr(answer, "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(answer, "\r\nContent-Length: 199999\r\n"));
    const char *body = strstr(answer, "\r\n\r\n");
    CU_ASSERT(body && strlen(body + 4) == 199999);
}

static void head_answers_without_the_body(void)
{
    autofree char *answer = answer_to(server, "HEAD /healthz");
    CU_ASSERT_PTR_NOT_NULL(strstr(answer, "\r\nContent-Length: 3\r\n"));
    CU_ASSERT(answers(server, "HEAD /healthz", 200, "\r\n\r\n"));
}

static void other_paths_are_not_found(void)
{
    CU_ASSERT(answers(server, "GET /", 404, "/metrics\n"));
    CU_ASSERT(answers(server, "GET /healthz/", 404, "/metrics\n"));
    CU_ASSERT(answers(server, "GET /../healthz", 404, "/metrics\n"));
    CU_ASSERT(answers(server, "HEAD /%00", 404, "\r\n\r\n"));
}

static void other_methods_are_not_allowed(void)
{
    CU_ASSERT(answers(server, "PUT /healthz", 405, "only GET and HEAD\n"));
    CU_ASSERT(answers(server, "OPTIONS /nowhere", 405, "only GET and HEAD\n"));
    CU_ASSERT(answers(server, "get /healthz", 405, "only GET and HEAD\n"));
    autofree char *answer = exchange(server, "POST /metrics HTTP/1.1\r\nHost: a\r\n"
                                             "Content-Length: 5\r\n\r\nhello");
    CU_ASSERT_PTR_NOT_NULL(strstr(answer, "\r\nAllow: GET, HEAD\r\n"));
}

static void one_connection_serves_several_requests(void)
{
    int client = connect_to(server);
    for (int i = 0; i < 3; i++) {
        char answer[1024] = "";
        send_text(client, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        ssize_t received = 1;
        for (size_t used = 0; received > 0 && !strstr(answer, "\r\n\r\nok\n");) {
            received = recv(client, answer + used, sizeof answer - 1 - used, 0);
            used += received > 0 ? (size_t)received : 0;
        }
        CU_ASSERT(starts_with(answer, "HTTP/1.1 200 "));
    }
    close(client);
}

static void a_get_with_a_body_is_answered_after_it(void)
{
    autofree char *answer = exchange(server, "GET /healthz HTTP/1.1\r\nHost: a\r\n"
                                             "Content-Length: 5\r\nConnection: close\r\n\r\nhello");
    CU_ASSERT(starts_with(answer, "HTTP/1.1 200 "));
}

static void garbage_and_huge_headers_do_no_harm(void)
{
    static char huge[65536];
    memset(huge, 'h', sizeof huge - 1);
    const char *const requests[] = {"\r\n\r\n\r\n", "hello\r\n\r\n", "GET\r\n\r\n", huge};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        int client = connect_to(server);
        CU_ASSERT(send(client, requests[i], strlen(requests[i]), MSG_NOSIGNAL) > 0);
        close(client);
    }
    CU_ASSERT(answers(server, "GET /healthz", 200, "ok\n"));
}

static void silent_connections_hold_up_neither_others_nor_the_end(void)
{
    struct status_server *http = start("127.0.0.1:0");
    int mute = connect_to(http);
    int slow = connect_to(http);
    send_text(slow, "GET /heal");
    CU_ASSERT(answers(http, "GET /healthz", 200, "ok\n"));
    status_server_stop(http);
    close(mute);
    close(slow);
}

static const char last_request[] =
    "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/* Is there an answer for a client with this address? */
static bool answers_to(const struct status_server *http, uint32_t from)
{
    autofree char *answer = converse(connect_from(http, from), last_request);
    return starts_with(answer, "HTTP/1.1 200 ");
}

/* Those drip a byte now and then, and would wait for ever; kubelet's probe has no patience. */
static void a_probe_is_answered_while_a_hundred_connections_drip_bytes(void)
{
    /* More than there is room for, and sooner than the first of them have been idle too long. */
    enum { DRIPS = 100, SOON_MS = 5000 };

    struct status_server *http = start("127.0.0.1:0");
    int64_t started_ms = clock_monotonic_ms();
    int drips[DRIPS];
    for (int i = 0; i < DRIPS; i++) {
        drips[i] = connect_to(http);
        send(drips[i], "G", 1, MSG_NOSIGNAL);
    }
    CU_ASSERT(answers_to(http, INADDR_LOOPBACK + 1)); /* a probe from another address */
    CU_ASSERT(answers_to(http, INADDR_LOOPBACK));
    for (int i = 0; i < DRIPS; i++)
        send(drips[i], "E", 1, MSG_NOSIGNAL);
    CU_ASSERT(answers_to(http, INADDR_LOOPBACK + 1));
    CU_ASSERT(clock_monotonic_ms() - started_ms < SOON_MS);
    for (int i = 0; i < DRIPS; i++)
        close(drips[i]);
    status_server_stop(http);
}

static bool is_closed(int client)
{
    char byte;
    return recv(client, &byte, 1, 0) == 0;
}

static void past_the_limit_the_oldest_goes(void)
{
    enum { LIMIT = 32, MANY = LIMIT + 8 };

    struct status_server *http = start("127.0.0.1:0");
    int clients[MANY];
    for (int i = 0; i < MANY; i++)
        clients[i] = connect_from(http, INADDR_LOOPBACK + (uint32_t)i);
    for (int i = 0; i < MANY - LIMIT; i++) {
        CU_ASSERT(is_closed(clients[i]));
        close(clients[i]);
    }
    for (int i = MANY - LIMIT; i < MANY; i++) {
        autofree char *answer = converse(clients[i], last_request);
        CU_ASSERT(starts_with(answer, "HTTP/1.1 200 "));
    }
    status_server_stop(http);
}

static void of_one_address_four_may_stay(void)
{
    enum { MANY = 5 };

    struct status_server *http = start("127.0.0.1:0");
    int other = connect_from(http, INADDR_LOOPBACK + 1);
    int clients[MANY];
    for (int i = 0; i < MANY; i++)
        clients[i] = connect_to(http);
    CU_ASSERT(is_closed(clients[0]));
    close(clients[0]);
    for (int i = 1; i <= MANY; i++) {
        autofree char *answer = converse(i < MANY ? clients[i] : other, last_request);
        CU_ASSERT(starts_with(answer, "HTTP/1.1 200 "));
    }
    status_server_stop(http);
}

static void no_host_means_every_address(void)
{
    struct status_server *http = start(":0");
    CU_ASSERT(answers(http, "GET /healthz", 200, "ok\n")); /* over IPv4 */

    struct sockaddr_in6 address = {.sin6_family = AF_INET6,
                                   .sin6_addr = IN6ADDR_LOOPBACK_INIT,
                                   .sin6_port = htons((uint16_t)status_server_port(http))};
    int client = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client >= 0) /* a machine without IPv6 has nothing to show here */
        CU_ASSERT_EQUAL(connect(client, (struct sockaddr *)&address, sizeof address), 0);
    close(client);
    status_server_stop(http);
}

static void what_is_not_an_address_is_refused_with_the_forms_that_are(void)
{
    static const char *const wrong[] = {"",
                                        "8080",
                                        "localhost",
                                        ":",
                                        ":x",
                                        ":80x",
                                        ":-1",
                                        ":65536",
                                        "::1:80",
                                        "[::1]",
                                        "[]:8080",
                                        "a:b:8080",
                                        ":99999999999999999999"};
    struct status_handlers pages = {NULL, health, readiness, metrics};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct error err = {0};
        CU_ASSERT_PTR_NULL(status_server_start(wrong[i], &pages, &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "HOST:PORT"));
    }
}

static void an_address_that_cannot_be_had_is_named_with_the_reason(void)
{
    struct status_handlers pages = {NULL, health, readiness, metrics};
    struct error err = {0};
    autofree char *taken = memory_format("127.0.0.1:%d", status_server_port(server));
    CU_ASSERT_PTR_NULL(status_server_start(taken, &pages, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "127.0.0.1"));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "in use"));
    CU_ASSERT_PTR_NULL(
        status_server_start("192.0.2.1:0", &pages, &err)); /* an address for documentation */
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(probes_answer_200_with_their_text_when_all_is_well),
        TEST(probes_answer_503_with_the_reason_when_not),
        TEST(metrics_come_whole_and_in_the_text_format),
        TEST(head_answers_without_the_body),
        TEST(other_paths_are_not_found),
        TEST(other_methods_are_not_allowed),
        TEST(one_connection_serves_several_requests),
        TEST(a_get_with_a_body_is_answered_after_it),
        TEST(garbage_and_huge_headers_do_no_harm),
        TEST(silent_connections_hold_up_neither_others_nor_the_end),
        TEST(a_probe_is_answered_while_a_hundred_connections_drip_bytes),
        TEST(past_the_limit_the_oldest_goes),
        TEST(of_one_address_four_may_stay),
        TEST(no_host_means_every_address),
        TEST(what_is_not_an_address_is_refused_with_the_forms_that_are),
        TEST(an_address_that_cannot_be_had_is_named_with_the_reason),
        {0},
    };
    server = start("127.0.0.1:0");
    int status = suite_run("status_server", tests, argc, argv);
    status_server_stop(server);
    return status;
}
