/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>

/*
 * What an API server keeps, and how it answers to requests. Not thread-safe. Objects of every kind
 * are taken as they are, without validation, and without their namespace being there.
 */
struct object_store;

struct object_store *object_store_new(void);
void object_store_free(struct object_store *store);

struct object_request {
    const char *method;
    const char *path;         /* without the query */
    const char *query;        /* "" when there is none */
    const char *content_type; /* of the body; "" when there is none */
    const char *body;
};

/*
 * GET of an object or a list (with labels that are equal), POST, PUT, PATCH and DELETE. Returns the
 * status of HTTP; `*answer`, the caller's, is an object, a list or a Status.
 *
 * An object that is made gets a uid, unless it has one. Each change makes a new resourceVersion. A
 * PATCH or PUT with another resourceVersion or uid than the object's is a conflict, a JSON patch
 * that fails is Invalid. What has finalizers is only marked by DELETE, and goes with the last.
 */
int object_store_serve(struct object_store *store, const struct object_request *request,
                       json_t **answer);

/* An object's state, changed past all rules. `path` is that of the object. */
void object_store_put(struct object_store *store, const char *path, const json_t *object);
/* Borrowed; NULL when there is none. */
json_t *object_store_get(const struct object_store *store, const char *path);
void object_store_remove(struct object_store *store, const char *path);

/* A Status. Its reason is the usual one for the code; a 409 to a POST is AlreadyExists. */
json_t *object_store_status(int code, const char *method, const char *message);
