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

/*
 * The kubeconfig `path` when it is given (a colon-separated list is searched in order, as kubectl
 * does), else the service account of the Pod we run in, else ~/.kube/config. ERROR_INVALID names
 * the file, the line where there is one, the key, and what to do; what is not supported (exec
 * plugins, insecure-skip-tls-verify, plain passwords) is refused by name.
 */
MUST_CHECK struct config *config_load(const char *path, struct error *err);
void config_free(struct config *config);
DEFINE_AUTODESTROY(config)
