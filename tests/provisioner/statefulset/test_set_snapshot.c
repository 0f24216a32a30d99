/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/set_snapshot.h"
#include "tests/k8s/client_fixture.h"
#include "tests/provisioner/claim_fixtures.h"
#include "tests/provisioner/set_fixtures.h"

#define SET "GET /apis/apps/v1/namespaces/default/statefulsets/web"
#define PODS "GET /api/v1/namespaces/default/pods"
#define CLAIMS "GET /api/v1/namespaces/default/persistentvolumeclaims"
#define CLASSES "GET /apis/storage.k8s.io/v1/storageclasses"
#define VOLUMES "GET /api/v1/persistentvolumes?labelSelector=mooring/stateful-set%3Dweb"

static char *our_name[] = {"mooring/nfs"};
static const struct provisioner_names our_names = {our_name, 1};
static const struct export_default no_default = {0};

/* The set "web" of a scripted API server, and what a command reads of it. */
struct snapshot_fixture {
    struct client_fixture k8s;
    struct set_snapshot snapshot;
    struct set_snapshot_settings settings;
};

static void answer(struct snapshot_fixture *fixture, const char *request, json_t *take_body)
{
    autofree char *body = json_dumps(take_body, 0);
    scripted_server_answer(fixture->k8s.server, .request = request, .times = 1, .status = 200,
                           .body = body);
    json_decref(take_body);
}

/* A page of a list: NULL as `token` is the last one, NULL as `take_item` an empty one. */
static json_t *page(const char *token, json_t *take_item)
{
    json_t *items = json_array();
    if (take_item)
        json_array_append_new(items, take_item);
    return json_pack("{s:{s:s, s:s*}, s:o}", "metadata", "resourceVersion", "1", "continue", token,
                     "items", items);
}

static json_t *named_claim(const char *name)
{
    json_t *claim = claim_object("{}");
    json_object_set_new(json_object_get(claim, "metadata"), "name", json_string(name));
    return claim;
}

static void begin(struct snapshot_fixture *fixture)
{
    *fixture = (struct snapshot_fixture){0};
    client_fixture_start(&fixture->k8s);
    set_snapshot_init(&fixture->snapshot);
    fixture->settings = (struct set_snapshot_settings){.client = fixture->k8s.client,
                                                       .names = &our_names,
                                                       .fallback = &no_default,
                                                       .namespace = "default",
                                                       .set = "web"};
}

static void end(struct snapshot_fixture *fixture)
{
    set_snapshot_clear(&fixture->snapshot);
    client_fixture_stop(&fixture->k8s);
}

static void answer_the_rest(struct snapshot_fixture *fixture)
{
    answer(fixture, CLASSES, page(NULL, storage_class_object("{}")));
    answer(fixture, VOLUMES, page(NULL, volume_object("{}")));
}

static bool has_claim(const struct snapshot_fixture *fixture, int ordinal)
{
    autorelease(claim) struct claim *claim = set_snapshot_claim(&fixture->snapshot, 0, ordinal);
    return claim;
}

static void pods_and_claims_are_read_page_by_page(void)
{
    struct snapshot_fixture fixture;
    struct error err;
    begin(&fixture);
    answer(&fixture, SET, set_object("{}"));
    answer(&fixture, PODS, page("more", pod_object(0, "{}")));
    answer(&fixture, PODS, page(NULL, pod_object(1, "{}")));
    answer(&fixture, CLAIMS, page("more", named_claim("data-web-0")));
    answer(&fixture, CLAIMS, page(NULL, named_claim("data-web-1")));
    answer_the_rest(&fixture);
    CU_ASSERT_EQUAL(set_snapshot_read(&fixture.snapshot, &fixture.settings, &err), 0);
    CU_ASSERT_EQUAL(fixture.snapshot.pods.count, 2);
    CU_ASSERT(has_claim(&fixture, 0));
    CU_ASSERT(has_claim(&fixture, 1));
    end(&fixture);
}

static void lists_that_expire_between_two_pages_are_read_again(void)
{
    struct snapshot_fixture fixture;
    struct error err;
    begin(&fixture);
    answer(&fixture, SET, set_object("{}"));
    answer(&fixture, PODS, page("more", pod_object(0, "{}")));
    scripted_server_answer(fixture.k8s.server, .request = PODS, .times = 1, .status = 410);
    answer(&fixture, PODS, page(NULL, pod_object(1, "{}")));
    answer(&fixture, CLAIMS, page("more", named_claim("data-web-0")));
    scripted_server_answer(fixture.k8s.server, .request = CLAIMS, .times = 1, .status = 410);
    answer(&fixture, CLAIMS, page(NULL, named_claim("data-web-1")));
    answer_the_rest(&fixture);
    CU_ASSERT_EQUAL(set_snapshot_read(&fixture.snapshot, &fixture.settings, &err), 0);
    CU_ASSERT_EQUAL_FATAL(fixture.snapshot.pods.count, 1);
    CU_ASSERT_EQUAL(fixture.snapshot.pods.pods[0].ordinal, 1);
    CU_ASSERT_FALSE(has_claim(&fixture, 0));
    CU_ASSERT(has_claim(&fixture, 1));
    end(&fixture);
}

static void classes_and_volumes_are_read_only_once(void)
{
    struct snapshot_fixture fixture;
    struct error err;
    begin(&fixture);
    answer_the_rest(&fixture);
    for (int i = 0; i < 2; i++) {
        answer(&fixture, SET, set_object("{}"));
        answer(&fixture, PODS, page(NULL, NULL));
        answer(&fixture, CLAIMS, page(NULL, NULL));
        CU_ASSERT_EQUAL(set_snapshot_read(&fixture.snapshot, &fixture.settings, &err), 0);
    }
    CU_ASSERT_EQUAL(scripted_server_count(fixture.k8s.server), 8);
    CU_ASSERT_EQUAL(store_size(fixture.snapshot.classes), 1);
    CU_ASSERT_EQUAL(store_size(fixture.snapshot.volumes), 1);
    end(&fixture);
}

static void a_set_that_does_not_exist_is_named(void)
{
    struct snapshot_fixture fixture;
    struct error err;
    begin(&fixture);
    CU_ASSERT_EQUAL_FATAL(set_snapshot_read(&fixture.snapshot, &fixture.settings, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
    CU_ASSERT_STRING_EQUAL(err.message, "there is no StatefulSet web in namespace default");
    end(&fixture);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(pods_and_claims_are_read_page_by_page),
        TEST(lists_that_expire_between_two_pages_are_read_again),
        TEST(classes_and_volumes_are_read_only_once),
        TEST(a_set_that_does_not_exist_is_named),
        {0},
    };
    return suite_run("set_snapshot", tests, argc, argv);
}
