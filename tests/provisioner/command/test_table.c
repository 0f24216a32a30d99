/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/table.h"
#include "tests/provisioner/objects.h"

static const char *const headers[] = {"NAME", "SIZE", "AGE", NULL};

static char *print(const struct table *table, bool colour)
{
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    require(file);
    table_print(table, file, colour);
    fclose(file);
    return text;
}

static struct table *two_rows(void)
{
    struct table *table = table_new(headers);
    table_add(table, (const char *const[]){"a-long-name", "1Gi", "5m"}, TINT_GOOD);
    table_add(table, (const char *const[]){"b", NULL, ""}, TINT_NONE);
    return table;
}

static void columns_are_aligned_and_nothing_is_a_dash(void)
{
    autodestroy(table) struct table *table = two_rows();
    autofree char *text = print(table, false);
    CU_ASSERT_STRING_EQUAL(text, "NAME          SIZE   AGE\n"
                                 "a-long-name   1Gi    5m\n"
                                 "b             -      -\n");
}

static void colour_is_around_the_row_that_has_one(void)
{
    autodestroy(table) struct table *table = two_rows();
    autofree char *text = print(table, true);
    CU_ASSERT_STRING_EQUAL(text, "NAME          SIZE   AGE\n"
                                 "\033[32ma-long-name   1Gi    5m\033[0m\n"
                                 "b             -      -\n");
}

static void an_empty_column_is_left_out_where_asked(void)
{
    autodestroy(table) struct table *table = table_new(headers);
    table_add(table, (const char *const[]){"a", "", "5m"}, TINT_NONE);
    table_hide_empty(table);
    autofree char *text = print(table, false);
    CU_ASSERT_STRING_EQUAL(text, "NAME   AGE\na      5m\n");
}

static void a_table_without_rows_is_nothing(void)
{
    autodestroy(table) struct table *table = table_new(headers);
    autofree char *text = print(table, false);
    CU_ASSERT_STRING_EQUAL(text, "");
}

static void width_is_counted_in_characters(void)
{
    autodestroy(table) struct table *table = table_new(headers);
    table_add(table, (const char *const[]){"größe", "x", "y"}, TINT_NONE);
    autofree char *text = print(table, false);
    CU_ASSERT_STRING_EQUAL(text, "NAME    SIZE   AGE\ngröße   x      y\n");
}

static void an_age_is_short(void)
{
    static const struct {
        int64_t seconds;
        const char *age;
    } cases[] = {
        {-5, "0s"},           {0, "0s"},      {119, "119s"},
        {120, "2m"},          {7199, "119m"}, {7200, "2h"},
        {172799, "47h"},      {172800, "2d"}, {86400L * 729, "729d"},
        {86400L * 730, "2y"},
    };

    int64_t now_us = INT64_C(1800000000000000);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *age = table_age(now_us - cases[i].seconds * 1000000, now_us);
        ASSERT_CASE(is_text(age, cases[i].age), cases[i].age);
    }
}

static void what_a_terminal_would_obey_is_made_visible(void)
{
    autodestroy(table) struct table *table = table_new(headers);
    table_add(table, (const char *const[]){"x\033[2J", "\xc2\x9b", "a\nb"}, TINT_NONE);
    autofree char *text = print(table, false);
    CU_ASSERT_STRING_EQUAL(text, "NAME       SIZE       AGE\n"
                                 "x\\x1b[2J   \\xc2\\x9b   a\\x0ab\n");
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(columns_are_aligned_and_nothing_is_a_dash),
        TEST(colour_is_around_the_row_that_has_one),
        TEST(an_empty_column_is_left_out_where_asked),
        TEST(a_table_without_rows_is_nothing),
        TEST(width_is_counted_in_characters),
        TEST(an_age_is_short),
        TEST(what_a_terminal_would_obey_is_made_visible),
        {0},
    };
    return suite_run("table", tests, argc, argv);
}
