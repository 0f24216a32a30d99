/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/status.h"
#include "tests/suite.h"

struct status_case {
    long code;
    const char *object;
    bool json_patch;
    enum error_kind kind;
};

#define CAUSE(reason) "{\"details\":{\"causes\":[{\"reason\":\"" reason "\"}]}}"

static const struct status_case cases[] = {
    {301, NULL, false, ERROR_INVALID},
    {400, NULL, false, ERROR_INVALID},
    {401, NULL, false, ERROR_FORBIDDEN},
    {403, NULL, false, ERROR_FORBIDDEN},
    {403, CAUSE("NamespaceTerminating"), false, ERROR_NOT_FOUND},
    {403, CAUSE("Other"), false, ERROR_FORBIDDEN},
    {404, NULL, false, ERROR_NOT_FOUND},
    {405, NULL, false, ERROR_INVALID},
    {408, NULL, false, ERROR_UNAVAILABLE},
    {409, "{\"reason\":\"AlreadyExists\"}", false, ERROR_ALREADY_EXISTS},
    {409, "{\"reason\":\"Conflict\"}", false, ERROR_CONFLICT},
    {409, "[]", false, ERROR_CONFLICT},
    {409, NULL, false, ERROR_CONFLICT},
    {410, NULL, false, ERROR_EXPIRED},
    {413, NULL, false, ERROR_INVALID},
    {415, NULL, false, ERROR_INVALID},
    {422, NULL, false, ERROR_INVALID},
    {422, "{\"details\":{}}", true, ERROR_CONFLICT},
    {422, CAUSE("FieldValueInvalid"), true, ERROR_INVALID},
    {429, NULL, false, ERROR_UNAVAILABLE},
    {500, NULL, false, ERROR_UNAVAILABLE},
    {503, NULL, false, ERROR_UNAVAILABLE},
    {504, NULL, false, ERROR_UNAVAILABLE},
    {599, NULL, false, ERROR_UNAVAILABLE},
    {0, NULL, false, ERROR_INVALID},
};

static void each_code_has_its_kind(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_auto_t *object = cases[i].object ? json_loads(cases[i].object, 0, NULL) : NULL;
        struct status status = {cases[i].code, object, cases[i].json_patch};
        CU_ASSERT_EQUAL(status_error_kind(&status), cases[i].kind);
    }
}

static void the_message_is_the_servers_own_sentence(void)
{
    struct error err;
    json_auto_t *object = json_pack("{s:s}", "message", "pods \"a\" not found");
    struct status status = {.code = 404, .object = object};
    CU_ASSERT_EQUAL(status_error(&status, "GET /a", &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
    CU_ASSERT_STRING_EQUAL(err.message, "pods \"a\" not found");
}

static void without_a_sentence_the_message_names_the_request(void)
{
    struct error err;
    struct status status = {.code = 502};
    status_error(&status, "GET /api/v1/pods", &err);
    CU_ASSERT_STRING_EQUAL(err.message, "the API server answered HTTP 502 to GET /api/v1/pods");
}

static void a_failed_test_is_a_change_by_somebody_else(void)
{
    struct error err;
    json_auto_t *object = json_pack("{s:s}", "message", "the server rejected our request");
    struct status status = {.code = 422, .object = object, .json_patch = true};
    status_error(&status, "PATCH /a", &err);
    CU_ASSERT_STRING_EQUAL(err.message, "the object has changed meanwhile (PATCH /a)");
}

static void a_wait_in_the_details_is_taken(void)
{
    struct error err;
    json_auto_t *object = json_pack("{s:{s:i}}", "details", "retryAfterSeconds", 7);
    struct status status = {.code = 429, .object = object};
    status_error(&status, "GET /", &err);
    CU_ASSERT_EQUAL(err.retry_after_ms, 7000);
}

static void a_senseless_wait_is_bounded(void)
{
    struct error err;
    json_auto_t *object =
        json_pack("{s:{s:I}}", "details", "retryAfterSeconds", (json_int_t)1 << 60);
    struct status status = {.code = 429, .object = object};
    status_error(&status, "GET /", &err);
    CU_ASSERT_EQUAL(err.retry_after_ms, 3600 * 1000);
    json_object_set_new(json_object_get(object, "details"), "retryAfterSeconds", json_integer(-5));
    status_error(&status, "GET /", &err);
    CU_ASSERT_EQUAL(err.retry_after_ms, 0);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(each_code_has_its_kind),
        TEST(the_message_is_the_servers_own_sentence),
        TEST(without_a_sentence_the_message_names_the_request),
        TEST(a_failed_test_is_a_change_by_somebody_else),
        TEST(a_wait_in_the_details_is_taken),
        TEST(a_senseless_wait_is_bounded),
        {NULL, NULL},
    };
    return suite_run("status", tests, argc, argv);
}
