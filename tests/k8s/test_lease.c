/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/lease.h"
#include "tests/k8s/client_fixture.h"
#include "tests/suite.h"

#define LEASES "/apis/coordination.k8s.io/v1/namespaces/team/leases"
#define LEASE LEASES "/mooring-nfs"
#define HELD_BY(holder, renewed)                                                                   \
    "{\"metadata\":{\"namespace\":\"team\",\"name\":\"mooring-nfs\",\"resourceVersion\":\"7\"},"   \
    "\"spec\":{\"holderIdentity\":\"" holder                                                       \
    "\",\"leaseDurationSeconds\":1,\"leaseTransitions\":3,"                                        \
    "\"renewTime\":\"" renewed "\"}}"

/* A lease that "us" wants, and an API server that says what it is told. */
struct fixture {
    struct client_fixture http;
    struct lease *lease;
};

static void set_up(struct fixture *fixture)
{
    static const struct lease_settings settings = {"team", "mooring-nfs", "us", 15000};
    client_fixture_start(&fixture->http);
    fixture->lease = lease_new(&settings);
}

static void tear_down(struct fixture *fixture)
{
    lease_free(fixture->lease);
    client_fixture_stop(&fixture->http);
}

static void answer(struct fixture *fixture, const char *request, int status, const char *body)
{
    scripted_server_answer(fixture->http.server, .request = request, .times = 1, .status = status,
                           .body = body);
}

/* Whether it is ours after one try, which must not fail. */
static bool held_after_try(struct fixture *fixture)
{
    struct error err = {0};
    bool held = false;
    CU_ASSERT_EQUAL(lease_try(fixture->lease, fixture->http.client, &held, &err), 0);
    return held;
}

/* A field of the spec in the `index`th request's body. The caller's. */
static char *sent(struct fixture *fixture, size_t index, const char *key)
{
    json_auto_t *body =
        json_loads(scripted_server_seen(fixture->http.server, index)->body, 0, NULL);
    json_t *value = json_object_get(json_object_get(body, "spec"), key);
    return value ? json_dumps(value, JSON_ENCODE_ANY) : memory_copy("none");
}

static void a_missing_one_is_created(void)
{
    struct fixture fixture;
    set_up(&fixture);
    answer(&fixture, "POST " LEASES, 201, "{}");
    CU_ASSERT_TRUE(held_after_try(&fixture));
    autofree char *holder = sent(&fixture, 1, "holderIdentity");
    CU_ASSERT_STRING_EQUAL(holder, "\"us\"");
    CU_ASSERT_STRING_EQUAL(lease_holder(fixture.lease), "us");
    tear_down(&fixture);
}

static void somebody_else_may_create_it_first(void)
{
    struct fixture fixture;
    set_up(&fixture);
    answer(&fixture, "POST " LEASES, 409, "{\"reason\":\"AlreadyExists\"}");
    CU_ASSERT_FALSE(held_after_try(&fixture));
    tear_down(&fixture);
}

static void ours_is_renewed_by_its_version(void)
{
    struct fixture fixture;
    set_up(&fixture);
    answer(&fixture, "GET " LEASE, 200, HELD_BY("us", "r"));
    answer(&fixture, "PUT " LEASE, 200, "{}");
    CU_ASSERT_TRUE(held_after_try(&fixture));
    autofree char *transitions = sent(&fixture, 1, "leaseTransitions");
    CU_ASSERT_STRING_EQUAL(transitions, "3");
    CU_ASSERT_PTR_NOT_NULL(
        strstr(scripted_server_seen(fixture.http.server, 1)->body, "\"resourceVersion\":\"7\""));
    tear_down(&fixture);
}

static void anothers_is_waited_for_until_it_has_not_changed_for_its_time(void)
{
    struct fixture fixture;
    set_up(&fixture);
    answer(&fixture, "GET " LEASE, 200, HELD_BY("them", "1"));
    answer(&fixture, "GET " LEASE, 200, HELD_BY("them", "2"));
    answer(&fixture, "GET " LEASE, 200, HELD_BY("them", "2"));
    answer(&fixture, "PUT " LEASE, 200, "{}");
    CU_ASSERT_FALSE(held_after_try(&fixture));
    CU_ASSERT_STRING_EQUAL(lease_holder(fixture.lease), "them");
    (void)stop_wait(fixture.http.stop, 1050);
    CU_ASSERT_FALSE(held_after_try(&fixture)); /* it was renewed meanwhile */
    (void)stop_wait(fixture.http.stop, 1050);
    CU_ASSERT_TRUE(held_after_try(&fixture));
    autofree char *transitions = sent(&fixture, 3, "leaseTransitions");
    CU_ASSERT_STRING_EQUAL(transitions, "4");
    tear_down(&fixture);
}

static void a_slow_answer_does_not_shorten_anothers_time(void)
{
    struct fixture fixture;
    set_up(&fixture);
    scripted_server_answer(fixture.http.server, .request = "GET " LEASE, .times = 1, .status = 200,
                           .body = HELD_BY("them", "1"), .pause_ms = 600);
    answer(&fixture, "GET " LEASE, 200, HELD_BY("them", "1"));
    CU_ASSERT_FALSE(held_after_try(&fixture));
    (void)stop_wait(fixture.http.stop, 600);
    CU_ASSERT_FALSE(held_after_try(&fixture));
    tear_down(&fixture);
}

static void look(struct fixture *fixture)
{
    struct error err = {0};
    CU_ASSERT_EQUAL(lease_look(fixture->lease, fixture->http.client, &err), 0);
}

static void a_look_begins_anothers_time(void)
{
    struct fixture fixture;
    set_up(&fixture);
    scripted_server_answer(fixture.http.server, .request = "GET " LEASE, .status = 200,
                           .body = HELD_BY("them", "1"));
    answer(&fixture, "PUT " LEASE, 200, "{}");
    look(&fixture);
    CU_ASSERT_STRING_EQUAL(lease_holder(fixture.lease), "them");
    (void)stop_wait(fixture.http.stop, 1050);
    look(&fixture);
    CU_ASSERT_TRUE(held_after_try(&fixture));
    tear_down(&fixture);
}

static void a_look_takes_nothing(void)
{
    struct fixture fixture;
    set_up(&fixture);
    answer(&fixture, "GET " LEASE, 200, HELD_BY("", "r"));
    look(&fixture);
    look(&fixture); /* 404 */
    CU_ASSERT_EQUAL(scripted_server_count(fixture.http.server), 2);
    tear_down(&fixture);
}

static void a_look_that_fails_says_at_which(void)
{
    struct fixture fixture;
    struct error err;
    set_up(&fixture);
    answer(&fixture, "GET " LEASE, 403, "{}");
    CU_ASSERT_EQUAL(lease_look(fixture.lease, fixture.http.client, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_FORBIDDEN);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "lease team/mooring-nfs"));
    tear_down(&fixture);
}

static void losing_the_race_for_it_is_not_an_error(void)
{
    struct fixture fixture;
    set_up(&fixture);
    answer(&fixture, "GET " LEASE, 200, HELD_BY("", "r"));
    answer(&fixture, "PUT " LEASE, 409, "{\"reason\":\"Conflict\"}");
    CU_ASSERT_FALSE(held_after_try(&fixture));
    tear_down(&fixture);
}

static void a_failure_says_nothing_about_who_holds_it(void)
{
    static const int statuses[] = {409, 500, 403};
    for (size_t i = 0; i < 3; i++) {
        struct fixture fixture;
        struct error err;
        bool held = true;
        set_up(&fixture);
        answer(&fixture, "GET " LEASE, 200, HELD_BY("us", "r"));
        answer(&fixture, "PUT " LEASE, statuses[i], "{}");
        CU_ASSERT_EQUAL(lease_try(fixture.lease, fixture.http.client, &held, &err), -1);
        CU_ASSERT_TRUE(held);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "lease team/mooring-nfs"));
        tear_down(&fixture);
    }
}

static void ours_is_given_up(void)
{
    struct fixture fixture;
    struct error err;
    set_up(&fixture);
    answer(&fixture, "GET " LEASE, 200, HELD_BY("us", "r"));
    answer(&fixture, "PUT " LEASE, 200, "{}");
    CU_ASSERT_EQUAL(lease_release(fixture.lease, fixture.http.client, &err), 0);
    autofree char *holder = sent(&fixture, 1, "holderIdentity");
    CU_ASSERT_STRING_EQUAL(holder, "\"\"");
    CU_ASSERT_PTR_NULL(lease_holder(fixture.lease));
    tear_down(&fixture);
}

static void what_is_not_ours_is_not_given_up(void)
{
    struct fixture fixture;
    struct error err;
    set_up(&fixture);
    answer(&fixture, "GET " LEASE, 200, HELD_BY("them", "r"));
    CU_ASSERT_EQUAL(lease_release(fixture.lease, fixture.http.client, &err), 0);
    CU_ASSERT_EQUAL(scripted_server_count(fixture.http.server), 1);
    CU_ASSERT_EQUAL(lease_release(fixture.lease, fixture.http.client, &err), 0); /* 404 */
    tear_down(&fixture);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_missing_one_is_created),
        TEST(somebody_else_may_create_it_first),
        TEST(ours_is_renewed_by_its_version),
        TEST(anothers_is_waited_for_until_it_has_not_changed_for_its_time),
        TEST(a_slow_answer_does_not_shorten_anothers_time),
        TEST(a_look_begins_anothers_time),
        TEST(a_look_takes_nothing),
        TEST(a_look_that_fails_says_at_which),
        TEST(losing_the_race_for_it_is_not_an_error),
        TEST(a_failure_says_nothing_about_who_holds_it),
        TEST(ours_is_given_up),
        TEST(what_is_not_ours_is_not_given_up),
        {NULL, NULL},
    };
    return suite_run("lease", tests, argc, argv);
}
