/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/statefulset/set_snapshot.h"
#include "tests/k8s/client_fixture.h"
#include "tests/provisioner/claim_fixtures.h"
#include "tests/provisioner/set_fixtures.h"

#define SET "GET /apis/apps/v1/namespaces/default/statefulsets/web"
#define PODS "GET /api/v1/namespaces/default/pods"
#define CLAIMS "GET /api/v1/namespaces/default/persistentvolumeclaims"
#define CLASSES "GET /apis/storage.k8s.io/v1/storageclasses"
#define VOLUMES "GET /api/v1/persistentvolumes?labelSelector=mooring%2Fstateful-set%3Dweb"

/* The set "web" of a scripted API server, and what a command reads of it. */
struct snapshot_fixture {
    struct client_fixture k8s;
    struct set_snapshot snapshot;
    struct set_snapshot_settings settings;
};

static inline void answer(struct snapshot_fixture *fixture, const char *request, json_t *take_body)
{
    autofree char *body = json_dumps(take_body, 0);
    scripted_server_answer(fixture->k8s.server, .request = request, .times = 1, .status = 200,
                           .body = body);
    json_decref(take_body);
}

/* A page of a list: NULL as `token` is the last one, NULL as `take_item` an empty one. */
static inline json_t *page(const char *token, json_t *take_item)
{
    json_t *items = json_array();
    if (take_item)
        json_array_append_new(items, take_item);
    return json_pack("{s:{s:s, s:s*}, s:o}", "metadata", "resourceVersion", "1", "continue", token,
                     "items", items);
}

static inline json_t *named(json_t *take_object, const char *name)
{
    json_object_set_new(json_object_get(take_object, "metadata"), "name", json_string(name));
    return take_object;
}

static inline json_t *named_claim(const char *name)
{
    return named(claim_object("{}"), name);
}

static inline void begin(struct snapshot_fixture *fixture)
{
    static char *our_name[] = {"mooring/nfs"};
    static const struct provisioner_names our_names = {our_name, 1};
    static const struct export_default no_default = {0};
    *fixture = (struct snapshot_fixture){0};
    client_fixture_start(&fixture->k8s);
    set_snapshot_init(&fixture->snapshot);
    fixture->settings = (struct set_snapshot_settings){.client = fixture->k8s.client,
                                                       .names = &our_names,
                                                       .fallback = &no_default,
                                                       .namespace = "default",
                                                       .set = "web"};
}

static inline void end(struct snapshot_fixture *fixture)
{
    set_snapshot_clear(&fixture->snapshot);
    client_fixture_stop(&fixture->k8s);
}

static inline json_t *a_set(int number)
{
    (void)number;
    return set_object("{}");
}

static inline json_t *a_pod(int number)
{
    return pod_object(number, "{}");
}

static inline json_t *a_claim(int number)
{
    return named_claim(number ? "data-web-1" : "data-web-0");
}

static inline json_t *a_class(int number)
{
    return named(storage_class_object("{}"), number ? "nfs-1" : "nfs-0");
}

static inline json_t *a_volume(int number)
{
    return named(volume_object("{}"), number ? "pvc-1" : "pvc-0");
}

/* What is read, in this order. */
static const struct part {
    const char *request;
    json_t *(*object)(int number);
} parts[] = {
    {SET, a_set}, {PODS, a_pod}, {CLAIMS, a_claim}, {CLASSES, a_class}, {VOLUMES, a_volume},
};

enum { PART_COUNT = sizeof parts / sizeof *parts };

/* The parts from `first` to before `end` have the object of that number only. */
static inline void answer_parts(struct snapshot_fixture *fixture, int first, int end, int number)
{
    for (int i = first; i < end; i++) {
        json_t *object = parts[i].object(number);
        answer(fixture, parts[i].request, i == 0 ? object : page(NULL, object));
    }
}

static inline void answer_status(struct snapshot_fixture *fixture, int part, int status)
{
    scripted_server_answer(fixture->k8s.server, .request = parts[part].request, .times = 1,
                           .status = status, .body = "{\"kind\": \"Status\", \"message\": \"no\"}");
}

static inline bool has_only(struct store *store, const char *name)
{
    struct shared *object = store_get(store, name);
    shared_release(object);
    return object && store_size(store) == 1;
}
