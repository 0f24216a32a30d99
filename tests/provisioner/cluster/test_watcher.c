/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "provisioner/cluster/watcher.h"
#include "provisioner/shared/work_key.h"
#include "tests/k8s/scripted_server.h"
#include "tests/provisioner/claim_fixtures.h"

#include <malloc.h>
#include <poll.h>

#define CLASSES "GET /apis/storage.k8s.io/v1/storageclasses"
#define VOLUMES "GET /api/v1/persistentvolumes"
#define CLAIMS "GET /api/v1/persistentvolumeclaims"
#define SETS "GET /apis/apps/v1/statefulsets"

#define KEY "claim:default/data-web-0"
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
#define GIVEN "{'metadata': {'annotations': {'mooring/claim': 'uid-1'}}}"
#define MOVED                                                                                      \
    "{'metadata': {'annotations': {'mooring/claim': 'uid-1'}}, 'spec': {'claimRef': {'uid': "      \
    "'uid-2'}}}"
#define GIVEN_BEFORE                                                                               \
    "{'metadata': {'annotations': {'mooring/claim': 'uid-0'}}, 'spec': {'claimRef': {'uid': "      \
    "'uid-0'}}}"
#define ADOPTED "{'metadata': {'name': 'pvc-2', 'annotations': {'mooring/adopted': 'now'}}}"

enum { LONGEST_MS = 5000, LATER_MS = 200, POLL_MS = 5 };

/*
 * Watches that send what a test wants, when it wants it. A healthy API server keeps no order
 * between the kinds, but hardly ever shows that.
 */
struct watcher_fixture {
    struct scripted_server *server;
    struct config *config;
    struct watcher_settings settings;
    struct watcher *watcher;
};

static void watcher_fixture_begin(struct watcher_fixture *fixture)
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

/* Kinds that the test has not scripted are empty and stay so. */
static void watcher_fixture_run(struct watcher_fixture *fixture)
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

static void watcher_fixture_end(struct watcher_fixture *fixture)
{
    watcher_stop(fixture->watcher);
    queue_free(fixture->settings.queue);
    queue_free(fixture->settings.sets);
    cluster_cache_free(fixture->settings.cache);
    config_free(fixture->config);
    scripted_server_stop(fixture->server);
}

/* Script the next list of a kind: it has this object, or none. */
static void list(struct watcher_fixture *fixture, const char *kind, json_t *take_object)
{
    json_auto_t *page =
        json_pack("{s:{s:s}, s:[o*]}", "metadata", "resourceVersion", "1", "items", take_object);
    autofree char *request = memory_format("%s?limit", kind);
    autofree char *body = json_dumps(page, 0);
    scripted_server_answer(fixture->server, .request = request, .times = 1, .status = 200,
                           .body = body);
}

/* A line of a watch. Caller frees. */
static char *event(const char *type, json_t *take_object)
{
    json_auto_t *line = json_pack("{s:s, s:o}", "type", type, "object", take_object);
    autofree char *text = json_dumps(line, 0);
    return memory_format("%s\n", text);
}

/* Script the next watch of a kind: it sends these events after `after_ms` and stays open. */
static void watch(struct watcher_fixture *fixture, const char *kind, const char *events,
                  int after_ms)
{
    autofree char *request = memory_format("%s?watch", kind);
    scripted_server_answer(fixture->server, .request = request, .times = 1, .status = 200,
                           .chunked = true, .body = events, .pause_ms = after_ms,
                           .ending = ENDING_HANG);
}

/* The next key that is due. NULL: none came. Caller frees. */
static char *take_any(struct watcher_fixture *fixture)
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

/* The same without what a class brings. */
static char *take_queued(struct watcher_fixture *fixture)
{
    for (;;) {
        autofree char *key = take_any(fixture);
        bool is_of_class = key && (strcmp(key, "audit:nfs") == 0 || strcmp(key, "sign:nfs") == 0);
        if (!is_of_class)
            return steal(key);
    }
}

static void expect_queued(struct watcher_fixture *fixture, const char *expected)
{
    autofree char *key = take_queued(fixture);
    ASSERT_CASE(is_text(key, expected), key ? key : "no key");
}

/* The claim and its volume are listed; later the watch of volumes sends these events. */
static void begin_with_volume(struct watcher_fixture *fixture, const char *claim,
                              const char *events)
{
    watcher_fixture_begin(fixture);
    list(fixture, CLAIMS, claim_object(claim));
    list(fixture, VOLUMES, volume_object(GIVEN));
    watch(fixture, VOLUMES, events, LATER_MS);
    watcher_fixture_run(fixture);
}

static void a_claim_that_wants_a_volume_is_queued_when_its_volume_goes_later(void)
{
    static const char *claims[] = {LOST, PENDING};
    autofree char *gone = event("DELETED", volume_object("{}"));
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        struct watcher_fixture fixture;
        begin_with_volume(&fixture, claims[i], gone);
        expect_queued(&fixture, KEY);
        expect_queued(&fixture, KEY);
        autorelease(volume) struct volume *volume =
            cluster_cache_volume_of_claim(fixture.settings.cache, "uid-1");
        CU_ASSERT_PTR_NULL(volume);
        watcher_fixture_end(&fixture);
    }
}

static void a_lost_claim_is_queued_when_its_volume_is_not_listed_any_more(void)
{
    struct watcher_fixture fixture;
    begin_with_volume(&fixture, LOST, "{\"type\": \"ERROR\", \"object\": {\"code\": 410}}\n");
    expect_queued(&fixture, KEY);
    expect_queued(&fixture, KEY);
    watcher_fixture_end(&fixture);
}

static void a_lost_claim_is_queued_when_its_class_comes_later(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin(&fixture);
    list(&fixture, CLAIMS, claim_object(LOST));
    autofree char *come = event("ADDED", storage_class_object("{}"));
    watch(&fixture, CLASSES, come, LATER_MS);
    watcher_fixture_run(&fixture);
    expect_queued(&fixture, KEY);
    expect_queued(&fixture, KEY);
    watcher_fixture_end(&fixture);
}

static void a_class_brings_an_audit_and_a_sign_of_life(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin(&fixture);
    autofree char *come = event("ADDED", storage_class_object("{}"));
    watch(&fixture, CLASSES, come, LATER_MS);
    watcher_fixture_run(&fixture);
    autofree char *first = take_any(&fixture);
    autofree char *second = take_any(&fixture);
    CU_ASSERT(is_text(first, "sign:nfs"));
    CU_ASSERT(is_text(second, "audit:nfs"));
    watcher_fixture_end(&fixture);
}

static void a_claim_that_wants_no_volume_is_not_queued_when_its_volume_goes(void)
{
    static const char *claims[] = {BOUND, DELETED};
    autofree char *gone = event("DELETED", volume_object("{}"));
    autofree char *after = event("ADDED", volume_object(ADOPTED));
    autofree char *both = memory_format("%s%s", gone, after);
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        struct watcher_fixture fixture;
        begin_with_volume(&fixture, claims[i], both);
        expect_queued(&fixture, "volume:pvc-2");
        watcher_fixture_end(&fixture);
    }
}

/* Not one that it is given to since, which has just been worked on. */
static void a_claim_that_waits_is_queued_when_its_volume_is_moved_on(void)
{
    static const char *const claims[] = {"uid-1", "uid-2"};
    autofree char *moved = event("MODIFIED", volume_object(MOVED));
    autofree char *after = event("ADDED", volume_object(ADOPTED));
    autofree char *both = memory_format("%s%s", moved, after);
    for (int i = 0; i < 2; i++) {
        struct watcher_fixture fixture;
        autofree char *claim =
            memory_format("{'metadata': {'name': 'data-web-0', 'uid': '%s'}}", claims[i]);
        begin_with_volume(&fixture, claim, both);
        expect_queued(&fixture, KEY);
        expect_queued(&fixture, i == 0 ? KEY : "volume:pvc-1");
        watcher_fixture_end(&fixture);
    }
}

/* The claim has been served by what is known already. */
static void a_claim_is_not_queued_for_how_its_volume_was_before_it_was_given_to_it(void)
{
    struct watcher_fixture fixture;
    autofree char *late = event("MODIFIED", volume_object(GIVEN_BEFORE));
    autofree char *after = event("ADDED", volume_object(ADOPTED));
    autofree char *both = memory_format("%s%s", late, after);
    begin_with_volume(&fixture, PENDING, both);
    expect_queued(&fixture, KEY);
    expect_queued(&fixture, "volume:pvc-2");
    watcher_fixture_end(&fixture);
}

/* Of somebody else's hand, or out of a backup. */
static void a_volume_with_a_claim_that_we_did_not_give_it_to_is_queued(void)
{
    static const struct {
        const char *changes;
        bool is_queued;
    } cases[] = {
        {"{}", true},
        {"{'metadata': {'annotations': {'mooring/claim': 'uid-0'}}}", true},
        {"{'metadata': {'annotations': {'mooring/claim': 'uid-0'}},"
         " 'spec': {'claimRef': {'uid': null}}}",
         false},
        {GIVEN, false},
        {"{'metadata': {'deletionTimestamp': '2026-01-03T00:00:00Z'}}", true},
        {"{'metadata': {'annotations': {'pv.kubernetes.io/provisioned-by': 'other/nfs'}}}", false},
    };

    autofree char *after = event("ADDED", volume_object(ADOPTED));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct watcher_fixture fixture;
        watcher_fixture_begin(&fixture);
        list(&fixture, VOLUMES, volume_object(cases[i].changes));
        watch(&fixture, VOLUMES, after, LATER_MS);
        watcher_fixture_run(&fixture);
        if (cases[i].is_queued)
            expect_queued(&fixture, "volume:pvc-1");
        expect_queued(&fixture, "volume:pvc-2");
        watcher_fixture_end(&fixture);
    }
}

/* Its record must say so, too. */
static void a_volume_whose_policy_or_capacity_changes_is_queued(void)
{
    static const struct {
        const char *changes;
        bool is_queued;
    } cases[] = {
        {"{'metadata': {'annotations': {'mooring/claim': 'uid-1'}, 'resourceVersion': '9'},"
         " 'spec': {'persistentVolumeReclaimPolicy': 'Delete'}}",
         true},
        {"{'metadata': {'annotations': {'mooring/claim': 'uid-1'}, 'resourceVersion': '9'},"
         " 'spec': {'capacity': {'storage': '7Gi'}}}",
         true},
        {"{'metadata': {'annotations': {'mooring/claim': 'uid-1'}, 'resourceVersion': '9'}}",
         false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct watcher_fixture fixture;
        autofree char *changed = event("MODIFIED", volume_object(cases[i].changes));
        autofree char *after = event("ADDED", volume_object(ADOPTED));
        autofree char *both = memory_format("%s%s", changed, after);
        watcher_fixture_begin(&fixture);
        list(&fixture, VOLUMES, volume_object(GIVEN));
        watch(&fixture, VOLUMES, both, LATER_MS);
        watcher_fixture_run(&fixture);
        if (cases[i].is_queued)
            expect_queued(&fixture, "volume:pvc-1");
        expect_queued(&fixture, "volume:pvc-2");
        watcher_fixture_end(&fixture);
    }
}

static void such_a_volume_is_queued_again_when_its_claim_is_bound_after_it(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin(&fixture);
    list(&fixture, VOLUMES, volume_object("{}"));
    autofree char *bound =
        event("ADDED", claim_object("{'metadata': {'name': 'data-web-0', 'annotations': null},"
                                    " 'spec': {'volumeName': 'pvc-1'}}"));
    watch(&fixture, CLAIMS, bound, LATER_MS);
    watcher_fixture_run(&fixture);
    expect_queued(&fixture, "volume:pvc-1");
    expect_queued(&fixture, "volume:pvc-1");
    watcher_fixture_end(&fixture);
}

/* Whether server.example:/export/`directory` has another user. */
static bool has_user(struct watcher_fixture *fixture, const char *directory)
{
    struct error err;
    autodestroy(address) struct address *address =
        address_new("server.example", "/export", 3, 0, 0, &err);
    require(address);
    const struct directory_user user = {.address = address, .directory = directory};
    autofree char *name = NULL;
    return cluster_cache_find_user(fixture->settings.cache, &user, &name);
}

static bool wait_for_user(struct watcher_fixture *fixture, const char *directory, bool expected)
{
    int64_t deadline_ms = clock_monotonic_ms() + LONGEST_MS;
    while (has_user(fixture, directory) != expected && clock_monotonic_ms() < deadline_ms)
        poll(NULL, 0, POLL_MS);
    return has_user(fixture, directory) == expected;
}

static void a_volume_that_is_not_ours_is_known_until_it_is_deleted(void)
{
    static const char by_hand[] =
        "{'metadata': {'name': 'by-hand', 'annotations': null}, 'spec': {'claimRef': null}}";
    struct watcher_fixture fixture;
    watcher_fixture_begin(&fixture);
    list(&fixture, VOLUMES, volume_object(by_hand));
    autofree char *gone = event("DELETED", volume_object(by_hand));
    watch(&fixture, VOLUMES, gone, LATER_MS);
    watcher_fixture_run(&fixture);
    CU_ASSERT(wait_for_user(&fixture, "d-1", true));
    CU_ASSERT_EQUAL(store_size(fixture.settings.cache->volumes), 0);
    CU_ASSERT(wait_for_user(&fixture, "d-1", false));
    watcher_fixture_end(&fixture);
}

static void an_adopted_volume_is_queued_again_when_its_claim_is_bound_after_it(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin(&fixture);
    list(&fixture, VOLUMES, volume_object(ADOPTED));
    autofree char *bound =
        event("ADDED", claim_object("{'metadata': {'name': 'data-web-0', 'annotations': null},"
                                    " 'spec': {'volumeName': 'pvc-2'}}"));
    watch(&fixture, CLAIMS, bound, LATER_MS);
    watcher_fixture_run(&fixture);
    expect_queued(&fixture, "volume:pvc-2");
    expect_queued(&fixture, "volume:pvc-2");
    watcher_fixture_end(&fixture);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_claim_that_wants_a_volume_is_queued_when_its_volume_goes_later),
        TEST(a_lost_claim_is_queued_when_its_volume_is_not_listed_any_more),
        TEST(a_lost_claim_is_queued_when_its_class_comes_later),
        TEST(a_class_brings_an_audit_and_a_sign_of_life),
        TEST(a_claim_that_wants_no_volume_is_not_queued_when_its_volume_goes),
        TEST(a_claim_that_waits_is_queued_when_its_volume_is_moved_on),
        TEST(a_claim_is_not_queued_for_how_its_volume_was_before_it_was_given_to_it),
        TEST(a_volume_with_a_claim_that_we_did_not_give_it_to_is_queued),
        TEST(a_volume_whose_policy_or_capacity_changes_is_queued),
        TEST(such_a_volume_is_queued_again_when_its_claim_is_bound_after_it),
        TEST(a_volume_that_is_not_ours_is_known_until_it_is_deleted),
        TEST(an_adopted_volume_is_queued_again_when_its_claim_is_bound_after_it),
        {0},
    };
    return suite_run("watcher", tests, argc, argv);
}
