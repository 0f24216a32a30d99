/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "k8s/list.h"
#include "tests/k8s/client_fixture.h"
#include "tests/suite.h"

#define PODS "GET /api/v1/namespaces/team/pods"
#define PAGES PODS "?limit=500"
#define SELECTED "labelSelector=app%3Dweb"

#define OBJECT(name) "{\"metadata\":{\"name\":\"" name "\"}}"
#define PAGE(version, token, items)                                                                \
    "{\"metadata\":{\"resourceVersion\":\"" version "\",\"continue\":\"" token                     \
    "\"},\"items\":[" items "]}"
#define STATUS(code) "{\"kind\":\"Status\",\"code\":" code ",\"message\":\"so it is\"}"

/* What a list of the Pods in one namespace reported: "[a b ?" are two objects after a beginning and
 * one that cannot be read. */
struct list_fixture {
    struct client_fixture fixture;
    struct list list;
    const char *failing_object; /* the name of the one that the list ends at */
    enum error_kind failure;
    char text[256];
    struct error expired; /* or another reason to begin again */
    struct error problem; /* of the last one that cannot be read */
    struct error err;
    char *version;
};

static void tell(struct list_fixture *self, const char *what)
{
    strncat(self->text, what, sizeof self->text - strlen(self->text) - 1);
}

static void on_begun(void *context, const struct error *expired)
{
    struct list_fixture *self = context;
    if (expired)
        self->expired = *expired;
    tell(self, "[");
}

static int on_object(void *context, json_t *object, struct error *err)
{
    struct list_fixture *self = context;
    const char *name = NULL;
    json_unpack(object, "{s:{s:s}}", "metadata", "name", &name);
    tell(self, name);
    tell(self, " ");
    if (self->failing_object && strcmp(self->failing_object, name) == 0)
        return error_set(err, self->failure, "this one is wrong");
    return 0;
}

static void on_unreadable(void *context, const struct error *problem)
{
    struct list_fixture *self = context;
    self->problem = *problem;
    tell(self, "?");
}

static void start(struct list_fixture *self)
{
    memset(self, 0, sizeof *self);
    self->list = (struct list){.resource = &resource_pods,
                               .namespace = "team",
                               .context = self,
                               .begun = on_begun,
                               .object = on_object};
    client_fixture_start(&self->fixture);
}

static void end(struct list_fixture *self)
{
    free(self->version);
    client_fixture_stop(&self->fixture);
}

static void answer(struct list_fixture *self, const char *request, int status, const char *body)
{
    scripted_server_answer(self->fixture.server, .request = request, .status = status,
                           .body = body);
}

static int run(struct list_fixture *self)
{
    return list_objects(&self->list, self->fixture.client, &self->version, &self->err);
}

static const char *line(struct list_fixture *self, size_t index)
{
    return scripted_server_seen(self->fixture.server, index)->line;
}

static void all_pages_are_one_list(void)
{
    struct list_fixture self;
    start(&self);
    answer(&self, PAGES "&continue=t%2F%2B", 200, PAGE("7", "u", OBJECT("c")));
    answer(&self, PAGES "&continue=u", 200, PAGE("7", "", OBJECT("d")));
    answer(&self, PAGES, 200, PAGE("7", "t/+", OBJECT("a") "," OBJECT("b")));
    self.err.kind = ERROR_EXPIRED; /* an older error */
    CU_ASSERT_EQUAL(run(&self), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[a b c d ");
    CU_ASSERT_STRING_EQUAL(self.version, "7");
    CU_ASSERT_EQUAL(scripted_server_count(self.fixture.server), 3);
    end(&self);
}

static void an_empty_list_begins_too(void)
{
    struct list_fixture self;
    start(&self);
    answer(&self, PAGES, 200, PAGE("7", "", ""));
    CU_ASSERT_EQUAL(run(&self), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[");
    end(&self);
}

static void a_list_that_expires_begins_again_in_one_piece(void)
{
    struct list_fixture self;
    start(&self);
    answer(&self, PAGES "&continue=t", 410, STATUS("410"));
    answer(&self, PAGES, 200, PAGE("1", "t", OBJECT("a")));
    answer(&self, PODS, 200, PAGE("8", "", OBJECT("a") "," OBJECT("b")));
    CU_ASSERT_EQUAL(run(&self), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[a [a b ");
    CU_ASSERT_STRING_EQUAL(self.version, "8");
    CU_ASSERT_EQUAL(self.expired.kind, ERROR_EXPIRED);
    CU_ASSERT_STRING_EQUAL(self.expired.message, "list pods: so it is");
    CU_ASSERT_EQUAL(scripted_server_count(self.fixture.server), 3);
    CU_ASSERT_STRING_EQUAL(line(&self, 2), PODS);
    end(&self);
}

static void it_begins_again_only_once(void)
{
    struct list_fixture self;
    start(&self);
    answer(&self, PODS, 410, STATUS("410"));
    CU_ASSERT_EQUAL(run(&self), -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_EXPIRED);
    CU_ASSERT_STRING_EQUAL(self.text, "[[");
    CU_ASSERT_EQUAL(scripted_server_count(self.fixture.server), 2);
    end(&self);
}

static void the_query_is_kept_in_every_request(void)
{
    struct list_fixture self;
    start(&self);
    self.list.query = SELECTED;
    answer(&self, PODS "?" SELECTED "&limit=500&continue=t", 410, STATUS("410"));
    answer(&self, PODS "?" SELECTED "&limit=500", 200, PAGE("1", "t", OBJECT("a")));
    answer(&self, PODS "?" SELECTED, 200, PAGE("8", "", OBJECT("b")));
    CU_ASSERT_EQUAL(run(&self), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[a [b ");
    CU_ASSERT_STRING_EQUAL(line(&self, 2), PODS "?" SELECTED);
    end(&self);
}

#define OFFER "{\"kind\":\"Status\",\"code\":410,\"metadata\":{\"continue\":\"new\"}}"

static void begin_with_offer(struct list_fixture *self)
{
    start(self);
    answer(self, PAGES "&continue=t", 410, OFFER);
    answer(self, PAGES "&continue=new", 200, PAGE("9", "", OBJECT("c")));
    answer(self, PAGES, 200, PAGE("1", "t", OBJECT("a") "," OBJECT("b")));
    answer(self, PODS, 200, PAGE("8", "", OBJECT("a") "," OBJECT("b") "," OBJECT("c")));
}

static void a_list_that_expires_goes_on_where_the_server_offers_it(void)
{
    struct list_fixture self;
    begin_with_offer(&self);
    CU_ASSERT_EQUAL(list_objects(&self.list, self.fixture.client, NULL, &self.err), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[a b c ");
    CU_ASSERT_EQUAL(scripted_server_count(self.fixture.server), 3);
    end(&self);
}

static void it_does_not_where_a_version_to_watch_from_is_wanted(void)
{
    struct list_fixture self;
    begin_with_offer(&self);
    CU_ASSERT_EQUAL(run(&self), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[a b [a b c ");
    CU_ASSERT_STRING_EQUAL(self.version, "8");
    end(&self);
}

static void an_offer_that_expires_too_begins_again_in_one_piece(void)
{
    struct list_fixture self;
    start(&self);
    answer(&self, PAGES "&continue=", 410, OFFER);
    answer(&self, PAGES, 200, PAGE("1", "t", OBJECT("a")));
    answer(&self, PODS, 200, PAGE("8", "", OBJECT("a") "," OBJECT("b")));
    CU_ASSERT_EQUAL(list_objects(&self.list, self.fixture.client, NULL, &self.err), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[a [a b ");
    CU_ASSERT_EQUAL(scripted_server_count(self.fixture.server), 4);
    end(&self);
}

static void an_object_that_cannot_be_read_costs_only_itself(void)
{
    struct list_fixture self;
    start(&self);
    self.list.unreadable = on_unreadable;
    answer(&self, PAGES, 200, PAGE("1", "", OBJECT("a") ",{oops}," OBJECT("b")));
    CU_ASSERT_EQUAL(run(&self), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[a ?b ");
    CU_ASSERT_EQUAL(self.problem.kind, ERROR_INVALID);
    end(&self);
}

static void it_ends_a_list_that_must_be_whole(void)
{
    struct list_fixture self;
    start(&self);
    answer(&self, PAGES, 200, PAGE("1", "", OBJECT("a") ",{oops}," OBJECT("b")));
    CU_ASSERT_EQUAL(run(&self), -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(self.err.message, "an object cannot be read"));
    CU_ASSERT_STRING_EQUAL(self.text, "[a ");
    CU_ASSERT_EQUAL(scripted_server_count(self.fixture.server), 1);
    end(&self);
}

/* --- pages that are too large --- */

enum { TIMEOUT_MS = 200 };

/* With a client that does not wait long. */
static void start_in_haste(struct list_fixture *self)
{
    start(self);
    client_close(self->fixture.client);
    self->fixture.client =
        client_open(self->fixture.config, self->fixture.stop, TIMEOUT_MS, &self->err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(self->fixture.client);
}

/* The page breaks off behind so many of its bytes. */
static void break_off(struct list_fixture *self, const char *request, const char *body,
                      size_t bytes)
{
    scripted_server_answer(self->fixture.server, .request = request, .status = 200, .body = body,
                           .cut_after = bytes, .ending = ENDING_CLOSE);
}

static void a_page_that_does_not_come_is_asked_for_again_in_halves(void)
{
    struct list_fixture self;
    start_in_haste(&self);
    self.list.query = SELECTED;
    scripted_server_answer(self.fixture.server, .request = PODS "?" SELECTED "&limit=500",
                           .ending = ENDING_HANG);
    answer(&self, PODS "?" SELECTED "&limit=250", 504, STATUS("504"));
    answer(&self, PODS "?" SELECTED "&limit=125&continue=t", 200, PAGE("7", "", OBJECT("b")));
    answer(&self, PODS "?" SELECTED "&limit=125", 200, PAGE("7", "t", OBJECT("a")));
    CU_ASSERT_EQUAL(run(&self), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[[[a b ");
    CU_ASSERT_PTR_NOT_NULL_FATAL(self.version);
    CU_ASSERT_STRING_EQUAL(self.version, "7");
    end(&self);
}

static void nothing_is_reported_twice_by_halving(void)
{
    static const char next[] = PAGE("7", "", OBJECT("c") "," OBJECT("d") "," OBJECT("e"));
    size_t two_objects = sizeof PAGE("7", "", OBJECT("c") "," OBJECT("d") ",") - 3;
    struct list_fixture self;
    start(&self);
    break_off(&self, PAGES "&continue=t", next, two_objects);
    answer(&self, PODS "?limit=250&continue=t", 200, PAGE("7", "u", OBJECT("c")));
    answer(&self, PODS "?limit=250&continue=u", 200, PAGE("7", "", OBJECT("d") "," OBJECT("e")));
    answer(&self, PAGES, 200, PAGE("7", "t", OBJECT("a") "," OBJECT("b")));
    CU_ASSERT_EQUAL(run(&self), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[a b c d e ");
    end(&self);
}

static void a_first_page_that_breaks_off_begins_again_in_halves(void)
{
    size_t one_object = sizeof PAGE("7", "", OBJECT("a") ",") - 3;
    struct list_fixture self;
    start(&self);
    break_off(&self, PAGES, PAGE("7", "", OBJECT("a") "," OBJECT("b")), one_object);
    answer(&self, PODS "?limit=250", 200, PAGE("8", "", OBJECT("0") "," OBJECT("b")));
    CU_ASSERT_EQUAL(run(&self), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[a [0 b ");
    CU_ASSERT_EQUAL(self.expired.kind, ERROR_UNAVAILABLE);
    end(&self);
}

static void a_single_object_that_breaks_off_ends_the_list(void)
{
    struct list_fixture self;
    start(&self);
    break_off(&self, PODS, PAGE("7", "", OBJECT("a")), 10);
    CU_ASSERT_EQUAL(run(&self), -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_STRING_EQUAL(line(&self, scripted_server_count(self.fixture.server) - 1),
                           PODS "?limit=1");
    CU_ASSERT_EQUAL(scripted_server_count(self.fixture.server), 9);
    end(&self);
}

static void a_deadline_ends_a_page_that_goes_on_and_on(void)
{
    struct list_fixture self;
    start(&self);
    autofree char *body = memory_format("{\"items\":[%*s]}", 500, "");
    scripted_server_answer(self.fixture.server, .request = PODS, .status = 200, .body = body,
                           .chunked = true, .piece = 1, .pause_ms = 20);
    int64_t started_ms = clock_monotonic_ms();
    client_set_deadline(self.fixture.client, started_ms + 300);
    CU_ASSERT_EQUAL(run(&self), -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_TRUE(clock_monotonic_ms() - started_ms < 5000);
    end(&self);
}

static void another_error_ends_the_list_and_says_what_was_listed(void)
{
    struct list_fixture self;
    start(&self);
    answer(&self, PAGES "&continue=t", 503, STATUS("503"));
    answer(&self, PAGES, 200, PAGE("1", "t", OBJECT("a")));
    CU_ASSERT_EQUAL(run(&self), -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_STRING_EQUAL(self.err.message, "list pods: so it is");
    CU_ASSERT_STRING_EQUAL(self.text, "[a ");
    CU_ASSERT_PTR_NULL(self.version);
    end(&self);
}

static void an_object_that_fails_ends_the_list_with_its_error(void)
{
    static const enum error_kind kinds[] = {ERROR_INVALID, ERROR_EXPIRED};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct list_fixture self;
        start(&self);
        self.failing_object = "b";
        self.failure = kinds[i];
        answer(&self, PAGES, 200, PAGE("1", "t", OBJECT("a") "," OBJECT("b") "," OBJECT("c")));
        CU_ASSERT_EQUAL(run(&self), -1);
        CU_ASSERT_EQUAL(self.err.kind, kinds[i]);
        CU_ASSERT_STRING_EQUAL(self.err.message, "this one is wrong");
        CU_ASSERT_STRING_EQUAL(self.text, "[a b ");
        CU_ASSERT_EQUAL(scripted_server_count(self.fixture.server), 1);
        end(&self);
    }
}

static void a_list_without_a_version_is_refused_only_where_it_is_wanted(void)
{
    struct list_fixture self;
    start(&self);
    answer(&self, PAGES, 200, "{\"metadata\":{},\"items\":[" OBJECT("a") "]}");
    CU_ASSERT_EQUAL(run(&self), -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(self.err.message, "without a resourceVersion"));
    CU_ASSERT_EQUAL(list_objects(&self.list, self.fixture.client, NULL, &self.err), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[a [a ");
    end(&self);
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
        TEST(a_page_that_does_not_come_is_asked_for_again_in_halves),
        TEST(nothing_is_reported_twice_by_halving),
        TEST(a_first_page_that_breaks_off_begins_again_in_halves),
        TEST(a_single_object_that_breaks_off_ends_the_list),
        TEST(a_deadline_ends_a_page_that_goes_on_and_on),
        TEST(another_error_ends_the_list_and_says_what_was_listed),
        TEST(an_object_that_fails_ends_the_list_with_its_error),
        TEST(a_list_without_a_version_is_refused_only_where_it_is_wanted),
        {0},
    };
    return suite_run("list", tests, argc, argv);
}
