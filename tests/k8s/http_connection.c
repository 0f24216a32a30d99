/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/k8s/http_connection.h"

#include "base/memory.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void seen_request_free(struct seen_request *request)
{
    free(request->line);
    free(request->headers);
    free(request->body);
    free(request);
}

bool http_connection_receive(struct http_connection *connection)
{
    char bytes[4096];
    struct pollfd ready[] = {
        {.fd = connection->socket, .events = POLLIN},
        {.fd = stop_descriptor(connection->stop), .events = POLLIN},
    };
    poll(ready, 2, -1);
    if (stop_is_raised(connection->stop))
        return false;

    ssize_t got = recv(connection->socket, bytes, sizeof bytes, 0);
    if (got <= 0)
        return false;
    connection->buffer = memory_grow(connection->buffer, connection->length + (size_t)got + 1, 1);
    memcpy(connection->buffer + connection->length, bytes, (size_t)got);
    connection->length += (size_t)got;
    connection->buffer[connection->length] = '\0';
    return true;
}

static size_t body_length(const char *headers)
{
    const char *found = strcasestr(headers, "\r\nContent-Length:");
    return found ? strtoul(found + strlen("\r\nContent-Length:"), NULL, 10) : 0;
}

static void consume(struct http_connection *connection, size_t count)
{
    connection->length -= count;
    memmove(connection->buffer, connection->buffer + count, connection->length + 1);
}

struct seen_request *http_connection_next_request(struct http_connection *connection)
{
    const char *end = NULL;
    while (!connection->buffer || !(end = strstr(connection->buffer, "\r\n\r\n")))
        if (!http_connection_receive(connection))
            return NULL;

    size_t head = (size_t)(end - connection->buffer) + 4;
    size_t length = body_length(connection->buffer);
    while (connection->length < head + length)
        if (!http_connection_receive(connection))
            return NULL;

    struct seen_request *request = memory_new(sizeof *request);
    const char *line_end = strstr(connection->buffer, " HTTP/");
    const char *headers = strstr(connection->buffer, "\r\n") + 2;
    request->line = memory_copy_bytes(connection->buffer, (size_t)(line_end - connection->buffer));
    request->headers =
        memory_copy_bytes(headers, head - 2 - (size_t)(headers - connection->buffer));
    request->body = memory_copy_bytes(connection->buffer + head, length);
    request->connection = connection->number;
    consume(connection, head + length);
    return request;
}

bool http_connection_send(const struct http_connection *connection, const char *bytes,
                          size_t length)
{
    while (length > 0) {
        ssize_t sent = send(connection->socket, bytes, length, MSG_NOSIGNAL);
        if (sent < 0)
            return false;
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

void http_connection_close(struct http_connection *connection)
{
    close(connection->socket);
    free(connection->buffer);
}
