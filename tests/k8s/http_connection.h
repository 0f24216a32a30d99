/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/stop.h"

#include <stdbool.h>
#include <stddef.h>

/* The server's end of one HTTP connection: requests in, bytes out. */
struct http_connection {
    struct stop *stop;
    int socket;
    int number;
    char *buffer; /* what arrived and was not used yet */
    size_t length;
};

/* A request as it arrived. */
struct seen_request {
    char *line;     /* "GET /api/v1/pods?limit=500" */
    char *headers;  /* as sent, each with its "\r\n" */
    char *body;     /* "" when there is none */
    int connection; /* which one, from 0 */
};

void seen_request_free(struct seen_request *request);

/* Wait for more bytes. False when the server stops or the client goes away first. */
bool http_connection_receive(struct http_connection *connection);

/* The next whole request, the caller's; NULL when there is none any more. */
struct seen_request *http_connection_next_request(struct http_connection *connection);

/* False when the client has gone. */
bool http_connection_send(const struct http_connection *connection, const char *bytes,
                          size_t length);

void http_connection_close(struct http_connection *connection);
