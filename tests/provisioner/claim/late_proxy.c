/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/late_proxy.h"

#include "tests/provisioner/claim/changing_request.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 16, MARK = 4, LAST_FRAGMENT = 0x80, ANSWER_S = 10, STATUS_AT = 28 };

/* Each record has its length in front. Our client sends a record as one fragment. */
struct record {
    unsigned char *bytes;
    size_t length; /* with the mark */
};

struct connection {
    int client; /* -1: this connection is free */
    int server; /* -1: it was held back together with a request, or the server is not reached */
    struct record pending; /* what has come of the next request */
};

/* A request that was held back, with the connection to the server on which it is to come. */
struct late {
    int server; /* -1: there is none */
    struct record record;
    bool is_mute;
};

struct late_proxy {
    pthread_t thread;
    int listener;
    struct sockaddr_in address;
    int port;
    struct request_log *log;
    struct connection connections[CONNECTIONS]; /* of the thread */
    pthread_mutex_t lock;                       /* guards what follows */
    struct late late;
};

static uint32_t word_at(const unsigned char *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return ntohl(word);
}

static bool send_record(int to, const struct record *record)
{
    return send(to, record->bytes, record->length, MSG_NOSIGNAL) == (ssize_t)record->length;
}

static struct late look_at_late(struct late_proxy *proxy)
{
    pthread_mutex_lock(&proxy->lock);
    struct late late = proxy->late;
    pthread_mutex_unlock(&proxy->lock);
    return late;
}

static void end_connection(struct connection *connection)
{
    close(connection->client);
    if (connection->server >= 0)
        close(connection->server);
    free(connection->pending.bytes);
    *connection = (struct connection){.client = -1, .server = -1};
}

static void hold_back(struct late_proxy *proxy, struct connection *connection, bool is_mute)
{
    pthread_mutex_lock(&proxy->lock);
    proxy->late = (struct late){connection->server, connection->pending, is_mute};
    pthread_mutex_unlock(&proxy->lock);
    connection->server = -1;
    connection->pending = (struct record){0};
    if (!is_mute)
        end_connection(connection);
}

/* A whole request has come. False: the connection is of no use any more. */
static bool pass_on(struct late_proxy *proxy, struct connection *connection)
{
    struct record *record = &connection->pending;
    struct disturbance how = {0};
    autofree char *line = changing_request(record->bytes + MARK, record->length - MARK);
    if (line)
        how = request_log_add(proxy->log, line);
    if (how.is_cut && how.answer)
        return false;
    if (how.is_cut) {
        hold_back(proxy, connection, how.is_mute);
        return true;
    }
    bool is_sent = send_record(connection->server, record);
    record->length = 0;
    return is_sent;
}

/* How many bytes of the next request are to come, at least. */
static size_t missing(const struct record *record)
{
    if (record->length < MARK)
        return MARK - record->length;
    return (word_at(record->bytes) & 0x7fffffff) + MARK - record->length;
}

static bool read_client(struct late_proxy *proxy, struct connection *connection)
{
    struct record *record = &connection->pending;
    size_t wanted = missing(record);
    record->bytes = memory_grow(record->bytes, record->length + wanted, 1);
    ssize_t got = recv(connection->client, record->bytes + record->length, wanted, 0);
    if (got <= 0)
        return false;
    record->length += (size_t)got;
    if (look_at_late(proxy).server >= 0)
        record->length = 0; /* its sender is dead */
    else if (record->length > MARK && missing(record) == 0)
        return pass_on(proxy, connection);
    return true;
}

static bool read_server(struct connection *connection)
{
    unsigned char bytes[65536];
    ssize_t got = recv(connection->server, bytes, sizeof bytes, 0);
    return got > 0 && send_record(connection->client, &(struct record){bytes, (size_t)got});
}

static int connect_to(const struct sockaddr_in *address)
{
    int one = 1;
    int end = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (end < 0 || connect(end, (const struct sockaddr *)address, sizeof *address) < 0)
        abort(); /* the server of the test is not there */
    return end;
}

static struct connection *free_connection(struct late_proxy *proxy)
{
    for (int i = 0; i < CONNECTIONS; i++) {
        if (proxy->connections[i].client < 0)
            return &proxy->connections[i];
    }
    abort(); /* no test has so many */
}

static void welcome(struct late_proxy *proxy, int client)
{
    int one = 1;
    const struct late late = look_at_late(proxy);
    struct connection *connection = free_connection(proxy);
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    connection->client = client;
    connection->server = late.server < 0 ? connect_to(&proxy->address) : -1;
    if (late.server >= 0 && !late.is_mute)
        end_connection(connection);
}

/* What there is to read: at the listener, then at both ends of each connection. */
enum { POLLED = 1 + 2 * CONNECTIONS };

static void wait_for_bytes(struct late_proxy *proxy, struct pollfd polled[POLLED])
{
    polled[0] = (struct pollfd){.fd = proxy->listener, .events = POLLIN};
    for (int i = 0; i < CONNECTIONS; i++) {
        const struct connection *connection = &proxy->connections[i];
        polled[1 + 2 * i] = (struct pollfd){.fd = connection->client, .events = POLLIN};
        polled[2 + 2 * i] = (struct pollfd){.fd = connection->server, .events = POLLIN};
    }
    poll(polled, POLLED, -1);
}

/* The answer first, so that a client that hangs up has got what was there. */
static bool forward(struct late_proxy *proxy, struct connection *connection,
                    const struct pollfd ends[2])
{
    if (ends[1].revents && !read_server(connection))
        return false;
    return !ends[0].revents || read_client(proxy, connection);
}

/* Until the listener is shut down. */
static void *serve(void *context)
{
    struct late_proxy *proxy = context;
    struct pollfd polled[POLLED];
    int client = 0;
    while (client >= 0) {
        wait_for_bytes(proxy, polled);
        for (int i = 0; i < CONNECTIONS; i++) {
            if (!forward(proxy, &proxy->connections[i], &polled[1 + 2 * i]))
                end_connection(&proxy->connections[i]);
        }
        client = polled[0].revents ? accept4(proxy->listener, NULL, NULL, SOCK_CLOEXEC) : 0;
        if (client > 0)
            welcome(proxy, client);
    }
    return NULL;
}

static int listen_at(struct in_addr address, int *port)
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr = address};
    socklen_t size = sizeof own;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&own, size) < 0 ||
        listen(listener, CONNECTIONS) < 0 ||
        getsockname(listener, (struct sockaddr *)&own, &size) < 0)
        abort(); /* there is nothing to test with */
    *port = ntohs(own.sin_port);
    return listener;
}

struct late_proxy *late_proxy_start(const char *server, int port)
{
    struct late_proxy *proxy = memory_new(sizeof *proxy);
    proxy->address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    inet_pton(AF_INET, server, &proxy->address.sin_addr);
    proxy->listener = listen_at(proxy->address.sin_addr, &proxy->port);
    proxy->log = request_log_new();
    proxy->late.server = -1;
    pthread_mutex_init(&proxy->lock, NULL);
    for (int i = 0; i < CONNECTIONS; i++)
        proxy->connections[i] = (struct connection){.client = -1, .server = -1};
    if (pthread_create(&proxy->thread, NULL, serve, proxy) != 0)
        abort();
    return proxy;
}

void late_proxy_stop(struct late_proxy *proxy)
{
    (void)late_proxy_let_go(proxy);
    shutdown(proxy->listener, SHUT_RDWR);
    pthread_join(proxy->thread, NULL);
    for (int i = 0; i < CONNECTIONS; i++) {
        if (proxy->connections[i].client >= 0)
            end_connection(&proxy->connections[i]);
    }
    close(proxy->listener);
    request_log_free(proxy->log);
    pthread_mutex_destroy(&proxy->lock);
    free(proxy);
}

int late_proxy_port(const struct late_proxy *proxy)
{
    return proxy->port;
}

struct request_log *late_proxy_log(struct late_proxy *proxy)
{
    return proxy->log;
}

/* The NFS status comes after the head of an answer that is accepted, whose verifier is empty. */
static int await_answer(int server)
{
    unsigned char bytes[STATUS_AT + 4];
    const struct timeval patience = {.tv_sec = ANSWER_S};
    setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (recv(server, bytes, sizeof bytes, MSG_WAITALL) != sizeof bytes)
        return -1;
    return (int)word_at(bytes + STATUS_AT);
}

int late_proxy_let_go(struct late_proxy *proxy)
{
    struct late late = look_at_late(proxy);
    if (late.server < 0)
        return -1;
    int status = send_record(late.server, &late.record) ? await_answer(late.server) : -1;
    close(late.server);
    free(late.record.bytes);
    pthread_mutex_lock(&proxy->lock);
    proxy->late = (struct late){.server = -1};
    pthread_mutex_unlock(&proxy->lock);
    return status;
}
