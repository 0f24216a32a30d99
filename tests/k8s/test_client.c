/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/k8s/client_fixture.h"
#include "tests/suite.h"

static void an_object_is_read(void)
{
    struct client_fixture fixture;
    struct error err;
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .request = "GET /api/v1/namespaces/a/pods/b",
                           .status = 200, .body = "{\"kind\":\"Pod\"}");
    json_auto_t *object = client_get(fixture.client, &resource_pods, "a", "b", &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(object);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(object, "kind")), "Pod");

    const char *headers = scripted_server_seen(fixture.server, 0)->headers;
    CU_ASSERT_PTR_NOT_NULL(strstr(headers, "User-Agent: mooring/" MOORING_VERSION "\r\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(headers, "Accept: application/json\r\n"));
    CU_ASSERT_PTR_NULL(strstr(headers, "Authorization"));
    client_fixture_stop(&fixture);
}

static void writes_go_where_the_metadata_says(void)
{
    struct client_fixture fixture;
    struct error err;
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .status = 201, .body = "{\"stored\":true}");
    json_auto_t *object =
        json_pack("{s:{s:s, s:s}}", "metadata", "namespace", "team", "name", "claim");
    json_auto_t *stored = NULL;

    CU_ASSERT_EQUAL(client_create(fixture.client, &resource_claims, object, &stored, &err), 0);
    CU_ASSERT_TRUE(json_is_true(json_object_get(stored, "stored")));
    CU_ASSERT_EQUAL(client_replace(fixture.client, &resource_claims, object, NULL, &err), 0);

    const struct seen_request *post = scripted_server_seen(fixture.server, 0);
    const struct seen_request *put = scripted_server_seen(fixture.server, 1);
    CU_ASSERT_STRING_EQUAL(post->line, "POST /api/v1/namespaces/team/persistentvolumeclaims");
    CU_ASSERT_STRING_EQUAL(put->line, "PUT /api/v1/namespaces/team/persistentvolumeclaims/claim");
    CU_ASSERT_STRING_EQUAL(post->body,
                           "{\"metadata\":{\"namespace\":\"team\",\"name\":\"claim\"}}");
    CU_ASSERT_STRING_EQUAL(put->body, post->body);
    CU_ASSERT_PTR_NOT_NULL(strstr(post->headers, "Content-Type: application/json\r\n"));
    CU_ASSERT_PTR_NULL(strstr(post->headers, "Expect"));
    client_fixture_stop(&fixture);
}

static void a_patch_is_named_by_its_shape(void)
{
    struct client_fixture fixture;
    struct error err;
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .status = 200, .body = "{}");
    struct object_key key = {&resource_volumes, NULL, "pvc-1"};
    json_auto_t *array = json_pack("[{s:s}]", "op", "test");
    json_auto_t *merge = json_pack("{s:i}", "count", 2);

    CU_ASSERT_EQUAL(client_patch(fixture.client, &key, array, NULL, &err), 0);
    CU_ASSERT_EQUAL(client_patch(fixture.client, &key, merge, NULL, &err), 0);
    const struct seen_request *first = scripted_server_seen(fixture.server, 0);
    const struct seen_request *second = scripted_server_seen(fixture.server, 1);
    CU_ASSERT_STRING_EQUAL(first->line, "PATCH /api/v1/persistentvolumes/pvc-1");
    CU_ASSERT_PTR_NOT_NULL(strstr(first->headers, "Type: application/json-patch+json\r\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(second->headers, "Type: application/merge-patch+json\r\n"));
    client_fixture_stop(&fixture);
}

static void only_a_json_patch_can_fail_its_test(void)
{
    struct client_fixture fixture;
    struct error err = {0};
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .status = 422, .body = "{\"reason\":\"Invalid\"}");
    struct object_key key = {&resource_volumes, NULL, "pvc-1"};
    json_auto_t *array = json_pack("[{s:s}]", "op", "test");
    json_auto_t *merge = json_pack("{s:i}", "count", 2);

    CU_ASSERT_EQUAL(client_patch(fixture.client, &key, array, NULL, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
    CU_ASSERT_EQUAL(client_patch(fixture.client, &key, merge, NULL, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
    client_fixture_stop(&fixture);
}

static void a_call_goes_anywhere(void)
{
    struct client_fixture fixture;
    struct error err;
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .status = 200, .body = "{}");
    json_auto_t *body = json_pack("{s:s}", "kind", "SelfSubjectAccessReview");
    json_auto_t *version = client_call(fixture.client, "/version", NULL, &err);
    json_auto_t *review = client_call(fixture.client, "/apis/x", body, &err);
    CU_ASSERT_PTR_NOT_NULL(version);
    CU_ASSERT_PTR_NOT_NULL(review);
    CU_ASSERT_STRING_EQUAL(scripted_server_seen(fixture.server, 0)->line, "GET /version");
    CU_ASSERT_STRING_EQUAL(scripted_server_seen(fixture.server, 1)->line, "POST /apis/x");
    client_fixture_stop(&fixture);
}

static void the_connection_is_kept(void)
{
    struct client_fixture fixture;
    struct error err;
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .times = 3, .status = 200, .body = "{}");
    scripted_server_answer(fixture.server, .status = 503, .chunked = true, .body = "{}");
    for (int i = 0; i < 8; i++)
        (void)client_fixture_get(&fixture, &err);
    CU_ASSERT_EQUAL(scripted_server_count(fixture.server), 8);
    CU_ASSERT_EQUAL(scripted_server_seen(fixture.server, 7)->connection, 0);
    client_fixture_stop(&fixture);
}

static void what_the_server_says_becomes_the_error(void)
{
    struct client_fixture fixture;
    struct error err = {0};
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .times = 1, .status = 409,
                           .body = "{\"reason\":\"AlreadyExists\",\"message\":\"it exists\"}");
    scripted_server_answer(fixture.server, .times = 1, .status = 502, .body = "<html>Bad gateway");
    CU_ASSERT_EQUAL(client_fixture_get(&fixture, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_ALREADY_EXISTS);
    CU_ASSERT_STRING_EQUAL(err.message, "it exists");
    CU_ASSERT_EQUAL(client_fixture_get(&fixture, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "HTTP 502 to GET /api/v1/namespaces/a/pods/b"));
    client_fixture_stop(&fixture);
}

static void a_nul_in_a_status_does_not_hide_what_it_says(void)
{
    struct client_fixture fixture;
    struct error err = {0};
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .status = 409,
                           .body = "{\"reason\":\"AlreadyExists\",\"message\":\"it exists\","
                                   "\"details\":{\"a\\u0000\":\"\\u0000\"}}");
    CU_ASSERT_EQUAL(client_fixture_get(&fixture, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_ALREADY_EXISTS);
    CU_ASSERT_STRING_EQUAL(err.message, "it exists");
    client_fixture_stop(&fixture);
}

static void retry_after_is_passed_on(void)
{
    struct client_fixture fixture;
    struct error err = {0};
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .times = 1, .status = 429,
                           .headers = "Retry-After: 3\r\n");
    scripted_server_answer(fixture.server, .times = 1, .status = 503,
                           .headers = "Retry-After: 999999999999\r\n");
    scripted_server_answer(fixture.server, .times = 1, .status = 503);
    CU_ASSERT_EQUAL(client_fixture_get(&fixture, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(err.retry_after_ms, 3000);
    CU_ASSERT_EQUAL(client_fixture_get(&fixture, &err), -1);
    CU_ASSERT_TRUE(err.retry_after_ms > 0 && err.retry_after_ms <= 3600 * 1000);
    CU_ASSERT_EQUAL(client_fixture_get(&fixture, &err), -1);
    CU_ASSERT_EQUAL(err.retry_after_ms, 0);
    client_fixture_stop(&fixture);
}

static void a_redirect_is_not_followed(void)
{
    struct client_fixture fixture;
    struct error err = {0};
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .status = 302, .headers = "Location: /elsewhere\r\n");
    CU_ASSERT_EQUAL(client_fixture_get(&fixture, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
    CU_ASSERT_EQUAL(scripted_server_count(fixture.server), 1);
    client_fixture_stop(&fixture);
}

static void a_nul_in_a_string_does_not_hide_the_object(void)
{
    struct client_fixture fixture;
    struct error err;
    client_fixture_start(&fixture);
    scripted_server_answer(fixture.server, .status = 200,
                           .body = "{\"note\":\"a\\u0000b\",\"x\":1}");
    json_auto_t *object = client_get(fixture.client, &resource_pods, "a", "b", &err);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(object, "x")), 1);
    client_fixture_stop(&fixture);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(an_object_is_read),
        TEST(writes_go_where_the_metadata_says),
        TEST(a_patch_is_named_by_its_shape),
        TEST(only_a_json_patch_can_fail_its_test),
        TEST(a_call_goes_anywhere),
        TEST(the_connection_is_kept),
        TEST(what_the_server_says_becomes_the_error),
        TEST(a_nul_in_a_status_does_not_hide_what_it_says),
        TEST(retry_after_is_passed_on),
        TEST(a_redirect_is_not_followed),
        TEST(a_nul_in_a_string_does_not_hide_the_object),
        {NULL, NULL},
    };
    return suite_run("client", tests, argc, argv);
}
