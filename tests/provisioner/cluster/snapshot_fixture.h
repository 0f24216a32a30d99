/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/cluster/cluster_snapshot_read.h"
#include "tests/k8s/client_fixture.h"
#include "tests/provisioner/claim_fixtures.h"

#define KUBE_SYSTEM "GET /api/v1/namespaces/kube-system"
#define CLASSES "GET /apis/storage.k8s.io/v1/storageclasses"
#define SETS "GET /apis/apps/v1/namespaces/default/statefulsets"
#define VOLUMES "GET /api/v1/persistentvolumes"
#define CLAIMS "GET /api/v1/namespaces/default/persistentvolumeclaims"

#define SET(name)                                                                                  \
    "{'metadata': {'namespace': 'default', 'name': '" name "', 'uid': 's'}, 'spec': {}}"
#define CLASS(name) "{'metadata': {'name': '" name "'}, 'provisioner': 'mooring/nfs'}"
#define FOREIGN_CLASS(name) "{'metadata': {'name': '" name "'}, 'provisioner': 'example.com/other'}"
#define CLAIM(name, class_name)                                                                    \
    "{'metadata': {'namespace': 'default', 'name': '" name "', 'uid': 'c', 'resourceVersion': "    \
    "'1'}, 'spec': {'storageClassName': '" class_name "'}}"
#define VOLUME(name, provisioner)                                                                  \
    "{'metadata': {'name': '" name "', 'uid': 'v', 'resourceVersion': '1', 'annotations': "        \
    "{'pv.kubernetes.io/provisioned-by': '" provisioner "'}}, 'spec': {}}"

/* A cluster of one namespace, "default", on a scripted API server. */
struct snapshot_fixture {
    struct client_fixture api;
    struct cluster_snapshot_settings settings;
    struct cluster_snapshot snapshot;
    struct error err;
};

static void begin(struct snapshot_fixture *self)
{
    static char *our_name[] = {"mooring/nfs"};
    static const struct provisioner_names ours = {our_name, 1};
    static const struct export_default fallback = {"server.example", "/export"};
    memset(self, 0, sizeof *self);
    self->settings = (struct cluster_snapshot_settings){
        .names = &ours, .fallback = &fallback, .namespace = "default"};
    client_fixture_start(&self->api);
}

static void end(struct snapshot_fixture *self)
{
    cluster_snapshot_clear(&self->snapshot);
    client_fixture_stop(&self->api);
}

/* Answer a list with these objects; `token` leads to its next page. ' stands for " in texts. */
static void list(struct snapshot_fixture *self, const char *request, const char *token,
                 const char *objects)
{
    autofree char *text = memory_format("{'metadata': {'resourceVersion': '1', 'continue': '%s'},"
                                        " 'items': [%s]}",
                                        token, objects);
    json_auto_t *page = object_from(text);
    autofree char *body = json_dumps(page, 0);
    scripted_server_answer(self->api.server, .request = request, .status = 200, .body = body);
}

/* A list with a first page; the server has forgotten its second one. The whole list comes then. */
static void list_that_expires(struct snapshot_fixture *self, const char *resource,
                              const char *first_page, const char *whole)
{
    autofree char *next = memory_format("%s?limit=500&continue=t", resource);
    autofree char *first = memory_format("%s?limit=500", resource);
    scripted_server_answer(self->api.server, .request = next, .status = 410,
                           .body = "{\"kind\":\"Status\",\"code\":410,\"message\":\"too old\"}");
    list(self, first, "t", first_page);
    list(self, resource, "", whole);
}

static void identify(struct snapshot_fixture *self)
{
    scripted_server_answer(self->api.server, .request = KUBE_SYSTEM, .status = 200,
                           .body = "{\"metadata\":{\"uid\":\"here\"}}");
}

static int read_all(struct snapshot_fixture *self)
{
    if (cluster_snapshot_read_classes(&self->snapshot, self->api.client, &self->settings,
                                      &self->err) < 0)
        return -1;
    return cluster_snapshot_read_objects(&self->snapshot, self->api.client, &self->settings,
                                         &self->err);
}
