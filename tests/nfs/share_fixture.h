/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/share.h"
#include "tests/nfs/server.h"
#include "tests/suite.h"

#include <stdio.h>

/* For tests of shares: each test mounts a new directory of a real export as `share`, and checks by
 * commands on the server, where it is `here`, what has become of it. */
#define MAYBE_UNUSED __attribute__((unused))

enum { TIMEOUT_MS = 3000 };

MAYBE_UNUSED static const struct ownership open_to_all = {
    .mode = 0777, .uid = OWNER_ANY, .gid = GROUP_ANY};

static struct share *share;
static struct error err;
static char here[64]; /* the mounted directory's path, in the export and on the server */

/* Mount a directory that is new: the server does not always notice what happens to directories that
 * it has cached. */
static void begin(const char *export, int version)
{
    static int number;
    err = (struct error){0};
    snprintf(here, sizeof here, "%s/test-%d", export, number++);
    int status =
        server_shell("rm -rf %s/test-* && mkdir -m \"$(stat -c %%a %s)\" %s", export, export, here);
    CU_ASSERT_EQUAL(status, 0);
    share = server_open(here, version, TIMEOUT_MS);
}

/* The path of an entry in the mounted directory, valid until at() is called eight times. */
MAYBE_UNUSED static const char *at(const char *path)
{
    static char paths[8][512];
    static unsigned next;
    char *result = paths[next++ % 8];
    snprintf(result, sizeof paths[0], "%s/%s", here, path);
    return result;
}

/* Run a shell command on the server in the mounted directory. Returns its exit status. */
MAYBE_UNUSED static int run_here(const char *command)
{
    return server_shell("cd %s && %s", here, command);
}

/* Whether the directory `path` has exactly these entries: a blank after each, sorted by bytes. */
MAYBE_UNUSED static bool has_exactly(const char *path, const char *names)
{
    return server_shell("cd %s/%s && test \"$(LC_ALL=C ls -A | tr '\\n' ' ')\" = \"%s\"", here,
                        path, names) == 0;
}

/* List the directory `path` through the share, and forget the names. */
MAYBE_UNUSED static int list(const char *path)
{
    char **names = NULL;
    size_t count = 0;
    int result = share_list(share, path, &names, &count, &err);
    if (result == 0)
        share_free_names(names, count);
    return result;
}

static void end(void)
{
    share_close(share);
    share = NULL;
}

/* CUnit's own assertion, with the message of `err` as its text. */
static void assert_that(bool holds, const char *file, int line)
{
    CU_assertImplementation(holds, (unsigned)line, err.message, file, "", CU_FALSE);
}

MAYBE_UNUSED static void assert_fails(int result, enum error_kind kind, const char *words,
                                      const char *file, int line)
{
    assert_that(result == -1 && err.kind == kind && strstr(err.message, words), file, line);
    err = (struct error){0};
}

#define ASSERT_FAILS(call, kind, words) assert_fails(call, kind, words, __FILE__, __LINE__)
#define ASSERT_SUCCEEDS(call) assert_that((call) == 0, __FILE__, __LINE__)
