/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "provisioner/cluster/class_state.h"
#include "tests/k8s/client_fixture.h"
#include "tests/provisioner/objects.h"

#define CLASS "GET /apis/storage.k8s.io/v1/storageclasses/nfs"

static void destroy(void *object)
{
    free(object);
}

/* Claims may name any class, also one that does not exist. */
static void classes_that_are_not_asked_for_any_more_are_forgotten(void)
{
    struct client_fixture api;
    struct error err;
    client_fixture_start(&api);
    scripted_server_answer(api.server, .request = CLASS, .status = 404, .body = "{}");
    struct class_states states = {.known = store_new()};
    for (int i = 1; i < FRESHNESS_PRUNED_AT; i++) {
        autofree char *name = memory_format("class-%d", i);
        struct class_state *old = memory_new(sizeof *old);
        shared_init(&old->shared, destroy);
        old->freshness.asked_us = clock_monotonic_us() - 10001 * INT64_C(1000);
        store_put(states.known, name, old);
    }
    autorelease(class_state) struct class_state *state =
        class_state_read(&states, api.client, "nfs", 0, &err);
    require(state);
    CU_ASSERT_PTR_NULL(state->storage_class);
    CU_ASSERT_EQUAL(store_size(states.known), 1);
    store_free(states.known);
    client_fixture_stop(&api);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(classes_that_are_not_asked_for_any_more_are_forgotten),
        {0},
    };
    return suite_run("class_state", tests, argc, argv);
}
