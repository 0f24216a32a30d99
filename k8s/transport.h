/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "base/stop.h"
#include "k8s/config.h"
#include "k8s/response.h"

#include <stdint.h>

/*
 * HTTP/1.1 over one kept connection, with TLS as the config says: the only place that knows
 * libcurl. It knows nothing of Kubernetes; every answer that arrives whole is a success, whatever
 * its code. Not thread-safe.
 */
struct transport;

/* `on_bytes` gets the body of a 200 piece by piece. -1 ends the exchange with its error. `on_open`,
 * unless it is NULL, is called before, also when no body comes for long. */
struct body_sink {
    void (*on_open)(void *context);
    int (*on_bytes)(void *context, const char *bytes, size_t length, struct error *err);
    void *context;
};

struct request {
    const char *method;
    const char *path; /* and query, already encoded */
    const char *content_type;
    const char *body;             /* NULL: none */
    const char *token;            /* NULL: none */
    int timeout_ms;               /* of the whole exchange; with a sink: of each silence */
    int64_t until_ms;             /* of the monotonic clock: no longer in any case; 0: no end */
    const struct body_sink *sink; /* NULL: the body is collected in the response */
    int rest_ms;                  /* after what comes fast, do not listen for so long; 0: do */
    struct stop *stop;            /* raised: the exchange ends at once */
};

/* `config` is borrowed and must outlive it. Does not connect yet. */
MUST_CHECK struct transport *transport_open(const struct config *config, struct error *err);
void transport_close(struct transport *transport);
DEFINE_AUTOCLOSE(transport)

/*
 * ERROR_UNAVAILABLE when there is no whole answer in time, ERROR_STOPPED, ERROR_INVALID when our
 * own certificate cannot be used or the answer is larger than 256 MiB. Redirects are not followed.
 */
MUST_CHECK int transport_send(struct transport *transport, const struct request *request,
                              struct response *response, struct error *err);

/* The last request, or a part of it, went over a connection that stood: the server was reached. */
bool transport_has_sent(const struct transport *transport);
