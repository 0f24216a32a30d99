/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "k8s/answer.h"
#include "tests/suite.h"

#include <stdio.h>

static void what_is_kept_is_all_but_the_managed_fields(void)
{
    static const struct {
        const char *text, *kept;
    } cases[] = {
        {"{}", "{}"},
        {"{\"a\":{\"managedFields\":[],\"b\":1}}", "{\"a\":{\"managedFields\":[],\"b\":1}}"},
        {"{\"managedFields\":[{\"f\":{\"[\":1,\"]\":[2,\"]\\\"]\"]}}],\"b\":1}",
         "{\"managedFields\":[],\"b\":1}"},
        {"[{\"managedFields\":[1]},{\"managedFields\":[2,[3]]},4]",
         "[{\"managedFields\":[]},{\"managedFields\":[]},4]"},
        /* A user's own text is not the field. */
        {"{\"note\":\"\\\"managedFields\\\":[1]\"}", "{\"note\":\"\\\"managedFields\\\":[1]\"}"},
        {"{\"managedFields\":\"[mine]\"}", "{\"managedFields\":\"[mine]\"}"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_error_t problem;
        json_auto_t *object = answer_parse(cases[i].text, strlen(cases[i].text), &problem);
        json_auto_t *kept = json_loads(cases[i].kept, 0, NULL);
        CU_ASSERT(json_equal(object, kept));
    }
}

static void a_text_longer_than_the_parser_s_buffer_is_parsed_whole(void)
{
    json_error_t problem;
    static char text[10000];
    size_t length = 0;
    length += (size_t)sprintf(text, "{\"a\":\"%0*d\",\"managedFields\":[\"", 3000, 0);
    length += (size_t)sprintf(text + length, "%0*d\"],\"b\":\"%0*d\"}", 3000, 0, 3000, 0);
    json_auto_t *object = answer_parse(text, length, &problem);
    CU_ASSERT_EQUAL(json_string_length(json_object_get(object, "a")), 3000);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(object, "managedFields")), 0);
    CU_ASSERT_EQUAL(json_string_length(json_object_get(object, "b")), 3000);
}

static void a_text_that_is_cut_off_is_an_error_wherever_it_is_cut(void)
{
    static const char *const texts[] = {
        "{\"a\":1,\"managedFields\":[{\"b\":\"\\\"]\"}],\"c\":2}",
        "{\"a\\u0000\":1,\"managedFields\":[{\"b\":\"\\u0000]\"}],\"\\\\\\u0000\":\"\\u0000\"}",
        "{\"managedFields\":[\\u0000\\u0000",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        for (size_t length = 0; length < strlen(texts[i]); length++) {
            json_error_t problem;
            autofree char *text = memory_copy_bytes(texts[i], length);
            json_auto_t *object = answer_parse(text, length, &problem);
            CU_ASSERT_PTR_NULL(object);
        }
    }
}

#define FFFD "\xef\xbf\xbd"

static void a_zero_character_in_a_user_s_text_does_no_harm(void)
{
    static const char text[] = "{\"note\":\"a\\u0000b\",\"managedFields\":[1]}";
    json_error_t problem;
    json_auto_t *object = answer_parse(text, sizeof text - 1, &problem);
    CU_ASSERT_EQUAL(json_string_length(json_object_get(object, "note")), 5);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(object, "note")), "a" FFFD "b");
}

static void a_zero_character_in_a_key_does_no_harm(void)
{
    static const struct {
        const char *text, *read;
    } cases[] = {
        {"{\"a\\u0000b\":1}", "{\"a" FFFD "b\":1}"},
        {"{\"\\u0000\":\"\\u0000\\u0000\"}", "{\"" FFFD "\":\"" FFFD FFFD "\"}"},
        {"{\"\\\\\\u0000\":1}", "{\"\\\\" FFFD "\":1}"},
        {"{\"managedFields\":[{\"\\u0000\":1}],\"\\u0000\":\"\\u0000\",\"managedFields\":["
         "\"\\u0000\"]}",
         "{\"managedFields\":[],\"" FFFD "\":\"" FFFD "\"}"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_error_t problem;
        json_auto_t *object = answer_parse(cases[i].text, strlen(cases[i].text), &problem);
        json_auto_t *read = json_loads(cases[i].read, 0, NULL);
        CU_ASSERT(read && json_equal(object, read));
    }
}

static void an_escaped_backslash_before_u0000_is_text(void)
{
    static const char *const texts[] = {
        "{\"a\\\\u0000\":\"\\\\\\\\u0000\"}",
        "[\"\\\\u0000\\\\\\\\u0000\"]",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_error_t problem;
        json_auto_t *object = answer_parse(texts[i], strlen(texts[i]), &problem);
        json_auto_t *as_it_is = json_loads(texts[i], 0, NULL);
        CU_ASSERT(as_it_is && json_equal(object, as_it_is));
    }
}

static void the_version_is_the_server_s_own(void)
{
    static const struct {
        const char *text, *version;
    } cases[] = {
        {"{\"metadata\":{\"name\":\"web\",\"resourceVersion\":\"12\",\"uid\":\"u\"},oops", "12"},
        {"{\"metadata\":{\"name\":\"web\",\"labels\":{\"resourceVersion\":\"12\"}}}", "none"},
        {"{\"metadata\":{\"name\":\"web\"}}", "none"},
        {"{\"resourceVersion\":\"12\"}", "none"},
        {"<html>", "none"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *version = answer_version(cases[i].text, strlen(cases[i].text));
        CU_ASSERT_STRING_EQUAL(version ? version : "none", cases[i].version);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(what_is_kept_is_all_but_the_managed_fields),
        TEST(a_text_longer_than_the_parser_s_buffer_is_parsed_whole),
        TEST(a_text_that_is_cut_off_is_an_error_wherever_it_is_cut),
        TEST(a_zero_character_in_a_user_s_text_does_no_harm),
        TEST(a_zero_character_in_a_key_does_no_harm),
        TEST(an_escaped_backslash_before_u0000_is_text),
        TEST(the_version_is_the_server_s_own),
        {0},
    };
    return suite_run("answer", tests, argc, argv);
}
