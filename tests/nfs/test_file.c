/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/file.h"
#include "tests/nfs/scripted_server.h"
#include "tests/suite.h"

#include <errno.h>

/* Which requests a write consists of when its directory or its temporary file goes meanwhile. */
enum { WRITE3 = 7, CREATE3 = 8, REMOVE3 = 12, RENAME3 = 14, READDIR3 = 16, NOENT = 2, STALE = 70 };

/* OK, a handle, no attributes of the file and the directory */
#define CREATED3 REPLY(CREATE3, 0, 1, 4, WORD('f', 'i', 'l', 'e'), 0, 0, 0)
#define CREATE_FAILED3(status) REPLY(CREATE3, status, 0, 0)
/* OK, no attributes, all 4 bytes are on stable storage */
#define WRITTEN3 REPLY(WRITE3, 0, 0, 0, 4, 2, LONG(0))
#define WRITE_FAILED3(status) REPLY(WRITE3, status, 0, 0)
#define RENAMED3(status) REPLY(RENAME3, status, 0, 0, 0, 0)
#define REMOVED3(status) REPLY(REMOVE3, status, 0, 0)
#define LISTED3 REPLY(READDIR3, 0, 0, LONG(0), 0, 1)

static void expect(const struct protocol *protocol, const struct scripted_reply *script,
                   int wanted_status)
{
    struct connection *connection = script_begin(script);
    struct tree tree = {.connection = connection,
                        .protocol = protocol,
                        .root = {.entry.kind = ENTRY_DIRECTORY, .handle.length = 4}};
    CU_ASSERT_EQUAL(file_write(&tree, "f", "text", 4), wanted_status);
    script_end(connection);
}

static void over_v3_what_was_created_is_not_created_again_once_it_has_gone(void)
{
    static const struct scripted_reply scripts[][5] = {
        {CREATED3, WRITE_FAILED3(STALE), REMOVED3(NOENT), {0}},
        {CREATED3, WRITE_FAILED3(NOENT), REMOVED3(NOENT), {0}},
        {CREATED3, WRITTEN3, RENAMED3(NOENT), REMOVED3(NOENT), {0}},
        {CREATED3, WRITTEN3, RENAMED3(STALE), REMOVED3(STALE), {0}},
    };

    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        expect(&protocol_v3, scripts[i], -ESTALE);
}

static void over_v3_what_could_not_be_created_is_tried_again(void)
{
    static const struct scripted_reply scripts[][8] = {
        {CREATE_FAILED3(STALE), REMOVED3(STALE), LISTED3, CREATED3, WRITTEN3, RENAMED3(0), {0}},
        {CREATE_FAILED3(NOENT), REMOVED3(NOENT), LISTED3, CREATED3, WRITTEN3, RENAMED3(0), {0}},
    };

    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        expect(&protocol_v3, scripts[i], 0);
}

enum { CLOSE = 4, GETFH = 10, OPEN = 18, PUTFH = 22, READDIR = 26, REMOVE = 28, RENAME = 29 };

enum { SAVEFH = 32, SETCLIENTID = 35, CONFIRM = 36, WRITE = 38 };

/* One reply: the status of all, no tag, and so many results. */
#define RESULTS(status, count, ...) REPLY(1, status, 0, count, __VA_ARGS__)
#define CLIENT RESULTS(0, 1, SETCLIENTID, 0, LONG(1), LONG(2)), RESULTS(0, 1, CONFIRM, 0)
#define CHANGE 0, LONG(1), LONG(2)
#define STATE 1, LONG(1), 1
/* No flags, no attributes, no delegation */
#define OPENED PUTFH, 0, OPEN, 0, STATE, CHANGE, 0, 0, 0
#define CREATED RESULTS(0, 3, OPENED, GETFH, 0, 4, WORD('f', 'i', 'l', 'e'))
#define CREATE_FAILED(status) RESULTS(status, 2, PUTFH, 0, OPEN, status)
#define WRITTEN RESULTS(0, 3, PUTFH, 0, WRITE, 0, 4, 2, LONG(0), CLOSE, 0, STATE)
#define WRITE_FAILED(status) RESULTS(status, 2, PUTFH, 0, WRITE, status)
#define CLOSED(status) RESULTS(status, 1, PUTFH, status)
#define RENAMED RESULTS(0, 4, PUTFH, 0, SAVEFH, 0, PUTFH, 0, RENAME, 0, CHANGE, CHANGE)
#define RENAME_FAILED(status) RESULTS(status, 4, PUTFH, 0, SAVEFH, 0, PUTFH, 0, RENAME, status)
#define REMOVE_FAILED(status) RESULTS(status, 2, PUTFH, 0, REMOVE, status)
#define LISTED RESULTS(0, 2, PUTFH, 0, READDIR, 0, LONG(0), 0, 1)

static void over_v4_what_was_created_is_not_created_again_once_it_has_gone(void)
{
    static const struct scripted_reply scripts[][8] = {
        {CLIENT, CREATED, WRITE_FAILED(STALE), CLOSED(STALE), REMOVE_FAILED(NOENT), {0}},
        {CLIENT, CREATED, WRITTEN, RENAME_FAILED(NOENT), REMOVE_FAILED(NOENT), {0}},
        /* it has gone before its handle is asked for */
        {CLIENT, RESULTS(STALE, 3, OPENED, GETFH, STALE), REMOVE_FAILED(NOENT), {0}},
    };

    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        expect(&protocol_v4, scripts[i], -ESTALE);
}

static void over_v4_what_could_not_be_created_is_tried_again(void)
{
    static const struct scripted_reply script[] = {
        CLIENT, CREATE_FAILED(STALE), REMOVE_FAILED(STALE), LISTED, CREATED, WRITTEN, RENAMED, {0}};
    expect(&protocol_v4, script, 0);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(over_v3_what_was_created_is_not_created_again_once_it_has_gone),
        TEST(over_v3_what_could_not_be_created_is_tried_again),
        TEST(over_v4_what_was_created_is_not_created_again_once_it_has_gone),
        TEST(over_v4_what_could_not_be_created_is_tried_again),
        {0},
    };
    return suite_run("file", tests, argc, argv);
}
