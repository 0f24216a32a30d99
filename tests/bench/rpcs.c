/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A TCP proxy between mooring and the NFS server that prints the name of each NFS request.
 *
 *   bench-rpcs PORT SERVER SERVER-PORT
 */
#include "base/memory.h"
#include "tests/bench/program.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A record of ONC RPC: four bytes of length, then the call: xid, type, version, program, version of
 * the program, procedure. */
enum { MARK = 4, HEAD = MARK + 24, CONNECTIONS = 64, NFS_PROGRAM = 100003 };

struct connection {
    int ends[2]; /* the client's socket and the server's; -1: this connection is free */
    unsigned char head[HEAD];
    size_t head_length;
    size_t skip; /* bytes of the record that are still to come after its head */
};

static const char *procedure_name(uint32_t procedure)
{
    static const char *const names[] = {
        "NULL",    "GETATTR",     "SETATTR", "LOOKUP", "ACCESS",   "READLINK", "READ",   "WRITE",
        "CREATE",  "MKDIR",       "SYMLINK", "MKNOD",  "REMOVE",   "RMDIR",    "RENAME", "LINK",
        "READDIR", "READDIRPLUS", "FSSTAT",  "FSINFO", "PATHCONF", "COMMIT"};
    return procedure < sizeof names / sizeof *names ? names[procedure] : "?";
}

static uint32_t word(const unsigned char *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return ntohl(value);
}

static void print_request(struct connection *connection)
{
    size_t length = word(connection->head) & 0x7fffffff;
    if (word(connection->head + 16) == NFS_PROGRAM)
        puts(procedure_name(word(connection->head + 24)));
    connection->skip = length > HEAD - MARK ? length - (HEAD - MARK) : 0;
    connection->head_length = 0;
}

/* Our client sends each request as one fragment. */
static void parse(struct connection *connection, const unsigned char *bytes, size_t length)
{
    while (length > 0) {
        size_t wanted = connection->skip ? connection->skip : HEAD - connection->head_length;
        size_t part = wanted < length ? wanted : length;
        if (connection->skip) {
            connection->skip -= part;
        } else {
            memcpy(connection->head + connection->head_length, bytes, part);
            connection->head_length += part;
        }
        bytes += part;
        length -= part;
        if (connection->head_length == HEAD)
            print_request(connection);
    }
}

static void close_connection(struct connection *connection)
{
    close(connection->ends[0]);
    close(connection->ends[1]);
    *connection = (struct connection){.ends = {-1, -1}};
}

static bool send_all(int to, const unsigned char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(to, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

static void forward(struct connection *connection, int from)
{
    unsigned char bytes[65536];
    ssize_t length = recv(connection->ends[from], bytes, sizeof bytes, 0);
    if (length <= 0 || !send_all(connection->ends[!from], bytes, (size_t)length)) {
        close_connection(connection);
        return;
    }
    if (from == 0)
        parse(connection, bytes, (size_t)length);
    fflush(stdout);
}

static int connect_to(const struct sockaddr_in *server)
{
    int one = 1;
    int end = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (end < 0 || connect(end, (const struct sockaddr *)server, sizeof *server) < 0) {
        perror("bench-rpcs: cannot connect to the NFS server");
        close(end);
        return -1;
    }
    return end;
}

static void accept_client(int listener, const struct sockaddr_in *server,
                          struct connection *connections)
{
    int one = 1;
    int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    int end = client < 0 ? -1 : connect_to(server);
    for (int i = 0; end >= 0 && i < CONNECTIONS; i++) {
        if (connections[i].ends[0] >= 0)
            continue;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        connections[i].ends[0] = client;
        connections[i].ends[1] = end;
        return;
    }
    close(client);
    close(end);
}

static void serve(int listener, const struct sockaddr_in *server)
{
    struct connection connections[CONNECTIONS];
    struct pollfd polled[1 + 2 * CONNECTIONS] = {{.fd = listener, .events = POLLIN}};
    for (int i = 0; i < CONNECTIONS; i++)
        connections[i] = (struct connection){.ends = {-1, -1}};
    for (;;) {
        for (int i = 0; i < 2 * CONNECTIONS; i++)
            polled[1 + i] = (struct pollfd){.fd = connections[i / 2].ends[i % 2], .events = POLLIN};
        if (poll(polled, 1 + 2 * CONNECTIONS, -1) < 0)
            return;
        for (int i = 0; i < 2 * CONNECTIONS; i++) {
            if (polled[1 + i].revents && connections[i / 2].ends[i % 2] == polled[1 + i].fd)
                forward(&connections[i / 2], i % 2);
        }
        if (polled[0].revents)
            accept_client(listener, server, connections);
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in own = {.sin_family = AF_INET};
    struct sockaddr_in server = {.sin_family = AF_INET};
    int one = 1;
    if (argc != 4 || inet_pton(AF_INET, argv[2], &server.sin_addr) != 1) {
        fprintf(stderr, "usage: bench-rpcs PORT SERVER SERVER-PORT\n");
        return 2;
    }
    own.sin_port = htons((uint16_t)parse_count(argv[1]));
    own.sin_addr = server.sin_addr; /* the same address under which mooring knows the server */
    server.sin_port = htons((uint16_t)parse_count(argv[3]));

    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (listener < 0 || bind(listener, (const struct sockaddr *)&own, sizeof own) < 0 ||
        listen(listener, CONNECTIONS) < 0) {
        perror("bench-rpcs");
        return 1;
    }
    serve(listener, &server);
    return 1;
}
