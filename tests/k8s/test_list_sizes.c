/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/k8s/list_fixture.h"
#include "tests/suite.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* How many objects the pages of a list are asked for with. */

enum { TIMEOUT_MS = 500 };

/* With a client that does not wait long. */
static void begin_in_haste(struct list_fixture *self)
{
    list_fixture_start(self);
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

static int limit_of(struct list_fixture *self, size_t index)
{
    int limit = 0;
    sscanf(list_fixture_line(self, index), PODS "?limit=%d", &limit);
    return limit;
}

static void a_page_that_is_late_is_asked_for_again_with_few_objects(void)
{
    static const struct answer late[] = {{.ending = ENDING_HANG},
                                         {.status = 504, .body = STATUS("504")}};
    for (size_t i = 0; i < sizeof late / sizeof *late; i++) {
        struct list_fixture self;
        begin_in_haste(&self);
        self.list.query = SELECTED;
        struct answer first = late[i];
        first.request = PODS "?" SELECTED "&limit=500";
        scripted_server_add(self.fixture.server, &first);
        list_fixture_answer(&self, PODS "?" SELECTED "&limit=10&continue=t", 200,
                            PAGE("7", "", OBJECT("b")));
        list_fixture_answer(&self, PODS "?" SELECTED "&limit=10", 200, PAGE("7", "t", OBJECT("a")));
        CU_ASSERT_EQUAL(list_fixture_run(&self), 0);
        CU_ASSERT_STRING_EQUAL(self.text, "[[a b ");
        CU_ASSERT_PTR_NOT_NULL_FATAL(self.version);
        CU_ASSERT_STRING_EQUAL(self.version, "7");
        list_fixture_end(&self);
    }
}

static void a_server_that_is_silent_is_asked_only_twice(void)
{
    struct list_fixture self;
    begin_in_haste(&self);
    scripted_server_answer(self.fixture.server, .request = PODS, .ending = ENDING_HANG);
    CU_ASSERT_EQUAL(list_fixture_run(&self), -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(scripted_server_count(self.fixture.server), 2);
    list_fixture_end(&self);
}

/* The address takes connections and says nothing in them, not even that it speaks TLS. */
static int silent_address(char *url, size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    CU_ASSERT_EQUAL_FATAL(bind(listener, (struct sockaddr *)&address, length), 0);
    CU_ASSERT_EQUAL_FATAL(listen(listener, 16), 0);
    CU_ASSERT_EQUAL_FATAL(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    snprintf(url, size, "https://127.0.0.1:%d", ntohs(address.sin_port));
    return listener;
}

static void a_server_that_is_not_reached_is_asked_once(void)
{
    struct list_fixture self;
    char url[64];
    int listener = silent_address(url, sizeof url);
    list_fixture_start(&self);
    client_close(self.fixture.client);
    memory_replace(&self.fixture.config->server, memory_copy(url));
    self.fixture.client =
        client_open(self.fixture.config, self.fixture.stop, TIMEOUT_MS, &self.err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(self.fixture.client);
    CU_ASSERT_EQUAL(list_fixture_run(&self), -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_STRING_EQUAL(self.text, "[");
    close(listener);
    list_fixture_end(&self);
}

static void pages_that_come_well_grow_again(void)
{
    static const int limits[] = {500, 10,  10,  10,  10,  20,  20,  20,  20,  40,  40,
                                 40,  40,  80,  80,  80,  80,  160, 160, 160, 160, 320,
                                 320, 320, 320, 500, 500, 500, 500, 500, 500};

    enum { PAGES_IN_ALL = sizeof limits / sizeof *limits };
    struct list_fixture self;
    list_fixture_start(&self);
    scripted_server_answer(self.fixture.server, .request = PODS, .times = 1, .status = 504);
    scripted_server_answer(self.fixture.server, .request = PODS, .times = PAGES_IN_ALL - 2,
                           .status = 200, .body = PAGE("7", "t", OBJECT("a")));
    list_fixture_answer(&self, PODS, 200, PAGE("7", "", OBJECT("b")));
    CU_ASSERT_EQUAL(list_fixture_run(&self), 0);
    CU_ASSERT_EQUAL(scripted_server_count(self.fixture.server), PAGES_IN_ALL);
    for (size_t i = 0; i < PAGES_IN_ALL; i++)
        CU_ASSERT_EQUAL(limit_of(&self, i), limits[i]);
    list_fixture_end(&self);
}

/* Else the next break would come at once. */
static void pages_grow_only_after_several_that_came_well(void)
{
    struct list_fixture self;
    list_fixture_start(&self);
    break_off(&self, PAGES, PAGE("7", "t", OBJECT("a")), 10);
    scripted_server_answer(self.fixture.server, .request = PODS "?limit=250", .times = 3,
                           .status = 200, .body = PAGE("7", "t", OBJECT("a")));
    scripted_server_answer(self.fixture.server, .request = PODS "?limit=250", .times = 1,
                           .status = 200, .body = PAGE("7", "t", OBJECT("a")), .cut_after = 10,
                           .ending = ENDING_CLOSE);
    scripted_server_answer(self.fixture.server, .request = PODS "?limit=125", .times = 1,
                           .status = 200, .body = PAGE("7", "t", OBJECT("a")));
    list_fixture_answer(&self, PODS "?limit=125", 200, PAGE("7", "", OBJECT("b")));
    CU_ASSERT_EQUAL(list_fixture_run(&self), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[[a a a a b ");
    list_fixture_end(&self);
}

static void nothing_is_reported_twice_by_halving(void)
{
    static const char next[] = PAGE("7", "", OBJECT("c") "," OBJECT("d") "," OBJECT("e"));
    size_t two_objects = sizeof PAGE("7", "", OBJECT("c") "," OBJECT("d") ",") - 3;
    struct list_fixture self;
    list_fixture_start(&self);
    break_off(&self, PAGES "&continue=t", next, two_objects);
    list_fixture_answer(&self, PODS "?limit=250&continue=t", 200, PAGE("7", "u", OBJECT("c")));
    list_fixture_answer(&self, PODS "?limit=250&continue=u", 200,
                        PAGE("7", "", OBJECT("d") "," OBJECT("e")));
    list_fixture_answer(&self, PAGES, 200, PAGE("7", "t", OBJECT("a") "," OBJECT("b")));
    CU_ASSERT_EQUAL(list_fixture_run(&self), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[a b c d e ");
    list_fixture_end(&self);
}

/* The second page breaks off behind an object, and its token has expired when it is asked for
 * again. Where that object is gone by then, the page of the offered token begins with the next. */
static void begin_with_break_and_expiry(struct list_fixture *self, const char *status)
{
    list_fixture_start(self);
    break_off(self, PAGES "&continue=t", PAGE("7", "", OBJECT("c") "," OBJECT("d")),
              sizeof PAGE("7", "", OBJECT("c") ",") - 3);
    list_fixture_answer(self, PODS "?limit=250&continue=t", 410, status);
    list_fixture_answer(self, PODS "?limit=250&continue=new", 200, PAGE("9", "", OBJECT("d")));
    list_fixture_answer(self, PAGES, 200, PAGE("7", "t", OBJECT("a") "," OBJECT("b")));
    list_fixture_answer(self, PODS, 200,
                        PAGE("8", "", OBJECT("a") "," OBJECT("b") "," OBJECT("d")));
}

static void a_page_that_breaks_off_and_expires_begins_the_list_again(void)
{
    static const char *const statuses[] = {STATUS("410"), OFFER};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        struct list_fixture self;
        begin_with_break_and_expiry(&self, statuses[i]);
        CU_ASSERT_EQUAL(list_objects(&self.list, self.fixture.client, NULL, &self.err), 0);
        CU_ASSERT_STRING_EQUAL(self.text, "[a b c [a b d ");
        list_fixture_end(&self);
    }
}

static void a_first_page_that_breaks_off_begins_again_in_halves(void)
{
    size_t one_object = sizeof PAGE("7", "", OBJECT("a") ",") - 3;
    struct list_fixture self;
    list_fixture_start(&self);
    break_off(&self, PAGES, PAGE("7", "", OBJECT("a") "," OBJECT("b")), one_object);
    list_fixture_answer(&self, PODS "?limit=250", 200, PAGE("8", "", OBJECT("0") "," OBJECT("b")));
    CU_ASSERT_EQUAL(list_fixture_run(&self), 0);
    CU_ASSERT_STRING_EQUAL(self.text, "[a [0 b ");
    CU_ASSERT_EQUAL(self.expired.kind, ERROR_UNAVAILABLE);
    list_fixture_end(&self);
}

static void a_single_object_that_breaks_off_ends_the_list(void)
{
    struct list_fixture self;
    list_fixture_start(&self);
    break_off(&self, PODS, PAGE("7", "", OBJECT("a")), 10);
    CU_ASSERT_EQUAL(list_fixture_run(&self), -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_STRING_EQUAL(list_fixture_line(&self, scripted_server_count(self.fixture.server) - 1),
                           PODS "?limit=1");
    CU_ASSERT_EQUAL(scripted_server_count(self.fixture.server), 9);
    list_fixture_end(&self);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_page_that_is_late_is_asked_for_again_with_few_objects),
        TEST(a_server_that_is_silent_is_asked_only_twice),
        TEST(a_server_that_is_not_reached_is_asked_once),
        TEST(pages_that_come_well_grow_again),
        TEST(pages_grow_only_after_several_that_came_well),
        TEST(nothing_is_reported_twice_by_halving),
        TEST(a_page_that_breaks_off_and_expires_begins_the_list_again),
        TEST(a_first_page_that_breaks_off_begins_again_in_halves),
        TEST(a_single_object_that_breaks_off_ends_the_list),
        {0},
    };
    return suite_run("list_sizes", tests, argc, argv);
}
