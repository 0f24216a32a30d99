/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/claim_owner.h"
#include "tests/provisioner/objects.h"

static const struct claim_owner here_owner = {"here", "default", "ns-1", "data-web-0"};

static void the_text_and_the_folder_name_all_four(void)
{
    autofree char *text = claim_owner_text(&here_owner);
    autofree char *folder = claim_owner_folder(&here_owner);
    CU_ASSERT_STRING_EQUAL(text, "here/default/ns-1/data-web-0");
    CU_ASSERT_STRING_EQUAL(folder, ".mooring/claims/here/default/ns-1/data-web-0");
}

static void a_text_is_parsed_to_who_wrote_it(void)
{
    static const struct claim_owner owners[] = {
        {"here", "default", "ns-1", "data-web-0"},
        {"9aab223f-d8bd-49cf-9f3d-7aaed81130b4", "a", "bf0fcf9f-c9a7", "a.b"},
        {"a", "a", "a", "a"},
        {"here", "default", "ns-1", NULL},
    };
    for (size_t i = 0; i < sizeof owners / sizeof *owners; i++) {
        struct error err;
        struct parsed_owner parsed;
        autofree char *text = claim_owner_text(&owners[i]);
        CU_ASSERT_EQUAL_FATAL(claim_owner_parse(text, &parsed, &err), 0);
        ASSERT_CASE(claim_owner_equals(&parsed.owner, &owners[i]), text);
        free(parsed.texts);
    }
}

static void owners_differ_in_any_of_the_four(void)
{
    static const struct claim_owner others[] = {
        {"there", "default", "ns-1", "data-web-0"}, {"here", "other", "ns-1", "data-web-0"},
        {"here", "default", "ns-2", "data-web-0"},  {"here", "default", "ns-1", "data-web-1"},
        {NULL, "default", "ns-1", "data-web-0"},    {"here", "default", NULL, "data-web-0"},
        {"here", "default", "ns-1", NULL},
    };
    const struct claim_owner unknown = {"here", "default", NULL, "data-web-0"};
    CU_ASSERT(claim_owner_equals(&here_owner, &here_owner));
    CU_ASSERT_FALSE(claim_owner_equals(&unknown, &unknown));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        CU_ASSERT_FALSE(claim_owner_equals(&here_owner, &others[i]));
        CU_ASSERT_FALSE(claim_owner_equals(&others[i], &here_owner));
    }
}

static void a_namespace_is_the_owner_for_all_its_claims(void)
{
    static const struct claim_owner others[] = {
        {"there", "default", "ns-1", "data-web-0"},
        {"here", "other", "ns-1", "data-web-0"},
        {"here", "default", "ns-2", "data-web-0"},
    };
    const struct claim_owner namespace = claim_owner_namespace(&here_owner);
    autofree char *text = claim_owner_text(&namespace);
    CU_ASSERT_STRING_EQUAL(text, "here/default/ns-1");
    CU_ASSERT(claim_owner_is_namespace_of(&namespace, &here_owner));
    CU_ASSERT(claim_owner_is_namespace_of(&namespace, &namespace));
    CU_ASSERT(claim_owner_equals(&namespace, &namespace));
    CU_ASSERT_FALSE(claim_owner_is_namespace_of(&here_owner, &here_owner));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        CU_ASSERT_FALSE(claim_owner_is_namespace_of(&namespace, &others[i]));
}

static void what_does_not_name_all_four_safely_is_refused(void)
{
    static const char *const texts[] = {
        "",
        "here",
        "here/default",
        "here/default/ns-1/",
        "here/default/ns-1/data/more",
        "here/default/ns-1/data/a/b/c",
        "/here/default/ns-1/data",
        "here//ns-1/data",
        "here/default/../data",
        "./default/ns-1/data",
        "here/default/ns-1/.data",
        "here/default/ns-1/a\\b",
        "here/default/ns-1/a\nb",
        "here/default/ns-1/a\xff",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct error err = {0};
        struct parsed_owner parsed;
        ASSERT_CASE(claim_owner_parse(texts[i], &parsed, &err) == -1, texts[i]);
        ASSERT_CASE(err.kind == ERROR_INVALID, texts[i]);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(the_text_and_the_folder_name_all_four),
        TEST(a_text_is_parsed_to_who_wrote_it),
        TEST(owners_differ_in_any_of_the_four),
        TEST(a_namespace_is_the_owner_for_all_its_claims),
        TEST(what_does_not_name_all_four_safely_is_refused),
        {0},
    };
    return suite_run("claim owner", tests, argc, argv);
}
