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
    int status = length < 0 ? -1 : system(command); /* NOLINT(concurrency-mt-unsafe) */
    free(command);
    return status;
}

void server_do(const char *what)
{
    CU_ASSERT_EQUAL(server_shell("\"$MOORING_NFS\" %s", what), 0);
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
