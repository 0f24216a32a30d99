/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/memory_cluster.h"

#include "tests/k8s/http_connection.h"
#include "tests/provisioner/object_patch.h"
#include "tests/provisioner/object_path.h"
#include "tests/provisioner/object_store.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENT_TIMEOUT_MS = 5000 };

struct memory_cluster {
    struct client *joined; /* of the process that has it; NULL: this one, with all that follows */
    struct stop *stop;
    int listener;
    struct config *config;
    struct request_log *log;
    pthread_t acceptor;
    pthread_t *connections; /* the acceptor's, until it has ended */
    size_t connection_count;

    pthread_mutex_t lock; /* guards what follows */
    struct object_store *store;
};

/* One thread's argument. */
struct served {
    struct memory_cluster *cluster;
    struct http_connection connection;
};

/* An answer to be sent. */
struct reply {
    int code;
    json_t *body;
};

static void require(bool holds, const char *what)
{
    if (!holds) {
        perror(what);
        abort();
    }
}

/* The value of a header up to the end of its line; "" when it is not there. Caller frees. */
static char *header(const char *headers, const char *name)
{
    const char *value = strcasestr(headers, name);
    value = value ? value + strlen(name) : "";
    value += strspn(value, " ");
    return memory_copy_bytes(value, strcspn(value, ";\r\n"));
}

/* What is no object: every client may do everything. */
static json_t *answer_of_no_object(const struct object_request *request)
{
    if (strcmp(request->path, "/version") == 0)
        return json_pack("{s:s}", "gitVersion", "v1.30.0");
    if (strstr(request->path, "/selfsubjectaccessreviews"))
        return json_pack("{s:{s:b}}", "status", "allowed", 1);
    return NULL;
}

static struct reply carry_out(struct memory_cluster *cluster, const struct object_request *request)
{
    struct reply reply = {.code = 200, .body = answer_of_no_object(request)};
    if (reply.body)
        return reply;
    if (cluster->joined) {
        struct error err;
        reply.body = client_call(cluster->joined, request->path, NULL, &err);
        require(reply.body, request->path);
        return reply;
    }
    pthread_mutex_lock(&cluster->lock);
    reply.code = object_store_serve(cluster->store, request, &reply.body);
    pthread_mutex_unlock(&cluster->lock);
    return reply;
}

/* The answer to a request, and how it is disturbed. */
static struct reply answer(struct memory_cluster *cluster, const struct object_request *request,
                           struct disturbance *disturbance)
{
    struct reply reply = {0};
    autofree char *line = memory_format("%s %s", request->method, object_path_short(request->path));
    *disturbance = request_log_add(cluster->log, line);
    bool is_failure = disturbance_is_failure(disturbance);
    if (!is_failure || disturbance->is_done)
        reply = carry_out(cluster, request);
    if (is_failure) {
        json_decref(reply.body);
        reply.code = disturbance->answer;
        reply.body = object_store_status(reply.code, request->method, "as the test wants it");
    }
    return reply;
}

/* False when the connection is to be closed. */
static bool send_reply(const struct http_connection *connection, const struct reply *reply,
                       const struct disturbance *disturbance)
{
    static const char beginning[] = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{";
    if (disturbance->is_cut && !disturbance->is_mute)
        http_connection_send(connection, beginning, strlen(beginning));
    if (disturbance->is_cut)
        return false;
    autofree char *body = json_dumps(reply->body, JSON_COMPACT);
    autofree char *text = memory_format(
        "HTTP/1.1 %d Answer\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
        reply->code, strlen(body), body);
    return http_connection_send(connection, text, strlen(text));
}

/* False when the connection is to be closed. */
static bool serve_request(struct served *served, const struct seen_request *seen)
{
    struct disturbance disturbance;
    size_t method_length = strcspn(seen->line, " ");
    const char *target = seen->line + method_length + 1;
    size_t path_length = strcspn(target, "?");
    autofree char *method = memory_copy_bytes(seen->line, method_length);
    autofree char *path = memory_copy_bytes(target, path_length);
    autofree char *content_type = header(seen->headers, "Content-Type:");
    struct object_request request = {.method = method,
                                     .path = path,
                                     .query = target + path_length,
                                     .content_type = content_type,
                                     .body = seen->body};
    struct reply reply = answer(served->cluster, &request, &disturbance);
    bool is_kept = send_reply(&served->connection, &reply, &disturbance);
    json_decref(reply.body);
    return is_kept;
}

static void *serve(void *context)
{
    struct served *served = context;
    struct seen_request *seen;
    bool is_kept = true;
    while (is_kept && (seen = http_connection_next_request(&served->connection))) {
        is_kept = serve_request(served, seen);
        seen_request_free(seen);
    }
    http_connection_close(&served->connection);
    free(served);
    return NULL;
}

static void accept_connection(struct memory_cluster *cluster)
{
    int on = 1;
    struct served *served = memory_new(sizeof *served);
    served->cluster = cluster;
    served->connection.stop = cluster->stop;
    served->connection.socket = accept4(cluster->listener, NULL, NULL, SOCK_CLOEXEC);
    setsockopt(served->connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    cluster->connections = memory_grow(cluster->connections, cluster->connection_count + 1,
                                       sizeof *cluster->connections);
    int status =
        pthread_create(&cluster->connections[cluster->connection_count++], NULL, serve, served);
    require(status == 0, "pthread_create");
}

static void *accept_connections(void *context)
{
    struct memory_cluster *cluster = context;
    struct pollfd ready[] = {
        {.fd = cluster->listener, .events = POLLIN},
        {.fd = stop_descriptor(cluster->stop), .events = POLLIN},
    };
    while (poll(ready, 2, -1) >= 0 && !stop_is_raised(cluster->stop))
        accept_connection(cluster);
    return NULL;
}

static void listen_on_loopback(struct memory_cluster *cluster)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    cluster->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    require(cluster->listener >= 0, "socket");
    require(bind(cluster->listener, (struct sockaddr *)&address, length) == 0, "bind");
    require(listen(cluster->listener, SOMAXCONN) == 0, "listen");
    getsockname(cluster->listener, (struct sockaddr *)&address, &length);
    cluster->config->server = memory_format("http://127.0.0.1:%d", ntohs(address.sin_port));
}

struct memory_cluster *memory_cluster_start(void)
{
    struct memory_cluster *cluster = memory_new(sizeof *cluster);
    pthread_mutex_init(&cluster->lock, NULL);
    cluster->stop = stop_new();
    cluster->config = memory_new(sizeof *cluster->config);
    cluster->log = request_log_new();
    cluster->store = object_store_new();
    listen_on_loopback(cluster);
    int status = pthread_create(&cluster->acceptor, NULL, accept_connections, cluster);
    require(status == 0, "pthread_create");
    return cluster;
}

struct memory_cluster *memory_cluster_join(const char *server)
{
    struct memory_cluster *cluster = memory_new(sizeof *cluster);
    cluster->config = memory_new(sizeof *cluster->config);
    cluster->config->server = memory_copy(server);
    cluster->joined = memory_cluster_client(cluster);
    return cluster;
}

static void leave(struct memory_cluster *cluster)
{
    client_close(cluster->joined);
    config_free(cluster->config);
    free(cluster);
}

void memory_cluster_stop(struct memory_cluster *cluster)
{
    if (cluster->joined) {
        leave(cluster);
        return;
    }
    stop_raise(cluster->stop);
    pthread_join(cluster->acceptor, NULL);
    for (size_t i = 0; i < cluster->connection_count; i++)
        pthread_join(cluster->connections[i], NULL);
    close(cluster->listener);
    object_store_free(cluster->store);
    request_log_free(cluster->log);
    config_free(cluster->config);
    stop_free(cluster->stop);
    pthread_mutex_destroy(&cluster->lock);
    free(cluster->connections);
    free(cluster);
}

struct config *memory_cluster_config(const struct memory_cluster *cluster)
{
    struct config *config = memory_new(sizeof *config);
    config->server = memory_copy(cluster->config->server);
    return config;
}

struct client *memory_cluster_client(struct memory_cluster *cluster)
{
    struct error err;
    struct client *client = client_open(cluster->config, NULL, CLIENT_TIMEOUT_MS, &err);
    require(client, "client_open");
    return client;
}

struct request_log *memory_cluster_log(struct memory_cluster *cluster)
{
    return cluster->log;
}

static const char *metadata_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(json_object_get(object, "metadata"), key));
}

void memory_cluster_put(struct memory_cluster *cluster, const struct resource *resource,
                        const json_t *object)
{
    autofree char *path =
        resource_path(resource, metadata_text(object, "namespace"), metadata_text(object, "name"));
    pthread_mutex_lock(&cluster->lock);
    object_store_put(cluster->store, path, object);
    pthread_mutex_unlock(&cluster->lock);
}

void memory_cluster_change(struct memory_cluster *cluster, const struct object_key *key,
                           json_t *take_patch)
{
    autofree char *path = resource_path(key->resource, key->namespace, key->name);
    pthread_mutex_lock(&cluster->lock);
    json_auto_t *object = json_deep_copy(object_store_get(cluster->store, path));
    require(object, path);
    object_patch_merge(object, take_patch);
    object_store_put(cluster->store, path, object);
    pthread_mutex_unlock(&cluster->lock);
    json_decref(take_patch);
}

void memory_cluster_remove(struct memory_cluster *cluster, const struct object_key *key)
{
    autofree char *path = resource_path(key->resource, key->namespace, key->name);
    pthread_mutex_lock(&cluster->lock);
    object_store_remove(cluster->store, path);
    pthread_mutex_unlock(&cluster->lock);
}

json_t *memory_cluster_get(struct memory_cluster *cluster, const struct object_key *key)
{
    autofree char *path = resource_path(key->resource, key->namespace, key->name);
    pthread_mutex_lock(&cluster->lock);
    json_t *copy = json_deep_copy(object_store_get(cluster->store, path));
    pthread_mutex_unlock(&cluster->lock);
    return copy;
}

json_t *memory_cluster_list(struct memory_cluster *cluster, const struct resource *resource)
{
    autofree char *path = resource_path(resource, NULL, NULL);
    struct object_request request = {.method = "GET", .path = path, .query = ""};
    struct reply reply = carry_out(cluster, &request);
    json_t *items = json_incref(json_object_get(reply.body, "items"));
    json_decref(reply.body);
    return items;
}

int memory_cluster_count(struct memory_cluster *cluster, const struct resource *resource)
{
    json_auto_t *items = memory_cluster_list(cluster, resource);
    return (int)json_array_size(items);
}
