/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "nfs/share.h"

#include <stdint.h>
#include <sys/stat.h>

/*
 * The real NFS server around an integration test (tests/nfs/with-server). Each test is written once
 * and runs on every server, so it reaches the exports only over NFS and by commands that run on the
 * server: they may be on another machine. A command takes up to 100 ms there. A second server
 * always exports SECOND_SERVER, so that one can fail while the other works.
 */
#define MAIN "/var/share/nfs"
#define SECOND "/exports/second"
#define READ_ONLY "/exports/readonly"
#define SQUASHED "/exports/squashed"
#define ALL_SQUASHED "/exports/allsquash"
#define FULL "/exports/full"
#define DENIED "/exports/denied"
#define SECURE "/exports/secure"
/* These only Linux's own server exports. */
#define SMALL "/exports/small"
#define QUOTA "/exports/quota"
#define CASEFOLD "/exports/casefold"
#define LINKED "/exports/link/data"
#define SECOND_SERVER "/exports/second-server"

enum { NOBODY = 65534 };

/* What a test has to know about its server, where servers differ. */
struct server {
    const char *name;      /* as with-server calls it */
    const char *host;      /* its address */
    bool is_whole_machine; /* "pause" stops the machine, in which nothing can be killed then */
    int lease_ms;          /* how long it keeps the state of a silent NFSv4 client */
    /* After a restart, how long it refuses much of what NFSv4 clients with state before might
     * reclaim. It has no such grace period when there was no such client. */
    int grace_ms;
    /* In its grace period, NFSv3 clients cannot set mode and owner. */
    bool protects_attributes;
    /* Over NFSv4 it gives a directory the owner that was asked for, although it squashes users. */
    bool sets_squashed_owner;
};

/* The server that this test runs on. */
const struct server *server(void);

/* Make a fault or end it: "pause", "start" and so on (tests/cluster/nfs --help). The test fails
 * when that does not work. */
void server_do(const char *verb);

/* The same for what is done to one export or with one value, as "unexport", "slow" and "cut"
 * (tests/cluster/knfsd --help). */
void server_do_to(const char *verb, const char *what);

MUST_CHECK struct address *server_address(const char *export, int version);

/* Mount an export once, after a start without haste: a virtual machine takes much longer for what
 * it does for the first time. server_open does this by itself. */
void server_warm_up(void);

/* The test ends with a failure when the share cannot be opened. */
MUST_CHECK struct share *server_open(const char *export, int version, int timeout_ms);

/* Run a shell command on the server. Returns its exit status. */
int server_shell(const char *format, ...) PRINTF_LIKE(1, 2);

/* What lstat says on the server: mode, owner, group, size and inode. The test fails when nothing is
 * at `path`. */
struct stat server_stat(const char *path);

/* Whether something is at `path` on the server, be it a symlink to nowhere. */
bool server_has(const char *path);

/* The milliseconds that `action` takes. */
#define ELAPSED_MS(action)                                                                         \
    (__extension__({                                                                               \
        int64_t action_started_ms = clock_monotonic_ms();                                          \
        action;                                                                                    \
        clock_monotonic_ms() - action_started_ms;                                                  \
    }))
