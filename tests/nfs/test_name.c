/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "nfs/name.h"
#include "tests/suite.h"

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static char *repeat(const char *text, size_t count)
{
    size_t length = strlen(text);
    char *result = memory_new(count * length + 1);
    for (size_t i = 0; i < count; i++)
        sprintf(result + i * length, "%s", text);
    return result;
}

static void ordinary_names_pass(void)
{
    static const char *const names[] = {
        "a",
        "default-data-pvc-0b7e7a3c-1f6c-4c2a-9f0e-1f0a7f4f2b11",
        "name.with.dots",
        "a..b",
        "trailing.",
        "-leading-dash",
        "with space",
        "caf\xc3\xa9",
        "\xf0\x9f\x98\x80",
    };
    struct error err;
    for (size_t i = 0; i < COUNT(names); i++)
        CU_ASSERT_EQUAL(name_check(names[i], &err), 0);
}

static void hostile_names_are_refused_with_their_rule(void)
{
    static const struct {
        const char *name;
        const char *rule;
    } cases[] = {
        {"", "empty"},
        {".", "dot"},
        {"..", "dot"},
        {".hidden", "dot"},
        {".mooring", "dot"},
        {"a/b", "'/'"},
        {"/", "'/'"},
        {"../etc", "dot"},
        {"a/../../etc", "'/'"},
        {"a\\b", "'\\'"},
        {"a\nb", "control"},
        {"a\x01", "control"},
        {"a\x7f", "control"},
        {"tab\t", "control"},
        {"next line \xc2\x85", "control"},
        {"\xff", "UTF-8"},
        {"overlong slash \xc0\xaf", "UTF-8"},
        {"overlong dot \xe0\x80\xae", "UTF-8"},
        {"surrogate \xed\xa0\x80", "UTF-8"},
        {"too large \xf4\x90\x80\x80", "UTF-8"},
        {"cut off \xe2\x82", "UTF-8"},
        {"continuation \x80", "UTF-8"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = {0};
        CU_ASSERT_EQUAL(name_check(cases[i].name, &err), -1);
        CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, cases[i].rule));
    }
}

static void a_name_of_255_bytes_passes_and_one_of_256_does_not(void)
{
    struct error err = {0};
    char *longest = repeat("n", 255);
    char *too_long = repeat("n", 256);
    CU_ASSERT_EQUAL(name_check(longest, &err), 0);
    CU_ASSERT_EQUAL(name_check(too_long, &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "255 bytes"));
    free(longest);
    free(too_long);
}

static void length_is_counted_in_bytes(void)
{
    struct error err = {0};
    char *longest = repeat("\xc3\xa9", 127);
    char *too_long = repeat("\xc3\xa9", 128);
    CU_ASSERT_EQUAL(name_check(longest, &err), 0);
    CU_ASSERT_EQUAL(name_check(too_long, &err), -1);
    free(longest);
    free(too_long);
}

static void the_message_shows_a_name_in_plain_characters(void)
{
    struct error err = {0};
    CU_ASSERT_EQUAL(name_check("evil\nlevel=error \x1b[31m\xff", &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "evil\\x0alevel=error \\x1b[31m\\xff"));
    CU_ASSERT_PTR_NULL(strchr(err.message, '\n'));
    CU_ASSERT_PTR_NULL(strchr(err.message, '\x1b'));
}

static void a_long_name_is_cut_in_the_message(void)
{
    struct error err = {0};
    char *endless = repeat("x\n", 5000);
    CU_ASSERT_EQUAL(name_check(endless, &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "...\""));
    free(endless);
}

static void every_component_of_a_path_is_checked(void)
{
    static const struct {
        const char *path;
        int result;
    } cases[] = {
        {"a", 0},          {"a/b/c", 0},   {"", -1},           {"/a", -1},       {"a/", -1},
        {"a//b", -1},      {"/", -1},      {"a/../b", -1},     {"a/./b", -1},    {"../a", -1},
        {"a/.hidden", -1}, {"a/b\nc", -1}, {"a/\xc0\xaf", -1}, {"a/b\\c/d", -1},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = {0};
        CU_ASSERT_EQUAL(name_check_path(cases[i].path, &err), cases[i].result);
        CU_ASSERT_EQUAL(err.kind, cases[i].result < 0 ? ERROR_INVALID : 0);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(ordinary_names_pass),
        TEST(hostile_names_are_refused_with_their_rule),
        TEST(a_name_of_255_bytes_passes_and_one_of_256_does_not),
        TEST(length_is_counted_in_bytes),
        TEST(the_message_shows_a_name_in_plain_characters),
        TEST(a_long_name_is_cut_in_the_message),
        TEST(every_component_of_a_path_is_checked),
        {0},
    };
    return suite_run("name", tests, argc, argv);
}
