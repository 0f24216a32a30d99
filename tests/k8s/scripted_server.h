/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/config.h"
#include "tests/k8s/http_connection.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * An HTTP/1.1 server on loopback, in threads of its own, for what a healthy API server will not do
 * on demand: it sends exactly what it is told, as slowly and as broken as it is told, and keeps
 * every request it got. What no answer was given for is a 404.
 */
struct scripted_server;

enum ending {
    ENDING_KEEP,  /* keep the connection for the next request */
    ENDING_CLOSE, /* close it, wherever that is */
    ENDING_HANG,  /* say nothing more and keep it until the client goes */
};

struct answer {
    const char *request; /* what the request line begins with: "GET /api/v1/pods"; NULL: any */
    int times;           /* for so many requests, then the next answer that fits; 0: for ever */
    int status;          /* 0: none at all, only the ending */
    const char *headers; /* more of them: "Retry-After: 3\r\n", or NULL */
    const char *body;    /* NULL: empty */
    const char *raw;     /* instead of all of the above but `request`: sent byte for byte */
    size_t piece;        /* bytes sent at once; 0: everything */
    size_t cut_after;    /* so many bytes of the body, then the ending; 0: the whole body */
    int pause_ms;        /* before each piece */
    enum ending ending;
    bool chunked; /* each piece is a chunk; otherwise there is a Content-Length */
};

/* Starts listening; cannot fail in a way that a test could go on after. */
struct scripted_server *scripted_server_start(void);
void scripted_server_stop(struct scripted_server *server);

/* The first answer that fits a request and is not used up is taken. Copied. */
void scripted_server_add(struct scripted_server *server, const struct answer *answer);
#define scripted_server_answer(server, ...)                                                        \
    scripted_server_add(server, &(struct answer){__VA_ARGS__})

/* "http://127.0.0.1:PORT". Borrowed. */
const char *scripted_server_url(const struct scripted_server *server);

/* A config that reaches it, without any credentials. The caller's. */
struct config *scripted_server_config(const struct scripted_server *server);

/* How many requests there were so far. */
size_t scripted_server_count(struct scripted_server *server);

/* The request at `index`; one that says nothing when there were fewer. Borrowed. */
const struct seen_request *scripted_server_seen(struct scripted_server *server, size_t index);

/* Wait until there were `count` requests; false when that takes longer than `timeout_ms`. */
bool scripted_server_wait(struct scripted_server *server, size_t count, int timeout_ms);
