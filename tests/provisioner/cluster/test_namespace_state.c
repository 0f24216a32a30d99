/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "provisioner/cluster/namespace_state.h"
#include "tests/k8s/client_fixture.h"
#include "tests/provisioner/objects.h"

static void destroy(void *object)
{
    free(object);
}

/* A namespace that was read a moment ago, and a client without a server: an error shows that the
 * client was asked. */
struct state_fixture {
    struct store *known;
    struct config config;
    struct client *client;
    int64_t asked_us;
};

static void begin(struct state_fixture *self, int age_ms)
{
    struct error err;
    struct namespace_state *namespace_state = memory_new(sizeof *namespace_state);
    shared_init(&namespace_state->shared, destroy);
    self->asked_us = namespace_state->freshness.asked_us =
        clock_monotonic_us() - (int64_t)age_ms * 1000;
    self->known = store_new();
    store_put(self->known, "default", namespace_state);
    self->config = (struct config){.server = (char *)"http://127.0.0.1:1"};
    self->client = client_open(&self->config, NULL, 2000, &err);
    require(self->client);
}

static void end(struct state_fixture *self)
{
    client_close(self->client);
    store_free(self->known);
}

static void a_state_serves_every_claim_that_was_seen_before_its_read_began(void)
{
    struct state_fixture self;
    struct error err;
    begin(&self, 0);
    autorelease(namespace_state) struct namespace_state *known =
        namespace_state_read(self.known, self.client, "default", self.asked_us - 1, &err);
    CU_ASSERT_PTR_NOT_NULL(known);
    end(&self);
}

/* Its set may be newer than the state, too. */
static void a_claim_that_was_seen_since_needs_another_read(void)
{
    static const int later_us[] = {0, 1, 5000};
    for (size_t i = 0; i < sizeof later_us / sizeof *later_us; i++) {
        struct state_fixture self;
        struct error err = {0};
        begin(&self, 0);
        CU_ASSERT_PTR_NULL(namespace_state_read(self.known, self.client, "default",
                                                self.asked_us + later_us[i], &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
        end(&self);
    }
}

/* A claim may wait for hours, for its class or its first Pod, and get its set meanwhile. */
static void an_old_state_serves_no_claim(void)
{
    struct state_fixture self;
    begin(&self, 10001);
    for (int i = 0; i < 2; i++) {
        struct error err = {0};
        CU_ASSERT_PTR_NULL(
            namespace_state_read(self.known, self.client, "default", self.asked_us - 1, &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    }
    end(&self);
}

static void while_one_caller_renews_a_state_it_serves_the_others(void)
{
    struct state_fixture self;
    struct error err = {0};
    begin(&self, 5001);
    CU_ASSERT_PTR_NULL(
        namespace_state_read(self.known, self.client, "default", self.asked_us - 1, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    autorelease(namespace_state) struct namespace_state *known =
        namespace_state_read(self.known, self.client, "default", self.asked_us - 1, &err);
    CU_ASSERT_PTR_NOT_NULL(known);
    end(&self);
}

static void preparing_keeps_what_was_read_where_nothing_newer_can_be_read(void)
{
    struct state_fixture self;
    struct error err = {0};
    begin(&self, 100);
    namespace_state_prepare(self.known, self.client, "default", clock_monotonic_us());
    autorelease(namespace_state) struct namespace_state *known =
        namespace_state_read(self.known, self.client, "default", self.asked_us - 1, &err);
    CU_ASSERT_PTR_NOT_NULL(known);
    end(&self);
}

#define NAMESPACE "GET /api/v1/namespaces/other"
#define SETS "GET /apis/apps/v1/namespaces/other/statefulsets"
#define SET(name)                                                                                  \
    "{\"metadata\":{\"namespace\":\"other\",\"name\":\"" name "\",\"uid\":\"s\"},\"spec\":{}}"
#define LIST(token, sets) "{\"metadata\":{\"continue\":\"" token "\"},\"items\":[" sets "]}"

static void the_list_of_sets_that_expires_is_read_again_and_has_each_set_once(void)
{
    struct client_fixture api;
    struct error err;
    client_fixture_start(&api);
    scripted_server_answer(api.server, .request = SETS "?limit=500&continue=t", .status = 410,
                           .body = "{\"kind\":\"Status\",\"code\":410,\"message\":\"too old\"}");
    scripted_server_answer(api.server, .request = SETS "?limit=500", .status = 200,
                           .body = LIST("t", SET("web")));
    scripted_server_answer(api.server, .request = SETS, .status = 200,
                           .body = LIST("", SET("web") "," SET("db")));
    scripted_server_answer(api.server, .request = NAMESPACE, .status = 200,
                           .body = "{\"metadata\":{\"uid\":\"ns-1\"}}");
    struct store *known = store_new();
    autorelease(namespace_state) struct namespace_state *state =
        namespace_state_read(known, api.client, "other", 0, &err);
    require(state);
    CU_ASSERT_STRING_EQUAL(state->namespace_uid, "ns-1");
    CU_ASSERT_EQUAL(state->set_count, 2);
    store_free(known);
    client_fixture_stop(&api);
}

/* Namespaces come and go for as long as the process lives. */
static void namespaces_that_are_not_asked_for_any_more_are_forgotten(void)
{
    struct client_fixture api;
    struct error err;
    client_fixture_start(&api);
    scripted_server_answer(api.server, .request = SETS, .status = 200, .body = LIST("", ""));
    scripted_server_answer(api.server, .request = NAMESPACE, .status = 200,
                           .body = "{\"metadata\":{\"uid\":\"ns-1\"}}");
    struct store *known = store_new();
    for (int i = 1; i < FRESHNESS_PRUNED_AT; i++) {
        autofree char *name = memory_format("namespace-%d", i);
        struct namespace_state *old = memory_new(sizeof *old);
        shared_init(&old->shared, destroy);
        old->freshness.asked_us = clock_monotonic_us() - (i == 500 ? 0 : 10001) * INT64_C(1000);
        store_put(known, name, old);
    }
    autorelease(namespace_state) struct namespace_state *state =
        namespace_state_read(known, api.client, "other", 0, &err);
    require(state);
    CU_ASSERT_EQUAL(store_size(known), 2);
    autorelease(namespace_state) struct namespace_state *other = store_get(known, "other");
    autorelease(namespace_state) struct namespace_state *fresh = store_get(known, "namespace-500");
    CU_ASSERT_PTR_NOT_NULL(other);
    CU_ASSERT_PTR_NOT_NULL(fresh);
    store_free(known);
    client_fixture_stop(&api);
}

static void a_set_that_cannot_be_read_holds_the_namespace(void)
{
    static const struct {
        const char *set, *message;
    } cases[] = {
        {"{\"metadata\":{\"namespace\":\"other\",\"name\":\"db\"}}",
         "namespace other: claims wait until this object is repaired or deleted: StatefulSet "
         "other/db: not a usable StatefulSet: "},
        {"{\"metadata\":{\"name\":\"db\",\"namespace\":\"other\"},oops}",
         "namespace other: claims wait until this object is repaired or deleted: StatefulSet "
         "other/db cannot be read: "},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct client_fixture api;
        struct error err = {0};
        client_fixture_start(&api);
        autofree char *body = memory_format(LIST("", SET("web") ",%s," SET("cache")), cases[i].set);
        scripted_server_answer(api.server, .request = SETS, .status = 200, .body = body);
        scripted_server_answer(api.server, .request = NAMESPACE, .status = 200,
                               .body = "{\"metadata\":{\"uid\":\"ns-1\"}}");
        struct store *known = store_new();
        CU_ASSERT_PTR_NULL(namespace_state_read(known, api.client, "other", 0, &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
        ASSERT_CASE(strncmp(err.message, cases[i].message, strlen(cases[i].message)) == 0,
                    err.message);
        store_free(known);
        client_fixture_stop(&api);
    }
}

static void another_namespace_is_read_by_itself(void)
{
    struct state_fixture self;
    struct error err = {0};
    begin(&self, 0);
    CU_ASSERT_PTR_NULL(namespace_state_read(self.known, self.client, "other", 1, &err));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "namespace other"));
    end(&self);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_state_serves_every_claim_that_was_seen_before_its_read_began),
        TEST(a_claim_that_was_seen_since_needs_another_read),
        TEST(an_old_state_serves_no_claim),
        TEST(while_one_caller_renews_a_state_it_serves_the_others),
        TEST(preparing_keeps_what_was_read_where_nothing_newer_can_be_read),
        TEST(the_list_of_sets_that_expires_is_read_again_and_has_each_set_once),
        TEST(namespaces_that_are_not_asked_for_any_more_are_forgotten),
        TEST(a_set_that_cannot_be_read_holds_the_namespace),
        TEST(another_namespace_is_read_by_itself),
        {0},
    };
    return suite_run("namespace_state", tests, argc, argv);
}
