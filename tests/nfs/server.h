/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/share.h"

#include <stdint.h>

/*
 * The real NFS servers around an integration test (tests/nfs/with-server): 10.250.0.2 exports
 * SECOND_SERVER, 10.250.0.1 all others. The exports are also local directories of the same paths.
 */
#define MAIN "/var/share/nfs"
#define SECOND "/exports/second"
#define READ_ONLY "/exports/readonly"
#define SQUASHED "/exports/squashed"
#define ALL_SQUASHED "/exports/allsquash"
#define FULL "/exports/full"
#define DENIED "/exports/denied"
#define SECOND_SERVER "/exports/second-server"

enum { NOBODY = 65534 };

/* Make a fault or end it: "main pause", "second start" and so on (tests/cluster/nfs --help). */
void server_do(const char *what);

MUST_CHECK struct address *server_address(const char *export, int version);

/* The test ends with a failure when the share cannot be opened. */
MUST_CHECK struct share *server_open(const char *export, int version, int timeout_ms);

/* Run a shell command. Returns its exit status. */
int server_shell(const char *format, ...) PRINTF_LIKE(1, 2);

/* The milliseconds that `action` takes. */
#define ELAPSED_MS(action)                                                                         \
    (__extension__({                                                                               \
        int64_t action_started_ms = clock_monotonic_ms();                                          \
        action;                                                                                    \
        clock_monotonic_ms() - action_started_ms;                                                  \
    }))
