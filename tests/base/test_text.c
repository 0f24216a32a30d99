/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
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

static void what_a_terminal_would_obey_is_made_visible(void)
{
    static const struct {
        const char *text;
        const char *printable;
    } cases[] = {
        {"\033[31mred", "\\x1b[31mred"},
        {"a\nb\tc\r", "a\\x0ab\\x09c\\x0d"},
        {"\x7f", "\\x7f"},
        {"\xc2\x9b"
         "31m",
         "\\xc2\\x9b31m"},
        {"line\u2028end\u2029", "line\\xe2\\x80\\xa8end\\xe2\\x80\\xa9"},
        {"a\u202etxt.exe", "a\\xe2\\x80\\xaetxt.exe"},
        {"\u200e\u061c", "\\xe2\\x80\\x8e\\xd8\\x9c"},
        {"\u2066x\u2069", "\\xe2\\x81\\xa6x\\xe2\\x81\\xa9"},
        {"alone \x80\xbf", "alone \\x80\\xbf"},
        {"cut \xe2\x82", "cut \\xe2\\x82"},
        {"cut \xe2\x82, then more", "cut \\xe2\\x82, then more"},
        {"too long \xc0\xaf", "too long \\xc0\\xaf"},
        {"\xff", "\\xff"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *printable = text_printable(cases[i].text);
        CU_ASSERT_STRING_EQUAL(printable, cases[i].printable);
        CU_ASSERT_FALSE(text_is_printable(cases[i].text));
        CU_ASSERT_TRUE(text_is_printable(printable));
    }
}

static void what_people_write_stays_as_it_is(void)
{
    static const char *const texts[] = {"",
                                        "default-data/web-0",
                                        "Gr\u00fc\u00dfe, \"x\" \\ y",
                                        "\u65e5\u672c",
                                        "\u05e9\u05dc\u05d5\u05dd",
                                        "\U0001f600",
                                        "\u00a0\u2027\u202f\u2065\u206a"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        autofree char *printable = text_printable(texts[i]);
        CU_ASSERT_STRING_EQUAL(printable, texts[i]);
        CU_ASSERT_TRUE(text_is_printable(texts[i]));
    }
    CU_ASSERT_PTR_NULL(text_printable(NULL));
}

static void a_long_text_is_printed_whole(void)
{
    char hostile[5001] = "";
    memset(hostile, '\a', sizeof hostile - 1);
    autofree char *printable = text_printable(hostile);
    CU_ASSERT_EQUAL(strlen(printable), 4 * (sizeof hostile - 1));
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(texts_that_say_the_same_are_equal),
        TEST(texts_that_differ_anywhere_are_not_equal),
        TEST(a_text_that_is_missing_equals_nothing),
        TEST(two_that_are_missing_are_the_same_where_that_is_asked),
        TEST(what_a_terminal_would_obey_is_made_visible),
        TEST(what_people_write_stays_as_it_is),
        TEST(a_long_text_is_printed_whole),
        {0},
    };
    return suite_run("text", tests, argc, argv);
}
