/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/list.h"
#include "tests/k8s/client_fixture.h"

#define PODS "GET /api/v1/namespaces/team/pods"
#define PAGES PODS "?limit=500"
#define SELECTED "labelSelector=app%3Dweb"

#define OBJECT(name) "{\"metadata\":{\"name\":\"" name "\"}}"
#define PAGE(version, token, items)                                                                \
    "{\"metadata\":{\"resourceVersion\":\"" version "\",\"continue\":\"" token                     \
    "\"},\"items\":[" items "]}"
#define STATUS(code) "{\"kind\":\"Status\",\"code\":" code ",\"message\":\"so it is\"}"
/* Of a server that offers a token in place of one that has expired. */
#define OFFER "{\"kind\":\"Status\",\"code\":410,\"metadata\":{\"continue\":\"new\"}}"

/* What a list of the Pods in one namespace reported: "[a b ?" are two objects after a beginning and
 * one that cannot be read. */
struct list_fixture {
    struct client_fixture fixture;
    struct list list;
    const char *failing_object; /* the name of the one that the list ends at */
    enum error_kind failure;
    char text[256];
    struct error expired; /* or another reason to begin again */
    struct error problem; /* of the last one that cannot be read */
    struct error err;
    char *version;
};

void list_fixture_start(struct list_fixture *self);
void list_fixture_end(struct list_fixture *self);

/* The answer to every request whose line begins with `request`. */
void list_fixture_answer(struct list_fixture *self, const char *request, int status,
                         const char *body);

/* List, with the version. */
int list_fixture_run(struct list_fixture *self);

/* The request at `index`. Borrowed. */
const char *list_fixture_line(struct list_fixture *self, size_t index);

/* For the list: what cannot be read is told as "?", and `problem` keeps it. */
void list_fixture_unreadable(void *context, const struct error *problem);
