/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "base/stop.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * One TCP connection to one RPC service, with requests as uid 0, gid 0. libnfs bounds requests but
 * not connecting; here a poll loop of our own drives each request until it is answered, the
 * deadline is over or the server hangs up. In the last two cases the connection is dead and stays
 * dead. Only connection.c, reply_bounds.c and the protocol files, v3*.c and v4*.c, know
 * libnfs.
 */
struct connection;
struct rpc_context;

/* `host` is a numeric address. NULL with a negative errno in `*status`. */
MUST_CHECK struct connection *connection_open(const char *host, int port, int64_t deadline_ms,
                                              int *status);
void connection_close(struct connection *connection);
DEFINE_AUTOCLOSE(connection)

/* All requests from now on, together, have until `timeout_ms` from now; when the deadline is
 * renewed, up to `times` as long. */
void connection_begin_call(struct connection *connection, int timeout_ms, int times);
/* After a request was answered: the whole timeout once more, so that a slow server gets on. */
void connection_renew_deadline(struct connection *connection);
/*
 * The same between two parts of a listing, where every part that follows has the whole timeout:
 * -ETIME once the call has taken `times` as long, -ECANCELED once it is to stop; the connection
 * stays alive. 0 when the listing may go on, and always where `times` is 1.
 */
MUST_CHECK int connection_go_on(struct connection *connection);
/* What ends a listing between two parts; NULL: nothing does. Borrowed. */
void connection_set_stop(struct connection *connection, const struct stop *stop);
/* On the monotonic clock. */
int64_t connection_deadline(const struct connection *connection);

/* To be called between two requests: it also notices that the server has hung up. */
bool connection_is_dead(struct connection *connection);

/* Our end's address, numeric, or "". Borrowed from the connection. */
const char *connection_own_address(const struct connection *connection);
/* Whether our end has a port from 1024 on, which needs no privileges. */
bool connection_has_high_port(const struct connection *connection);

/* The NFSv4 client id, 0 before the server has given one. */
uint64_t *connection_client_id(struct connection *connection);

/* Whether the NFSv3 server has said that it does not have READDIRPLUS. */
bool *connection_lacks_readdirplus(struct connection *connection);

/* What libnfs said about the last failure, or "". Borrowed from the connection. */
const char *connection_detail(const struct connection *connection);

/*
 * One request:
 *   struct call call = {.decode = decode_lookup, .result = node};
 *   int queued = rpc_nfs3_lookup_async(connection_rpc(c), call_finish, &args, &call);
 *   return connection_wait(c, &call, queued);
 * `decode` copies what is needed from the reply, which is freed afterwards, and returns the
 * request's status. The call must live until it was waited for.
 */
struct call {
    int (*decode)(void *result, const void *reply);
    void *result;
    int status;
    bool finished;
    char detail[96];
};

void call_finish(struct rpc_context *rpc, int status, void *data, void *call);
/* NULL once dead. */
struct rpc_context *connection_rpc(struct connection *connection);
/* 0 or a negative errno. `queued` is what libnfs returned when the request was queued. */
MUST_CHECK int connection_wait(struct connection *connection, struct call *call, int queued);
