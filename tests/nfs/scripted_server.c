/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/nfs/scripted_server.h"

#include "base/clock.h"
#include "tests/suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* The words of a request's header, after the length; and of a reply's, with the length. */
enum { XID, MESSAGE_TYPE, RPC_VERSION, PROGRAM, VERSION, PROCEDURE, REQUEST_HEADER };

enum { REPLY_HEADER = 7, REQUEST_MAX = 4096, TIMEOUT_MS = 5000 };

enum { LAST_FRAGMENT = 1U << 31 };

static struct {
    pthread_t thread;
    int listener;
    const struct scripted_reply *script;
    uint32_t request[REQUEST_MAX]; /* the last one */
    size_t length;                 /* in words */
    bool is_played;                /* to its end, and nothing else was asked */
} server;

static bool receive(int client, void *bytes, size_t size)
{
    return recv(client, bytes, size, MSG_WAITALL) == (ssize_t)size;
}

/* False at the end of the connection. */
static bool receive_request(int client)
{
    uint32_t mark = 0;
    if (!receive(client, &mark, sizeof mark))
        return false;
    size_t size = ntohl(mark) & ~LAST_FRAGMENT;
    server.length = size / sizeof *server.request;
    return server.length >= REQUEST_HEADER && size <= sizeof server.request &&
           receive(client, server.request, size);
}

static void send_reply(int client, const struct scripted_reply *reply)
{
    uint32_t words[REPLY_HEADER + REPLY_MAX] = {0}; /* accepted, no verifier, success */
    size_t size = (REPLY_HEADER + reply->count) * sizeof *words;
    words[0] = htonl(LAST_FRAGMENT | (uint32_t)(size - sizeof *words));
    words[1] = server.request[XID];
    words[2] = htonl(1); /* a reply */
    for (size_t i = 0; i < reply->count; i++)
        words[REPLY_HEADER + i] = htonl(reply->words[i]);
    (void)!send(client, words, size, MSG_NOSIGNAL);
}

static void *play(void *unused)
{
    (void)unused;
    const struct scripted_reply *next = server.script;
    bool is_expected = true;
    int client = accept4(server.listener, NULL, NULL, SOCK_CLOEXEC);
    while (is_expected && receive_request(client)) {
        uint32_t procedure = ntohl(server.request[PROCEDURE]);
        is_expected = next->count > 0 && next->procedure == procedure;
        if (is_expected)
            send_reply(client, next++);
        else
            fprintf(stderr, "\nprocedure %u is asked for after %zu replies\n", procedure,
                    (size_t)(next - server.script));
    }
    close(client);
    server.is_played = is_expected && next->count == 0;
    return NULL;
}

struct connection *script_begin(const struct scripted_reply *script)
{
    int status = 0;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    server.script = script;
    server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server.listener < 0 || bind(server.listener, (struct sockaddr *)&here, size) < 0 ||
        listen(server.listener, 1) < 0 ||
        getsockname(server.listener, (struct sockaddr *)&here, &size) < 0 ||
        pthread_create(&server.thread, NULL, play, NULL) != 0)
        abort();
    struct connection *connection = connection_open("127.0.0.1", ntohs(here.sin_port),
                                                    clock_monotonic_ms() + TIMEOUT_MS, &status);
    CU_ASSERT_PTR_NOT_NULL_FATAL(connection);
    return connection;
}

void script_end(struct connection *connection)
{
    connection_close(connection);
    pthread_join(server.thread, NULL);
    close(server.listener);
    CU_ASSERT_TRUE(server.is_played);
}

int script_list(const struct scripted_reply *script, const struct protocol *protocol, size_t *count)
{
    static const struct handle directory = {.length = 4, .bytes = "root"};
    struct nodes nodes = {0};
    struct connection *connection = script_begin(script);
    int status = protocol->list_nodes(connection, &directory, &nodes);
    script_end(connection);
    *count = nodes.count;
    nodes_free(&nodes);
    return status;
}

bool script_was_sent(uint32_t word)
{
    bool found = false;
    for (size_t i = REQUEST_HEADER; i < server.length && !found; i++)
        found = ntohl(server.request[i]) == word;
    return found;
}
