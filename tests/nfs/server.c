/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/nfs/server.h"

#include "tests/suite.h"

#include <stdarg.h>
#include <stdio.h>

int server_shell(const char *format, ...)
{
    char *command = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&command, format, arguments);
    va_end(arguments);
    int status = length < 0 ? -1 : system(command); /* NOLINT(concurrency-mt-unsafe): one thread */
    free(command);
    return status;
}

/* kill returns before all threads have stopped, and a thread that still runs answers. */
static void wait_until_paused(const char *server, int length)
{
    int status = server_shell("for try in $(seq 500); do"
                              "    grep -qs '^State:.*[RSD] (' /proc/$(cat "
                              "/run/mooring-cluster/nfs-%.*s.pid)/task/*/status"
                              "        || exit 0; sleep 0.01;"
                              "done; exit 1",
                              length, server);
    CU_ASSERT_EQUAL(status, 0);
}

void server_do(const char *what)
{
    CU_ASSERT_EQUAL(server_shell("\"$MOORING_NFS\" %s", what), 0);
    if (strstr(what, " pause"))
        wait_until_paused(what, (int)strcspn(what, " "));
}

struct address *server_address(const char *export, int version)
{
    struct error err;
    const char *host = strcmp(export, SECOND_SERVER) == 0 ? "10.250.0.2" : "10.250.0.1";
    return address_new(host, export, version, 0, 0, &err);
}

struct share *server_open(const char *export, int version, int timeout_ms)
{
    struct error err = {0};
    autodestroy(address) struct address *address = server_address(export, version);
    struct share *share = share_open(address, timeout_ms, &err);
    if (!share)
        fprintf(stderr, "%s\n", err.message);
    CU_ASSERT_PTR_NOT_NULL_FATAL(share);
    return share;
}
