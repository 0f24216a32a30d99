/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/object_name.h"
#include "tests/provisioner/objects.h"

static const struct object_kind set = {"SET", "a StatefulSet"};

static void a_name_that_is_none_is_refused(void)
{
    static const struct {
        const char *text;
        bool is_name;
    } cases[] = {
        {"web", true},   {"my-web-0", true}, {"a.b-c.example", true}, {"0", true},
        {"", false},     {"A", false},       {"a b", false},          {"a_b", false},
        {".", false},    {"..", false},      {"a..b", false},         {".a", false},
        {"a.", false},   {"-a", false},      {"a-", false},           {"a.-b", false},
        {"a-.b", false}, {"a/b", false},     {"a?b", false},          {"a%2Fb", false},
        {"a\nb", false}, {"a,b", false},     {"b\xC3\xBC", false},    {"a=b", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error err = {0};
        int result = object_name_check(cases[i].text, "a namespace", &err);
        ASSERT_CASE(result == (cases[i].is_name ? 0 : -1), cases[i].text);
        autofree char *words =
            memory_format("\"%s\" is not the name of a namespace", cases[i].text);
        if (!cases[i].is_name)
            ASSERT_CASE(is_text(err.message, words), cases[i].text);
    }
}

static void a_name_has_at_most_253_characters(void)
{
    char text[255] = {0};
    struct error err;
    memset(text, 'a', 253);
    CU_ASSERT_EQUAL(object_name_check(text, "a namespace", &err), 0);
    text[253] = 'a';
    CU_ASSERT_EQUAL(object_name_check(text, "a namespace", &err), -1);
}

static void an_object_is_named_with_its_namespace_in_one_of_two_ways(void)
{
    static const struct {
        const char *text, *namespace;
    } cases[] = {{"team/web", NULL}, {"web", "team"}, {"team/web", "team"}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct object_name object;
        struct error err;
        CU_ASSERT_EQUAL_FATAL(
            object_name_parse(&object, cases[i].text, cases[i].namespace, &set, &err), 0);
        ASSERT_CASE(is_text(object.namespace, "team"), cases[i].text);
        ASSERT_CASE(is_text(object.name, "web"), cases[i].text);
        object_name_clear(&object);
    }
}

static void what_names_no_object_is_refused_with_words(void)
{
    static const struct {
        const char *text, *namespace, *said;
    } cases[] = {
        {"web", NULL, "\"web\" is not NAMESPACE/SET, nor is -n NAMESPACE given"},
        {"team/web", "other", "\"team/web\" is not in namespace other, which -n says"},
        {"team/", NULL, "\"team/\" is not NAMESPACE/SET: \"\" is not the name of a StatefulSet"},
        {"/web", NULL, "\"/web\" is not NAMESPACE/SET: \"\" is not the name of a namespace"},
        {"team/a/b", NULL, "\"a/b\" is not the name of a StatefulSet"},
        {"../web", NULL, "\"..\" is not the name of a namespace"},
        {"team/..", NULL, "\"..\" is not the name of a StatefulSet"},
        {"A B/web", NULL, "\"A B\" is not the name of a namespace"},
        {"..", "team", "\"..\" is not the name of a StatefulSet"},
        {"web", "../team", "\"../team\" is not the name of a namespace"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct object_name object;
        struct error err = {0};
        CU_ASSERT_EQUAL(object_name_parse(&object, cases[i].text, cases[i].namespace, &set, &err),
                        -1);
        CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
        ASSERT_CASE(strstr(err.message, cases[i].said), cases[i].said);
        CU_ASSERT_PTR_NULL(object.namespace);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_name_that_is_none_is_refused),
        TEST(a_name_has_at_most_253_characters),
        TEST(an_object_is_named_with_its_namespace_in_one_of_two_ways),
        TEST(what_names_no_object_is_refused_with_words),
        {0},
    };
    return suite_run("object_name", tests, argc, argv);
}
