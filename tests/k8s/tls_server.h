/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

/*
 * An HTTPS server on loopback that answers every request with {"client": true or false}: whether
 * the client showed a certificate of the authority. Certificates come from with-certificates.
 */
struct tls_server;

/* With the certificate and the key called `name`. */
struct tls_server *tls_server_start(const char *name);
void tls_server_stop(struct tls_server *server);

int tls_server_port(const struct tls_server *server);

/* The text of one of the certificates or keys: "client.key". The caller's. */
char *tls_server_file(const char *name);
