/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "k8s/base64.h"
#include "tests/suite.h"

static void text_of_every_length_is_decoded(void)
{
    static const char *const pairs[][2] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYg==", "foob"},
        {"Zm9vYmE=", "fooba"},
        {"Zm9vYmFy", "foobar"},
        {"/+8+", "\xff\xef>"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        autofree char *text = base64_decode_text(pairs[i][0]);
        CU_ASSERT_STRING_EQUAL(text ? text : "none", pairs[i][1]);
    }
}

static void white_space_does_not_count(void)
{
    autofree char *text = base64_decode_text(" Zm9v\nYmFy\r\n");
    CU_ASSERT_STRING_EQUAL(text ? text : "none", "foobar");
}

static void what_is_not_base64_is_refused(void)
{
    static const char *const wrong[] = {"Z",     "Zg",   "Zg=",  "Zg===", "====", "Z===",
                                        "Zm9v-", "Zm-v", "Zm=v", "=Zm9",  "AAAA", "Zm9v*mFy"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        autofree char *text = base64_decode_text(wrong[i]);
        CU_ASSERT_PTR_NULL(text);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(text_of_every_length_is_decoded),
        TEST(white_space_does_not_count),
        TEST(what_is_not_base64_is_refused),
        {NULL, NULL},
    };
    return suite_run("base64", tests, argc, argv);
}
