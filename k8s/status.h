/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

/* What the API server says when it does not do what it was asked: the one place that turns an HTTP
 * status and Kubernetes' Status object into our errors. */

struct status {
    long code;
    const json_t *object; /* the Status; NULL when the answer was something else */
    bool json_patch;      /* the request was one */
};

/* The kind for it; the rules stand in client.h. */
enum error_kind status_error_kind(const struct status *status);

/*
 * Set that kind, the Status' own sentence, or one that names `request` ("GET /api/v1/pods"), and
 * the wait that the Status asks for. Always -1.
 */
int status_error(const struct status *status, const char *request, struct error *err);
