/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "tests/suite.h"

static void texts_that_say_the_same_are_equal(void)
{
    const char one[] = "web";
    const char other[] = "web";
    CU_ASSERT_TRUE(text_equals(one, other));
    CU_ASSERT_TRUE(text_equals("", ""));
}

static void texts_that_differ_anywhere_are_not_equal(void)
{
    CU_ASSERT_FALSE(text_equals("web", "Web"));
    CU_ASSERT_FALSE(text_equals("web", "web-0"));
    CU_ASSERT_FALSE(text_equals("web-0", "web"));
    CU_ASSERT_FALSE(text_equals("web", ""));
}

static void a_text_that_is_missing_equals_nothing(void)
{
    CU_ASSERT_FALSE(text_equals(NULL, "web"));
    CU_ASSERT_FALSE(text_equals("web", NULL));
    CU_ASSERT_FALSE(text_equals(NULL, ""));
    CU_ASSERT_FALSE(text_equals(NULL, NULL));
}

static void two_that_are_missing_are_the_same_where_that_is_asked(void)
{
    CU_ASSERT_TRUE(text_is_same(NULL, NULL));
    CU_ASSERT_TRUE(text_is_same("web", "web"));
    CU_ASSERT_FALSE(text_is_same("web", "Web"));
    CU_ASSERT_FALSE(text_is_same(NULL, ""));
    CU_ASSERT_FALSE(text_is_same("web", NULL));
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(texts_that_say_the_same_are_equal),
        TEST(texts_that_differ_anywhere_are_not_equal),
        TEST(a_text_that_is_missing_equals_nothing),
        TEST(two_that_are_missing_are_the_same_where_that_is_asked),
        {0},
    };
    return suite_run("text", tests, argc, argv);
}
