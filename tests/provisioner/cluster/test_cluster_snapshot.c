/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/cluster/cluster_snapshot.h"
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

static void what_concerns_us_is_kept_by_kind(void)
{
    struct snapshot_fixture self;
    begin(&self);
    identify(&self);
    list(&self, CLASSES, "", CLASS("nfs") "," FOREIGN_CLASS("other"));
    list(&self, SETS, "", SET("web"));
    list(&self, VOLUMES, "",
         VOLUME("pvc-2", "mooring/nfs") "," VOLUME("pvc-1", "mooring/nfs") "," VOLUME(
             "theirs", "example.com/other"));
    list(&self, CLAIMS, "", CLAIM("data", "nfs") "," CLAIM("data-2", "other"));
    CU_ASSERT_EQUAL(read_all(&self), 0);
    const struct cluster_snapshot *snapshot = &self.snapshot;
    CU_ASSERT_STRING_EQUAL(snapshot->cluster, "here");
    CU_ASSERT_EQUAL(snapshot->class_count, 1);
    CU_ASSERT_EQUAL(snapshot->set_count, 1);
    CU_ASSERT_EQUAL(snapshot->volume_count, 2);
    CU_ASSERT_EQUAL(snapshot->other_count, 1);
    CU_ASSERT_EQUAL(snapshot->claim_count, 1);
    CU_ASSERT_PTR_NOT_NULL(cluster_snapshot_class(snapshot, "nfs"));
    CU_ASSERT_PTR_NOT_NULL(cluster_snapshot_volume(snapshot, "pvc-1"));
    CU_ASSERT_PTR_NOT_NULL(cluster_snapshot_volume(snapshot, "pvc-2"));
    CU_ASSERT_PTR_NOT_NULL(cluster_snapshot_claim(snapshot, "default", "data"));
    end(&self);
}

static void a_list_that_expires_is_read_again_and_has_each_object_once(void)
{
    struct snapshot_fixture self;
    begin(&self);
    identify(&self);
    list_that_expires(&self, CLASSES, CLASS("nfs"), CLASS("nfs") "," CLASS("fast"));
    list_that_expires(&self, SETS, SET("web"), SET("web") "," SET("db"));
    list_that_expires(&self, VOLUMES,
                      VOLUME("pvc-1", "mooring/nfs") "," VOLUME("theirs", "example.com/other"),
                      VOLUME("pvc-1", "mooring/nfs") "," VOLUME("pvc-2", "mooring/nfs") "," VOLUME(
                          "theirs", "example.com/other"));
    list_that_expires(&self, CLAIMS, CLAIM("data", "nfs"),
                      CLAIM("data", "nfs") "," CLAIM("data-2", "fast"));
    CU_ASSERT_EQUAL(read_all(&self), 0);
    CU_ASSERT_EQUAL(self.snapshot.class_count, 2);
    CU_ASSERT_EQUAL(self.snapshot.set_count, 2);
    CU_ASSERT_EQUAL(self.snapshot.volume_count, 2);
    CU_ASSERT_EQUAL(self.snapshot.other_count, 1);
    CU_ASSERT_EQUAL(self.snapshot.claim_count, 2);
    end(&self);
}

static void a_list_that_fails_says_which(void)
{
    struct snapshot_fixture self;
    begin(&self);
    identify(&self);
    list(&self, CLASSES, "", CLASS("nfs"));
    list(&self, SETS, "", "");
    scripted_server_answer(self.api.server, .request = VOLUMES, .status = 403,
                           .body = "{\"kind\":\"Status\",\"code\":403,\"message\":\"no\"}");
    CU_ASSERT_EQUAL(read_all(&self), -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_FORBIDDEN);
    CU_ASSERT_STRING_EQUAL(self.err.message, "list persistentvolumes: no");
    end(&self);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(what_concerns_us_is_kept_by_kind),
        TEST(a_list_that_expires_is_read_again_and_has_each_object_once),
        TEST(a_list_that_fails_says_which),
        {0},
    };
    return suite_run("cluster_snapshot", tests, argc, argv);
}
