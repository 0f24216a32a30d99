/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/memory.h"

/*
 * Where the API server is, how it is verified and who we are. Plain data, immutable once loaded,
 * shared by threads. Certificates and keys are PEM text, whether they came embedded or from files.
 */
struct config {
    char *server;             /* "https://host:port", no trailing slash */
    char *authority;          /* CA certificates; NULL: the system's */
    char *client_certificate; /* NULL: none */
    char *client_key;
    char *token;           /* NULL: none */
    char *token_file;      /* read again when it changes; wins over `token` */
    char *tls_server_name; /* NULL: the host of `server` */
    char *namespace;       /* of the context or the service account; NULL when unknown */
};

void config_free(struct config *config);
DEFINE_AUTODESTROY(config)
