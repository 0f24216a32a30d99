/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/memory_cluster.h"
#include "tests/provisioner/object_store.h"
#include "tests/provisioner/objects.h"

/* A cluster with a client. */
struct fixture {
    struct memory_cluster *cluster;
    struct request_log *log;
    struct client *client;
    struct error err;
};

static const struct object_key one = {.resource = &resource_volumes, .name = "one"};

static void begin(struct fixture *fixture)
{
    *fixture = (struct fixture){.cluster = memory_cluster_start()};
    fixture->log = memory_cluster_log(fixture->cluster);
    fixture->client = memory_cluster_client(fixture->cluster);
}

static void end(struct fixture *fixture)
{
    client_close(fixture->client);
    memory_cluster_stop(fixture->cluster);
}

static void put(struct fixture *fixture, const struct resource *resource, const char *text)
{
    json_auto_t *object = object_from(text);
    memory_cluster_put(fixture->cluster, resource, object);
}

static int create(struct fixture *fixture, const char *name)
{
    json_auto_t *object = json_pack("{s:{s:s}}", "metadata", "name", name);
    return client_create(fixture->client, &resource_volumes, object, NULL, &fixture->err);
}

static int patch(struct fixture *fixture, const char *text)
{
    json_auto_t *steps = object_from(text);
    return client_patch(fixture->client, &one, steps, NULL, &fixture->err);
}

static void expect_failure(const struct fixture *fixture, int result, enum error_kind kind)
{
    CU_ASSERT_EQUAL(result, -1);
    CU_ASSERT_EQUAL(fixture->err.kind, kind);
}

/* What the cluster has of the volume "one", as JSON with sorted keys, without what it added. */
static void expect_one(struct fixture *fixture, const char *expected)
{
    json_auto_t *object = memory_cluster_get(fixture->cluster, &one);
    json_auto_t *wanted = object_from(expected);
    require(object);
    json_object_del(json_object_get(object, "metadata"), "uid");
    json_object_del(json_object_get(object, "metadata"), "resourceVersion");
    CU_ASSERT_TRUE(json_equal(object, wanted));
}

static const char *text_in(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(json_object_get(object, "metadata"), key));
    return text ? text : "";
}

static void an_object_is_made_once_and_read(void)
{
    struct fixture fixture;
    begin(&fixture);
    CU_ASSERT_EQUAL(create(&fixture, "one"), 0);
    expect_failure(&fixture, create(&fixture, "one"), ERROR_ALREADY_EXISTS);
    CU_ASSERT_STRING_EQUAL(fixture.err.message, "persistentvolumes \"one\" already exists");
    json_auto_t *object = client_get(fixture.client, &resource_volumes, NULL, "one", &fixture.err);
    CU_ASSERT_STRING_EQUAL(text_in(object, "resourceVersion"), "1");
    CU_ASSERT_NOT_EQUAL(*text_in(object, "uid"), '\0');
    CU_ASSERT_PTR_NULL(client_get(fixture.client, &resource_volumes, NULL, "two", &fixture.err));
    CU_ASSERT_EQUAL(fixture.err.kind, ERROR_NOT_FOUND);
    autofree char *requests = request_log_text(fixture.log);
    CU_ASSERT_STRING_EQUAL(requests, "POST persistentvolumes\nPOST persistentvolumes\n"
                                     "GET persistentvolumes/one\nGET persistentvolumes/two\n");
    end(&fixture);
}

static size_t count_listed(struct fixture *fixture, const struct resource *resource,
                           const char *namespace, const char *query)
{
    autofree char *path = resource_path(resource, namespace, NULL);
    autofree char *with_query = memory_format("%s%s%s", path, query ? "?" : "", query ? query : "");
    json_auto_t *list = client_call(fixture->client, with_query, NULL, &fixture->err);
    require(list);
    return json_array_size(json_object_get(list, "items"));
}

static void a_list_is_of_a_namespace_of_all_or_of_labels(void)
{
    struct fixture fixture;
    begin(&fixture);
    put(&fixture, &resource_claims, "{'metadata': {'namespace': 'a', 'name': 'x'}}");
    put(&fixture, &resource_claims,
        "{'metadata': {'namespace': 'b', 'name': 'x', 'labels': {'mooring/x': '1'}}}");
    put(&fixture, &resource_stateful_sets, "{'metadata': {'namespace': 'a', 'name': 'x'}}");
    put(&fixture, &resource_namespaces, "{'metadata': {'name': 'a'}}");
    CU_ASSERT_EQUAL(count_listed(&fixture, &resource_claims, NULL, NULL), 2);
    CU_ASSERT_EQUAL(count_listed(&fixture, &resource_claims, "a", "limit=500"), 1);
    CU_ASSERT_EQUAL(count_listed(&fixture, &resource_claims, NULL, "labelSelector=mooring/x%3D1"),
                    1);
    CU_ASSERT_EQUAL(count_listed(&fixture, &resource_claims, NULL, "labelSelector=mooring/x%3D2"),
                    0);
    CU_ASSERT_EQUAL(count_listed(&fixture, &resource_stateful_sets, NULL, NULL), 1);
    CU_ASSERT_EQUAL(count_listed(&fixture, &resource_namespaces, NULL, NULL), 1);
    CU_ASSERT_EQUAL(memory_cluster_count(fixture.cluster, &resource_claims), 2);
    end(&fixture);
}

static void a_json_patch_is_applied_whole_or_not_at_all(void)
{
    struct fixture fixture;
    begin(&fixture);
    put(&fixture, &resource_volumes,
        "{'metadata': {'name': 'one', 'annotations': {'a/b': '1'}}, 'spec': {'modes': ['x']}}");
    CU_ASSERT_EQUAL(patch(&fixture,
                          "[{'op': 'test', 'path': '/metadata/annotations/a~1b', 'value': '1'},"
                          " {'op': 'replace', 'path': '/metadata/annotations/a~1b', 'value': '2'},"
                          " {'op': 'add', 'path': '/metadata/annotations/c~0', 'value': '3'},"
                          " {'op': 'add', 'path': '/spec/modes/-', 'value': 'y'},"
                          " {'op': 'remove', 'path': '/spec/modes/0'}]"),
                    0);
    static const char patched[] =
        "{'metadata': {'name': 'one', 'annotations': {'a/b': '2', 'c~': '3'}},"
        " 'spec': {'modes': ['y']}}";
    expect_one(&fixture, patched);
    expect_failure(&fixture,
                   patch(&fixture, "[{'op': 'remove', 'path': '/spec/modes'},"
                                   " {'op': 'test', 'path': '/metadata/name', 'value': 'two'}]"),
                   ERROR_CONFLICT);
    expect_failure(&fixture,
                   patch(&fixture, "[{'op': 'add', 'path': '/metadata/labels/a', 'value': 'b'}]"),
                   ERROR_CONFLICT);
    expect_failure(&fixture,
                   patch(&fixture, "[{'op': 'replace', 'path': '/spec/none', 'value': 'b'}]"),
                   ERROR_CONFLICT);
    expect_one(&fixture, patched);
    end(&fixture);
}

static void a_change_of_an_older_version_is_a_conflict(void)
{
    struct fixture fixture;
    begin(&fixture);
    put(&fixture, &resource_volumes, "{'metadata': {'name': 'one'}, 'spec': {'a': '1', 'b': '2'}}");
    CU_ASSERT_EQUAL(patch(&fixture, "{'spec': {'a': null, 'b': '3'}}"), 0);
    expect_one(&fixture, "{'metadata': {'name': 'one'}, 'spec': {'b': '3'}}");
    expect_failure(&fixture,
                   patch(&fixture, "{'metadata': {'resourceVersion': '1'}, 'spec': {'b': '4'}}"),
                   ERROR_CONFLICT);
    json_auto_t *old = object_from("{'metadata': {'name': 'one', 'resourceVersion': '1'}}");
    expect_failure(&fixture,
                   client_replace(fixture.client, &resource_volumes, old, NULL, &fixture.err),
                   ERROR_CONFLICT);
    CU_ASSERT_EQUAL(patch(&fixture, "{'spec': {'b': '3'}}"), 0); /* changes nothing */
    json_auto_t *object = memory_cluster_get(fixture.cluster, &one);
    CU_ASSERT_STRING_EQUAL(text_in(object, "resourceVersion"), "2");
    end(&fixture);
}

static void what_has_finalizers_goes_with_the_last_of_them(void)
{
    struct fixture fixture;
    begin(&fixture);
    put(&fixture, &resource_volumes,
        "{'metadata': {'name': 'one', 'finalizers': ['x'], 'deletionTimestamp': 'now'}}");
    CU_ASSERT_EQUAL(memory_cluster_count(fixture.cluster, &resource_volumes), 1);
    CU_ASSERT_EQUAL(patch(&fixture, "[{'op': 'remove', 'path': '/metadata/finalizers/0'}]"), 0);
    CU_ASSERT_EQUAL(memory_cluster_count(fixture.cluster, &resource_volumes), 0);
    end(&fixture);
}

/* The program's client deletes nothing. */
static void a_delete_removes_an_object_or_marks_it(void)
{
    static const char plain[] = "/api/v1/persistentvolumes/plain";
    static const char kept[] = "/api/v1/persistentvolumes/kept";
    struct object_store *store = object_store_new();
    json_auto_t *object = object_from("{'metadata': {'finalizers': ['x']}}");
    json_auto_t *empty = json_object();
    json_t *answer = NULL;
    object_store_put(store, plain, empty);
    object_store_put(store, kept, object);
    struct object_request request = {.method = "DELETE", .path = plain};
    CU_ASSERT_EQUAL(object_store_serve(store, &request, &answer), 200);
    json_decref(answer);
    CU_ASSERT_PTR_NULL(object_store_get(store, plain));
    request.path = kept;
    CU_ASSERT_EQUAL(object_store_serve(store, &request, &answer), 200);
    json_decref(answer);
    CU_ASSERT_NOT_EQUAL(*text_in(object_store_get(store, kept), "deletionTimestamp"), '\0');
    object_store_free(store);
}

static void a_request_fails_as_it_is_told_and_does_nothing(void)
{
    struct fixture fixture;
    begin(&fixture);
    disturb(fixture.log, .request = "POST persistentvolumes", .nth = 2, .answer = 503);
    CU_ASSERT_EQUAL(create(&fixture, "one"), 0);
    expect_failure(&fixture, create(&fixture, "two"), ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(memory_cluster_count(fixture.cluster, &resource_volumes), 1);
    disturb(fixture.log, .answer = 422);
    expect_failure(&fixture, patch(&fixture, "[]"), ERROR_CONFLICT);
    end(&fixture);
}

static void an_answer_that_is_lost_leaves_the_work_done(void)
{
    struct fixture fixture;
    begin(&fixture);
    CU_ASSERT_EQUAL(create(&fixture, "zero"), 0);
    disturb(fixture.log, .request = "POST", .is_done = true, .is_cut = true);
    expect_failure(&fixture, create(&fixture, "one"), ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(memory_cluster_count(fixture.cluster, &resource_volumes), 2);
    CU_ASSERT_EQUAL(create(&fixture, "two"), 0);
    CU_ASSERT_EQUAL(request_log_count(fixture.log, "POST"), 3);
    end(&fixture);
}

static void a_connection_that_breaks_without_a_byte_makes_the_client_ask_again(void)
{
    struct fixture fixture;
    begin(&fixture);
    CU_ASSERT_EQUAL(create(&fixture, "zero"), 0);
    disturb(fixture.log, .request = "POST", .is_done = true, .is_cut = true, .is_mute = true);
    expect_failure(&fixture, create(&fixture, "one"), ERROR_ALREADY_EXISTS);
    CU_ASSERT_EQUAL(request_log_count(fixture.log, "POST"), 3);
    end(&fixture);
}

static void bind_to_another(void *context)
{
    memory_cluster_change(context, &one, json_pack("{s:{s:s}}", "spec", "claim", "another"));
}

static void a_hook_comes_between_two_requests(void)
{
    struct fixture fixture;
    begin(&fixture);
    put(&fixture, &resource_volumes, "{'metadata': {'name': 'one'}, 'spec': {'claim': 'ours'}}");
    disturb(fixture.log, .request = "PATCH persistentvolumes/one", .hook = bind_to_another,
            .context = fixture.cluster);
    expect_failure(&fixture,
                   patch(&fixture, "[{'op': 'test', 'path': '/spec/claim', 'value': 'ours'}]"),
                   ERROR_CONFLICT);
    expect_one(&fixture, "{'metadata': {'name': 'one'}, 'spec': {'claim': 'another'}}");
    memory_cluster_remove(fixture.cluster, &one);
    CU_ASSERT_PTR_NULL(memory_cluster_get(fixture.cluster, &one));
    end(&fixture);
}

int main(int argc, char **argv)
{
    const struct test tests[] = {
        TEST(an_object_is_made_once_and_read),
        TEST(a_list_is_of_a_namespace_of_all_or_of_labels),
        TEST(a_json_patch_is_applied_whole_or_not_at_all),
        TEST(a_change_of_an_older_version_is_a_conflict),
        TEST(what_has_finalizers_goes_with_the_last_of_them),
        TEST(a_delete_removes_an_object_or_marks_it),
        TEST(a_request_fails_as_it_is_told_and_does_nothing),
        TEST(an_answer_that_is_lost_leaves_the_work_done),
        TEST(a_connection_that_breaks_without_a_byte_makes_the_client_ask_again),
        TEST(a_hook_comes_between_two_requests),
        {0},
    };
    return suite_run("memory_cluster", tests, argc, argv);
}
