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
struct scene {
    struct scripted_server *server;
    struct config *config;
    struct watcher_settings settings;
    struct watcher *watcher;
};

static void scene_begin(struct scene *scene)
{
    static char *our_name[] = {"mooring/nfs"};
    static const struct provisioner_names ours = {our_name, 1};
    static const struct export_default fallback = {"server.example", "/export"};
    /* A sanitizer's allocator leaves glibc's to be begun by whoever trims first, and two watches
     * that do so at once break it. */
    malloc_trim(0);
    scene->server = scripted_server_start();
    scene->config = scripted_server_config(scene->server);
    scene->settings = (struct watcher_settings){.config = scene->config,
                                                .names = &ours,
                                                .fallback = &fallback,
                                                .cache = cluster_cache_new(),
                                                .queue = queue_new(),
                                                .sets = queue_new()};
}

/* Whatever no test has told of is empty and stays so. */
static void scene_run(struct scene *scene)
{
    static const char *kinds[] = {CLASSES "?limit", VOLUMES "?limit", CLAIMS "?limit",
                                  SETS "?limit"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        scripted_server_answer(scene->server, .request = kinds[i], .status = 200,
                               .body =
                                   "{\"metadata\": {\"resourceVersion\": \"1\"}, \"items\": []}");
    scripted_server_answer(scene->server, .status = 200, .chunked = true, .ending = ENDING_HANG);
    struct error err;
    scene->watcher = watcher_start(&scene->settings, &err);
    require(scene->watcher);
}

static void scene_end(struct scene *scene)
{
    watcher_stop(scene->watcher);
    queue_free(scene->settings.queue);
    queue_free(scene->settings.sets);
    cluster_cache_free(scene->settings.cache);
    config_free(scene->config);
    scripted_server_stop(scene->server);
}

/* The next list of a kind has this object, or none. */
static void list(struct scene *scene, const char *kind, json_t *take_object)
{
    json_auto_t *page =
        json_pack("{s:{s:s}, s:[o*]}", "metadata", "resourceVersion", "1", "items", take_object);
    autofree char *request = memory_format("%s?limit", kind);
    autofree char *body = json_dumps(page, 0);
    scripted_server_answer(scene->server, .request = request, .times = 1, .status = 200,
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
static void tell(struct scene *scene, const char *kind, const char *events, int after_ms)
{
    autofree char *request = memory_format("%s?watch", kind);
    scripted_server_answer(scene->server, .request = request, .times = 1, .status = 200,
                           .chunked = true, .body = events, .pause_ms = after_ms,
                           .ending = ENDING_HANG);
}

/* What is due next, but for the audits that a class brings. NULL: nothing came. The caller's. */
static char *take_woken(struct scene *scene)
{
    int64_t deadline_ms = clock_monotonic_ms() + LONGEST_MS;
    for (;;) {
        struct queue_counts counts;
        queue_count(scene->settings.queue, &counts);
        if (counts.due > 0) {
            autofree char *key = queue_take(scene->settings.queue);
            queue_done(scene->settings.queue, key);
            if (!audit_is_key(key))
                return steal(key);
        } else if (clock_monotonic_ms() > deadline_ms) {
            return NULL;
        } else {
            poll(NULL, 0, POLL_MS);
        }
    }
}

static void expect_woken(struct scene *scene, const char *expected)
{
    autofree char *key = take_woken(scene);
    ASSERT_CASE(is_text(key, expected), key ? key : "nothing woken");
}

/* The claim and its volume are listed; later the watch of volumes tells this. */
static void begin_with_volume(struct scene *scene, const char *claim, const char *events)
{
    scene_begin(scene);
    list(scene, CLAIMS, claim_object(claim));
    list(scene, VOLUMES, volume_object("{}"));
    tell(scene, VOLUMES, events, LATER_MS);
    scene_run(scene);
}

static void a_claim_that_wants_a_volume_is_woken_when_its_volume_goes_later(void)
{
    static const char *claims[] = {LOST, PENDING};
    autofree char *gone = event("DELETED", volume_object("{}"));
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        struct scene scene;
        begin_with_volume(&scene, claims[i], gone);
        expect_woken(&scene, KEY);
        expect_woken(&scene, KEY);
        autodestroy(volume) struct volume *volume =
            cluster_cache_volume_of_claim(scene.settings.cache, "uid-1");
        CU_ASSERT_PTR_NULL(volume);
        scene_end(&scene);
    }
}

static void a_lost_claim_is_woken_when_its_volume_is_not_listed_any_more(void)
{
    struct scene scene;
    begin_with_volume(&scene, LOST, "{\"type\": \"ERROR\", \"object\": {\"code\": 410}}\n");
    expect_woken(&scene, KEY);
    expect_woken(&scene, KEY);
    scene_end(&scene);
}

static void a_lost_claim_is_woken_when_its_class_comes_later(void)
{
    struct scene scene;
    scene_begin(&scene);
    list(&scene, CLAIMS, claim_object(LOST));
    autofree char *come = event("ADDED", storage_class_object("{}"));
    tell(&scene, CLASSES, come, LATER_MS);
    scene_run(&scene);
    expect_woken(&scene, KEY);
    expect_woken(&scene, KEY);
    scene_end(&scene);
}

static void a_claim_that_wants_nothing_is_left_alone_when_its_volume_goes(void)
{
    static const char *claims[] = {BOUND, DELETED};
    autofree char *gone = event("DELETED", volume_object("{}"));
    autofree char *after = event("ADDED", volume_object(ADOPTED));
    autofree char *both = memory_format("%s%s", gone, after);
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        struct scene scene;
        begin_with_volume(&scene, claims[i], both);
        expect_woken(&scene, "pvc-2");
        scene_end(&scene);
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
