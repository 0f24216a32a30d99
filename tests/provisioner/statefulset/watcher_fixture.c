/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/statefulset/watcher_fixture.h"

#include "base/clock.h"

#include <unistd.h>

enum { API_TIMEOUT_MS = 5000 };

void watcher_fixture_begin_with(struct watcher_fixture *fixture, const struct config *config)
{
    *fixture = (struct watcher_fixture){.queue = queue_new()};
    rollout_fixture_begin(&fixture->world);
    rollout_fixture_put_claim(&fixture->world, "data-web-0", "zero");
    queue_hold(fixture->queue);
    const struct rollout_watcher_settings settings = {.context = &fixture->world.context,
                                                      .queue = fixture->queue,
                                                      .config =
                                                          config ? config : fixture->world.config,
                                                      .timeout_ms = API_TIMEOUT_MS};
    fixture->watcher = rollout_watcher_start(&settings, &fixture->world.err);
    require(fixture->watcher);
}

void watcher_fixture_begin(struct watcher_fixture *fixture)
{
    watcher_fixture_begin_with(fixture, NULL);
}

void watcher_fixture_begin_with_pod(struct watcher_fixture *fixture)
{
    watcher_fixture_begin(fixture);
    rollout_fixture_put_pod(&fixture->world, 0, POD("p-1", "old", "node-1"));
    watcher_fixture_begin_term(fixture);
    watcher_fixture_settle(fixture);
    CU_ASSERT_EQUAL(watcher_fixture_count_checks(fixture), 1);
}

void watcher_fixture_end(struct watcher_fixture *fixture)
{
    if (fixture->term)
        watcher_fixture_end_term(fixture);
    queue_close(fixture->queue);
    rollout_watcher_stop(fixture->watcher);
    rollout_fixture_end(&fixture->world);
    queue_free(fixture->queue);
}

void watcher_fixture_begin_term(struct watcher_fixture *fixture)
{
    fixture->term = stop_new();
    rollout_watcher_begin_term(fixture->watcher, fixture->term);
}

void watcher_fixture_end_term(struct watcher_fixture *fixture)
{
    stop_raise(fixture->term);
    rollout_watcher_end_term(fixture->watcher);
    stop_free(fixture->term);
    fixture->term = NULL;
}

void watcher_fixture_settle(struct watcher_fixture *fixture)
{
    struct queue_counts counts;
    int64_t end_ms = clock_monotonic_ms() + WATCHER_FIXTURE_WAIT_MS;
    queue_count(fixture->queue, &counts);
    while (counts.due + counts.working > 0 && clock_monotonic_ms() < end_ms) {
        usleep(1000);
        queue_count(fixture->queue, &counts);
    }
    CU_ASSERT_EQUAL(counts.due + counts.working, 0);
}

void watcher_fixture_change(struct watcher_fixture *fixture)
{
    queue_add(fixture->queue, watched_set);
    watcher_fixture_settle(fixture);
}

void watcher_fixture_change_pod(struct watcher_fixture *fixture, const char *changes)
{
    rollout_fixture_put_pod(&fixture->world, 0, changes);
    watcher_fixture_change(fixture);
}

size_t watcher_fixture_count_keys(struct watcher_fixture *fixture)
{
    struct queue_counts counts;
    queue_count(fixture->queue, &counts);
    return counts.due + counts.working + counts.delayed;
}

int watcher_fixture_count_checks(struct watcher_fixture *fixture)
{
    return request_log_count(fixture->world.log, "GET namespaces/default/pods");
}

int watcher_fixture_count_events(struct watcher_fixture *fixture, const char *reason)
{
    return rollout_fixture_count_events(&fixture->world, reason);
}
