/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/protocol.h"
#include "tests/suite.h"

#include <errno.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void add_all(struct names *names, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_EQUAL(names_add(names, words[i], strlen(words[i])), 0);
}

static void sorted_names_are_there_once(void)
{
    static const char *const words[] = {"b", "aa", ".", "a", "b", "..", "B", "aa", "b", "..."};
    static const char *const expected[] = {"...", "B", "a", "aa", "b"};
    struct names names = {0};
    add_all(&names, words, COUNT(words));
    CU_ASSERT_EQUAL(names.count, 8);
    names_sort(&names);
    CU_ASSERT_EQUAL_FATAL(names.count, COUNT(expected));
    for (size_t i = 0; i < names.count; i++)
        CU_ASSERT_STRING_EQUAL(names.items[i], expected[i]);
    names_free(&names);
}

static void no_names_are_sorted_too(void)
{
    struct names names = {0};
    names_sort(&names);
    CU_ASSERT_EQUAL(names.count, 0);
    names_free(&names);
}

static void a_limit_is_reached_by_names_other_than_dots(void)
{
    struct names names = {.limit = 1};
    add_all(&names, (const char *const[]){".", ".."}, 2);
    CU_ASSERT_FALSE(names_full(&names));
    add_all(&names, (const char *const[]){"a"}, 1);
    CU_ASSERT_TRUE(names_full(&names));
    names_free(&names);
}

static void a_name_or_a_handle_of_no_bytes_is_no_answer(void)
{
    struct names names = {0};
    struct nodes nodes = {0};
    struct handle handle;
    CU_ASSERT_EQUAL(names_add(&names, NULL, 0), -EPROTO);
    CU_ASSERT_EQUAL(nodes_add(&nodes, NULL, 0, NULL), -EPROTO);
    CU_ASSERT_EQUAL(handle_set(&handle, 0, NULL), -EPROTO);
    CU_ASSERT_EQUAL(names.count + nodes.count, 0);
}

static void a_listing_that_does_not_end_is_given_up(void)
{
    struct names names = {.count = LISTED_NAMES_MAX};
    struct nodes nodes = {.count = LISTED_NODES_MAX};
    CU_ASSERT_EQUAL(names_add(&names, "a", 1), -E2BIG);
    CU_ASSERT_EQUAL(nodes_add(&nodes, "a", 1, NULL), -E2BIG);
    CU_ASSERT_EQUAL(names.count, LISTED_NAMES_MAX);
    CU_ASSERT_EQUAL(nodes.count, LISTED_NODES_MAX);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(sorted_names_are_there_once),
        TEST(no_names_are_sorted_too),
        TEST(a_limit_is_reached_by_names_other_than_dots),
        TEST(a_name_or_a_handle_of_no_bytes_is_no_answer),
        TEST(a_listing_that_does_not_end_is_given_up),
        {0},
    };
    return suite_run("protocol", tests, argc, argv);
}
