/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/cluster/watcher.h"
#include "provisioner/shared/work_key.h"
#include "tests/k8s/scripted_server.h"

#include <jansson.h>

/*
 * Watches that send what a test wants, when it wants it. A healthy API server keeps no order
 * between the kinds, but hardly ever shows that.
 */
struct watcher_fixture {
    struct scripted_server *server;
    struct config *config;
    struct watcher_settings settings;
    struct watcher *watcher;
};

/* The kinds, as they are asked for. */
#define CLASSES "GET /apis/storage.k8s.io/v1/storageclasses"
#define VOLUMES "GET /api/v1/persistentvolumes"
#define CLAIMS "GET /api/v1/persistentvolumeclaims"
#define SETS "GET /apis/apps/v1/statefulsets"

void watcher_fixture_begin(struct watcher_fixture *fixture);
/* Start to watch. Kinds that the test has not scripted are empty and stay so. */
void watcher_fixture_run(struct watcher_fixture *fixture);
void watcher_fixture_end(struct watcher_fixture *fixture);

/* Script the next list of a kind: it has this object, or none. */
void watcher_fixture_list(struct watcher_fixture *fixture, const char *kind, json_t *take_object);
/* Script the next watch of a kind: it sends these events after `after_ms` and stays open. */
void watcher_fixture_watch(struct watcher_fixture *fixture, const char *kind, const char *events,
                           int after_ms);
/* A line of a watch. Caller frees. */
char *watched_event(const char *type, json_t *take_object);

/* The next key that is due within five seconds. NULL: none came. Caller frees. */
char *watcher_fixture_take(struct watcher_fixture *fixture);
