/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/failure.h"
#include "tests/nfs/scripted_server.h"
#include "tests/suite.h"

#include <errno.h>

/* What servers say of a symlink over NFSv3: its size, and its text. */
enum { LOOKUP = 3, READLINK = 5, REGULAR = 1, SYMLINK = 5 };

#define TIMES LONG(0), LONG(0), LONG(0)
/* A handle, then attributes: type, mode, links, owner, group, size, space, device, file system, ID
 * and times. */
#define FOUND(type, size)                                                                          \
    REPLY(LOOKUP, 0, 4, WORD('l', 'i', 'n', 'k'), 1, type, 0777, 1, 0, 0, LONG(size), LONG(0),     \
          LONG(0), LONG(1), LONG(7), TIMES, 0)
#define TEXT REPLY(READLINK, 0, 0, 4, WORD('t', 'e', 'x', 't'))

static int read_link(struct connection *connection, struct link_text *text)
{
    static const struct handle directory = {.length = 4, .bytes = "root"};
    *text = (struct link_text){0};
    return protocol_v3.read_symlink(connection, &directory, "leaf", text);
}

static void only_a_size_below_the_length_of_the_text_counts(void)
{
    static const struct {
        struct scripted_reply script[3];
        size_t length;
    } cases[] = {
        {{FOUND(SYMLINK, 4), TEXT, {0}}, 4}, {{FOUND(SYMLINK, 3), TEXT, {0}}, 3},
        {{FOUND(SYMLINK, 5), TEXT, {0}}, 4}, {{FOUND(SYMLINK, 4096), TEXT, {0}}, 4},
        {{FOUND(SYMLINK, 0), TEXT, {0}}, 4}, /* a server that does not know it: no text is empty */
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct link_text text;
        struct connection *connection = script_begin(cases[i].script);
        CU_ASSERT_EQUAL(read_link(connection, &text), 0);
        CU_ASSERT_TRUE(text.bytes && strcmp(text.bytes, "text") == 0);
        CU_ASSERT_EQUAL(text.length, cases[i].length);
        free(text.bytes);
        script_end(connection);
    }
}

static void what_is_no_symlink_is_not_read(void)
{
    static const struct scripted_reply script[] = {FOUND(REGULAR, 4), {0}};
    struct link_text text;
    struct connection *connection = script_begin(script);
    CU_ASSERT_EQUAL(read_link(connection, &text), FAILURE_NO_SYMLINK);
    script_end(connection);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(only_a_size_below_the_length_of_the_text_counts),
        TEST(what_is_no_symlink_is_not_read),
        {0},
    };
    return suite_run("v3_symlink", tests, argc, argv);
}
