/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "tests/k8s/list_fixture.h"
#include "tests/suite.h"

static void all_pages_are_one_list(void)
{
    struct list_fixture self;
    list_fixture_start(&self);
    list_fixture_answer(&self, PAGES "&continue=t%2F%2B", 200, PAGE("7", "u", OBJECT("c")));
    list_fixture_answer(&self, PAGES "&continue=u", 200, PAGE("7", "", OBJECT("d")));
    list_fixture_answer(&self, PAGES, 200, PAGE("7", "t/+", OBJECT("a") "," OBJECT("b")));
    self.err.kind = ERROR_EXPIRED; /* an older error */
    CU_ASSERT_EQUAL(list_fixture_run(&self), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[a b c d ");
    CU_ASSERT_STRING_EQUAL(self.version, "7");
    CU_ASSERT_EQUAL(scripted_server_count(self.fixture.server), 3);
    list_fixture_end(&self);
}

static void an_empty_list_begins_too(void)
{
    struct list_fixture self;
    list_fixture_start(&self);
    list_fixture_answer(&self, PAGES, 200, PAGE("7", "", ""));
    CU_ASSERT_EQUAL(list_fixture_run(&self), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[");
    list_fixture_end(&self);
}

static void a_list_that_expires_begins_again_in_one_piece(void)
{
    struct list_fixture self;
    list_fixture_start(&self);
    list_fixture_answer(&self, PAGES "&continue=t", 410, STATUS("410"));
    list_fixture_answer(&self, PAGES, 200, PAGE("1", "t", OBJECT("a")));
    list_fixture_answer(&self, PODS, 200, PAGE("8", "", OBJECT("a") "," OBJECT("b")));
    CU_ASSERT_EQUAL(list_fixture_run(&self), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[a [a b ");
    CU_ASSERT_STRING_EQUAL(self.version, "8");
    CU_ASSERT_EQUAL(self.expired.kind, ERROR_EXPIRED);
    CU_ASSERT_STRING_EQUAL(self.expired.message, "list pods: so it is");
    CU_ASSERT_EQUAL(scripted_server_count(self.fixture.server), 3);
    CU_ASSERT_STRING_EQUAL(list_fixture_line(&self, 2), PODS);
    list_fixture_end(&self);
}

static void it_begins_again_only_once(void)
{
    struct list_fixture self;
    list_fixture_start(&self);
    list_fixture_answer(&self, PODS, 410, STATUS("410"));
    CU_ASSERT_EQUAL(list_fixture_run(&self), -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_EXPIRED);
    CU_ASSERT_STRING_EQUAL(self.text, "[[");
    CU_ASSERT_EQUAL(scripted_server_count(self.fixture.server), 2);
    list_fixture_end(&self);
}

static void the_query_is_kept_in_every_request(void)
{
    struct list_fixture self;
    list_fixture_start(&self);
    self.list.query = SELECTED;
    list_fixture_answer(&self, PODS "?" SELECTED "&limit=500&continue=t", 410, STATUS("410"));
    list_fixture_answer(&self, PODS "?" SELECTED "&limit=500", 200, PAGE("1", "t", OBJECT("a")));
    list_fixture_answer(&self, PODS "?" SELECTED, 200, PAGE("8", "", OBJECT("b")));
    CU_ASSERT_EQUAL(list_fixture_run(&self), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[a [b ");
    CU_ASSERT_STRING_EQUAL(list_fixture_line(&self, 2), PODS "?" SELECTED);
    list_fixture_end(&self);
}

static void begin_with_offer(struct list_fixture *self)
{
    list_fixture_start(self);
    list_fixture_answer(self, PAGES "&continue=t", 410, OFFER);
    list_fixture_answer(self, PAGES "&continue=new", 200, PAGE("9", "", OBJECT("c")));
    list_fixture_answer(self, PAGES, 200, PAGE("1", "t", OBJECT("a") "," OBJECT("b")));
    list_fixture_answer(self, PODS, 200,
                        PAGE("8", "", OBJECT("a") "," OBJECT("b") "," OBJECT("c")));
}

static void a_list_that_expires_goes_on_where_the_server_offers_it(void)
{
    struct list_fixture self;
    begin_with_offer(&self);
    CU_ASSERT_EQUAL(list_objects(&self.list, self.fixture.client, NULL, &self.err), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[a b c ");
    CU_ASSERT_EQUAL(scripted_server_count(self.fixture.server), 3);
    list_fixture_end(&self);
}

static void it_does_not_where_a_version_to_watch_from_is_wanted(void)
{
    struct list_fixture self;
    begin_with_offer(&self);
    CU_ASSERT_EQUAL(list_fixture_run(&self), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[a b [a b c ");
    CU_ASSERT_STRING_EQUAL(self.version, "8");
    list_fixture_end(&self);
}

static void an_offer_that_expires_too_begins_again_in_one_piece(void)
{
    struct list_fixture self;
    list_fixture_start(&self);
    list_fixture_answer(&self, PAGES "&continue=", 410, OFFER);
    list_fixture_answer(&self, PAGES, 200, PAGE("1", "t", OBJECT("a")));
    list_fixture_answer(&self, PODS, 200, PAGE("8", "", OBJECT("a") "," OBJECT("b")));
    CU_ASSERT_EQUAL(list_objects(&self.list, self.fixture.client, NULL, &self.err), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[a [a b ");
    CU_ASSERT_EQUAL(scripted_server_count(self.fixture.server), 4);
    list_fixture_end(&self);
}

static void an_object_that_cannot_be_read_costs_only_itself(void)
{
    struct list_fixture self;
    list_fixture_start(&self);
    self.list.unreadable = list_fixture_unreadable;
    list_fixture_answer(&self, PAGES, 200, PAGE("1", "", OBJECT("a") ",{oops}," OBJECT("b")));
    CU_ASSERT_EQUAL(list_fixture_run(&self), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[a ?b ");
    CU_ASSERT_EQUAL(self.problem.kind, ERROR_INVALID);
    list_fixture_end(&self);
}

static void it_ends_a_list_that_must_be_whole(void)
{
    struct list_fixture self;
    list_fixture_start(&self);
    list_fixture_answer(&self, PAGES, 200, PAGE("1", "", OBJECT("a") ",{oops}," OBJECT("b")));
    CU_ASSERT_EQUAL(list_fixture_run(&self), -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(self.err.message, "an object cannot be read"));
    CU_ASSERT_STRING_EQUAL(self.text, "[a ");
    CU_ASSERT_EQUAL(scripted_server_count(self.fixture.server), 1);
    list_fixture_end(&self);
}

static void a_deadline_ends_a_page_that_goes_on_and_on(void)
{
    struct list_fixture self;
    list_fixture_start(&self);
    autofree char *body = memory_format("{\"items\":[%*s]}", 500, "");
    scripted_server_answer(self.fixture.server, .request = PODS, .status = 200, .body = body,
                           .chunked = true, .piece = 1, .pause_ms = 20);
    int64_t started_ms = clock_monotonic_ms();
    client_set_deadline(self.fixture.client, started_ms + 300);
    CU_ASSERT_EQUAL(list_fixture_run(&self), -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_TRUE(clock_monotonic_ms() - started_ms < 5000);
    list_fixture_end(&self);
}

static void another_error_ends_the_list_and_says_what_was_listed(void)
{
    struct list_fixture self;
    list_fixture_start(&self);
    list_fixture_answer(&self, PAGES "&continue=t", 503, STATUS("503"));
    list_fixture_answer(&self, PAGES, 200, PAGE("1", "t", OBJECT("a")));
    CU_ASSERT_EQUAL(list_fixture_run(&self), -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_STRING_EQUAL(self.err.message, "list pods: so it is");
    CU_ASSERT_STRING_EQUAL(self.text, "[a ");
    CU_ASSERT_PTR_NULL(self.version);
    list_fixture_end(&self);
}

static void an_object_that_fails_ends_the_list_with_its_error(void)
{
    static const enum error_kind kinds[] = {ERROR_INVALID, ERROR_EXPIRED};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct list_fixture self;
        list_fixture_start(&self);
        self.failing_object = "b";
        self.failure = kinds[i];
        list_fixture_answer(&self, PAGES, 200,
                            PAGE("1", "t", OBJECT("a") "," OBJECT("b") "," OBJECT("c")));
        CU_ASSERT_EQUAL(list_fixture_run(&self), -1);
        CU_ASSERT_EQUAL(self.err.kind, kinds[i]);
        CU_ASSERT_STRING_EQUAL(self.err.message, "this one is wrong");
        CU_ASSERT_STRING_EQUAL(self.text, "[a b ");
        CU_ASSERT_EQUAL(scripted_server_count(self.fixture.server), 1);
        list_fixture_end(&self);
    }
}

static void a_list_without_a_version_is_refused_only_where_it_is_wanted(void)
{
    struct list_fixture self;
    list_fixture_start(&self);
    list_fixture_answer(&self, PAGES, 200, "{\"metadata\":{},\"items\":[" OBJECT("a") "]}");
    CU_ASSERT_EQUAL(list_fixture_run(&self), -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(self.err.message, "without a resourceVersion"));
    CU_ASSERT_EQUAL(list_objects(&self.list, self.fixture.client, NULL, &self.err), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[a [a ");
    list_fixture_end(&self);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(all_pages_are_one_list),
        TEST(an_empty_list_begins_too),
        TEST(a_list_that_expires_begins_again_in_one_piece),
        TEST(it_begins_again_only_once),
        TEST(the_query_is_kept_in_every_request),
        TEST(a_list_that_expires_goes_on_where_the_server_offers_it),
        TEST(it_does_not_where_a_version_to_watch_from_is_wanted),
        TEST(an_offer_that_expires_too_begins_again_in_one_piece),
        TEST(an_object_that_cannot_be_read_costs_only_itself),
        TEST(it_ends_a_list_that_must_be_whole),
        TEST(a_deadline_ends_a_page_that_goes_on_and_on),
        TEST(another_error_ends_the_list_and_says_what_was_listed),
        TEST(an_object_that_fails_ends_the_list_with_its_error),
        TEST(a_list_without_a_version_is_refused_only_where_it_is_wanted),
        {0},
    };
    return suite_run("list", tests, argc, argv);
}
