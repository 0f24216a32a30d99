/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/k8s/scripted_server.h"

#include "base/clock.h"
#include "base/stop.h"
#include "tests/k8s/http_connection.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_REQUESTS = 4096, MOST_CONNECTIONS = 256, MOST_ANSWERS = 256, POLL_MS = 5 };

struct scripted_server {
    struct stop *stop;
    int listener;
    char *url;
    pthread_t acceptor;

    pthread_mutex_t lock; /* guards everything below */
    struct answer answers[MOST_ANSWERS];
    int left[MOST_ANSWERS]; /* -1: for ever */
    size_t answer_count;
    struct seen_request *requests[MOST_REQUESTS];
    size_t request_count;
    pthread_t connections[MOST_CONNECTIONS];
    int connection_count;
};

/* One thread's argument. */
struct served {
    struct scripted_server *server;
    struct http_connection connection;
};

static void require(bool holds, const char *what)
{
    if (!holds) {
        perror(what);
        abort();
    }
}

/* Keeps the request and says what to answer to it. */
static struct answer take_answer(struct scripted_server *server, struct seen_request *request)
{
    struct answer answer = {.status = 404, .body = "{\"kind\":\"Status\",\"code\":404}"};

    pthread_mutex_lock(&server->lock);
    require(server->request_count < MOST_REQUESTS, "too many requests");
    server->requests[server->request_count++] = request;
    for (size_t i = 0; i < server->answer_count; i++) {
        const char *wanted = server->answers[i].request;
        if (server->left[i] == 0 || strncmp(request->line, wanted, strlen(wanted)) != 0)
            continue;
        if (server->left[i] > 0)
            server->left[i]--;
        answer = server->answers[i];
        break;
    }
    pthread_mutex_unlock(&server->lock);
    return answer;
}

static bool send_piece(struct http_connection *connection, const struct answer *answer,
                       const char *bytes, size_t length)
{
    if (answer->pause_ms && stop_wait(connection->stop, answer->pause_ms))
        return false;
    autofree char *piece = answer->chunked
                               ? memory_format("%zx\r\n%.*s\r\n", length, (int)length, bytes)
                               : memory_copy_bytes(bytes, length);
    return http_connection_send(connection, piece, strlen(piece));
}

static bool send_pieces(struct http_connection *connection, const struct answer *answer,
                        const char *text)
{
    size_t length = strlen(text);
    if (answer->cut_after && answer->cut_after < length)
        length = answer->cut_after;
    size_t piece = answer->piece ? answer->piece : length;

    for (size_t at = 0; at < length; at += piece)
        if (!send_piece(connection, answer, text + at, length - at < piece ? length - at : piece))
            return false;
    return true;
}

static bool send_answer(struct http_connection *connection, const struct answer *answer)
{
    if (answer->raw)
        return send_pieces(connection, answer, answer->raw);
    if (answer->status == 0)
        return true;

    const char *body = answer->body ? answer->body : "";
    autofree char *framing = answer->chunked ? memory_copy("Transfer-Encoding: chunked")
                                             : memory_format("Content-Length: %zu", strlen(body));
    autofree char *head =
        memory_format("HTTP/1.1 %d Scripted\r\nContent-Type: application/json\r\n%s\r\n%s\r\n",
                      answer->status, framing, answer->headers ? answer->headers : "");
    if (!http_connection_send(connection, head, strlen(head)) ||
        !send_pieces(connection, answer, body))
        return false;
    bool ended = answer->cut_after || answer->ending == ENDING_HANG;
    return !answer->chunked || ended || http_connection_send(connection, "0\r\n\r\n", 5);
}

static void *serve(void *argument)
{
    struct served *served = argument;
    struct http_connection *connection = &served->connection;
    struct seen_request *request;
    bool open = true;

    while (open && (request = http_connection_next_request(connection))) {
        struct answer answer = take_answer(served->server, request);
        open = send_answer(connection, &answer) && answer.ending != ENDING_CLOSE;
        while (open && answer.ending == ENDING_HANG)
            open = http_connection_receive(connection);
    }
    http_connection_close(connection);
    free(served);
    return NULL;
}

static void *accept_connections(void *argument)
{
    struct scripted_server *server = argument;
    struct pollfd ready[] = {
        {.fd = server->listener, .events = POLLIN},
        {.fd = stop_descriptor(server->stop), .events = POLLIN},
    };

    while (poll(ready, 2, -1) >= 0 && !stop_is_raised(server->stop)) {
        int on = 1;
        struct served *served = memory_new(sizeof *served);
        served->server = server;
        served->connection.stop = server->stop;
        served->connection.socket = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
        setsockopt(served->connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);

        pthread_mutex_lock(&server->lock);
        require(server->connection_count < MOST_CONNECTIONS, "too many connections");
        served->connection.number = server->connection_count;
        pthread_create(&server->connections[server->connection_count++], NULL, serve, served);
        pthread_mutex_unlock(&server->lock);
    }
    return NULL;
}

struct scripted_server *scripted_server_start(void)
{
    struct scripted_server *server = memory_new(sizeof *server);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;

    pthread_mutex_init(&server->lock, NULL);
    server->stop = stop_new();
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    require(server->listener >= 0, "socket");
    require(bind(server->listener, (struct sockaddr *)&address, length) == 0, "bind");
    require(listen(server->listener, SOMAXCONN) == 0, "listen");
    getsockname(server->listener, (struct sockaddr *)&address, &length);
    server->url = memory_format("http://127.0.0.1:%d", ntohs(address.sin_port));
    pthread_create(&server->acceptor, NULL, accept_connections, server);
    return server;
}

static void free_answer(const struct answer *answer)
{
    free((char *)answer->request);
    free((char *)answer->headers);
    free((char *)answer->body);
    free((char *)answer->raw);
}

void scripted_server_stop(struct scripted_server *server)
{
    stop_raise(server->stop);
    pthread_join(server->acceptor, NULL);
    for (int i = 0; i < server->connection_count; i++)
        pthread_join(server->connections[i], NULL);

    for (size_t i = 0; i < server->answer_count; i++)
        free_answer(&server->answers[i]);
    for (size_t i = 0; i < server->request_count; i++) {
        seen_request_free(server->requests[i]);
    }
    close(server->listener);
    stop_free(server->stop);
    pthread_mutex_destroy(&server->lock);
    free(server->url);
    free(server);
}

void scripted_server_add(struct scripted_server *server, const struct answer *answer)
{
    struct answer copy = *answer;
    copy.request = memory_copy(answer->request ? answer->request : "");
    copy.headers = memory_copy(answer->headers);
    copy.body = memory_copy(answer->body);
    copy.raw = memory_copy(answer->raw);

    pthread_mutex_lock(&server->lock);
    require(server->answer_count < MOST_ANSWERS, "too many answers");
    server->left[server->answer_count] = answer->times ? answer->times : -1;
    server->answers[server->answer_count++] = copy;
    pthread_mutex_unlock(&server->lock);
}

const char *scripted_server_url(const struct scripted_server *server)
{
    return server->url;
}

struct config *scripted_server_config(const struct scripted_server *server)
{
    struct config *config = memory_new(sizeof *config);
    config->server = memory_copy(server->url);
    return config;
}

size_t scripted_server_count(struct scripted_server *server)
{
    pthread_mutex_lock(&server->lock);
    size_t count = server->request_count;
    pthread_mutex_unlock(&server->lock);
    return count;
}

const struct seen_request *scripted_server_seen(struct scripted_server *server, size_t index)
{
    static const struct seen_request nothing = {
        .line = "", .headers = "", .body = "", .connection = -1};
    pthread_mutex_lock(&server->lock);
    const struct seen_request *request =
        index < server->request_count ? server->requests[index] : &nothing;
    pthread_mutex_unlock(&server->lock);
    return request;
}

bool scripted_server_wait(struct scripted_server *server, size_t count, int timeout_ms)
{
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    while (scripted_server_count(server) < count)
        if (clock_left_ms(deadline_ms) == 0 || stop_wait(server->stop, POLL_MS))
            return false;
    return true;
}
