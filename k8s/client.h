/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "base/stop.h"
#include "k8s/config.h"
#include "k8s/page.h"
#include "k8s/resource.h"

#include <jansson.h>
#include <stdint.h>

/*
 * One connection to the API server, kept open. Not thread-safe: one thread holds it. Every call is
 * bounded by a timeout and ends early, with ERROR_STOPPED, once the client's stop is raised:
 * nothing is sent after that.
 *
 * HTTP status to error kind: 404 NOT_FOUND; 409 ALREADY_EXISTS or CONFLICT, by the Status' reason;
 * 410 EXPIRED; 401/403 FORBIDDEN, but NOT_FOUND for a namespace that is going away; other 4xx and
 * redirects INVALID; 408, 429, 5xx and a connection that fails UNAVAILABLE. 429 and 503 set
 * `retry_after_ms` from Retry-After. The message carries the Status' own sentence.
 *
 * After UNAVAILABLE a write may still have happened. A kept connection that the server closed
 * without a byte of an answer is opened again and the request repeated once, so a create may also
 * find its own work: after ALREADY_EXISTS read the object, it may be ours.
 */
struct client;

/* `config` and `stop` are borrowed and must outlive the client. Does not connect yet. */
MUST_CHECK struct client *client_open(const struct config *config, struct stop *stop,
                                      int timeout_ms, struct error *err);
void client_close(struct client *client);
DEFINE_AUTOCLOSE(client)

/* Replace the stop that ends calls early: a leader's term, for instance. */
void client_set_stop(struct client *client, struct stop *stop);

/*
 * No call goes on after this time of the monotonic clock: several calls share what is left until
 * then, and when nothing is left, nothing is sent (ERROR_UNAVAILABLE). 0: each call has its own
 * timeout only.
 */
void client_set_deadline(struct client *client, int64_t deadline_ms);

/* Its stop is raised: every call would fail with ERROR_STOPPED. */
bool client_is_stopped(const struct client *client);
/* The stop itself, for what else is to end with it; borrowed. */
const struct stop *client_stop(const struct client *client);
/* Sleep at most `timeout_ms`; true when stopped before or meanwhile. */
bool client_wait(struct client *client, int timeout_ms);

/* A new reference, or NULL. */
MUST_CHECK json_t *client_get(struct client *client, const struct resource *resource,
                              const char *namespace, const char *name, struct error *err);

/* How a page failed: whether to ask for fewer objects. */
enum page_failure {
    PAGE_FAILED,    /* however many they are */
    PAGE_IS_LATE,   /* the server was reached and has begun none in time, or has answered 504 */
    PAGE_BROKE_OFF, /* it had begun */
};

/*
 * One page of a list, given to `page` as it arrives; list.h reads them all. The timeout is of each
 * silence, and a page that goes on for minutes is ended, too. `*failure` is written only on
 * failure. Of EXPIRED, the page has the token that the server offers to go on with.
 */
MUST_CHECK int client_list(struct client *client, const char *path_and_query, struct page *page,
                           enum page_failure *failure, struct error *err);

/* POST to the namespace in the object's metadata. `*stored` is what the server made of it; NULL:
 * not wanted. */
MUST_CHECK int client_create(struct client *client, const struct resource *resource, json_t *object,
                             json_t **stored, struct error *err);

/* PUT: replace the object of that name and namespace; its resourceVersion guards against CONFLICT.
 */
MUST_CHECK int client_replace(struct client *client, const struct resource *resource,
                              json_t *object, json_t **stored, struct error *err);

/* Which object: namespace NULL or "" for a kind that has none. Borrowed for the call. */
struct object_key {
    const struct resource *resource;
    const char *namespace;
    const char *name;
};

/* A JSON patch when `patch` is an array (a failed `test` is ERROR_CONFLICT), a merge patch when it
 * is an object. */
MUST_CHECK int client_patch(struct client *client, const struct object_key *key, json_t *patch,
                            json_t **stored, struct error *err);

/* Any other path, such as "/version" or a SelfSubjectAccessReview. `body` NULL: GET, else POST. */
MUST_CHECK json_t *client_call(struct client *client, const char *path, json_t *body,
                               struct error *err);

/* What to stream. `on_line` gets each complete line, without its newline, of one that is longer
 * than LONGEST_OBJECT only so many bytes; -1 ends the stream. */
struct stream {
    const char *path_and_query;
    int stall_ms;
    int rest_ms; /* when lines come fast, listen for them only this often; 0: to each */
    void (*on_open)(void *context); /* the server has agreed to stream; NULL: not wanted */
    int (*on_line)(void *context, const char *line, size_t length, struct error *err);
    void *context;
};

/*
 * Stream a watch until the server ends it (0), nothing at all arrives for `stall_ms`
 * (ERROR_UNAVAILABLE) or `on_line` returns -1 with its error. A line cut off at the end is dropped.
 */
MUST_CHECK int client_stream(struct client *client, const struct stream *stream, struct error *err);
