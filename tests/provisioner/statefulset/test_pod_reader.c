/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/pod_reader.h"
#include "tests/k8s/client_fixture.h"
#include "tests/provisioner/set_fixtures.h"

#define PODS "GET /api/v1/namespaces/default/pods?labelSelector=app%3Dweb"

/* The Pods of the set "web" on a scripted API server. */
struct reader_fixture {
    struct client_fixture k8s;
    struct stateful_set *set;
    struct pod_list pods;
    struct error err;
};

static void begin(struct reader_fixture *fixture)
{
    *fixture = (struct reader_fixture){.set = set_with("{}")};
    client_fixture_start(&fixture->k8s);
}

static void end(struct reader_fixture *fixture)
{
    pod_list_clear(&fixture->pods);
    stateful_set_release(fixture->set);
    client_fixture_stop(&fixture->k8s);
}

static int read_pods(struct reader_fixture *fixture)
{
    return pod_reader_list(&fixture->pods, fixture->k8s.client, fixture->set, &fixture->err);
}

/* The next page; NULL as `token`: the last one. */
static void answer(struct reader_fixture *fixture, const char *token, json_t *take_pod)
{
    json_auto_t *page = json_pack("{s:{s:s, s:s*}, s:[o]}", "metadata", "resourceVersion", "1",
                                  "continue", token, "items", take_pod);
    autofree char *body = json_dumps(page, 0);
    scripted_server_answer(fixture->k8s.server, .request = PODS, .times = 1, .status = 200,
                           .body = body);
}

static void answer_status(struct reader_fixture *fixture, int status)
{
    scripted_server_answer(fixture->k8s.server, .request = PODS, .times = 1, .status = status,
                           .body = "{\"kind\": \"Status\", \"message\": \"no\"}");
}

static void expect_failure(struct reader_fixture *fixture, enum error_kind kind,
                           const char *message)
{
    CU_ASSERT_EQUAL(read_pods(fixture), -1);
    CU_ASSERT_EQUAL(fixture->err.kind, kind);
    ASSERT_CASE(strcmp(fixture->err.message, message) == 0, fixture->err.message);
    end(fixture);
}

static void the_pods_that_the_set_made_are_listed_by_ordinal(void)
{
    struct reader_fixture fixture;
    begin(&fixture);
    answer(&fixture, "t", pod_object(2, "{}"));
    answer(&fixture, "t", pod_object(1, "{'metadata': {'ownerReferences': [{'uid': 'set-2'}]}}"));
    answer(&fixture, NULL, pod_object(0, "{}"));
    CU_ASSERT_EQUAL(read_pods(&fixture), 0);
    CU_ASSERT_EQUAL_FATAL(fixture.pods.count, 2);
    CU_ASSERT_STRING_EQUAL(fixture.pods.pods[0].name, "web-0");
    CU_ASSERT_STRING_EQUAL(fixture.pods.pods[1].name, "web-2");
    CU_ASSERT_EQUAL(scripted_server_count(fixture.k8s.server), 3);
    end(&fixture);
}

static void a_list_that_expires_is_read_again_without_what_came_before(void)
{
    struct reader_fixture fixture;
    begin(&fixture);
    answer(&fixture, "t", pod_object(0, "{}"));
    answer_status(&fixture, 410);
    answer(&fixture, NULL, pod_object(1, "{}"));
    CU_ASSERT_EQUAL(read_pods(&fixture), 0);
    CU_ASSERT_EQUAL_FATAL(fixture.pods.count, 1);
    CU_ASSERT_STRING_EQUAL(fixture.pods.pods[0].name, "web-1");
    end(&fixture);
}

static void a_list_that_expires_twice_is_an_error(void)
{
    struct reader_fixture fixture;
    begin(&fixture);
    answer(&fixture, "t", pod_object(0, "{}"));
    answer_status(&fixture, 410);
    answer_status(&fixture, 410);
    expect_failure(&fixture, ERROR_EXPIRED,
                   "cannot list the Pods of StatefulSet default/web: list pods: no");
}

static void a_list_that_fails_in_the_middle_gives_no_pods(void)
{
    struct reader_fixture fixture;
    begin(&fixture);
    answer(&fixture, "t", pod_object(0, "{}"));
    answer_status(&fixture, 403);
    CU_ASSERT_EQUAL(read_pods(&fixture), -1);
    CU_ASSERT_EQUAL(fixture.err.kind, ERROR_FORBIDDEN);
    CU_ASSERT_EQUAL(fixture.pods.count, 0);
    end(&fixture);
}

static void a_list_that_is_cut_off_is_an_error(void)
{
    struct reader_fixture fixture;
    begin(&fixture);
    scripted_server_answer(fixture.k8s.server, .request = PODS, .status = 200,
                           .body = "{\"metadata\": {}, \"items\": []}", .cut_after = 12,
                           .ending = ENDING_CLOSE);
    CU_ASSERT_EQUAL(read_pods(&fixture), -1);
    CU_ASSERT_EQUAL(fixture.err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(fixture.pods.count, 0);
    end(&fixture);
}

static void a_pod_that_cannot_be_parsed_is_an_error_and_leaves_nothing_behind(void)
{
    struct reader_fixture fixture;
    begin(&fixture);
    answer(&fixture, "t", pod_object(0, "{}"));
    answer(&fixture, NULL, object_from("{'metadata': {'namespace': 'default', 'name': 'web-1'}}"));
    expect_failure(&fixture, ERROR_INVALID,
                   "cannot list the Pods of StatefulSet default/web: not a usable Pod: Object item "
                   "not found: uid");
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(the_pods_that_the_set_made_are_listed_by_ordinal),
        TEST(a_list_that_expires_is_read_again_without_what_came_before),
        TEST(a_list_that_expires_twice_is_an_error),
        TEST(a_list_that_fails_in_the_middle_gives_no_pods),
        TEST(a_list_that_is_cut_off_is_an_error),
        TEST(a_pod_that_cannot_be_parsed_is_an_error_and_leaves_nothing_behind),
        {0},
    };
    return suite_run("pod_reader", tests, argc, argv);
}
