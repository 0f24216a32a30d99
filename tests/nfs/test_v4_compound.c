/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/nfs/scripted_server.h"
#include "tests/suite.h"

#include <errno.h>

/* What servers answer to a list of operations over NFSv4. */
enum {
    CLOSE = 4,
    GETATTR = 9,
    GETFH = 10,
    LOOKUP = 15,
    OPEN = 18,
    PUTFH = 22,
    READ = 25,
    READDIR = 26,
    READLINK = 27,
    REMOVE = 28,
    SETCLIENTID = 35,
    SETCLIENTID_CONFIRM = 36,
    WRITE = 38,
    STALE = 70,
};

/* One reply: the status of all, no tag, and so many results. */
#define RESULTS(status, count, ...) {REPLY(1, status, 0, count, __VA_ARGS__), {0}}
#define GOOD(operation) operation, 0

static const struct handle directory = {.length = 4, .bytes = "root"};

static int remove_by(const struct scripted_reply *script)
{
    struct connection *connection = script_begin(script);
    int status = protocol_v4.remove_file(connection, &directory, "x");
    script_end(connection);
    return status;
}

static void what_was_not_asked_for_is_not_understood(void)
{
    static const struct scripted_reply scripts[][2] = {
        /* more operations than PUTFH and REMOVE */
        RESULTS(0, 3, GOOD(PUTFH), GOOD(REMOVE), 0, LONG(1), LONG(2), GOOD(READ), 1, 4,
                WORD('t', 'e', 'x', 't')),
        RESULTS(0, 3, GOOD(PUTFH), GOOD(REMOVE), 0, LONG(1), LONG(2), GOOD(GETFH), 4,
                WORD('r', 'o', 'o', 't')),
        RESULTS(0, 3, GOOD(PUTFH), GOOD(REMOVE), 0, LONG(1), LONG(2), GOOD(PUTFH)),
        /* another one than REMOVE */
        RESULTS(0, 2, GOOD(PUTFH), GOOD(READ), 1, 4, WORD('t', 'e', 'x', 't')),
        RESULTS(0, 2, GOOD(PUTFH), GOOD(GETFH), 4, WORD('r', 'o', 'o', 't')),
        RESULTS(0, 2, GOOD(PUTFH), GOOD(GETATTR), 1, 1U << 1, 4, 2),
        RESULTS(0, 2, GOOD(PUTFH), GOOD(READDIR), LONG(0), 0, 1),
        RESULTS(0, 2, GOOD(PUTFH), GOOD(READDIR), LONG(0), 1, LONG(1), 1, WORD('a', 0, 0, 0), 0, 0,
                0, 1),
        RESULTS(0, 2, GOOD(PUTFH), GOOD(READLINK), 4, WORD('t', 'e', 'x', 't')),
        RESULTS(0, 2, GOOD(PUTFH), GOOD(WRITE), 4, 2, LONG(0)),
        RESULTS(0, 2, GOOD(PUTFH), GOOD(OPEN), 0, LONG(0), LONG(0), 0, LONG(1), LONG(2), 0, 0, 0),
        RESULTS(0, 2, GOOD(PUTFH), GOOD(SETCLIENTID), LONG(1), LONG(2)),
        /* a failure of what was not asked for */
        RESULTS(STALE, 2, GOOD(PUTFH), CLOSE, STALE),
        RESULTS(STALE, 3, GOOD(PUTFH), GOOD(REMOVE), 0, LONG(1), LONG(2), CLOSE, STALE),
        /* fewer */
        RESULTS(0, 1, GOOD(PUTFH)),
    };

    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        CU_ASSERT_EQUAL(remove_by(scripts[i]), -EPROTO);
}

static void the_failure_of_an_operation_is_told(void)
{
    static const struct scripted_reply scripts[][2] = {
        RESULTS(STALE, 1, PUTFH, STALE),
        RESULTS(STALE, 2, GOOD(PUTFH), REMOVE, STALE),
        {REPLY(1, STALE, 0, 0), {0}},
        /* the whole is said to be good */
        RESULTS(0, 2, PUTFH, STALE, GOOD(REMOVE), 0, LONG(1), LONG(2)),
        RESULTS(0, 2, GOOD(PUTFH), REMOVE, STALE),
    };

    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        CU_ASSERT_EQUAL(remove_by(scripts[i]), -ESTALE);
}

/* As a server that has only NFSv4.1 says it. */
static void another_minor_version_is_no_answer_that_is_not_understood(void)
{
    static const struct scripted_reply script[] = {REPLY(1, 10021, 0, 0), {0}};
    struct address address = {.path = "/export", .version = 4};
    struct node root;
    struct connection *connection = script_begin(script);
    CU_ASSERT_EQUAL(protocol_v4.find_root(connection, "", &address, &root), -EPROTONOSUPPORT);
    script_end(connection);
}

#define STATE 1, 0, 0, 0

static void a_write_that_is_not_durable_is_a_failure(void)
{
    static const struct scripted_reply script[] = {
        REPLY(1, 0, 0, 1, GOOD(SETCLIENTID), LONG(7), LONG(9)),
        REPLY(1, 0, 0, 1, GOOD(SETCLIENTID_CONFIRM)),
        REPLY(1, 0, 0, 3, GOOD(PUTFH), GOOD(OPEN), STATE, 1, LONG(1), LONG(2), 0, 0, 0, GOOD(GETFH),
              4, WORD('f', 'i', 'l', 'e')),
        REPLY(1, 0, 0, 3, GOOD(PUTFH), GOOD(WRITE), 4, 0, LONG(0), GOOD(CLOSE), STATE),
        REPLY(1, 0, 0, 2, GOOD(PUTFH), GOOD(CLOSE), STATE),
        {0},
    };
    const struct new_file file = {
        .parent = &directory, .name = "record", .text = "text", .length = 4};
    bool created;
    struct connection *connection = script_begin(script);
    CU_ASSERT_EQUAL(protocol_v4.write_file(connection, &file, &created), -EIO);
    CU_ASSERT_TRUE(created);
    script_end(connection);
}

/* Attributes are the type, the size, RDATTR_ERROR, the handle and the ID; the mode and the owners.
 */
enum {
    RDATTR_ERROR = 1U << 11,
    WHOLE = 1U << 1 | 1U << 4 | RDATTR_ERROR | 1U << 19 | 1U << 20,
    OWNED = 1U << 1 | 1U << 4 | 1U << 5,
    ACL = 1U << 12,
};

/* 52 bytes of values. */
#define ATTRIBUTES(error, id)                                                                      \
    2, WHOLE, OWNED, 52, 1, LONG(4), error, 4, WORD('f', 'i', 'l', 'e'), LONG(id), 0600, 1,        \
        WORD('5', 0, 0, 0), 1, WORD('6', 0, 0, 0)

#define ENTRY(a) 1, LONG(a), 1, WORD(a, 0, 0, 0)

static void an_entry_without_attributes_is_listed_by_its_name(void)
{
    static const struct scripted_reply script[] =
        RESULTS(0, 2, GOOD(PUTFH), GOOD(READDIR), LONG(0), /* */
                ENTRY('a'), ATTRIBUTES(0, 7), ENTRY('b'), 1, RDATTR_ERROR, 4, 5, ENTRY('c'),
                ATTRIBUTES(10006, 7), /* */
                0, 1);
    struct nodes nodes = {0};
    struct connection *connection = script_begin(script);
    CU_ASSERT_EQUAL(protocol_v4.list_nodes(connection, &directory, &nodes), 0);
    script_end(connection);
    /* Only when it is asked for: one bad entry would fail the whole directory. */
    CU_ASSERT_TRUE(script_was_sent(WHOLE));
    CU_ASSERT_EQUAL_FATAL(nodes.count, 3);
    for (size_t i = 0; i < nodes.count; i++)
        CU_ASSERT_EQUAL(nodes.items[i].name[0], "abc"[i]);
    CU_ASSERT_TRUE(nodes.items[0].is_complete);
    CU_ASSERT_EQUAL(nodes.items[0].node.entry.size, 4);
    CU_ASSERT_EQUAL(nodes.items[0].node.entry.file_id, 7);
    CU_ASSERT_EQUAL(nodes.items[0].node.handle.length, 4);
    CU_ASSERT_EQUAL(nodes.items[0].node.entry.uid, 5);
    CU_ASSERT_FALSE(nodes.items[1].is_complete); /* so it is looked up */
    CU_ASSERT_FALSE(nodes.items[2].is_complete);
    nodes_free(&nodes);
}

/* Its value would be taken for the one that comes after it. */
static void an_attribute_that_was_not_asked_for_is_not_understood(void)
{
    static const struct scripted_reply listed[] = RESULTS(
        0, 2, GOOD(PUTFH), GOOD(READDIR), LONG(0), ENTRY('a'), 1, 1U << 1 | ACL, 8, 1, 0, 0, 1);
    static const struct scripted_reply inspected[] =
        RESULTS(0, 2, GOOD(PUTFH), GOOD(GETATTR), 1, 1U << 1 | ACL, 8, 1, 0);
    size_t count;
    struct entry entry;
    CU_ASSERT_EQUAL(script_list(listed, &protocol_v4, &count), -EPROTO);
    struct connection *connection = script_begin(inspected);
    CU_ASSERT_EQUAL(protocol_v4.inspect(connection, &directory, &entry), -EPROTO);
    script_end(connection);
}

static void a_listing_that_does_not_move_on_is_not_asked_for_again(void)
{
    /* The second part ends where the first one did. */
    static const struct scripted_reply script[] = {
        REPLY(1, 0, 0, 2, GOOD(PUTFH), GOOD(READDIR), LONG(0), ENTRY('a'), 0, 0, 0, 0),
        REPLY(1, 0, 0, 2, GOOD(PUTFH), GOOD(READDIR), LONG(0), ENTRY('a'), 0, 0, 0, 0),
        {0},
    };
    struct names names = {0};
    struct connection *connection = script_begin(script);
    CU_ASSERT_EQUAL(protocol_v4.list(connection, &directory, &names), -EPROTO);
    names_free(&names);
    script_end(connection);
}

/* Good replies to LOOKUP, READDIR, READ and READLINK. */
static const struct scripted_reply good[] = {
    REPLY(1, 0, 0, 4, GOOD(PUTFH), GOOD(LOOKUP), GOOD(GETFH), 4, WORD('f', 'i', 'l', 'e'),
          GOOD(GETATTR), 2, 1U << 1, OWNED, 24, 1, 0600, 1, WORD('5', 0, 0, 0), 1,
          WORD('6', 0, 0, 0)),
    REPLY(1, 0, 0, 2, GOOD(PUTFH), GOOD(READDIR), LONG(0), ENTRY('a'), ATTRIBUTES(0, 7), 0, 1),
    REPLY(1, 0, 0, 3, GOOD(PUTFH), GOOD(READ), 1, 4, WORD('t', 'e', 'x', 't'), GOOD(GETATTR), 2,
          1U << 1, OWNED, 24, 1, 0600, 1, WORD('5', 0, 0, 0), 1, WORD('6', 0, 0, 0)),
    REPLY(1, 0, 0, 4, GOOD(PUTFH), GOOD(LOOKUP), GOOD(GETATTR), 1, 1U << 1, 4, 5, GOOD(READLINK), 4,
          WORD('t', 'e', 'x', 't')),
};

/* Ask for what the good reply of this number answers, and be given this one. */
static int ask(size_t number, const struct scripted_reply *reply)
{
    const struct scripted_reply script[] = {*reply, {0}};
    struct node node;
    struct nodes nodes = {0};
    struct link_text link = {0};
    char text[4];
    struct file_part part = {.text = text, .length = sizeof text};
    struct connection *connection = script_begin(script);
    int status = number == 0   ? protocol_v4.lookup(connection, &directory, "a", &node)
                 : number == 1 ? protocol_v4.list_nodes(connection, &directory, &nodes)
                 : number == 2 ? protocol_v4.read_file(connection, &directory, 0, &part)
                               : protocol_v4.read_symlink(connection, &directory, "a", &link);
    script_end(connection);
    nodes_free(&nodes);
    free(link.bytes);
    return status;
}

static void a_reply_that_is_cut_off_anywhere_is_not_understood(void)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct scripted_reply cut = good[i];
        CU_ASSERT_EQUAL(ask(i, &cut), 0);
        while (--cut.count > 0)
            CU_ASSERT(ask(i, &cut) < 0);
    }
}

/* But for the last one, which says of a directory that another part is to be asked for. */
static void no_other_number_in_a_reply_does_harm(void)
{
    static const uint32_t numbers[] = {0,         1, 2, 5, 100, 1U << 30, 1U << 31, UINT32_MAX - 3,
                                       UINT32_MAX};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        for (size_t at = 0; at < good[i].count - 1; at++) {
            for (size_t j = 0; j < sizeof numbers / sizeof *numbers; j++) {
                struct scripted_reply changed = good[i];
                changed.words[at] = numbers[j];
                CU_ASSERT(ask(i, &changed) <= 0);
            }
        }
    }
}

static void a_handle_of_no_bytes_is_not_understood(void)
{
    static const struct scripted_reply reply =
        REPLY(1, 0, 0, 4, GOOD(PUTFH), GOOD(LOOKUP), GOOD(GETFH), 0, GOOD(GETATTR), 2, 1U << 1,
              OWNED, 24, 1, 0600, 1, WORD('5', 0, 0, 0), 1, WORD('6', 0, 0, 0));
    CU_ASSERT_EQUAL(ask(0, &reply), -EPROTO);
}

static void a_part_without_entries_is_not_the_end_of_the_directory(void)
{
    static const struct scripted_reply scripts[][2] = {
        RESULTS(0, 2, GOOD(PUTFH), GOOD(READDIR), LONG(0), 0, 0),
        RESULTS(0, 2, GOOD(PUTFH), GOOD(READDIR), LONG(0), 0, 1), /* an empty directory */
    };
    static const int expected[] = {-EIO, 0};
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        size_t count;
        CU_ASSERT_EQUAL(script_list(scripts[i], &protocol_v4, &count), expected[i]);
        CU_ASSERT_EQUAL(count, 0);
    }
}

/* Some servers refuse an owner by number as "invalid". */
static void an_owner_that_is_invalid_is_one_by_number(void)
{
    enum { INVALID = 22, VERIFY = 37, SETATTR = 34, CREATE = 6 };

    static const struct scripted_reply made[] = RESULTS(INVALID, 2, GOOD(PUTFH), CREATE, INVALID);
    static const struct scripted_reply set[] =
        RESULTS(INVALID, 3, GOOD(PUTFH), GOOD(VERIFY), SETATTR, INVALID, 0);
    static const struct ownership owned[] = {{0770, 5, GROUP_ANY}, {0770, OWNER_ANY, 5}};
    static const struct ownership any = {0770, OWNER_ANY, GROUP_ANY};
    struct node node = {.handle = directory};
    struct entry entry;
    for (size_t i = 0; i < 3; i++) {
        const struct ownership *ownership = i < 2 ? &owned[i] : &any;
        int expected = i < 2 ? -EUSERS : -EINVAL;
        struct connection *connection = script_begin(made);
        CU_ASSERT_EQUAL(protocol_v4.make_directory(connection, &directory, "a", ownership, &node),
                        expected);
        script_end(connection);
        connection = script_begin(set);
        CU_ASSERT_EQUAL(protocol_v4.set_ownership(connection, &node, ownership, &entry), expected);
        script_end(connection);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(what_was_not_asked_for_is_not_understood),
        TEST(the_failure_of_an_operation_is_told),
        TEST(another_minor_version_is_no_answer_that_is_not_understood),
        TEST(a_write_that_is_not_durable_is_a_failure),
        TEST(an_entry_without_attributes_is_listed_by_its_name),
        TEST(an_attribute_that_was_not_asked_for_is_not_understood),
        TEST(a_listing_that_does_not_move_on_is_not_asked_for_again),
        TEST(a_reply_that_is_cut_off_anywhere_is_not_understood),
        TEST(no_other_number_in_a_reply_does_harm),
        TEST(a_handle_of_no_bytes_is_not_understood),
        TEST(a_part_without_entries_is_not_the_end_of_the_directory),
        TEST(an_owner_that_is_invalid_is_one_by_number),
        {0},
    };
    return suite_run("v4_compound", tests, argc, argv);
}
