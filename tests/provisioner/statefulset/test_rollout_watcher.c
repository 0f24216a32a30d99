/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/k8s/scripted_server.h"
#include "tests/provisioner/statefulset/watcher_fixture.h"

#include <stdio.h>
#include <unistd.h>

#define PODS "GET namespaces/default/pods"

/* --- changes --- */

static void a_rollout_is_followed_and_nothing_but_events_is_written(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin_with_pod(&fixture);
    watcher_fixture_change_pod(&fixture, ENDING_POD("p-1", "old", "node-1"));
    rollout_fixture_remove_pod(&fixture.world, 0);
    watcher_fixture_change(&fixture);
    watcher_fixture_change_pod(&fixture, POD("p-2", "new", "node-2"));
    rollout_fixture_expect_event(
        &fixture.world, "Normal StatefulSet/web DirectoryKept: ordinal 0: Pod web-0 (revision "
                        "new) has directory server.example:/export/zero as before");
    CU_ASSERT_EQUAL(watcher_fixture_count_events(&fixture, "TwoPossibleWriters"), 0);
    CU_ASSERT_EQUAL(watcher_fixture_count_keys(&fixture), 0);
    CU_ASSERT_EQUAL(rollout_watcher_double_writers(fixture.watcher), 0);
    watcher_fixture_end(&fixture);
}

static void two_possible_writers_are_counted_since_the_start(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin_with_pod(&fixture);
    watcher_fixture_change_pod(&fixture, POD("p-2", "old", "node-2"));
    CU_ASSERT_EQUAL(rollout_watcher_double_writers(fixture.watcher), 1);
    rollout_fixture_put_node(&fixture.world, "node-2", "Unknown");
    disturb(fixture.world.log, .request = "GET namespaces/default/persistentvolumeclaims",
            .answer = 503); /* the check fails after its warning */
    watcher_fixture_change_pod(&fixture, POD("p-3", "old", "node-1"));
    CU_ASSERT_EQUAL(rollout_watcher_double_writers(fixture.watcher), 2);
    watcher_fixture_end_term(&fixture);
    watcher_fixture_begin_term(&fixture);
    watcher_fixture_settle(&fixture);
    CU_ASSERT_EQUAL(rollout_watcher_double_writers(fixture.watcher), 2);
    watcher_fixture_end(&fixture);
}

/* The set does not change when its Pod gets a node. */
static void a_set_whose_pod_has_no_node_yet_comes_again_by_itself(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin_with_pod(&fixture);
    watcher_fixture_change_pod(&fixture, POD("p-2", "new", ""));
    CU_ASSERT_EQUAL(watcher_fixture_count_keys(&fixture), 1);
    watcher_fixture_change_pod(&fixture, POD("p-2", "new", "node-1"));
    CU_ASSERT_EQUAL(watcher_fixture_count_keys(&fixture), 0);
    CU_ASSERT_EQUAL(watcher_fixture_count_events(&fixture, "DirectoryKept"), 1);
    watcher_fixture_end(&fixture);
}

static void a_set_that_is_gone_is_forgotten(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin_with_pod(&fixture);
    store_remove(fixture.world.context.cache->sets, watched_set);
    watcher_fixture_change(&fixture);
    CU_ASSERT_EQUAL(watcher_fixture_count_checks(&fixture), 1);
    CU_ASSERT_EQUAL(watcher_fixture_count_keys(&fixture), 0);
    rollout_fixture_put_set(&fixture.world, "{}");
    watcher_fixture_change_pod(&fixture, POD("p-2", "new", "node-2"));
    CU_ASSERT_EQUAL(watcher_fixture_count_checks(&fixture), 2);
    rollout_fixture_expect_silence(&fixture.world);
    watcher_fixture_end(&fixture);
}

static void remove_set(void *context)
{
    struct watcher_fixture *fixture = context;
    store_remove(fixture->world.context.cache->sets, watched_set);
    rollout_fixture_remove_pod(&fixture->world, 0);
    queue_add(fixture->queue, watched_set);
}

static void a_set_that_is_deleted_during_its_check_is_forgotten_after_it(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin_with_pod(&fixture);
    disturb(fixture.world.log, .request = PODS, .hook = remove_set, .context = &fixture);
    watcher_fixture_change(&fixture);
    CU_ASSERT_EQUAL(watcher_fixture_count_checks(&fixture), 2);
    CU_ASSERT_EQUAL(watcher_fixture_count_keys(&fixture), 0);
    rollout_fixture_expect_silence(&fixture.world);
    watcher_fixture_end(&fixture);
}

static void another_set_of_that_name_is_not_compared(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin_with_pod(&fixture);
    rollout_fixture_put_set(&fixture.world, "{'metadata': {'uid': 'set-2'}}");
    rollout_fixture_put_claim(&fixture.world, "data-web-0", "other");
    watcher_fixture_change_pod(&fixture,
                               "{'metadata': {'uid': 'p-2', 'ownerReferences': [{'uid': 'set-2',"
                               " 'controller': true}]}, 'spec': {'nodeName': 'node-2'}}");
    CU_ASSERT_EQUAL(watcher_fixture_count_checks(&fixture), 2);
    rollout_fixture_expect_silence(&fixture.world);
    watcher_fixture_end(&fixture);
}

/* --- errors --- */

static void a_check_that_fails_is_tried_again_later(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin_with_pod(&fixture);
    disturb(fixture.world.log, .request = PODS, .times = -1, .answer = 500);
    watcher_fixture_change_pod(&fixture, POD("p-2", "new", "node-1"));
    CU_ASSERT_EQUAL(watcher_fixture_count_keys(&fixture), 1);
    rollout_fixture_expect_silence(&fixture.world);
    rollout_fixture_clear_log(&fixture.world);
    watcher_fixture_change(&fixture);
    CU_ASSERT_EQUAL(watcher_fixture_count_keys(&fixture), 0);
    CU_ASSERT_EQUAL(watcher_fixture_count_events(&fixture, "DirectoryKept"), 1);
    watcher_fixture_end(&fixture);
}

/* What is logged meanwhile. */
struct capture {
    FILE *file;
    int saved_stderr;
    char text[64 * 1024];
};

static void begin_capture(struct capture *capture)
{
    capture->file = tmpfile();
    capture->saved_stderr = dup(STDERR_FILENO);
    if (!capture->file || capture->saved_stderr < 0)
        abort();
    dup2(fileno(capture->file), STDERR_FILENO);
}

static void end_capture(struct capture *capture)
{
    dup2(capture->saved_stderr, STDERR_FILENO);
    close(capture->saved_stderr);
    if (fseek(capture->file, 0, SEEK_SET) != 0)
        abort();
    capture->text[fread(capture->text, 1, sizeof capture->text - 1, capture->file)] = '\0';
    fclose(capture->file);
}

static void a_server_that_asks_for_a_pause_gets_it(void)
{
    static struct capture capture;
    struct watcher_fixture fixture;
    struct scripted_server *server = scripted_server_start();
    struct config *config = scripted_server_config(server);
    scripted_server_answer(server, .status = 503, .headers = "Retry-After: 30\r\n",
                           .body = "{\"kind\": \"Status\", \"message\": \"no\"}");
    watcher_fixture_begin_with(&fixture, config);
    begin_capture(&capture);
    watcher_fixture_begin_term(&fixture);
    watcher_fixture_settle(&fixture);
    CU_ASSERT_EQUAL(watcher_fixture_count_keys(&fixture), 1);
    watcher_fixture_end(&fixture); /* the thread logs after it has given the key back */
    end_capture(&capture);
    CU_ASSERT_PTR_NOT_NULL(strstr(
        capture.text,
        "level=warn msg=\"rollout not checked\" set=default/web error=\"cannot list the Pods "
        "of StatefulSet default/web: list pods: no\" retry_in=\"30.0 s\"\n"));
    config_free(config);
    scripted_server_stop(server);
}

static void a_watcher_without_a_usable_config_does_not_start(void)
{
    struct error err;
    char address[] = "not a URL";
    const struct config config = {.server = address};
    const struct rollout_watcher_settings settings = {.config = &config};
    CU_ASSERT_PTR_NULL(rollout_watcher_start(&settings, &err));
    CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
    rollout_watcher_stop(NULL);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_rollout_is_followed_and_nothing_but_events_is_written),
        TEST(two_possible_writers_are_counted_since_the_start),
        TEST(a_set_whose_pod_has_no_node_yet_comes_again_by_itself),
        TEST(a_set_that_is_gone_is_forgotten),
        TEST(a_set_that_is_deleted_during_its_check_is_forgotten_after_it),
        TEST(another_set_of_that_name_is_not_compared),
        TEST(a_check_that_fails_is_tried_again_later),
        TEST(a_server_that_asks_for_a_pause_gets_it),
        TEST(a_watcher_without_a_usable_config_does_not_start),
        {0},
    };
    return suite_run("rollout_watcher", tests, argc, argv);
}
