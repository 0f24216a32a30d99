/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/connection.h"

#include "base/clock.h"
#include "base/pulse.h"
#include "nfs/libnfs.h"
#include "nfs/reply_bounds.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct connection {
    struct rpc_context *rpc; /* NULL once dead */
    int64_t deadline_ms;
    int64_t last_deadline_ms; /* that the call under way can be given */
    int timeout_ms;
    int times;               /* the timeout, that the call under way can be given */
    const struct stop *stop; /* borrowed */
    uint64_t client_id;
    char own_address[INET6_ADDRSTRLEN];
    bool has_high_port;
    bool lacks_readdirplus;
    char detail[96];
};

/* The errno for what libnfs says about an RPC reply that is not a success. */
static int errno_of_detail(const char *detail)
{
    if (strstr(detail, "not accepted"))
        return -EKEYREJECTED;
    if (strstr(detail, "not available") || strstr(detail, "mismatch"))
        return -EPROTONOSUPPORT;
    return -EPROTO;
}

void call_finish(struct rpc_context *rpc, int status, void *data, void *context)
{
    struct call *call = context;
    (void)rpc;
    call->finished = true;
    if (status == RPC_STATUS_SUCCESS) {
        call->status = call->decode ? call->decode(call->result, data) : 0;
        return;
    }
    bool says_why = status == RPC_STATUS_ERROR && data;
    snprintf(call->detail, sizeof call->detail, "%s", says_why ? (const char *)data : "cancelled");
    call->status = says_why ? errno_of_detail(call->detail) : -ECONNRESET;
}

/*
 * Give up the connection without blocking. libnfs calls call_finish for every request under way, so
 * their calls must still be alive. rpc_service with -1 makes it do so for an unfinished connect,
 * too, which destroying the context does not.
 */
static int kill_connection(struct connection *connection, int status)
{
    rpc_service(connection->rpc, -1);
    rpc_destroy_context(connection->rpc);
    connection->rpc = NULL;
    return status;
}

/* Why the socket failed. The kernel says so only once. */
static int socket_failure(int descriptor)
{
    int failure = 0;
    socklen_t size = sizeof failure;
    getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size);
    return failure ? -failure : -ECONNRESET;
}

/* Poll once. False when the connection is dead, with the reason in `*status`. */
static bool poll_once(struct connection *connection, int *status)
{
    int left_ms = clock_left_ms(connection->deadline_ms);
    struct pollfd ready = {.fd = rpc_get_fd(connection->rpc),
                           .events = (short)rpc_which_events(connection->rpc)};
    *status = -ETIMEDOUT;
    if (left_ms == 0)
        return false;
    pulse_expect(left_ms);
    if (poll(&ready, 1, left_ms) <= 0)
        return true;
    if (ready.revents & (POLLERR | POLLHUP)) {
        *status = socket_failure(ready.fd);
        return false;
    }
    bool is_alive = rpc_service(connection->rpc, ready.revents) >= 0;
    *status = reply_bounds_is_too_long() ? -EPROTO : -ECONNRESET;
    return is_alive;
}

int connection_wait(struct connection *connection, struct call *call, int queued)
{
    int status = 0;
    if (queued < 0)
        return kill_connection(connection, -EPROTO);
    reply_bounds_begin_reply();
    while (!call->finished) {
        if (!poll_once(connection, &status))
            return kill_connection(connection, status);
    }
    memcpy(connection->detail, call->detail, sizeof connection->detail);
    return call->status;
}

/* AUTH_SYS as root, whatever user runs the process: only root can give a directory its owner. */
static struct rpc_context *new_context(void)
{
    reply_bounds_begin();
    struct rpc_context *rpc = rpc_init_context();
    struct AUTH *root = libnfs_authunix_create("mooring", 0, 0, 0, NULL);
    if (!rpc || !root)
        abort();
    rpc_set_auth(rpc, root);
    return rpc;
}

/* What the server sees of us, unless our address is translated on the way. */
static void note_own_end(struct connection *connection)
{
    struct sockaddr_storage own = {0};
    socklen_t size = sizeof own;
    if (getsockname(rpc_get_fd(connection->rpc), (struct sockaddr *)&own, &size) < 0)
        return;
    bool ipv6 = own.ss_family == AF_INET6;
    const struct sockaddr_in *v4 = (struct sockaddr_in *)&own;
    const struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&own;
    in_port_t port = ipv6 ? v6->sin6_port : v4->sin_port;
    connection->has_high_port = ntohs(port) >= IPPORT_RESERVED;
    const void *address = ipv6 ? (const void *)&v6->sin6_addr : &v4->sin_addr;
    if (!inet_ntop(own.ss_family, address, connection->own_address, sizeof connection->own_address))
        connection->own_address[0] = '\0';
}

struct connection *connection_open(const char *host, int port, int64_t deadline_ms, int *status)
{
    autoclose(connection) struct connection *connection = memory_new(sizeof *connection);
    connection->rpc = new_context();
    connection->deadline_ms = deadline_ms;

    struct call call = {0};
    errno = 0;
    if (rpc_connect_async(connection->rpc, host, port, call_finish, &call) < 0) {
        *status = errno ? -errno : -EHOSTUNREACH;
        return NULL;
    }
    *status = connection_wait(connection, &call, 0);
    if (*status < 0)
        return NULL;
    note_own_end(connection);
    return steal(connection);
}

void connection_close(struct connection *connection)
{
    if (!connection)
        return;
    if (connection->rpc)
        rpc_destroy_context(connection->rpc);
    free(connection);
}

void connection_begin_call(struct connection *connection, int timeout_ms, int times)
{
    int64_t now_ms = clock_monotonic_ms();
    connection->timeout_ms = timeout_ms;
    connection->times = times;
    connection->deadline_ms = now_ms + timeout_ms;
    connection->last_deadline_ms = now_ms + (int64_t)timeout_ms * times;
}

void connection_renew_deadline(struct connection *connection)
{
    int64_t deadline_ms = clock_monotonic_ms() + connection->timeout_ms;
    if (deadline_ms > connection->last_deadline_ms)
        deadline_ms = connection->last_deadline_ms;
    if (deadline_ms > connection->deadline_ms)
        connection->deadline_ms = deadline_ms;
}

int connection_go_on(struct connection *connection)
{
    int64_t now_ms = clock_monotonic_ms();
    if (connection->times <= 1)
        return 0;
    if (stop_is_raised(connection->stop))
        return -ECANCELED;
    if (now_ms >= connection->last_deadline_ms)
        return -ETIME;
    connection->deadline_ms = now_ms + connection->timeout_ms;
    return 0;
}

void connection_set_stop(struct connection *connection, const struct stop *stop)
{
    connection->stop = stop;
}

int64_t connection_deadline(const struct connection *connection)
{
    return connection->deadline_ms;
}

bool connection_is_dead(struct connection *connection)
{
    if (!connection->rpc)
        return true;
    /* No request is under way, so anything to read means that the server has hung up. */
    struct pollfd hung_up = {.fd = rpc_get_fd(connection->rpc), .events = POLLIN};
    return poll(&hung_up, 1, 0) != 0;
}

uint64_t *connection_client_id(struct connection *connection)
{
    return &connection->client_id;
}

bool *connection_lacks_readdirplus(struct connection *connection)
{
    return &connection->lacks_readdirplus;
}

const char *connection_own_address(const struct connection *connection)
{
    return connection->own_address;
}

bool connection_has_high_port(const struct connection *connection)
{
    return connection->has_high_port;
}

const char *connection_detail(const struct connection *connection)
{
    return connection->detail;
}

struct rpc_context *connection_rpc(struct connection *connection)
{
    return connection->rpc;
}
