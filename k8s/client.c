/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/client.h"

#include "base/clock.h"
#include "base/text.h"
#include "k8s/answer.h"
#include "k8s/lines.h"
#include "k8s/status.h"
#include "k8s/token.h"
#include "k8s/transport.h"

/* Much more than the minute that the API server gives to any request of its own. */
enum { LONGEST_PAGE_MS = 300000 };

#define PLAIN_JSON "application/json"
#define JSON_PATCH "application/json-patch+json"
#define MERGE_PATCH "application/merge-patch+json"

struct client {
    struct transport *transport;
    struct token *token;
    struct stop *stop;
    int timeout_ms;
    int64_t deadline_ms; /* 0: none */
};

struct client *client_open(const struct config *config, struct stop *stop, int timeout_ms,
                           struct error *err)
{
    autoclose(client) struct client *client = memory_new(sizeof *client);
    client->stop = stop;
    client->timeout_ms = timeout_ms;
    client->token = token_new(config);
    client->transport = transport_open(config, err);
    return client->transport ? steal(client) : NULL;
}

void client_close(struct client *client)
{
    if (!client)
        return;
    transport_close(client->transport);
    token_free(client->token);
    free(client);
}

void client_set_stop(struct client *client, struct stop *stop)
{
    client->stop = stop;
}

void client_set_deadline(struct client *client, int64_t deadline_ms)
{
    client->deadline_ms = deadline_ms;
}

bool client_is_stopped(const struct client *client)
{
    return stop_is_raised(client->stop);
}

const struct stop *client_stop(const struct client *client)
{
    return client->stop;
}

bool client_wait(struct client *client, int timeout_ms)
{
    return stop_wait(client->stop, timeout_ms);
}

/* A request that is sent again has only what the first left of the time. */
static int keep_deadline(const struct client *client, struct request *request, struct error *err)
{
    if (client->deadline_ms == 0)
        return 0;
    if (clock_left_ms(client->deadline_ms) == 0)
        return error_set(err, ERROR_UNAVAILABLE, "no time is left to send %s %s", request->method,
                         request->path);
    request->until_ms = client->deadline_ms;
    return 0;
}

static int send_with_token(struct client *client, struct request *request,
                           struct response *response, struct error *err)
{
    if (token_current(client->token, clock_monotonic_ms(), &request->token, err) < 0 ||
        keep_deadline(client, request, err) < 0)
        return -1;
    return transport_send(client->transport, request, response, err);
}

/* Send; once more if the token was refused and there is a newer one: nothing was done then. */
static int exchange(struct client *client, struct request *request, struct response *response,
                    struct error *err)
{
    request->stop = client->stop;
    if (send_with_token(client, request, response, err) < 0)
        return -1;
    if (response->code != 401 || !token_refused(client->token))
        return 0;

    response_clear(response);
    return send_with_token(client, request, response, err);
}

static int answer_error(const struct request *request, const struct response *response,
                        struct error *err)
{
    /* Not every answer is a Status: a proxy's may be HTML. */
    json_error_t problem;
    json_auto_t *object = answer_parse(response->body, response->length, &problem);
    struct status status = {
        .code = response->code,
        .object = object,
        .json_patch = text_equals(request->content_type, JSON_PATCH),
    };
    autofree char *name = memory_format("%s %s", request->method, request->path);

    status_error(&status, name, err);
    if (response->retry_after_ms > 0)
        err->retry_after_ms = response->retry_after_ms;
    return -1;
}

/* `*answer` is the parsed body; not parsed when `answer` is NULL. */
static int perform(struct client *client, struct request *request, const json_t *body,
                   json_t **answer, struct error *err)
{
    struct response response = {0};
    autofree char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    request->body = text;
    request->timeout_ms = client->timeout_ms;
    if (exchange(client, request, &response, err) < 0)
        return -1;

    int result = 0;
    if (response.code < 200 || response.code > 299) {
        result = answer_error(request, &response, err);
    } else if (answer) {
        json_error_t reason;
        json_t *parsed = answer_parse(response.body, response.length, &reason);
        if (parsed)
            *answer = parsed;
        else
            result = error_set(err, ERROR_UNAVAILABLE, "the answer to %s %s is not JSON: %s",
                               request->method, request->path, reason.text);
    }
    response_clear(&response);
    return result;
}

static json_t *get(struct client *client, const char *path, struct error *err)
{
    struct request request = {.method = "GET", .path = path};
    json_t *answer = NULL;
    return perform(client, &request, NULL, &answer, err) < 0 ? NULL : answer;
}

json_t *client_get(struct client *client, const struct resource *resource, const char *namespace,
                   const char *name, struct error *err)
{
    autofree char *path = resource_path(resource, namespace, name);
    return get(client, path, err);
}

static const char *metadata_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(json_object_get(object, "metadata"), key));
}

int client_create(struct client *client, const struct resource *resource, json_t *object,
                  json_t **stored, struct error *err)
{
    autofree char *path = resource_path(resource, metadata_text(object, "namespace"), NULL);
    struct request request = {.method = "POST", .path = path, .content_type = PLAIN_JSON};
    return perform(client, &request, object, stored, err);
}

int client_replace(struct client *client, const struct resource *resource, json_t *object,
                   json_t **stored, struct error *err)
{
    autofree char *path =
        resource_path(resource, metadata_text(object, "namespace"), metadata_text(object, "name"));
    struct request request = {.method = "PUT", .path = path, .content_type = PLAIN_JSON};
    return perform(client, &request, object, stored, err);
}

int client_patch(struct client *client, const struct object_key *key, json_t *patch,
                 json_t **stored, struct error *err)
{
    autofree char *path = resource_path(key->resource, key->namespace, key->name);
    struct request request = {.method = "PATCH",
                              .path = path,
                              .content_type = json_is_array(patch) ? JSON_PATCH : MERGE_PATCH};
    return perform(client, &request, patch, stored, err);
}

json_t *client_call(struct client *client, const char *path, json_t *body, struct error *err)
{
    struct request request = {
        .method = body ? "POST" : "GET", .path = path, .content_type = PLAIN_JSON};
    json_t *answer = NULL;
    return perform(client, &request, body, &answer, err) < 0 ? NULL : answer;
}

static int feed_page(void *context, const char *bytes, size_t length, struct error *err)
{
    return page_feed(context, bytes, length, err);
}

/* The page is whole, or the server has refused it. */
static int end_page(const struct request *request, const struct response *response,
                    struct page *page, struct error *err)
{
    if (response->code == 200)
        return page_end(page, err);
    if (response->code == 410)
        page_read_status(page, response->body, response->length);
    return answer_error(request, response, err);
}

static enum page_failure page_failure(const struct client *client, const struct page *page,
                                      long code, int64_t started_ms)
{
    if (page_has_begun(page))
        return PAGE_BROKE_OFF;
    bool is_late = clock_left_ms(started_ms + client->timeout_ms) == 0;
    return code == 504 || (is_late && transport_has_sent(client->transport)) ? PAGE_IS_LATE
                                                                             : PAGE_FAILED;
}

int client_list(struct client *client, const char *path_and_query, struct page *page,
                enum page_failure *failure, struct error *err)
{
    int64_t started_ms = clock_monotonic_ms();
    struct body_sink sink = {.on_bytes = feed_page, .context = page};
    struct request request = {.method = "GET",
                              .path = path_and_query,
                              .timeout_ms = client->timeout_ms,
                              .until_ms = started_ms + LONGEST_PAGE_MS,
                              .sink = &sink};
    struct response response = {0};
    int result = exchange(client, &request, &response, err);
    if (result == 0)
        result = end_page(&request, &response, page, err);
    if (result < 0)
        *failure = err->kind == ERROR_UNAVAILABLE
                       ? page_failure(client, page, response.code, started_ms)
                       : PAGE_FAILED;
    response_clear(&response);
    return result;
}

/* Where the bytes of a stream go. */
struct listener {
    const struct stream *stream;
    struct lines *lines;
};

static void open_stream(void *context)
{
    const struct listener *listener = context;
    const struct stream *stream = listener->stream;
    if (stream->on_open)
        stream->on_open(stream->context);
}

static int feed_lines(void *context, const char *bytes, size_t length, struct error *err)
{
    const struct listener *listener = context;
    return lines_feed(listener->lines, bytes, length, err);
}

int client_stream(struct client *client, const struct stream *stream, struct error *err)
{
    struct line_sink line_sink = {.on_line = stream->on_line, .context = stream->context};
    autodestroy(lines) struct lines *lines = lines_new(LONGEST_OBJECT, &line_sink);
    struct listener listener = {stream, lines};
    struct body_sink sink = {.on_open = open_stream, .on_bytes = feed_lines, .context = &listener};
    struct request request = {.method = "GET",
                              .path = stream->path_and_query,
                              .timeout_ms = stream->stall_ms,
                              .rest_ms = stream->rest_ms,
                              .sink = &sink};
    struct response response = {0};
    if (exchange(client, &request, &response, err) < 0)
        return -1;

    int result = response.code == 200 ? 0 : answer_error(&request, &response, err);
    response_clear(&response);
    return result;
}
