/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * One TCP connection to one RPC service, spoken as uid 0, gid 0. libnfs only offers bounds per
 * request and none for connecting; here every request is driven by our own poll loop until it is
 * answered, the deadline is over or the server hangs up. After the latter two the connection is
 * dead and stays dead. Only connection.c and what speaks one of the versions, v3*.c and v4*.c, know
 * libnfs.
 */
struct connection;
struct rpc_context;

/* `host` is a numeric address. NULL with a negative errno in `*status`. */
MUST_CHECK struct connection *connection_open(const char *host, int port, int64_t deadline_ms,
                                              int *status);
void connection_close(struct connection *connection);
DEFINE_AUTOCLOSE(connection)

/* For all requests from now on. */
void connection_set_deadline(struct connection *connection, int64_t deadline_ms);
int64_t connection_deadline(const struct connection *connection);

/* Between two requests: also notices, without a request, that the server has hung up. */
bool connection_is_dead(struct connection *connection);

/* What the NFSv4 server calls this client, 0 before it was asked. */
uint64_t *connection_client(struct connection *connection);

/* libnfs' words about the last failure, or "". */
const char *connection_detail(const struct connection *connection);

/*
 * One request:
 *   struct call call = {.take = take_lookup, .result = node};
 *   int queued = rpc_nfs3_lookup_async(connection_rpc(c), call_finish, &args, &call);
 *   return connection_wait(c, &call, queued);
 * `take` gets the decoded reply, which is gone afterwards, and returns the request's status.
 * Several may be queued before the first is waited for; their calls live until each was waited for.
 */
struct call {
    int (*take)(void *result, const void *reply);
    void *result;
    int status;
    bool finished;
    char detail[96];
};

void call_finish(struct rpc_context *rpc, int status, void *data, void *call);
/* NULL once dead. */
struct rpc_context *connection_rpc(struct connection *connection);
MUST_CHECK int connection_wait(struct connection *connection, struct call *call, int queued);
