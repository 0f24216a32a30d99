/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "provisioner/cluster/namespace_state.h"
#include "tests/provisioner/objects.h"

static void destroy(void *object)
{
    free(object);
}

/* One that was read a moment ago, and a client that nobody answers: an error shows that it was
 * asked. */
struct set_snapshot {
    struct store *known;
    struct config config;
    struct client *client;
    int64_t asked_us;
};

static void set_snapshot_begin(struct set_snapshot *snapshot, int age_ms)
{
    struct error err;
    struct namespace_state *namespace_state = memory_new(sizeof *namespace_state);
    shared_init(&namespace_state->shared, destroy);
    snapshot->asked_us = namespace_state->asked_us = clock_monotonic_us() - (int64_t)age_ms * 1000;
    snapshot->known = store_new();
    store_put(snapshot->known, "default", namespace_state);
    snapshot->config = (struct config){.server = (char *)"http://127.0.0.1:1"};
    snapshot->client = client_open(&snapshot->config, NULL, 2000, &err);
    require(snapshot->client);
}

static void set_snapshot_end(struct set_snapshot *snapshot)
{
    client_close(snapshot->client);
    store_free(snapshot->known);
}

static void a_reading_serves_every_claim_that_was_seen_before_it_began(void)
{
    struct set_snapshot snapshot;
    struct error err;
    set_snapshot_begin(&snapshot, 0);
    autorelease(namespace_state) struct namespace_state *known = namespace_state_read(
        snapshot.known, snapshot.client, "default", snapshot.asked_us - 1, &err);
    CU_ASSERT_PTR_NOT_NULL(known);
    set_snapshot_end(&snapshot);
}

/* Its set may be newer than the reading as well. */
static void a_claim_that_was_seen_since_needs_another_reading(void)
{
    static const int later_us[] = {0, 1, 5000};
    for (size_t i = 0; i < sizeof later_us / sizeof *later_us; i++) {
        struct set_snapshot snapshot;
        struct error err = {0};
        set_snapshot_begin(&snapshot, 0);
        CU_ASSERT_PTR_NULL(namespace_state_read(snapshot.known, snapshot.client, "default",
                                                snapshot.asked_us + later_us[i], &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
        set_snapshot_end(&snapshot);
    }
}

/* A claim may wait for hours, for its class or its first Pod, and get its set meanwhile. */
static void an_old_reading_serves_nobody(void)
{
    struct set_snapshot snapshot;
    set_snapshot_begin(&snapshot, 10001);
    for (int i = 0; i < 2; i++) {
        struct error err = {0};
        CU_ASSERT_PTR_NULL(namespace_state_read(snapshot.known, snapshot.client, "default",
                                                snapshot.asked_us - 1, &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    }
    set_snapshot_end(&snapshot);
}

static void while_one_renews_a_reading_it_serves_the_others(void)
{
    struct set_snapshot snapshot;
    struct error err = {0};
    set_snapshot_begin(&snapshot, 5001);
    CU_ASSERT_PTR_NULL(namespace_state_read(snapshot.known, snapshot.client, "default",
                                            snapshot.asked_us - 1, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    autorelease(namespace_state) struct namespace_state *known = namespace_state_read(
        snapshot.known, snapshot.client, "default", snapshot.asked_us - 1, &err);
    CU_ASSERT_PTR_NOT_NULL(known);
    set_snapshot_end(&snapshot);
}

static void preparing_keeps_what_was_read_where_nothing_newer_can_be_read(void)
{
    struct set_snapshot snapshot;
    struct error err = {0};
    set_snapshot_begin(&snapshot, 100);
    namespace_state_prepare(snapshot.known, snapshot.client, "default", clock_monotonic_us());
    autorelease(namespace_state) struct namespace_state *known = namespace_state_read(
        snapshot.known, snapshot.client, "default", snapshot.asked_us - 1, &err);
    CU_ASSERT_PTR_NOT_NULL(known);
    set_snapshot_end(&snapshot);
}

static void another_namespace_is_read_by_itself(void)
{
    struct set_snapshot snapshot;
    struct error err = {0};
    set_snapshot_begin(&snapshot, 0);
    CU_ASSERT_PTR_NULL(namespace_state_read(snapshot.known, snapshot.client, "other", 1, &err));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "namespace other"));
    set_snapshot_end(&snapshot);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_reading_serves_every_claim_that_was_seen_before_it_began),
        TEST(a_claim_that_was_seen_since_needs_another_reading),
        TEST(an_old_reading_serves_nobody),
        TEST(while_one_renews_a_reading_it_serves_the_others),
        TEST(preparing_keeps_what_was_read_where_nothing_newer_can_be_read),
        TEST(another_namespace_is_read_by_itself),
        {0},
    };
    return suite_run("namespace_state", tests, argc, argv);
}
