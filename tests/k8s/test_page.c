/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/page.h"
#include "tests/suite.h"

#include <malloc.h>
#include <stdio.h>

enum { LONGEST = 200 };

/* The names of the objects that came, each ended by a blank; "?" is one that cannot be read. */
struct came {
    char text[256];
    const char *refused; /* the name of the one that the page ends at; NULL: none */
    struct error problem;
};

static void tell(struct came *came, const char *what)
{
    strncat(came->text, what, sizeof came->text - strlen(came->text) - 1);
}

static int on_object(void *context, json_t *object, struct error *err)
{
    struct came *came = context;
    const char *name = "-";
    json_unpack(object, "{s:{s:s}}", "metadata", "name", &name);
    tell(came, name);
    tell(came, " ");
    if (came->refused && strcmp(name, came->refused) == 0)
        return error_set(err, ERROR_CONFLICT, "enough");
    return 0;
}

static int on_unreadable(void *context, const struct error *problem, struct error *err)
{
    struct came *came = context;
    (void)err;
    came->problem = *problem;
    tell(came, "? ");
    return 0;
}

static struct page *page_to(struct came *came, size_t longest)
{
    const struct page_sink sink = {
        .object = on_object, .unreadable = on_unreadable, .context = came};
    return page_new(longest, &sink);
}

#define OBJECT(name) "{\"metadata\":{\"name\":\"" name "\"}}"
#define METADATA "\"metadata\":{\"resourceVersion\":\"7\",\"continue\":\"t\"}"

static void objects_come_one_by_one_wherever_the_bytes_are_cut(void)
{
    static const char text[] = " {\"kind\":\"PodList\",\"x\":[{\"y\":{}}]," METADATA
                               ", \"items\":[" OBJECT("a") ",\n" OBJECT("b") " ]}\n";
    size_t length = sizeof text - 1;
    for (size_t first = 0; first <= length; first++) {
        for (size_t second = first; second <= length; second++) {
            struct came came = {0};
            struct error err;
            autodestroy(page) struct page *page = page_to(&came, LONGEST);
            CU_ASSERT_EQUAL(page_feed(page, text, first, &err), 0);
            CU_ASSERT_EQUAL(page_feed(page, text + first, second - first, &err), 0);
            CU_ASSERT_EQUAL(page_feed(page, text + second, length - second, &err), 0);
            CU_ASSERT_EQUAL(page_end(page, &err), 0);
            CU_ASSERT_STRING_EQUAL(came.text, "a b ");
            CU_ASSERT_STRING_EQUAL(page_version(page), "7");
            CU_ASSERT_STRING_EQUAL(page_token(page), "t");
        }
    }
}

static void read_whole(struct came *came, const char *text)
{
    struct error err = {0};
    autodestroy(page) struct page *page = page_to(came, LONGEST);
    CU_ASSERT_EQUAL(page_feed(page, text, strlen(text), &err), 0);
    CU_ASSERT_EQUAL(page_end(page, &err), 0);
}

static void brackets_and_quotes_in_texts_do_not_end_an_object(void)
{
    struct came came = {0};
    read_whole(&came,
               "{\"note\":\"]},{\\\"items\\\":[\",\"items\":[{\"x\":\"}]\\\\\",\"{\":\"\\\"}\","
               "\"metadata\":{\"name\":\"a\"}}," OBJECT("b\\\"}") "]}");
    CU_ASSERT_STRING_EQUAL(came.text, "a b\"} ");
}

static void metadata_may_come_before_or_after_the_items(void)
{
    static const char *const texts[] = {
        "{" METADATA ",\"items\":[" OBJECT("a") "]}",
        "{\"items\":[" OBJECT("a") "]," METADATA "}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct came came = {0};
        struct error err;
        autodestroy(page) struct page *page = page_to(&came, LONGEST);
        CU_ASSERT_EQUAL(page_feed(page, texts[i], strlen(texts[i]), &err), 0);
        CU_ASSERT_STRING_EQUAL(page_version(page), "7");
        CU_ASSERT_STRING_EQUAL(came.text, "a ");
    }
}

static void a_list_may_be_empty(void)
{
    static const char *const texts[] = {"{\"items\":[]}", "{\"items\":null,\"metadata\":null}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct came came = {0};
        read_whole(&came, texts[i]);
        CU_ASSERT_STRING_EQUAL(came.text, "");
    }
}

/* The sanitizers see what is copied then. */
static void a_field_s_name_may_be_empty(void)
{
    struct came came = {0};
    read_whole(&came, "{\"\":1,\"items\":[" OBJECT("a") "]}");
    CU_ASSERT_STRING_EQUAL(came.text, "a ");
}

static void an_object_that_cannot_be_read_is_named_and_costs_only_itself(void)
{
    struct came came = {0};
    read_whole(&came,
               "{\"items\":[" OBJECT(
                   "a") ",{\"metadata\":{\"name\":\"web\",\"namespace\":"
                        "\"shop\",\"labels\":{\"name\":\"x\"}},\"spec\":oops}," OBJECT("b") "]}");
    CU_ASSERT_STRING_EQUAL(came.text, "a ? b ");
    CU_ASSERT_EQUAL(came.problem.kind, ERROR_INVALID);
    CU_ASSERT_STRING_EQUAL(came.problem.message, "shop/web cannot be read: invalid token");
}

static void an_object_that_is_too_long_is_skipped_and_named(void)
{
    struct came came = {0};
    autofree char *text = memory_format(
        "{\"items\":[" OBJECT("a") ",{\"metadata\":{\"name\":\"huge\"},\"x\":\"%0*d\"}," OBJECT(
            "b") "]," METADATA "}",
        LONGEST, 0);
    read_whole(&came, text);
    CU_ASSERT_STRING_EQUAL(came.text, "a ? b ");
    CU_ASSERT_STRING_EQUAL(came.problem.message, "huge cannot be read: it is too long");
}

static void an_object_may_be_as_long_as_allowed(void)
{
    for (int more = 0; more < 2; more++) {
        struct came came = {0};
        autofree char *text =
            memory_format("{\"items\":[{\"x\":\"%0*d\"}]}", LONGEST - 8 + more, 0);
        read_whole(&came, text);
        CU_ASSERT_STRING_EQUAL(came.text, more ? "? " : "- ");
    }
}

static void a_page_that_is_cut_off_is_an_error(void)
{
    static const char text[] = "{" METADATA ",\"items\":[" OBJECT("a") "," OBJECT("b") "]}";
    for (size_t length = 0; length < sizeof text - 1; length++) {
        struct came came = {0};
        struct error err = {0};
        autodestroy(page) struct page *page = page_to(&came, LONGEST);
        CU_ASSERT_EQUAL(page_feed(page, text, length, &err), 0);
        CU_ASSERT_EQUAL(page_has_begun(page), length > 0);
        CU_ASSERT_EQUAL(page_end(page, &err), -1);
        CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    }
}

static void what_is_no_list_is_an_error(void)
{
    static const char *const texts[] = {
        "<html>",
        "\"items\"",
        "[]",
        "}",
        "7",
        "{\"kind\":\"Status\",\"metadata\":{}}",
        "{\"items\":[1]}",
        "{\"items\":[\"a\"]}",
        "{\"items\":[null]}",
        "{\"items\":[[]]}",
        "{\"items\":{}}",
        "{\"items\":[],\"metadata\":[]}",
        "{\"items\":[],\"metadata\":{oops}}",
        "{\"items\":[]}{}",
        "{\"items\":[]}x",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct came came = {0};
        struct error err = {0};
        autodestroy(page) struct page *page = page_to(&came, LONGEST);
        int result = page_feed(page, texts[i], strlen(texts[i]), &err);
        if (result == 0)
            result = page_end(page, &err);
        CU_ASSERT_EQUAL(result, -1);
        CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
        CU_ASSERT_STRING_EQUAL(came.text, "");
    }
}

static void a_refusal_ends_it_with_its_error(void)
{
    static const char text[] = "{\"items\":[" OBJECT("a") "," OBJECT("b") "," OBJECT("c") "]}";
    struct came came = {.refused = "b"};
    struct error err;
    autodestroy(page) struct page *page = page_to(&came, LONGEST);
    CU_ASSERT_EQUAL(page_feed(page, text, sizeof text - 1, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
    CU_ASSERT_STRING_EQUAL(came.text, "a b ");
}

static void a_status_may_have_a_token(void)
{
    static const struct {
        const char *status, *token;
    } cases[] = {
        {"{\"kind\":\"Status\",\"metadata\":{\"continue\":\"go-on\"},\"code\":410}", "go-on"},
        {"{\"kind\":\"Status\",\"metadata\":{},\"code\":410}", NULL},
        {"<html>", NULL},
        {"{\"metadata\":{\"continue\":\"go-on\"}}}", NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct came came = {0};
        autodestroy(page) struct page *page = page_to(&came, LONGEST);
        page_read_status(page, cases[i].status, strlen(cases[i].status));
        const char *token = page_token(page);
        CU_ASSERT(token && cases[i].token ? strcmp(token, cases[i].token) == 0
                                          : token == cases[i].token);
    }
}

/* --- memory --- */

struct measured {
    int objects;
    size_t most_bytes;
    size_t last_bytes;
};

static int measure(void *context, json_t *object, struct error *err)
{
    struct measured *measured = context;
    (void)object;
    (void)err;
    struct mallinfo2 now = mallinfo2();
    size_t bytes = now.uordblks + now.hblkhd;
    measured->objects++;
    measured->last_bytes = bytes;
    if (bytes > measured->most_bytes)
        measured->most_bytes = bytes;
    return 0;
}

static struct page *measured_page(struct measured *measured)
{
    const struct page_sink sink = {
        .object = measure, .unreadable = on_unreadable, .context = measured};
    *measured = (struct measured){0};
    return page_new(LONGEST_OBJECT, &sink);
}

static void a_page_of_any_size_needs_the_memory_of_one_object(void)
{
    enum { OBJECTS = 40, BYTES = 256 * 1024 };
    struct measured measured;
    struct error err;
    autodestroy(page) struct page *page = measured_page(&measured);
    autofree char *object = memory_format("{\"x\":\"%0*d\"},", BYTES, 0);
    CU_ASSERT_EQUAL(page_feed(page, "{\"items\":[", 10, &err), 0);
    for (int i = 0; i < OBJECTS; i++)
        CU_ASSERT_EQUAL(page_feed(page, object, strlen(object), &err), 0);
    CU_ASSERT_EQUAL(page_feed(page, "]}", 2, &err), 0);
    CU_ASSERT_EQUAL(page_end(page, &err), 0);
    CU_ASSERT_EQUAL(measured.objects, OBJECTS);
    CU_ASSERT(measured.most_bytes < (size_t)10 * BYTES);
}

static void the_room_of_a_huge_object_is_given_back(void)
{
    enum { BYTES = 4 * 1024 * 1024 };
    struct measured measured;
    struct error err;
    autodestroy(page) struct page *page = measured_page(&measured);
    char *huge = memory_format("{\"items\":[{\"x\":\"%0*d\"},", BYTES, 0);
    CU_ASSERT_EQUAL(page_feed(page, huge, strlen(huge), &err), 0);
    free(huge);
    CU_ASSERT_EQUAL(page_feed(page, "{}]}", 4, &err), 0);
    CU_ASSERT_EQUAL(measured.objects, 2);
    CU_ASSERT(measured.last_bytes < BYTES);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(objects_come_one_by_one_wherever_the_bytes_are_cut),
        TEST(brackets_and_quotes_in_texts_do_not_end_an_object),
        TEST(metadata_may_come_before_or_after_the_items),
        TEST(a_list_may_be_empty),
        TEST(a_field_s_name_may_be_empty),
        TEST(an_object_that_cannot_be_read_is_named_and_costs_only_itself),
        TEST(an_object_that_is_too_long_is_skipped_and_named),
        TEST(an_object_may_be_as_long_as_allowed),
        TEST(a_page_that_is_cut_off_is_an_error),
        TEST(what_is_no_list_is_an_error),
        TEST(a_refusal_ends_it_with_its_error),
        TEST(a_status_may_have_a_token),
        TEST(a_page_of_any_size_needs_the_memory_of_one_object),
        TEST(the_room_of_a_huge_object_is_given_back),
        {0},
    };
    return suite_run("page", tests, argc, argv);
}
