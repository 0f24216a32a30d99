/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/transport.h"

#include "base/clock.h"
#include "base/pulse.h"

#include <curl/curl.h>
#include <pthread.h>
#include <string.h>

/* A host that is there answers in far less; TLS is included. */
enum { CONNECT_TIMEOUT_MS = 10000 };

enum { UPLOAD_BYTES = 16 * 1024 /* the least there is */ };

enum { KEEPALIVE_IDLE_S = 15, KEEPALIVE_INTERVAL_S = 5 };

enum { FAST_MS = 5 /* a stream that is heard twice within this time speaks fast */ };

struct transport {
    const struct config *config;
    CURLM *multi; /* owns the connection; used instead of easy_perform so that a stop wakes it */
    CURL *easy;
    char *base_url;
    struct curl_slist *connect_to;
    char reason[CURL_ERROR_SIZE];
};

/* One request under way. */
struct exchange {
    struct transport *transport;
    const struct request *request;
    struct response *response;
    struct error *err;
    int64_t last_heard_ms;
    bool heard;  /* anything of the body in this turn */
    bool failed; /* a callback did, and set `err` */
};

static void initialise_library(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct exchange *exchange = context;
    const struct body_sink *sink = exchange->request->sink;
    size_t length = size * count;
    long code = 0;
    int result = 0;

    exchange->last_heard_ms = clock_monotonic_ms();
    exchange->heard = true;
    curl_easy_getinfo(exchange->transport->easy, CURLINFO_RESPONSE_CODE, &code);
    if (sink && code == 200)
        result = sink->on_bytes(sink->context, bytes, length, exchange->err);
    else
        result = response_append(exchange->response, bytes, length, exchange->err);
    exchange->failed = result < 0;
    return result < 0 ? CURL_WRITEFUNC_ERROR : length;
}

static size_t on_header(const char *bytes, size_t size, size_t count, void *context)
{
    struct exchange *exchange = context;
    const struct body_sink *sink = exchange->request->sink;
    bool is_last = size * count == 2 && bytes[0] == '\r';
    long code = 0;

    exchange->last_heard_ms = clock_monotonic_ms();
    curl_easy_getinfo(exchange->transport->easy, CURLINFO_RESPONSE_CODE, &code);
    if (is_last && code == 200 && sink && sink->on_open)
        sink->on_open(sink->context);
    return size * count;
}

static void set_blob(CURL *easy, CURLoption option, char *pem)
{
    struct curl_blob blob = {.data = pem, .len = pem ? strlen(pem) : 0, .flags = CURL_BLOB_NOCOPY};
    if (pem)
        curl_easy_setopt(easy, option, &blob);
}

static void set_options(CURL *easy, const struct config *config)
{
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (config->authority) {
        /* Without this the system's certificates would be trusted as well as the cluster's. */
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
        set_blob(easy, CURLOPT_CAINFO_BLOB, config->authority);
    }
    set_blob(easy, CURLOPT_SSLCERT_BLOB, config->client_certificate);
    set_blob(easy, CURLOPT_SSLKEY_BLOB, config->client_key);
    /* An encrypted key is an error; OpenSSL would ask for the password on the terminal. */
    curl_easy_setopt(easy, CURLOPT_KEYPASSWD, "");

    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* Closing must not wait for a name server that does not answer. */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "mooring/" MOORING_VERSION);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    /* Balancers forget a silent connection after 20 s or more, some of them without a word. */
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_S);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_INTERVAL_S);
    /* Our bodies are small, and libcurl takes and gives back this much memory for each. */
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_BYTES);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
}

/* Ask for the name that the certificate carries, but connect to the host of the server's URL. */
static bool redirect_name(struct transport *transport, CURLU *url)
{
    char *host = NULL;
    char *port = NULL;
    char *renamed = NULL;
    bool done =
        curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
        curl_url_set(url, CURLUPART_HOST, transport->config->tls_server_name, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_URL, &renamed, 0) == CURLUE_OK;
    if (done) {
        autofree char *target = memory_format("::%s:%s", host, port);
        transport->connect_to = curl_slist_append(NULL, target);
        memory_replace(&transport->base_url, memory_copy(renamed));
        curl_easy_setopt(transport->easy, CURLOPT_CONNECT_TO, transport->connect_to);
    }
    curl_free(host);
    curl_free(port);
    curl_free(renamed);
    return done;
}

static int set_server(struct transport *transport, struct error *err)
{
    const struct config *config = transport->config;
    CURLU *url = curl_url();
    bool valid = curl_url_set(url, CURLUPART_URL, config->server, 0) == CURLUE_OK;

    transport->base_url = memory_copy(config->server);
    if (valid && config->tls_server_name)
        valid = redirect_name(transport, url);
    curl_url_cleanup(url);

    size_t end = strlen(transport->base_url);
    if (end > 0 && transport->base_url[end - 1] == '/')
        transport->base_url[end - 1] = '\0';
    return valid ? 0 : error_set(err, ERROR_INVALID, "server %s: not a valid URL", config->server);
}

struct transport *transport_open(const struct config *config, struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, initialise_library);

    autoclose(transport) struct transport *transport = memory_new(sizeof *transport);
    transport->config = config;
    transport->multi = curl_multi_init();
    transport->easy = curl_easy_init();
    if (!transport->multi || !transport->easy)
        return error_null(err, ERROR_UNAVAILABLE, "libcurl cannot be initialised");
    set_options(transport->easy, config);
    curl_easy_setopt(transport->easy, CURLOPT_ERRORBUFFER, transport->reason);
    curl_multi_setopt(transport->multi, CURLMOPT_MAXCONNECTS, 1L);
    if (set_server(transport, err) < 0)
        return NULL;
    return steal(transport);
}

void transport_close(struct transport *transport)
{
    if (!transport)
        return;
    curl_easy_cleanup(transport->easy);
    curl_multi_cleanup(transport->multi);
    curl_slist_free_all(transport->connect_to);
    free(transport->base_url);
    free(transport);
}

/* Returns the headers, which libcurl only borrows. Caller frees. */
static struct curl_slist *set_request(struct exchange *exchange)
{
    CURL *easy = exchange->transport->easy;
    const struct request *request = exchange->request;
    autofree char *url = memory_format("%s%s", exchange->transport->base_url, request->path);
    struct curl_slist *headers = curl_slist_append(NULL, "Accept: application/json");

    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    if (request->token) {
        autofree char *line = memory_format("Authorization: Bearer %s", request->token);
        headers = curl_slist_append(headers, line);
    }
    if (request->body) {
        autofree char *line = memory_format("Content-Type: %s", request->content_type);
        headers = curl_slist_append(headers, line);
        /* One round trip, also for a large body. */
        headers = curl_slist_append(headers, "Expect:");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(request->body));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
    return headers;
}

static int transfer_error(const struct exchange *exchange, CURLcode code)
{
    const struct transport *transport = exchange->transport;
    const char *reason = *transport->reason ? transport->reason : curl_easy_strerror(code);
    switch (code) {
    case CURLE_SSL_CERTPROBLEM:
        return error_set(exchange->err, ERROR_INVALID,
                         "the client certificate or its key cannot be used: %s", reason);
    case CURLE_SSL_CACERT_BADFILE:
        return error_set(exchange->err, ERROR_INVALID,
                         "the certificate authority cannot be used: %s", reason);
    case CURLE_PEER_FAILED_VERIFICATION:
        return error_set(exchange->err, ERROR_UNAVAILABLE,
                         "the server at %s does not prove to be the API server: %s",
                         transport->config->server, reason);
    default:
        return error_set(exchange->err, ERROR_UNAVAILABLE, "API server %s: %s",
                         transport->config->server, reason);
    }
}

static int finish(struct exchange *exchange)
{
    int left = 0;
    const CURLMsg *message = curl_multi_info_read(exchange->transport->multi, &left);
    CURLcode code = message ? message->data.result : CURLE_FAILED_INIT;
    if (exchange->failed)
        return -1;
    if (code != CURLE_OK)
        return transfer_error(exchange, code);

    CURL *easy = exchange->transport->easy;
    struct response *response = exchange->response;
    curl_off_t retry_after_s = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &response->code);
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    response->retry_after_ms = retry_after_s > 3600 ? 3600 * 1000 : (int)retry_after_s * 1000;
    return response_append(response, "", 0, exchange->err); /* an empty body is an empty text */
}

static void rest_if_fast(const struct exchange *exchange, int64_t heard_before_ms)
{
    const struct request *request = exchange->request;
    int64_t between_ms = exchange->last_heard_ms - heard_before_ms;
    if (request->rest_ms && exchange->heard && between_ms <= FAST_MS)
        stop_wait(request->stop, request->rest_ms);
}

/* With a sink the time counts from the last byte, else from the start. */
static int64_t silence_end_ms(const struct exchange *exchange, int64_t started_ms)
{
    const struct request *request = exchange->request;
    return (request->sink ? exchange->last_heard_ms : started_ms) + request->timeout_ms;
}

static int time_left_ms(const struct exchange *exchange, int64_t started_ms)
{
    int64_t end_ms = silence_end_ms(exchange, started_ms);
    int64_t until_ms = exchange->request->until_ms;
    return clock_left_ms(until_ms && until_ms < end_ms ? until_ms : end_ms);
}

static int time_is_over(const struct exchange *exchange, int64_t started_ms)
{
    const char *server = exchange->transport->config->server;
    if (clock_left_ms(silence_end_ms(exchange, started_ms)) == 0)
        return error_set(exchange->err, ERROR_UNAVAILABLE, "API server %s: no answer within %d ms",
                         server, exchange->request->timeout_ms);
    return error_set(exchange->err, ERROR_UNAVAILABLE,
                     "API server %s: the answer did not end within %d ms", server,
                     (int)(clock_monotonic_ms() - started_ms));
}

static int run(struct exchange *exchange)
{
    CURLM *multi = exchange->transport->multi;
    const struct request *request = exchange->request;
    struct curl_waitfd wake = {.fd = stop_descriptor(request->stop), .events = CURL_WAIT_POLLIN};
    int64_t started_ms = clock_monotonic_ms();
    int running = 1;

    exchange->last_heard_ms = started_ms;
    while (!stop_is_raised(request->stop)) {
        int64_t heard_before_ms = exchange->last_heard_ms;
        exchange->heard = false;
        curl_multi_perform(multi, &running);
        if (!running)
            return finish(exchange);
        rest_if_fast(exchange, heard_before_ms);

        int left_ms = time_left_ms(exchange, started_ms);
        if (left_ms == 0)
            return time_is_over(exchange, started_ms);
        pulse_expect(left_ms);
        curl_multi_poll(multi, &wake, 1, left_ms, NULL);
    }
    return error_set(exchange->err, ERROR_STOPPED, "stopped before the API server answered");
}

int transport_send(struct transport *transport, const struct request *request,
                   struct response *response, struct error *err)
{
    struct response collected = {0};
    struct exchange exchange = {
        .transport = transport, .request = request, .response = &collected, .err = err};

    *transport->reason = '\0';
    struct curl_slist *headers = set_request(&exchange);
    curl_multi_add_handle(transport->multi, transport->easy);
    int result = run(&exchange);
    curl_multi_remove_handle(transport->multi, transport->easy);
    curl_easy_setopt(transport->easy, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);

    if (result < 0)
        response_clear(&collected);
    else
        *response = collected;
    return result;
}

bool transport_has_sent(const struct transport *transport)
{
    long sent = 0;
    curl_easy_getinfo(transport->easy, CURLINFO_REQUEST_SIZE, &sent);
    return sent > 0;
}
