/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/watch.h"
#include "tests/k8s/client_fixture.h"

#include <stdint.h>

#define PODS "GET /api/v1/pods"
#define PAGES PODS "?limit=500"
#define WATCH PODS "?watch=1"
#define FROM(version) WATCH "&allowWatchBookmarks=true&resourceVersion=" version "&"

#define OBJECT(name, version)                                                                      \
    "{\"metadata\":{\"name\":\"" name "\",\"resourceVersion\":\"" version "\"}}"
#define PAGE(version, token, items)                                                                \
    "{\"metadata\":{\"resourceVersion\":\"" version "\",\"continue\":\"" token                     \
    "\"},\"items\":[" items "]}"
#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}\n"
#define STATUS(code) "{\"kind\":\"Status\",\"code\":" code ",\"message\":\"so it is\"}"

enum { MOST_FAILURES = 16 };

/* What a watch of Pods reported: "[a b ]" is a list, "+c " an object, "-c " one that is gone, "?"
 * one that cannot be read. */
struct watch_fixture {
    struct client_fixture fixture;
    const char *until; /* stops the watch once the text ends so */
    bool stop_at_failure;
    int64_t deadline_ms;
    int shortest_ms; /* of the watch */
    int stall_ms;    /* of the watch; 0: what is long in a test */
    bool in_list;
    char text[1024];
    struct error failed[MOST_FAILURES];
    int waits_ms[MOST_FAILURES];
    int failures;
    int silences;         /* before a stream was cut */
    struct error problem; /* of the last one that cannot be read */
};

void watch_fixture_start(struct watch_fixture *watched);
void watch_fixture_end(struct watch_fixture *watched);

/* Watch until the text ends with `until`, but no longer than a failing test may take. */
void watch_fixture_run(struct watch_fixture *watched, const char *until);

/* The server's answer to the next request for the first page of the list. */
void watch_fixture_page(struct watch_fixture *watched, const char *body);

/* The answer to the next `request`: a stream that stays open after its last event. */
void watch_fixture_open_stream(struct watch_fixture *watched, const char *request,
                               const char *body);
/* The same, which the server ends. */
void watch_fixture_closed_stream(struct watch_fixture *watched, const char *request,
                                 const char *body);
