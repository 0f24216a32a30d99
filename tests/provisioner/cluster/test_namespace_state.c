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
struct scene {
    struct store *known;
    struct config config;
    struct client *client;
    int64_t asked_us;
};

static void scene_begin(struct scene *scene, int age_ms)
{
    struct error err;
    struct namespace_state *namespace_state = memory_new(sizeof *namespace_state);
    shared_init(&namespace_state->shared, destroy);
    scene->asked_us = namespace_state->asked_us = clock_monotonic_us() - (int64_t)age_ms * 1000;
    scene->known = store_new();
    store_put(scene->known, "default", namespace_state);
    scene->config = (struct config){.server = (char *)"http://127.0.0.1:1"};
    scene->client = client_open(&scene->config, NULL, 2000, &err);
    require(scene->client);
}

static void scene_end(struct scene *scene)
{
    client_close(scene->client);
    store_free(scene->known);
}

static void a_reading_serves_every_claim_that_was_seen_before_it_began(void)
{
    struct scene scene;
    struct error err;
    scene_begin(&scene, 0);
    autodestroy(namespace_state) struct namespace_state *known =
        namespace_state_read(scene.known, scene.client, "default", scene.asked_us - 1, &err);
    CU_ASSERT_PTR_NOT_NULL(known);
    scene_end(&scene);
}

/* Its set may be newer than the reading as well. */
static void a_claim_that_was_seen_since_needs_another_reading(void)
{
    static const int later_us[] = {0, 1, 5000};
    for (size_t i = 0; i < sizeof later_us / sizeof *later_us; i++) {
        struct scene scene;
        struct error err = {0};
        scene_begin(&scene, 0);
        CU_ASSERT_PTR_NULL(namespace_state_read(scene.known, scene.client, "default",
                                                scene.asked_us + later_us[i], &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
        scene_end(&scene);
    }
}

/* A claim may wait for hours, for its class or its first Pod, and get its set meanwhile. */
static void an_old_reading_serves_nobody(void)
{
    struct scene scene;
    scene_begin(&scene, 10001);
    for (int i = 0; i < 2; i++) {
        struct error err = {0};
        CU_ASSERT_PTR_NULL(
            namespace_state_read(scene.known, scene.client, "default", scene.asked_us - 1, &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    }
    scene_end(&scene);
}

static void while_one_renews_a_reading_it_serves_the_others(void)
{
    struct scene scene;
    struct error err = {0};
    scene_begin(&scene, 5001);
    CU_ASSERT_PTR_NULL(
        namespace_state_read(scene.known, scene.client, "default", scene.asked_us - 1, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    autodestroy(namespace_state) struct namespace_state *known =
        namespace_state_read(scene.known, scene.client, "default", scene.asked_us - 1, &err);
    CU_ASSERT_PTR_NOT_NULL(known);
    scene_end(&scene);
}

static void preparing_keeps_what_was_read_where_nothing_newer_can_be_read(void)
{
    struct scene scene;
    struct error err = {0};
    scene_begin(&scene, 100);
    namespace_state_prepare(scene.known, scene.client, "default", clock_monotonic_us());
    autodestroy(namespace_state) struct namespace_state *known =
        namespace_state_read(scene.known, scene.client, "default", scene.asked_us - 1, &err);
    CU_ASSERT_PTR_NOT_NULL(known);
    scene_end(&scene);
}

static void another_namespace_is_read_by_itself(void)
{
    struct scene scene;
    struct error err = {0};
    scene_begin(&scene, 0);
    CU_ASSERT_PTR_NULL(namespace_state_read(scene.known, scene.client, "other", 1, &err));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "namespace other"));
    scene_end(&scene);
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
