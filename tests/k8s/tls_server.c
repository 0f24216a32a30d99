/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/k8s/tls_server.h"

#include "base/memory.h"
#include "k8s/file.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>

struct tls_server {
    struct MHD_Daemon *daemon;
    char *certificate;
    char *key;
    char *authority;
};

char *tls_server_file(const char *name)
{
    const char *folder = secure_getenv("CERTIFICATES");
    struct error err = {.message = "CERTIFICATES is not set: run with-certificates"};
    autofree char *path = memory_format("%s/%s", folder ? folder : "", name);
    char *text = folder ? file_read_text(path, &err) : NULL;
    if (!text) {
        fprintf(stderr, "%s\n", err.message);
        abort();
    }
    return text;
}

/* A handshake with a wrong certificate is refused; none at all is allowed and said. */
static bool is_known_client(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    gnutls_session_t session = info->tls_session;
    unsigned status = 1;
    return gnutls_certificate_verify_peers2(session, &status) == 0 && status == 0;
}

/* NOLINTNEXTLINE(readability-function-size): libmicrohttpd's parameters */
static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state)
{
    (void)context, (void)url, (void)method, (void)version, (void)upload, (void)upload_size,
        (void)state;
    static char known[] = "{\"client\":true}";
    static char unknown[] = "{\"client\":false}";
    char *body = is_known_client(connection) ? known : unknown;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(body), body, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

struct tls_server *tls_server_start(const char *name)
{
    struct tls_server *server = memory_new(sizeof *server);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    autofree char *certificate = memory_format("%s.pem", name);
    autofree char *key = memory_format("%s.key", name);

    server->certificate = tls_server_file(certificate);
    server->key = tls_server_file(key);
    server->authority = tls_server_file("authority.pem");
    server->daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0, NULL, NULL, answer, NULL,
                         MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_HTTPS_MEM_CERT,
                         server->certificate, MHD_OPTION_HTTPS_MEM_KEY, server->key,
                         MHD_OPTION_HTTPS_MEM_TRUST, server->authority, MHD_OPTION_END);
    if (!server->daemon) {
        perror("MHD_start_daemon");
        abort();
    }
    return server;
}

void tls_server_stop(struct tls_server *server)
{
    MHD_stop_daemon(server->daemon);
    free(server->certificate);
    free(server->key);
    free(server->authority);
    free(server);
}

int tls_server_port(const struct tls_server *server)
{
    return MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}
