/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "tests/clock_ahead.h"
#include "tests/nfs/scripted_server.h"
#include "tests/suite.h"

#include <errno.h>

/* How long a call of many requests may take: the test says what time it is. */
enum { TIMEOUT_MS = 1000, SLOW_MS = 600, TIMES = 4, LONGEST_MS = TIMES * TIMEOUT_MS };

enum { READDIR3 = 16, READDIRPLUS3 = 17, COMPOUND4 = 1, PUTFH = 22, READDIR = 26 };

/* A part of a directory: one entry, the cookie after it, and
 * another part follows unless it is the last. */
#define NAMED3(cookie, is_last)                                                                    \
    REPLY(READDIR3, 0, 0, LONG(0), 1, LONG(7), 1, WORD('a', 0, 0, 0), LONG(cookie), 0, is_last)
#define LISTED3(cookie, is_last)                                                                   \
    REPLY(READDIRPLUS3, 0, 0, LONG(0), 1, LONG(7), 1, WORD('a', 0, 0, 0), LONG(cookie), 0, 0, 0,   \
          is_last)
#define LISTED4(cookie, is_last)                                                                   \
    REPLY(COMPOUND4, 0, 0, 2, PUTFH, 0, READDIR, 0, LONG(0), 1, LONG(cookie), 1,                   \
          WORD('a', 0, 0, 0), 0, 0, 0, is_last)

/* NOLINTBEGIN(readability-identifier-naming): the linker's option --wrap gives these names to what
 * is called. */
/* Each answer comes after SLOW_MS, and every request has to have been sent before its deadline. */
int __real_connection_wait(struct connection *connection, struct call *call, int queued);
int __wrap_connection_wait(struct connection *connection, struct call *call, int queued);

int __wrap_connection_wait(struct connection *connection, struct call *call, int queued)
{
    clock_ahead_add(SLOW_MS);
    CU_ASSERT_TRUE(connection_deadline(connection) > clock_monotonic_ms());
    return __real_connection_wait(connection, call, queued);
}
/* NOLINTEND(readability-identifier-naming): as above */

static const struct handle directory = {.length = 4, .bytes = "root"};

static void expect_nodes(const struct protocol *protocol, const struct scripted_reply *script)
{
    struct nodes nodes = {0};
    struct connection *connection = script_begin(script);
    connection_begin_call(connection, TIMEOUT_MS, TIMES);
    CU_ASSERT_EQUAL(protocol->list_nodes(connection, &directory, &nodes), 0);
    CU_ASSERT_EQUAL(nodes.count, 4);
    nodes_free(&nodes);
    script_end(connection);
}

static void expect_names(const struct protocol *protocol, const struct scripted_reply *script)
{
    struct names names = {0};
    struct connection *connection = script_begin(script);
    connection_begin_call(connection, TIMEOUT_MS, TIMES);
    CU_ASSERT_EQUAL(protocol->list(connection, &directory, &names), 0);
    CU_ASSERT_EQUAL(names.count, 4);
    names_free(&names);
    script_end(connection);
}

static void each_part_of_a_listing_has_the_whole_timeout(void)
{
    static const struct scripted_reply names3[] = {
        NAMED3(1, 0), NAMED3(2, 0), NAMED3(3, 0), NAMED3(4, 1), {0}};
    static const struct scripted_reply nodes3[] = {
        LISTED3(1, 0), LISTED3(2, 0), LISTED3(3, 0), LISTED3(4, 1), {0}};
    static const struct scripted_reply both4[] = {
        LISTED4(1, 0), LISTED4(2, 0), LISTED4(3, 0), LISTED4(4, 1), {0}};
    expect_names(&protocol_v3, names3);
    expect_nodes(&protocol_v3, nodes3);
    expect_names(&protocol_v4, both4);
    expect_nodes(&protocol_v4, both4);
}

static int list_all(const struct protocol *protocol, bool has_nodes, struct connection *connection)
{
    struct names names = {0};
    struct nodes nodes = {0};
    int status = has_nodes ? protocol->list_nodes(connection, &directory, &nodes)
                           : protocol->list(connection, &directory, &names);
    names_free(&names);
    nodes_free(&nodes);
    return status;
}

static const struct {
    const struct protocol *protocol;
    bool has_nodes;
    struct scripted_reply script[5];
} listings[] = {
    {&protocol_v3, false, {NAMED3(1, 0), NAMED3(2, 0), NAMED3(3, 0), NAMED3(4, 0), {0}}},
    {&protocol_v3, true, {LISTED3(1, 0), LISTED3(2, 0), LISTED3(3, 0), LISTED3(4, 0), {0}}},
    {&protocol_v4, false, {LISTED4(1, 0), LISTED4(2, 0), LISTED4(3, 0), LISTED4(4, 0), {0}}},
    {&protocol_v4, true, {LISTED4(1, 0), LISTED4(2, 0), LISTED4(3, 0), LISTED4(4, 0), {0}}},
};

/* The server answers: it is not down because of that. */
static void a_listing_without_an_end_is_given_up_and_the_connection_kept(void)
{
    for (size_t i = 0; i < sizeof listings / sizeof *listings; i++) {
        struct connection *connection = script_begin(listings[i].script);
        connection_begin_call(connection, TIMEOUT_MS, 2); /* 2000 ms; four answers take 2400 ms */
        CU_ASSERT_EQUAL(list_all(listings[i].protocol, listings[i].has_nodes, connection), -ETIME);
        CU_ASSERT_PTR_NOT_NULL(connection_rpc(connection));
        script_end(connection);
    }
}

static void a_stop_ends_a_listing_between_two_parts(void)
{
    for (size_t i = 0; i < sizeof listings / sizeof *listings; i++) {
        const struct scripted_reply script[] = {listings[i].script[0], {0}};
        struct stop *stop = stop_new();
        struct connection *connection = script_begin(script);
        connection_begin_call(connection, TIMEOUT_MS, TIMES);
        connection_set_stop(connection, stop);
        stop_raise(stop);
        CU_ASSERT_EQUAL(list_all(listings[i].protocol, listings[i].has_nodes, connection),
                        -ECANCELED);
        CU_ASSERT_PTR_NOT_NULL(connection_rpc(connection));
        script_end(connection);
        stop_free(stop);
    }
}

static void a_call_ends_after_a_while_though_each_request_is_answered(void)
{
    static const struct scripted_reply nothing[] = {{0}};
    struct connection *connection = script_begin(nothing);
    int64_t started_ms = clock_monotonic_ms();
    connection_begin_call(connection, TIMEOUT_MS, TIMES);
    int64_t latest_ms = clock_monotonic_ms() + LONGEST_MS;
    for (int passed_ms = 0; passed_ms < LONGEST_MS; passed_ms += SLOW_MS) {
        CU_ASSERT_TRUE(connection_deadline(connection) > clock_monotonic_ms());
        clock_ahead_add(SLOW_MS);
        connection_renew_deadline(connection);
    }
    CU_ASSERT_TRUE(connection_deadline(connection) >= started_ms + LONGEST_MS);
    CU_ASSERT_TRUE(connection_deadline(connection) <= latest_ms);
    script_end(connection);
}

/* What changes something must end while its process still leads. */
static void a_call_that_is_no_listing_is_not_prolonged(void)
{
    static const struct scripted_reply nothing[] = {{0}};
    struct connection *connection = script_begin(nothing);
    connection_begin_call(connection, TIMEOUT_MS, 1);
    int64_t deadline_ms = connection_deadline(connection);
    clock_ahead_add(SLOW_MS);
    connection_renew_deadline(connection);
    CU_ASSERT_EQUAL(connection_deadline(connection), deadline_ms);
    script_end(connection);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(each_part_of_a_listing_has_the_whole_timeout),
        TEST(a_listing_without_an_end_is_given_up_and_the_connection_kept),
        TEST(a_stop_ends_a_listing_between_two_parts),
        TEST(a_call_ends_after_a_while_though_each_request_is_answered),
        TEST(a_call_that_is_no_listing_is_not_prolonged),
        {0},
    };
    return suite_run("deadline", tests, argc, argv);
}
