/* SPDX-License-Identifier: Apache-2.0 */
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

/* What a list of the Pods in one namespace reported: "[a b " are two objects after a beginning. */
struct list_fixture {
    struct client_fixture fixture;
    struct list list;
    const char *failing_object; /* the name of the one that the list ends at */
    enum error_kind failure;
    char text[256];
    struct error expired;
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
        TEST(another_error_ends_the_list_and_says_what_was_listed),
        TEST(an_object_that_fails_ends_the_list_with_its_error),
        TEST(a_list_without_a_version_is_refused_only_where_it_is_wanted),
        {0},
    };
    return suite_run("list", tests, argc, argv);
}
