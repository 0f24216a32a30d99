/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/token.h"
#include "tests/k8s/scratch.h"
#include "tests/suite.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A token file, and who reads it. */
struct fixture {
    struct scratch scratch;
    struct config config;
    struct token *token;
};

static void set_up(struct fixture *fixture, const char *text)
{
    scratch_open(&fixture->scratch);
    fixture->config = (struct config){.token_file = scratch_path(&fixture->scratch, "token"),
                                      .token = (char *)"from-config"};
    if (text)
        scratch_write(&fixture->scratch, "token", text);
    fixture->token = token_new(&fixture->config);
}

static void tear_down(struct fixture *fixture)
{
    token_free(fixture->token);
    free(fixture->config.token_file);
    scratch_close(&fixture->scratch);
}

static void expect(struct fixture *fixture, int64_t now_ms, const char *expected)
{
    struct error err = {0};
    const char *text = NULL;
    CU_ASSERT_EQUAL(token_current(fixture->token, now_ms, &text, &err), 0);
    CU_ASSERT_STRING_EQUAL(text ? text : "none", expected);
}

static void a_token_without_a_file_never_changes(void)
{
    struct config config = {.token = (char *)"fixed"};
    struct token *token = token_new(&config);
    struct error err;
    const char *text = NULL;
    CU_ASSERT_EQUAL(token_current(token, 0, &text, &err), 0);
    CU_ASSERT_STRING_EQUAL(text, "fixed");
    CU_ASSERT_FALSE(token_refused(token));
    token_free(token);
}

static void there_need_not_be_a_token(void)
{
    struct config config = {0};
    struct token *token = token_new(&config);
    struct error err;
    const char *text = "";
    CU_ASSERT_EQUAL(token_current(token, 0, &text, &err), 0);
    CU_ASSERT_PTR_NULL(text);
    token_free(token);
}

static void the_file_wins_and_its_white_space_does_not_count(void)
{
    struct fixture fixture;
    set_up(&fixture, " from-file \r\n\n");
    expect(&fixture, 0, "from-file");
    tear_down(&fixture);
}

static void a_replaced_file_is_read_again_within_a_second(void)
{
    struct fixture fixture;
    set_up(&fixture, "one");
    expect(&fixture, 5000, "one");
    scratch_write(&fixture.scratch, "token", "two");
    expect(&fixture, 5999, "one");
    expect(&fixture, 6000, "two");
    tear_down(&fixture);
}

static void a_refused_token_is_read_again_at_once(void)
{
    struct fixture fixture;
    set_up(&fixture, "one");
    expect(&fixture, 5000, "one");
    CU_ASSERT_FALSE(token_refused(fixture.token));
    scratch_write(&fixture.scratch, "token", "two");
    CU_ASSERT_TRUE(token_refused(fixture.token));
    expect(&fixture, 5001, "two");
    tear_down(&fixture);
}

/* The file looks as old as ever. */
static void set_time(struct fixture *fixture)
{
    const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    CU_ASSERT_EQUAL(utimensat(AT_FDCWD, fixture->config.token_file, times, 0), 0);
}

static void a_file_replaced_by_one_of_the_same_age_is_noticed(void)
{
    struct fixture fixture;
    set_up(&fixture, "one");
    set_time(&fixture);
    expect(&fixture, 5000, "one");
    scratch_write(&fixture.scratch, "token", "two");
    set_time(&fixture);
    expect(&fixture, 6000, "two");
    tear_down(&fixture);
}

static void a_refused_token_is_read_again_whatever_its_file_looks_like(void)
{
    struct fixture fixture;
    set_up(&fixture, "one");
    set_time(&fixture);
    expect(&fixture, 5000, "one");
    int file = open(fixture.config.token_file, O_WRONLY | O_CLOEXEC);
    CU_ASSERT_EQUAL(write(file, "two", 3), 3);
    close(file);
    set_time(&fixture);
    expect(&fixture, 7000, "one");
    CU_ASSERT_TRUE(token_refused(fixture.token));
    expect(&fixture, 7001, "two");
    tear_down(&fixture);
}

static void a_file_that_cannot_be_used_is_forbidden(void)
{
    static const char *const unusable[] = {NULL, "", " \n", "a\x01z", "\xc3\xa4"};
    for (size_t i = 0; i < sizeof unusable / sizeof *unusable; i++) {
        struct fixture fixture;
        struct error err = {0};
        const char *text = NULL;
        set_up(&fixture, unusable[i]);
        CU_ASSERT_EQUAL(token_current(fixture.token, 0, &text, &err), -1);
        CU_ASSERT_EQUAL(err.kind, ERROR_FORBIDDEN);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, fixture.config.token_file));
        tear_down(&fixture);
    }
}

static void a_file_that_comes_late_is_found(void)
{
    struct fixture fixture;
    struct error err;
    const char *text = NULL;
    set_up(&fixture, NULL);
    CU_ASSERT_EQUAL(token_current(fixture.token, 0, &text, &err), -1);
    scratch_write(&fixture.scratch, "token", "late");
    expect(&fixture, 1, "late");
    tear_down(&fixture);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_token_without_a_file_never_changes),
        TEST(there_need_not_be_a_token),
        TEST(the_file_wins_and_its_white_space_does_not_count),
        TEST(a_replaced_file_is_read_again_within_a_second),
        TEST(a_refused_token_is_read_again_at_once),
        TEST(a_file_replaced_by_one_of_the_same_age_is_noticed),
        TEST(a_refused_token_is_read_again_whatever_its_file_looks_like),
        TEST(a_file_that_cannot_be_used_is_forbidden),
        TEST(a_file_that_comes_late_is_found),
        {NULL, NULL},
    };
    return suite_run("token", tests, argc, argv);
}
