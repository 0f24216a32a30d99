/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/nfs/scripted_server.h"
#include "tests/suite.h"
#include "tests/watched_thread.h"

#include <errno.h>

/* How a directory is listed over NFSv3 on servers of different abilities. */
enum { READDIR = 16, READDIRPLUS = 17, NOTSUPP = 10004, IO = 5 };

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define REFUSED(procedure, status) REPLY(procedure, status, 0)
/* An entry, then no further one; the whole directory is listed. */
#define NAMED(a) REPLY(READDIR, 0, 0, LONG(0), 1, LONG(7), 1, WORD(a, 0, 0, 0), LONG(1), 0, 1)
/* An entry, with what follows its cookie, and the end of a part that is not the last. */
#define PART(procedure, ...)                                                                       \
    REPLY(procedure, 0, 0, LONG(0), 1, LONG(7), 1, WORD('a', 0, 0, 0), LONG(1), __VA_ARGS__)
/* Neither an entry nor the end of the directory; or its end. */
#define NOTHING(procedure, eof) REPLY(procedure, 0, 0, LONG(0), 0, eof)

/* How many entries there are. */
static size_t expect_listing(const struct scripted_reply *script, int status)
{
    size_t count;
    CU_ASSERT_EQUAL(script_list(script, &protocol_v3, &count), status);
    return count;
}

static void assert_lists(struct connection *connection, const char *name)
{
    static const struct handle directory = {.length = 4, .bytes = "root"};
    struct nodes nodes = {0};
    CU_ASSERT_EQUAL(protocol_v3.list_nodes(connection, &directory, &nodes), 0);
    CU_ASSERT_EQUAL(nodes.count, 1);
    for (size_t i = 0; i < nodes.count; i++) {
        CU_ASSERT_STRING_EQUAL(nodes.items[i].name, name);
        CU_ASSERT_FALSE(nodes.items[i].is_complete); /* so it is looked up */
    }
    nodes_free(&nodes);
}

static void a_server_without_readdirplus_is_asked_for_names_and_once_for_more(void)
{
    static const struct scripted_reply script[] = {
        REFUSED(READDIRPLUS, NOTSUPP), NAMED('a'), NAMED('b'), {0}};
    struct connection *connection = script_begin(script);
    assert_lists(connection, "a");
    assert_lists(connection, "b");
    script_end(connection);
}

static void another_failure_of_readdirplus_is_told(void)
{
    static const struct scripted_reply script[] = {REFUSED(READDIRPLUS, IO), {0}};
    (void)expect_listing(script, -EIO);
}

static void a_server_that_lists_nothing_at_all_says_so(void)
{
    static const struct scripted_reply script[] = {
        REFUSED(READDIRPLUS, NOTSUPP), REFUSED(READDIR, NOTSUPP), {0}};
    (void)expect_listing(script, -EOPNOTSUPP);
}

static void a_part_without_entries_is_not_the_end_of_the_directory(void)
{
    static const struct scripted_reply scripts[][3] = {
        {NOTHING(READDIRPLUS, 0), {0}},
        {REFUSED(READDIRPLUS, NOTSUPP), NOTHING(READDIR, 0), {0}},
    };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        (void)expect_listing(scripts[i], -EIO);
}

/* Nor does one in which a number is another one, but for the last, which says that more follows. */
static void a_reply_that_is_cut_off_anywhere_does_no_harm(void)
{
    static const uint32_t numbers[] = {1, 100, 1U << 30, 1U << 31, UINT32_MAX - 3, UINT32_MAX};
    static const struct scripted_reply good =
        PART(READDIRPLUS, 0, 1, 4, WORD('f', 'i', 'l', 'e'), 0, 1);
    struct scripted_reply script[] = {good, {0}};
    size_t count;
    for (script[0].count = good.count; script[0].count > 0; script[0].count--) {
        bool is_whole = script[0].count == good.count;
        CU_ASSERT_EQUAL(script_list(script, &protocol_v3, &count) == 0, is_whole);
    }
    for (size_t i = 0; i < (good.count - 1) * COUNT(numbers); i++) {
        script[0] = good;
        script[0].words[i / COUNT(numbers)] = numbers[i % COUNT(numbers)];
        CU_ASSERT(script_list(script, &protocol_v3, &count) <= 0);
    }
}

static void a_listing_that_does_not_move_on_is_not_asked_for_again(void)
{
    /* The second part ends where the first one did. */
    static const struct scripted_reply scripts[][4] = {
        {PART(READDIRPLUS, 0, 0, 0, 0), PART(READDIRPLUS, 0, 0, 0, 0), {0}},
        {REFUSED(READDIRPLUS, NOTSUPP), PART(READDIR, 0, 0), PART(READDIR, 0, 0), {0}},
    };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        (void)expect_listing(scripts[i], -EPROTO);
}

static void a_directory_may_be_empty(void)
{
    static const struct scripted_reply scripts[][3] = {
        {NOTHING(READDIRPLUS, 1), {0}},
        {REFUSED(READDIRPLUS, NOTSUPP), NOTHING(READDIR, 1), {0}},
    };
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        CU_ASSERT_EQUAL(expect_listing(scripts[i], 0), 0);
}

enum { TIMEOUT_MS = 5000 };

static void list_in_time(void *connection)
{
    connection_begin_call(connection, TIMEOUT_MS, 1);
    assert_lists(connection, "a");
}

static void a_thread_that_waits_for_a_reply_says_how_long(void)
{
    static const struct scripted_reply script[] = {REFUSED(READDIRPLUS, NOTSUPP), NAMED('a'), {0}};
    struct connection *connection = script_begin(script);
    CU_ASSERT_TRUE(work_is_expected_within(list_in_time, connection, TIMEOUT_MS));
    script_end(connection);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_server_without_readdirplus_is_asked_for_names_and_once_for_more),
        TEST(another_failure_of_readdirplus_is_told),
        TEST(a_server_that_lists_nothing_at_all_says_so),
        TEST(a_part_without_entries_is_not_the_end_of_the_directory),
        TEST(a_reply_that_is_cut_off_anywhere_does_no_harm),
        TEST(a_listing_that_does_not_move_on_is_not_asked_for_again),
        TEST(a_directory_may_be_empty),
        TEST(a_thread_that_waits_for_a_reply_says_how_long),
        {0},
    };
    return suite_run("v3_folder", tests, argc, argv);
}
