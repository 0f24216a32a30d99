/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/cluster/watcher_fixture.h"

#include "base/clock.h"
#include "tests/provisioner/claim_fixtures.h"

#include <malloc.h>
#include <poll.h>

enum { LONGEST_MS = 5000, POLL_MS = 5 };

void watcher_fixture_begin(struct watcher_fixture *fixture)
{
    static char *our_name[] = {"mooring/nfs"};
    static const struct provisioner_names ours = {our_name, 1};
    static const struct export_default fallback = {"server.example", "/export"};
    /* With a sanitizer's allocator, the first malloc_trim initialises glibc's. Two watches must not
     * do that at once. */
    malloc_trim(0);
    fixture->server = scripted_server_start();
    fixture->config = scripted_server_config(fixture->server);
    fixture->settings = (struct watcher_settings){.config = fixture->config,
                                                  .names = &ours,
                                                  .fallback = &fallback,
                                                  .cache = cluster_cache_new(),
                                                  .queue = queue_new(),
                                                  .sets = queue_new()};
}

void watcher_fixture_run(struct watcher_fixture *fixture)
{
    static const char *kinds[] = {CLASSES "?limit", VOLUMES "?limit", CLAIMS "?limit",
                                  SETS "?limit"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        scripted_server_answer(fixture->server, .request = kinds[i], .status = 200,
                               .body =
                                   "{\"metadata\": {\"resourceVersion\": \"1\"}, \"items\": []}");
    scripted_server_answer(fixture->server, .status = 200, .chunked = true, .ending = ENDING_HANG);
    struct error err;
    fixture->watcher = watcher_start(&fixture->settings, &err);
    require(fixture->watcher);
}

void watcher_fixture_end(struct watcher_fixture *fixture)
{
    watcher_stop(fixture->watcher);
    queue_free(fixture->settings.queue);
    queue_free(fixture->settings.sets);
    cluster_cache_free(fixture->settings.cache);
    config_free(fixture->config);
    scripted_server_stop(fixture->server);
}

void watcher_fixture_list(struct watcher_fixture *fixture, const char *kind, json_t *take_object)
{
    json_auto_t *page =
        json_pack("{s:{s:s}, s:[o*]}", "metadata", "resourceVersion", "1", "items", take_object);
    autofree char *request = memory_format("%s?limit", kind);
    autofree char *body = json_dumps(page, 0);
    scripted_server_answer(fixture->server, .request = request, .times = 1, .status = 200,
                           .body = body);
}

char *watched_event(const char *type, json_t *take_object)
{
    json_auto_t *line = json_pack("{s:s, s:o}", "type", type, "object", take_object);
    autofree char *text = json_dumps(line, 0);
    return memory_format("%s\n", text);
}

void watcher_fixture_watch(struct watcher_fixture *fixture, const char *kind, const char *events,
                           int after_ms)
{
    autofree char *request = memory_format("%s?watch", kind);
    scripted_server_answer(fixture->server, .request = request, .times = 1, .status = 200,
                           .chunked = true, .body = events, .pause_ms = after_ms,
                           .ending = ENDING_HANG);
}

char *watcher_fixture_take(struct watcher_fixture *fixture)
{
    int64_t deadline_ms = clock_monotonic_ms() + LONGEST_MS;
    for (;;) {
        struct queue_counts counts;
        queue_count(fixture->settings.queue, &counts);
        if (counts.due > 0) {
            char *key = queue_take(fixture->settings.queue);
            queue_done(fixture->settings.queue, key);
            return key;
        }
        if (clock_monotonic_ms() > deadline_ms)
            return NULL;
        poll(NULL, 0, POLL_MS);
    }
}
