/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/event.h"
#include "tests/k8s/client_fixture.h"
#include "tests/suite.h"

enum { CAPACITY = 2 };

/* An event sender, and an API server that says what it is told. */
struct fixture {
    struct client_fixture http;
    struct event_sender *sender;
};

static void set_up(struct fixture *fixture)
{
    client_fixture_start(&fixture->http);
    fixture->sender = event_sender_new("mooring", "mooring-0", CAPACITY);
}

static void tear_down(struct fixture *fixture)
{
    event_sender_free(fixture->sender);
    client_fixture_stop(&fixture->http);
}

static void answer(struct fixture *fixture, const char *request, int times, int status)
{
    scripted_server_answer(fixture->http.server, .request = request, .times = times,
                           .status = status, .body = "{}");
}

/* About the claim team/data; the strings are borrowed, so it is not freed. */
static struct event event_about(const char *name, const char *reason, const char *message)
{
    return (struct event){.about = &resource_claims,
                          .namespace = (char *)"team",
                          .name = (char *)name,
                          .uid = (char *)"uid-1",
                          .resource_version = (char *)"42",
                          .warning = true,
                          .reason = (char *)reason,
                          .message = (char *)message,
                          .time_us = 1767323045000006};
}

static int tell(struct fixture *fixture, const struct event *event)
{
    struct error err;
    return event_send(fixture->sender, fixture->http.client, event, &err);
}

static const struct seen_request *seen(struct fixture *fixture, size_t index)
{
    return scripted_server_seen(fixture->http.server, index);
}

static json_t *body(struct fixture *fixture, size_t index)
{
    return json_loads(seen(fixture, index)->body, 0, NULL);
}

static void the_first_is_created(void)
{
    struct fixture fixture;
    set_up(&fixture);
    answer(&fixture, "POST", 0, 201);
    struct event event = event_about("data", "ProvisioningFailed", "no route to host");
    CU_ASSERT_EQUAL(tell(&fixture, &event), 0);
    CU_ASSERT_STRING_EQUAL(seen(&fixture, 0)->line, "POST /api/v1/namespaces/team/events");

    json_auto_t *sent = body(&fixture, 0);
    json_auto_t *expected = json_pack(
        "{s:s, s:s, s:{s:s, s:s}, s:{s:s, s:s, s:s, s:s, s:s, s:s}, s:s, s:s, s:s,"
        " s:{s:s}, s:s, s:s, s:s, s:s, s:i}",
        "apiVersion", "v1", "kind", "Event", "metadata", "namespace", "team", "name",
        "data.1886caf21c964970", "involvedObject", "apiVersion", "v1", "kind",
        "PersistentVolumeClaim", "namespace", "team", "name", "data", "uid", "uid-1",
        "resourceVersion", "42", "type", "Warning", "reason", "ProvisioningFailed", "message",
        "no route to host", "source", "component", "mooring", "reportingComponent", "mooring",
        "reportingInstance", "mooring-0", "firstTimestamp", "2026-01-02T03:04:05Z", "lastTimestamp",
        "2026-01-02T03:04:05Z", "count", 1);
    CU_ASSERT_TRUE(json_equal(sent, expected));
    tear_down(&fixture);
}

static void a_repeat_raises_the_count(void)
{
    struct fixture fixture;
    set_up(&fixture);
    answer(&fixture, "POST", 0, 201);
    answer(&fixture, "PATCH", 0, 200);
    struct event event = event_about("data", "ProvisioningFailed", "next try in 1 s");
    CU_ASSERT_EQUAL(tell(&fixture, &event), 0);
    event.message = (char *)"next try in 2 s";
    event.time_us += 60000000;
    CU_ASSERT_EQUAL(tell(&fixture, &event), 0);
    CU_ASSERT_EQUAL(tell(&fixture, &event), 0);

    json_auto_t *created = body(&fixture, 0);
    const char *name = "";
    json_unpack(created, "{s:{s:s}}", "metadata", "name", &name);
    autofree char *line = memory_format("PATCH /api/v1/namespaces/team/events/%s", name);
    CU_ASSERT_STRING_EQUAL(seen(&fixture, 1)->line, line);
    CU_ASSERT_STRING_EQUAL(seen(&fixture, 2)->line, line);
    json_auto_t *patch = body(&fixture, 2);
    json_auto_t *expected = json_pack("{s:i, s:s, s:s}", "count", 3, "lastTimestamp",
                                      "2026-01-02T03:05:05Z", "message", "next try in 2 s");
    CU_ASSERT_TRUE(json_equal(patch, expected));
    tear_down(&fixture);
}

static void another_reason_or_object_is_another_event(void)
{
    struct fixture fixture;
    set_up(&fixture);
    answer(&fixture, "POST", 0, 201);
    struct event first = event_about("data", "Provisioning", "m");
    struct event second = event_about("data", "ProvisioningFailed", "m");
    struct event third = event_about("other", "Provisioning", "m");
    CU_ASSERT_EQUAL(tell(&fixture, &first), 0);
    CU_ASSERT_EQUAL(tell(&fixture, &second), 0);
    CU_ASSERT_EQUAL(tell(&fixture, &third), 0);
    CU_ASSERT_EQUAL(scripted_server_count(fixture.http.server), 3);

    const char *names[2] = {"", ""};
    json_auto_t *one = body(&fixture, 0);
    json_auto_t *two = body(&fixture, 1);
    json_unpack(one, "{s:{s:s}}", "metadata", "name", &names[0]);
    json_unpack(two, "{s:{s:s}}", "metadata", "name", &names[1]);
    CU_ASSERT_STRING_NOT_EQUAL(names[0], names[1]);
    tear_down(&fixture);
}

static void one_that_the_server_forgot_is_created_again(void)
{
    struct fixture fixture;
    set_up(&fixture);
    answer(&fixture, "POST", 0, 201);
    answer(&fixture, "PATCH", 1, 404);
    answer(&fixture, "PATCH", 0, 200);
    struct event event = event_about("data", "ProvisioningFailed", "m");
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(tell(&fixture, &event), 0);
    json_auto_t *again = body(&fixture, 2);
    json_auto_t *patch = body(&fixture, 3);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(again, "count")), 1);
    CU_ASSERT_EQUAL(json_integer_value(json_object_get(patch, "count")), 2);
    tear_down(&fixture);
}

static void the_least_recently_used_is_forgotten_first(void)
{
    struct fixture fixture;
    set_up(&fixture);
    answer(&fixture, "POST", 0, 201);
    answer(&fixture, "PATCH", 0, 200);
    struct event a = event_about("a", "R", "m");
    struct event b = event_about("b", "R", "m");
    struct event c = event_about("c", "R", "m");
    const struct event *const order[] = {&a, &b, &a, &c, &a, &b};
    for (size_t i = 0; i < 6; i++)
        CU_ASSERT_EQUAL(tell(&fixture, order[i]), 0);
    CU_ASSERT_EQUAL(strncmp(seen(&fixture, 2)->line, "PATCH", 5), 0); /* a */
    CU_ASSERT_EQUAL(strncmp(seen(&fixture, 4)->line, "PATCH", 5), 0); /* a: used after b */
    CU_ASSERT_EQUAL(strncmp(seen(&fixture, 5)->line, "POST", 4), 0);  /* b went for c */
    tear_down(&fixture);
}

static void what_goes_well_is_not_remembered_as_long_as_warnings(void)
{
    struct fixture fixture;
    set_up(&fixture);
    answer(&fixture, "POST", 0, 201);
    answer(&fixture, "PATCH", 0, 200);
    struct event warning = event_about("a", "R", "m");
    struct event a = event_about("a", "R", "m");
    struct event b = event_about("b", "R", "m");
    a.warning = b.warning = false;
    const struct event *const order[] = {&warning, &a, &a, &b, &a, &warning};
    static const char *const methods[] = {"POST", "POST", "PATCH", "POST", "POST", "PATCH"};
    for (size_t i = 0; i < 6; i++) {
        CU_ASSERT_EQUAL(tell(&fixture, order[i]), 0);
        CU_ASSERT_EQUAL(strncmp(seen(&fixture, i)->line, methods[i], strlen(methods[i])), 0);
    }
    tear_down(&fixture);
}

static void what_has_no_namespace_is_told_in_default(void)
{
    struct fixture fixture;
    set_up(&fixture);
    answer(&fixture, "POST", 0, 201);
    struct event event = event_about("pvc-1", "VolumeFailedDelete", "m");
    event.about = &resource_volumes;
    event.namespace = (char *)"";
    event.warning = false;
    CU_ASSERT_EQUAL(tell(&fixture, &event), 0);
    CU_ASSERT_STRING_EQUAL(seen(&fixture, 0)->line, "POST /api/v1/namespaces/default/events");
    json_auto_t *sent = body(&fixture, 0);
    json_t *involved = json_object_get(sent, "involvedObject");
    CU_ASSERT_PTR_NULL(json_object_get(involved, "namespace"));
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(sent, "type")), "Normal");
    tear_down(&fixture);
}

static void an_event_for_a_namespace_that_goes_or_is_gone_is_dropped(void)
{
    struct fixture fixture;
    set_up(&fixture);
    scripted_server_answer(
        fixture.http.server, .request = "POST", .times = 1, .status = 403,
        .body = "{\"details\":{\"causes\":[{\"reason\":\"NamespaceTerminating\"}]}}");
    answer(&fixture, "POST", 1, 404);
    answer(&fixture, "POST", 1, 403);
    struct event event = event_about("data", "R", "m");
    CU_ASSERT_EQUAL(tell(&fixture, &event), 0);
    CU_ASSERT_EQUAL(tell(&fixture, &event), 0);
    CU_ASSERT_EQUAL(tell(&fixture, &event), -1);
    tear_down(&fixture);
}

/* Send it and return the message that arrived. The caller's. */
static char *message_of(const char *message)
{
    struct fixture fixture;
    set_up(&fixture);
    answer(&fixture, "POST", 0, 201);
    struct event event = event_about("data", "R", message);
    CU_ASSERT_EQUAL(tell(&fixture, &event), 0);
    json_auto_t *sent = body(&fixture, 0);
    char *copy = memory_copy(json_string_value(json_object_get(sent, "message")));
    tear_down(&fixture);
    return copy;
}

static void a_long_message_is_cut_between_two_characters(void)
{
    char message[1100];
    memset(message, 'x', sizeof message);
    message[sizeof message - 1] = '\0';
    autofree char *plain = message_of(message);
    CU_ASSERT_EQUAL(strlen(plain), 1024);

    memcpy(message + 1022, "\xe2\x82\xac", 3); /* a euro sign across the limit */
    autofree char *cut = message_of(message);
    CU_ASSERT_EQUAL(strlen(cut), 1022);
}

static void what_is_not_utf8_does_not_stop_the_event(void)
{
    autofree char *message = message_of("mkdir d\xe9j\xe0 in caf\xc3\xa9 failed");
    CU_ASSERT_STRING_EQUAL(message, "mkdir d\\xe9j\\xe0 in caf\xc3\xa9 failed");
}

/* kubectl describe hands a message to the terminal as it is. */
static void a_message_has_nothing_that_a_terminal_would_obey(void)
{
    autofree char *message = message_of("class \033[31mred\xc2\x9b, a\u202etxt\nforged line");
    CU_ASSERT_STRING_EQUAL(message, "class \\x1b[31mred\\xc2\\x9b, a\\xe2\\x80\\xaetxt"
                                    "\\x0aforged line");
}

static void a_long_name_leaves_room_for_the_time(void)
{
    struct fixture fixture;
    set_up(&fixture);
    answer(&fixture, "POST", 0, 201);
    char name[254];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    name[235] = '.';
    struct event event = event_about(name, "R", "m");
    CU_ASSERT_EQUAL(tell(&fixture, &event), 0);
    json_auto_t *sent = body(&fixture, 0);
    const char *stored = "";
    json_unpack(sent, "{s:{s:s}}", "metadata", "name", &stored);
    CU_ASSERT_EQUAL(strlen(stored), 235 + 1 + 16);
    CU_ASSERT_PTR_NULL(strstr(stored, ".."));
    tear_down(&fixture);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(the_first_is_created),
        TEST(a_repeat_raises_the_count),
        TEST(another_reason_or_object_is_another_event),
        TEST(one_that_the_server_forgot_is_created_again),
        TEST(the_least_recently_used_is_forgotten_first),
        TEST(what_goes_well_is_not_remembered_as_long_as_warnings),
        TEST(what_has_no_namespace_is_told_in_default),
        TEST(an_event_for_a_namespace_that_goes_or_is_gone_is_dropped),
        TEST(a_long_message_is_cut_between_two_characters),
        TEST(what_is_not_utf8_does_not_stop_the_event),
        TEST(a_message_has_nothing_that_a_terminal_would_obey),
        TEST(a_long_name_leaves_room_for_the_time),
        {NULL, NULL},
    };
    return suite_run("event", tests, argc, argv);
}
