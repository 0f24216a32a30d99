/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/lines.h"
#include "tests/suite.h"

#include <malloc.h>
#include <stdio.h>

/* Every line that came, each ended by '|'. */
struct heard {
    char text[256];
    int refuse_after; /* lines; 0: never */
    int count;
};

static int hear(void *context, const char *line, size_t length, struct error *err)
{
    struct heard *heard = context;
    size_t used = strlen(heard->text);
    snprintf(heard->text + used, sizeof heard->text - used, "%.*s|", (int)length, line);
    if (++heard->count == heard->refuse_after)
        return error_set(err, ERROR_CONFLICT, "enough");
    return 0;
}

static int count_only(void *context, const char *line, size_t length, struct error *err)
{
    struct heard *heard = context;
    (void)err;
    heard->count++;
    snprintf(heard->text, sizeof heard->text, "%.*s", length < 200 ? (int)length : 0, line);
    return 0;
}

static struct lines *lines_to(struct heard *heard, size_t longest)
{
    struct line_sink sink = {.on_line = hear, .context = heard};
    return lines_new(longest, &sink);
}

static void each_line_comes_once_and_the_rest_waits(void)
{
    static const char *const cases[][2] = {
        {"", ""},       {"a", ""},           {"a\n", "a|"},     {"a\nb\n", "a|b|"},
        {"a\nb", "a|"}, {"\n\na\n\n", "a|"}, {"a\r\n", "a\r|"}, {"long line\n", "long line|"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct heard heard = {0};
        struct error err;
        autodestroy(lines) struct lines *lines = lines_to(&heard, 100);
        CU_ASSERT_EQUAL(lines_feed(lines, cases[i][0], strlen(cases[i][0]), &err), 0);
        CU_ASSERT_STRING_EQUAL(heard.text, cases[i][1]);
    }
}

static void a_stream_may_be_cut_at_every_two_bytes(void)
{
    static const char stream[] = "{\"a\":1}\n\n{\"bb\":22}\nc\n{\"ddd\":333}\nunfinished";
    size_t length = sizeof stream - 1;
    for (size_t first = 0; first <= length; first++)
        for (size_t second = first; second <= length; second++) {
            struct heard heard = {0};
            struct error err;
            autodestroy(lines) struct lines *lines = lines_to(&heard, 100);
            CU_ASSERT_EQUAL(lines_feed(lines, stream, first, &err), 0);
            CU_ASSERT_EQUAL(lines_feed(lines, stream + first, second - first, &err), 0);
            CU_ASSERT_EQUAL(lines_feed(lines, stream + second, length - second, &err), 0);
            CU_ASSERT_STRING_EQUAL(heard.text, "{\"a\":1}|{\"bb\":22}|c|{\"ddd\":333}|");
        }
}

static void of_a_line_that_is_too_long_only_its_beginning_is_kept(void)
{
    for (size_t piece = 1; piece <= 12; piece++) {
        struct heard heard = {0};
        struct error err;
        autodestroy(lines) struct lines *lines = lines_to(&heard, 10);
        int result = 0;
        for (size_t at = 0; at < 11; at += piece)
            result |=
                lines_feed(lines, &"0123456789\n"[at], at + piece > 11 ? 11 - at : piece, &err);
        for (size_t at = 0; at < 16; at += piece)
            result |= lines_feed(lines, &"abcdefghijklm\nn\n"[at],
                                 at + piece > 16 ? 16 - at : piece, &err);
        CU_ASSERT_EQUAL(result, 0);
        CU_ASSERT_STRING_EQUAL(heard.text, "0123456789|abcdefghij|n|");
    }
}

static void a_line_that_never_ends_does_not_fill_the_memory(void)
{
    enum { BYTES = 100000, PIECES = 50 };
    struct heard heard = {0};
    struct error err;
    autodestroy(lines) struct lines *lines = lines_to(&heard, 10);
    autofree char *piece = memory_new(BYTES);
    memset(piece, 'x', BYTES);
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    for (int i = 0; i < PIECES; i++)
        CU_ASSERT_EQUAL(lines_feed(lines, piece, BYTES, &err), 0);
    CU_ASSERT(mallinfo2().uordblks + mallinfo2().hblkhd < before + BYTES);
}

static void the_room_of_a_huge_line_is_not_needed_for_the_next(void)
{
    struct heard heard = {0};
    struct error err;
    struct line_sink sink = {.on_line = count_only, .context = &heard};
    autodestroy(lines) struct lines *lines = lines_new(1 << 20, &sink);
    autofree char *huge = memory_new(200000);
    memset(huge, 'x', 200000);

    CU_ASSERT_EQUAL(lines_feed(lines, huge, 200000, &err), 0);
    CU_ASSERT_EQUAL(lines_feed(lines, "\nsma", 4, &err), 0);
    CU_ASSERT_EQUAL(lines_feed(lines, "ll\n", 3, &err), 0);
    CU_ASSERT_EQUAL(heard.count, 2);
    CU_ASSERT_STRING_EQUAL(heard.text, "small");
}

static void a_refusal_ends_it_with_its_error(void)
{
    struct heard heard = {.refuse_after = 2};
    struct error err;
    autodestroy(lines) struct lines *lines = lines_to(&heard, 100);
    CU_ASSERT_EQUAL(lines_feed(lines, "a\nb\nc\n", 6, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(heard.text, "a|b|");
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(each_line_comes_once_and_the_rest_waits),
        TEST(a_stream_may_be_cut_at_every_two_bytes),
        TEST(of_a_line_that_is_too_long_only_its_beginning_is_kept),
        TEST(a_line_that_never_ends_does_not_fill_the_memory),
        TEST(the_room_of_a_huge_line_is_not_needed_for_the_next),
        TEST(a_refusal_ends_it_with_its_error),
        {NULL, NULL},
    };
    return suite_run("lines", tests, argc, argv);
}
