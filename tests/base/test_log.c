/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "tests/suite.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static int saved_stderr;
static FILE *capture;
static char text[256 * 1024];

static void begin(void)
{
    saved_stderr = dup(STDERR_FILENO);
    capture = tmpfile();
    if (!capture)
        abort();
    dup2(fileno(capture), STDERR_FILENO);
}

/* What was logged since begin(). */
static const char *end(void)
{
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    if (fseek(capture, 0, SEEK_SET) != 0)
        abort();
    text[fread(text, 1, sizeof text - 1, capture)] = '\0';
    fclose(capture);
    log_set_level(LOG_INFO);
    return text;
}

/* The line without its time, which is of a fixed length. */
static const char *after_time(const char *line)
{
    CU_ASSERT_EQUAL(strncmp(line, "time=20", 7), 0);
    CU_ASSERT_EQUAL(line[24], 'Z');
    return line + strlen("time=2006-01-02T15:04:05Z ");
}

static void a_line_has_time_level_message_and_pairs(void)
{
    begin();
    log_info("volume saved", "claim", "default/data", "volume", "pvc-1");
    CU_ASSERT_STRING_EQUAL(after_time(end()),
                           "level=info msg=\"volume saved\" claim=default/data volume=pvc-1\n");
}

static void a_missing_value_is_left_out_with_its_key(void)
{
    begin();
    const char *nothing = NULL;
    log_warn("m", "a", nothing, "b", "2");
    CU_ASSERT_STRING_EQUAL(after_time(end()), "level=warn msg=m b=2\n");
}

static void hostile_values_cannot_break_out_of_their_line(void)
{
    static const struct {
        const char *value;
        const char *expected;
    } cases[] = {
        {"", "\"\""},
        {"plain", "plain"},
        {"a b", "\"a b\""},
        {"a=b", "\"a=b\""},
        {"say \"hi\"", "\"say \\\"hi\\\"\""},
        {"back\\slash", "\"back\\\\slash\""},
        {"x\nlevel=error msg=forged", "\"x\\nlevel=error msg=forged\""},
        {"x\r\n", "\"x\\x0d\\n\""},
        {"\x1b[31m", "\"\\x1b[31m\""},
        {"\x7f", "\"\\x7f\""},
        {"\xc2\x9b"
         "31m",
         "\"\\xc2\\x9b31m\""},
        {"a\u202etxt.exe", "\"a\\xe2\\x80\\xaetxt.exe\""},
        {"d\xe9j\xe0", "\"d\\xe9j\\xe0\""},
        {"caf\xc3\xa9", "caf\xc3\xa9"},
        {"un caf\xc3\xa9", "\"un caf\xc3\xa9\""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char expected[256];
        snprintf(expected, sizeof expected, "level=error msg=m v=%s\n", cases[i].expected);
        begin();
        log_error("m", "v", cases[i].value);
        CU_ASSERT_STRING_EQUAL(after_time(end()), expected);
    }
}

static void a_hostile_message_is_quoted_as_well(void)
{
    begin();
    log_info("a\nb");
    CU_ASSERT_STRING_EQUAL(after_time(end()), "level=info msg=\"a\\nb\"\n");
}

static void what_is_below_the_level_is_not_written(void)
{
    begin();
    log_debug("too quiet");
    log_set_level(LOG_ERROR);
    log_warn("too quiet");
    CU_ASSERT_STRING_EQUAL(end(), "");
}

static void levels_are_known_by_name(void)
{
    enum log_level level = LOG_ERROR;
    CU_ASSERT_TRUE(log_parse_level("debug", &level));
    CU_ASSERT_EQUAL(level, LOG_DEBUG);
    CU_ASSERT_TRUE(log_parse_level("warn", &level));
    CU_ASSERT_EQUAL(level, LOG_WARN);
    CU_ASSERT_TRUE(log_parse_level("ERROR", &level));
    CU_ASSERT_EQUAL(level, LOG_ERROR);
    CU_ASSERT_FALSE(log_parse_level("warning", &level));
    CU_ASSERT_FALSE(log_parse_level("", &level));
    CU_ASSERT_EQUAL(level, LOG_ERROR);
}

enum { THREADS = 4, LINES = 200 };

static void *write_lines(void *argument)
{
    for (int i = 0; i < LINES; i++)
        log_info("from a thread", "name", argument, "text", "0123456789 0123456789 0123456789");
    return NULL;
}

static void lines_of_several_threads_do_not_mix(void)
{
    static char *const names[THREADS] = {"a", "b", "c", "d"};
    pthread_t threads[THREADS];
    begin();
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, write_lines, names[i]);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    int lines = 0;
    char *rest = NULL;
    for (char *line = strtok_r((char *)end(), "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        lines++;
        CU_ASSERT_EQUAL(strncmp(line, "time=", 5), 0);
        CU_ASSERT_STRING_EQUAL(line + strlen(line) - 12, " 0123456789\"");
    }
    CU_ASSERT_EQUAL(lines, THREADS * LINES);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_line_has_time_level_message_and_pairs),
        TEST(a_missing_value_is_left_out_with_its_key),
        TEST(hostile_values_cannot_break_out_of_their_line),
        TEST(a_hostile_message_is_quoted_as_well),
        TEST(what_is_below_the_level_is_not_written),
        TEST(levels_are_known_by_name),
        TEST(lines_of_several_threads_do_not_mix),
        {0},
    };
    return suite_run("log", tests, argc, argv);
}
