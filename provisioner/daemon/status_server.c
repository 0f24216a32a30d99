/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/daemon/status_server.h"

#include "base/memory.h"
#include "provisioner/daemon/callers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IDLE_SECONDS = 10, CONNECTION_BYTES = 8192, BACKLOG = 16 };

enum { DRAIN_MS = 200, DRAIN_STEP_MS = 5 };

struct status_server {
    struct status_handlers handlers;
    struct MHD_Daemon *daemon;
    struct callers callers; /* of libmicrohttpd's thread */
    int port;
};

struct answer {
    unsigned status;
    const char *type;
    char *text;
};

static const char plain[] = "text/plain; charset=utf-8";

static struct answer answer_for(struct status_server *server, const char *path)
{
    const struct status_handlers *handlers = &server->handlers;
    struct answer answer = {.status = MHD_HTTP_OK, .type = plain};
    bool well = true;
    if (strcmp(path, "/healthz") == 0) {
        answer.text = handlers->health(handlers->context, &well);
    } else if (strcmp(path, "/readyz") == 0) {
        answer.text = handlers->readiness(handlers->context, &well);
    } else if (strcmp(path, "/metrics") == 0) {
        answer.type = "text/plain; version=0.0.4; charset=utf-8";
        answer.text = handlers->metrics(handlers->context);
    } else {
        answer.status = MHD_HTTP_NOT_FOUND;
        answer.text = memory_copy("there are /healthz, /readyz and /metrics\n");
    }
    if (!well)
        answer.status = MHD_HTTP_SERVICE_UNAVAILABLE;
    return answer;
}

/* Takes the answer's text. */
static enum MHD_Result send_answer(struct MHD_Connection *connection, struct answer answer)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(answer.text), answer.text, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        free(answer.text);
        return MHD_NO; /* closes the connection */
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.type);
    if (answer.status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    enum MHD_Result queued = MHD_queue_response(connection, answer.status, response);
    MHD_destroy_response(response);
    return queued;
}

/*
 * libmicrohttpd calls this once when it has the headers, for each piece of a body, and at the end.
 * An answer at once closes the connection: right for methods that may bring a body, but a scraper
 * keeps its connection.
 */
/* NOLINTNEXTLINE(readability-function-size): the signature is libmicrohttpd's */
static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *body,
                              size_t *body_size, void **request)
{
    (void)version;
    (void)body;
    bool is_first_call = !*request;
    *request = context;
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return send_answer(connection, (struct answer){.status = MHD_HTTP_METHOD_NOT_ALLOWED,
                                                       .type = plain,
                                                       .text = memory_copy("only GET and HEAD\n")});
    if (is_first_call)
        return MHD_YES;
    if (*body_size > 0) {
        *body_size = 0;
        return MHD_YES;
    }
    return send_answer(connection, answer_for(context, path));
}

/* libmicrohttpd sees that the other side of a connection that has to go is closed, and closes it.
 */
static void note_connection(void *context, struct MHD_Connection *connection, void **own,
                            enum MHD_ConnectionNotificationCode code)
{
    (void)own;
    struct status_server *server = context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        callers_remove(&server->callers, connection);
        return;
    }
    const union MHD_ConnectionInfo *descriptor =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const union MHD_ConnectionInfo *address =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    callers_add(&server->callers, connection, descriptor->connect_fd, address->client_addr);
    const struct caller *excess = callers_take_excess(&server->callers);
    if (excess)
        shutdown(excess->descriptor, SHUT_RDWR);
}

static bool is_port(const char *text)
{
    char *end;
    return *text >= '0' && *text <= '9' && strtol(text, &end, 10) <= UINT16_MAX && *end == '\0';
}

/* "HOST:PORT" without port and brackets; NULL when the text has another form. */
static char *host_of(const char *listen, const char *colon)
{
    size_t length = (size_t)(colon - listen);
    if (listen[0] == '[')
        return length > 2 && colon[-1] == ']' ? memory_copy_bytes(listen + 1, length - 2) : NULL;
    return memchr(listen, ':', length) ? NULL : memory_copy_bytes(listen, length);
}

/* A listening socket, or -1 with errno. An IPv6 socket accepts IPv4 too, if the address allows it.
 */
static int listen_on(const struct addrinfo *address)
{
    const int yes = 1;
    const int no = 0;
    int descriptor = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0)
        return -1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (address->ai_family == AF_INET6)
        setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    if (bind(descriptor, address->ai_addr, address->ai_addrlen) == 0 &&
        listen(descriptor, BACKLOG) == 0)
        return descriptor;
    int reason = errno;
    close(descriptor);
    errno = reason;
    return -1;
}

static int listen_on_host(const char *host, const char *port, struct error *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *addresses;
    int failure = getaddrinfo(host, port, &hints, &addresses);
    if (failure != 0)
        return error_set(err, ERROR_UNAVAILABLE, "cannot listen on %s port %s: %s", host, port,
                         gai_strerror(failure));
    int descriptor = -1;
    for (const struct addrinfo *a = addresses; a && descriptor < 0; a = a->ai_next)
        descriptor = listen_on(a);
    if (descriptor < 0)
        error_set(err, ERROR_UNAVAILABLE, "cannot listen on %s port %s: %m", host, port);
    freeaddrinfo(addresses);
    return descriptor;
}

static int open_listener(const char *listen, struct error *err)
{
    const char *colon = strrchr(listen, ':');
    autofree char *host = colon && is_port(colon + 1) ? host_of(listen, colon) : NULL;
    if (!host)
        return error_set(err, ERROR_INVALID,
                         "\"%s\" is not an address to listen on: write \"HOST:PORT\", \":PORT\" or "
                         "\"[IPV6]:PORT\" with a port from 0 to 65535",
                         listen);
    if (*host)
        return listen_on_host(host, colon + 1, err);
    struct error no_ipv6;
    int descriptor = listen_on_host("::", colon + 1, &no_ipv6);
    return descriptor < 0 ? listen_on_host("0.0.0.0", colon + 1, err) : descriptor;
}

static int port_of(int descriptor)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address = {0};

    socklen_t size = sizeof address;
    getsockname(descriptor, &address.any, &size);
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

struct status_server *status_server_start(const char *listen,
                                          const struct status_handlers *handlers, struct error *err)
{
    int descriptor = open_listener(listen, err);
    if (descriptor < 0)
        return NULL;
    struct status_server *server = memory_new(sizeof *server);
    server->handlers = *handlers;
    server->port = port_of(descriptor);
    const struct MHD_OptionItem options[] = {
        {MHD_OPTION_LISTEN_SOCKET, descriptor, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, CALLERS_ROOM, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_BYTES, NULL},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)note_connection, server},
        {MHD_OPTION_END, 0, NULL},
    };
    server->daemon = MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL,
                                      handle, server, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
    if (server->daemon)
        return server;
    free(server);
    return error_null(err, ERROR_UNAVAILABLE, "cannot start the HTTP server on %s", listen);
}

static unsigned connections_of(struct MHD_Daemon *daemon)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
    return info ? info->num_connections : 0;
}

/*
 * libmicrohttpd 0.9.75 follows a null pointer when it is stopped while it refuses a request. A
 * request takes no time, so a short wait is enough; silent connections are not waited for.
 */
void status_server_stop(struct status_server *server)
{
    if (!server)
        return;
    MHD_socket listener = MHD_quiesce_daemon(server->daemon);
    for (int waited_ms = 0; waited_ms < DRAIN_MS && connections_of(server->daemon) > 0;
         waited_ms += DRAIN_STEP_MS)
        usleep(DRAIN_STEP_MS * 1000);
    if (listener != MHD_INVALID_SOCKET)
        close(listener);
    MHD_stop_daemon(server->daemon);
    free(server);
}

int status_server_port(const struct status_server *server)
{
    return server->port;
}
