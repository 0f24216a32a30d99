/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "provisioner/audit/audit_export.h"
#include "provisioner/cluster/watcher.h"
#include "tests/k8s/scripted_server.h"
#include "tests/provisioner/moorings.h"

#include <malloc.h>
#include <poll.h>

#define CLASSES "GET /apis/storage.k8s.io/v1/storageclasses"
#define VOLUMES "GET /api/v1/persistentvolumes"
#define CLAIMS "GET /api/v1/persistentvolumeclaims"
#define SETS "GET /apis/apps/v1/statefulsets"

#define KEY "default/data-web-0"
#define LOST                                                                                       \
    "{'metadata': {'name': 'data-web-0'}, 'spec': {'volumeName': 'pvc-1'},"                        \
    " 'status': {'phase': 'Lost'}}"
#define BOUND                                                                                      \
    "{'metadata': {'name': 'data-web-0'}, 'spec': {'volumeName': 'pvc-1'},"                        \
    " 'status': {'phase': 'Bound'}}"
#define PENDING "{'metadata': {'name': 'data-web-0'}}"
#define DELETED                                                                                    \
    "{'metadata': {'name': 'data-web-0', 'deletionTimestamp': '2026-01-02T00:00:00Z'},"            \
    " 'spec': {'volumeName': 'pvc-1'}, 'status': {'phase': 'Lost'}}"
#define ADOPTED "{'metadata': {'name': 'pvc-2', 'annotations': {'mooring/adopted': 'now'}}}"

enum { LONGEST_MS = 5000, LATER_MS = 200, POLL_MS = 5 };

/*
 * Watches that tell what a test wants, when it wants it: between kinds, a healthy API server keeps
 * no order, and hardly ever shows it.
 */
struct set_snapshot {
    struct scripted_server *server;
    struct config *config;
    struct watcher_settings settings;
    struct watcher *watcher;
};

static void set_snapshot_begin(struct set_snapshot *snapshot)
{
    static char *our_name[] = {"mooring/nfs"};
    static const struct provisioner_names ours = {our_name, 1};
    static const struct export_default fallback = {"server.example", "/export"};
    /* A sanitizer's allocator leaves glibc's to be begun by whoever trims first, and two watches
     * that do so at once break it. */
    malloc_trim(0);
    snapshot->server = scripted_server_start();
    snapshot->config = scripted_server_config(snapshot->server);
    snapshot->settings = (struct watcher_settings){.config = snapshot->config,
                                                   .names = &ours,
                                                   .fallback = &fallback,
                                                   .cache = cluster_cache_new(),
                                                   .queue = queue_new(),
                                                   .sets = queue_new()};
}

/* Whatever no test has told of is empty and stays so. */
static void set_snapshot_run(struct set_snapshot *snapshot)
{
    static const char *kinds[] = {CLASSES "?limit", VOLUMES "?limit", CLAIMS "?limit",
                                  SETS "?limit"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        scripted_server_answer(snapshot->server, .request = kinds[i], .status = 200,
                               .body =
                                   "{\"metadata\": {\"resourceVersion\": \"1\"}, \"items\": []}");
    scripted_server_answer(snapshot->server, .status = 200, .chunked = true, .ending = ENDING_HANG);
    struct error err;
    snapshot->watcher = watcher_start(&snapshot->settings, &err);
    require(snapshot->watcher);
}

static void set_snapshot_end(struct set_snapshot *snapshot)
{
    watcher_stop(snapshot->watcher);
    queue_free(snapshot->settings.queue);
    queue_free(snapshot->settings.sets);
    cluster_cache_free(snapshot->settings.cache);
    config_free(snapshot->config);
    scripted_server_stop(snapshot->server);
}

/* The next list of a kind has this object, or none. */
static void list(struct set_snapshot *snapshot, const char *kind, json_t *take_object)
{
    json_auto_t *page =
        json_pack("{s:{s:s}, s:[o*]}", "metadata", "resourceVersion", "1", "items", take_object);
    autofree char *request = memory_format("%s?limit", kind);
    autofree char *body = json_dumps(page, 0);
    scripted_server_answer(snapshot->server, .request = request, .times = 1, .status = 200,
                           .body = body);
}

/* A line of a watch. The caller's. */
static char *event(const char *type, json_t *take_object)
{
    json_auto_t *told = json_pack("{s:s, s:o}", "type", type, "object", take_object);
    autofree char *text = json_dumps(told, 0);
    return memory_format("%s\n", text);
}

/* The next watch of a kind tells this, after a while, and stays open. */
static void tell(struct set_snapshot *snapshot, const char *kind, const char *events, int after_ms)
{
    autofree char *request = memory_format("%s?watch", kind);
    scripted_server_answer(snapshot->server, .request = request, .times = 1, .status = 200,
                           .chunked = true, .body = events, .pause_ms = after_ms,
                           .ending = ENDING_HANG);
}

/* What is due next, but for the audits that a class brings. NULL: nothing came. The caller's. */
static char *take_woken(struct set_snapshot *snapshot)
{
    int64_t deadline_ms = clock_monotonic_ms() + LONGEST_MS;
    for (;;) {
        struct queue_counts counts;
        queue_count(snapshot->settings.queue, &counts);
        if (counts.due > 0) {
            autofree char *key = queue_take(snapshot->settings.queue);
            queue_done(snapshot->settings.queue, key);
            if (!audit_is_key(key))
                return steal(key);
        } else if (clock_monotonic_ms() > deadline_ms) {
            return NULL;
        } else {
            poll(NULL, 0, POLL_MS);
        }
    }
}

static void expect_woken(struct set_snapshot *snapshot, const char *expected)
{
    autofree char *key = take_woken(snapshot);
    ASSERT_CASE(is_text(key, expected), key ? key : "nothing woken");
}

/* The claim and its volume are listed; later the watch of volumes tells this. */
static void begin_with_volume(struct set_snapshot *snapshot, const char *claim, const char *events)
{
    set_snapshot_begin(snapshot);
    list(snapshot, CLAIMS, claim_object(claim));
    list(snapshot, VOLUMES, volume_object("{}"));
    tell(snapshot, VOLUMES, events, LATER_MS);
    set_snapshot_run(snapshot);
}

static void a_claim_that_wants_a_volume_is_woken_when_its_volume_goes_later(void)
{
    static const char *claims[] = {LOST, PENDING};
    autofree char *gone = event("DELETED", volume_object("{}"));
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        struct set_snapshot snapshot;
        begin_with_volume(&snapshot, claims[i], gone);
        expect_woken(&snapshot, KEY);
        expect_woken(&snapshot, KEY);
        autodestroy(volume) struct volume *volume =
            cluster_cache_volume_of_claim(snapshot.settings.cache, "uid-1");
        CU_ASSERT_PTR_NULL(volume);
        set_snapshot_end(&snapshot);
    }
}

static void a_lost_claim_is_woken_when_its_volume_is_not_listed_any_more(void)
{
    struct set_snapshot snapshot;
    begin_with_volume(&snapshot, LOST, "{\"type\": \"ERROR\", \"object\": {\"code\": 410}}\n");
    expect_woken(&snapshot, KEY);
    expect_woken(&snapshot, KEY);
    set_snapshot_end(&snapshot);
}

static void a_lost_claim_is_woken_when_its_class_comes_later(void)
{
    struct set_snapshot snapshot;
    set_snapshot_begin(&snapshot);
    list(&snapshot, CLAIMS, claim_object(LOST));
    autofree char *come = event("ADDED", storage_class_object("{}"));
    tell(&snapshot, CLASSES, come, LATER_MS);
    set_snapshot_run(&snapshot);
    expect_woken(&snapshot, KEY);
    expect_woken(&snapshot, KEY);
    set_snapshot_end(&snapshot);
}

static void a_claim_that_wants_nothing_is_left_alone_when_its_volume_goes(void)
{
    static const char *claims[] = {BOUND, DELETED};
    autofree char *gone = event("DELETED", volume_object("{}"));
    autofree char *after = event("ADDED", volume_object(ADOPTED));
    autofree char *both = memory_format("%s%s", gone, after);
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        struct set_snapshot snapshot;
        begin_with_volume(&snapshot, claims[i], both);
        expect_woken(&snapshot, "pvc-2");
        set_snapshot_end(&snapshot);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_claim_that_wants_a_volume_is_woken_when_its_volume_goes_later),
        TEST(a_lost_claim_is_woken_when_its_volume_is_not_listed_any_more),
        TEST(a_lost_claim_is_woken_when_its_class_comes_later),
        TEST(a_claim_that_wants_nothing_is_left_alone_when_its_volume_goes),
        {0},
    };
    return suite_run("watcher", tests, argc, argv);
}
