/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "tests/suite.h"

static void setting_says_what_happened_and_returns_failure(void)
{
    struct error err = {.retry_after_ms = 5};
    CU_ASSERT_EQUAL(error_set(&err, ERROR_FULL, "%s is full", "disk"), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_FULL);
    CU_ASSERT_EQUAL(err.retry_after_ms, 0);
    CU_ASSERT_STRING_EQUAL(err.message, "disk is full");
}

static void a_pointer_fails_with_the_same_error(void)
{
    struct error err = {.retry_after_ms = 5};
    CU_ASSERT_PTR_NULL(error_null(&err, ERROR_FULL, "%s is full", "disk"));
    CU_ASSERT_EQUAL(err.kind, ERROR_FULL);
    CU_ASSERT_EQUAL(err.retry_after_ms, 0);
    CU_ASSERT_STRING_EQUAL(err.message, "disk is full");
}

static void wrapping_puts_the_context_first_and_keeps_the_rest(void)
{
    struct error err;
    error_set(&err, ERROR_EXPIRED, "gone");
    err.retry_after_ms = 7;
    CU_ASSERT_EQUAL(error_wrap(&err, "list %s", "claims"), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_EXPIRED);
    CU_ASSERT_EQUAL(err.retry_after_ms, 7);
    CU_ASSERT_STRING_EQUAL(err.message, "list claims: gone");
}

static void a_message_that_is_too_long_is_cut_off_inside_the_struct(void)
{
    char endless[2 * ERROR_MESSAGE_SIZE];
    struct error err;
    memset(endless, 'x', sizeof endless);
    endless[sizeof endless - 1] = '\0';
    error_set(&err, ERROR_INVALID, "%s", endless);
    CU_ASSERT_EQUAL(strlen(err.message), ERROR_MESSAGE_SIZE - 1);
}

static void a_full_message_can_be_wrapped(void)
{
    char endless[2 * ERROR_MESSAGE_SIZE];
    struct error err;
    memset(endless, 'x', sizeof endless);
    endless[sizeof endless - 1] = '\0';
    error_set(&err, ERROR_INVALID, "%s", endless);
    error_wrap(&err, "context");
    CU_ASSERT_TRUE(strlen(err.message) < ERROR_MESSAGE_SIZE);
    CU_ASSERT_EQUAL(strncmp(err.message, "context: xxx", 12), 0);
}

static void a_context_of_any_length_fits(void)
{
    char context[ERROR_MESSAGE_SIZE + 16];
    for (size_t length = ERROR_MESSAGE_SIZE - 8; length < sizeof context - 1; length++) {
        struct error err;
        memset(context, 'c', length);
        context[length] = '\0';
        error_set(&err, ERROR_INVALID, "cause");
        error_wrap(&err, "%s", context);
        CU_ASSERT_TRUE(strlen(err.message) < ERROR_MESSAGE_SIZE);
        CU_ASSERT_EQUAL(err.message[0], 'c');
    }
}

static void the_old_message_may_be_part_of_the_new_one(void)
{
    struct error err;
    error_set(&err, ERROR_INVALID, "old");
    error_set(&err, ERROR_CONFLICT, "new, was %s", err.message);
    CU_ASSERT_STRING_EQUAL(err.message, "new, was old");
    error_wrap(&err, "again %s", err.message);
    CU_ASSERT_STRING_EQUAL(err.message, "again new, was old: new, was old");
}

static void every_kind_has_a_name_of_its_own(void)
{
    for (int kind = ERROR_NOT_FOUND; kind <= ERROR_STOPPED; kind++) {
        CU_ASSERT_STRING_NOT_EQUAL(error_kind_name(kind), "unknown");
        for (int other = ERROR_NOT_FOUND; other < kind; other++)
            CU_ASSERT_STRING_NOT_EQUAL(error_kind_name(kind), error_kind_name(other));
    }
    CU_ASSERT_STRING_EQUAL(error_kind_name(0), "unknown");
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(setting_says_what_happened_and_returns_failure),
        TEST(a_pointer_fails_with_the_same_error),
        TEST(wrapping_puts_the_context_first_and_keeps_the_rest),
        TEST(a_message_that_is_too_long_is_cut_off_inside_the_struct),
        TEST(a_full_message_can_be_wrapped),
        TEST(a_context_of_any_length_fits),
        TEST(the_old_message_may_be_part_of_the_new_one),
        TEST(every_kind_has_a_name_of_its_own),
        {0},
    };
    return suite_run("error", tests, argc, argv);
}
