/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

#include <stdbool.h>

/* The endpoint for probes and metrics: /healthz, /readyz, /metrics. GET and HEAD only. */
struct status_server;

struct status_handlers {
    void *context;
    /* Each returns a text that the server frees; with `*healthy` false it is sent as a 503. */
    char *(*health)(void *context, bool *healthy);
    char *(*readiness)(void *context, bool *ready);
    char *(*metrics)(void *context);
};

/*
 * Listen on "HOST:PORT", ":PORT" (every address, IPv4 and IPv6) or "[::1]:PORT". Port 0 takes a
 * free one. ERROR_INVALID: another form. ERROR_UNAVAILABLE: cannot listen there, and why.
 */
MUST_CHECK struct status_server *
status_server_start(const char *listen, const struct status_handlers *handlers, struct error *err);
void status_server_stop(struct status_server *server);
int status_server_port(const struct status_server *server);
