/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "tests/provisioner/claim_fixtures.h"
#include "tests/provisioner/cluster/watcher_fixture.h"

#include <poll.h>

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
#define GIVEN                                                                                      \
    "{'metadata': {'annotations': {'mooring/claim': 'uid-1', 'mooring/previous-claim': 'uid-0'}}}"
#define MOVED                                                                                      \
    "{'metadata': {'annotations': {'mooring/claim': 'uid-1'}}, 'spec': {'claimRef': {'uid': "      \
    "'uid-2'}}}"
/* Out of a backup: over the one that there is, or where it was deleted. */
#define RESTORED_OVER                                                                              \
    "{'metadata': {'annotations': {'mooring/claim': 'uid-2'}}, 'spec': {'claimRef': {'uid': "      \
    "'uid-2'}}}"
#define RESTORED                                                                                   \
    "{'metadata': {'uid': 'volume-2', 'annotations': {'mooring/claim': 'uid-0'}},"                 \
    " 'spec': {'claimRef': {'uid': 'uid-0'}}}"
#define GIVEN_BEFORE                                                                               \
    "{'metadata': {'annotations': {'mooring/claim': 'uid-0'}}, 'spec': {'claimRef': {'uid': "      \
    "'uid-0'}}}"
#define RESERVED_BEFORE "{'spec': {'claimRef': {'uid': 'reserved'}}}"
#define TAKEN_UP                                                                                   \
    "{'metadata': {'annotations': {'mooring/claim': 'uid-1', 'mooring/previous-claim': "           \
    "'reserved'}}}"
#define ADOPTED "{'metadata': {'name': 'pvc-2', 'annotations': {'mooring/adopted': 'now'}}}"

enum { LATER_MS = 200, LONGEST_MS = 5000, POLL_MS = 5 };

/* The next key that is due, without those that a class brings. NULL: none came. Caller frees. */
static char *take_queued(struct watcher_fixture *fixture)
{
    for (;;) {
        autofree char *key = watcher_fixture_take(fixture);
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
    watcher_fixture_list(fixture, CLAIMS, claim_object(claim));
    watcher_fixture_list(fixture, VOLUMES, volume_object(GIVEN));
    watcher_fixture_watch(fixture, VOLUMES, events, LATER_MS);
    watcher_fixture_run(fixture);
}

static void a_claim_that_wants_a_volume_is_queued_when_its_volume_goes_later(void)
{
    static const char *claims[] = {LOST, PENDING};
    autofree char *gone = watched_event("DELETED", volume_object("{}"));
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
    watcher_fixture_list(&fixture, CLAIMS, claim_object(LOST));
    autofree char *come = watched_event("ADDED", storage_class_object("{}"));
    watcher_fixture_watch(&fixture, CLASSES, come, LATER_MS);
    watcher_fixture_run(&fixture);
    expect_queued(&fixture, KEY);
    expect_queued(&fixture, KEY);
    watcher_fixture_end(&fixture);
}

static void a_class_brings_an_audit_and_a_sign_of_life(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin(&fixture);
    autofree char *come = watched_event("ADDED", storage_class_object("{}"));
    watcher_fixture_watch(&fixture, CLASSES, come, LATER_MS);
    watcher_fixture_run(&fixture);
    autofree char *first = watcher_fixture_take(&fixture);
    autofree char *second = watcher_fixture_take(&fixture);
    CU_ASSERT(is_text(first, "sign:nfs"));
    CU_ASSERT(is_text(second, "audit:nfs"));
    watcher_fixture_end(&fixture);
}

static void a_claim_that_wants_no_volume_is_not_queued_when_its_volume_goes(void)
{
    static const char *claims[] = {BOUND, DELETED};
    autofree char *gone = watched_event("DELETED", volume_object("{}"));
    autofree char *after = watched_event("ADDED", volume_object(ADOPTED));
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
    static const struct {
        const char *claim, *moved;
        const char *next; /* to be queued */
    } cases[] = {
        {"uid-1", MOVED, KEY},
        {"uid-2", MOVED, "volume:pvc-1"},
        {"uid-1", RESTORED_OVER, KEY},
        {"uid-1", RESTORED, KEY},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct watcher_fixture fixture;
        autofree char *moved = watched_event("MODIFIED", volume_object(cases[i].moved));
        autofree char *after = watched_event("ADDED", volume_object(ADOPTED));
        autofree char *both = memory_format("%s%s", moved, after);
        autofree char *claim =
            memory_format("{'metadata': {'name': 'data-web-0', 'uid': '%s'}}", cases[i].claim);
        begin_with_volume(&fixture, claim, both);
        expect_queued(&fixture, KEY);
        expect_queued(&fixture, cases[i].next);
        watcher_fixture_end(&fixture);
    }
}

/* The claim has been served by what is known already. */
static void a_claim_is_not_queued_for_how_its_volume_was_before_it_was_given_to_it(void)
{
    static const char *const volumes[][2] = {{GIVEN, GIVEN_BEFORE}, {TAKEN_UP, RESERVED_BEFORE}};
    for (size_t i = 0; i < sizeof volumes / sizeof *volumes; i++) {
        struct watcher_fixture fixture;
        autofree char *late = watched_event("MODIFIED", volume_object(volumes[i][1]));
        autofree char *after = watched_event("ADDED", volume_object(ADOPTED));
        autofree char *both = memory_format("%s%s", late, after);
        watcher_fixture_begin(&fixture);
        watcher_fixture_list(&fixture, CLAIMS, claim_object(PENDING));
        watcher_fixture_list(&fixture, VOLUMES, volume_object(volumes[i][0]));
        watcher_fixture_watch(&fixture, VOLUMES, both, LATER_MS);
        watcher_fixture_run(&fixture);
        expect_queued(&fixture, KEY);
        expect_queued(&fixture, "volume:pvc-2");
        watcher_fixture_end(&fixture);
    }
}

/* Made by a person, or out of a backup. */
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

    autofree char *after = watched_event("ADDED", volume_object(ADOPTED));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct watcher_fixture fixture;
        watcher_fixture_begin(&fixture);
        watcher_fixture_list(&fixture, VOLUMES, volume_object(cases[i].changes));
        watcher_fixture_watch(&fixture, VOLUMES, after, LATER_MS);
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
        autofree char *changed = watched_event("MODIFIED", volume_object(cases[i].changes));
        autofree char *after = watched_event("ADDED", volume_object(ADOPTED));
        autofree char *both = memory_format("%s%s", changed, after);
        watcher_fixture_begin(&fixture);
        watcher_fixture_list(&fixture, VOLUMES, volume_object(GIVEN));
        watcher_fixture_watch(&fixture, VOLUMES, both, LATER_MS);
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
    watcher_fixture_list(&fixture, VOLUMES, volume_object("{}"));
    autofree char *bound = watched_event(
        "ADDED", claim_object("{'metadata': {'name': 'data-web-0', 'annotations': null},"
                              " 'spec': {'volumeName': 'pvc-1'}}"));
    watcher_fixture_watch(&fixture, CLAIMS, bound, LATER_MS);
    watcher_fixture_run(&fixture);
    expect_queued(&fixture, "volume:pvc-1");
    expect_queued(&fixture, "volume:pvc-1");
    watcher_fixture_end(&fixture);
}

/* A standby queues nothing: what it has seen meanwhile is in the cache. */
static void everything_there_is_to_do_is_queued_when_a_term_begins(void)
{
    static const char *const keys[] = {KEY, "audit:nfs", "sign:nfs", "volume:pvc-2"};

    enum { KEYS = sizeof keys / sizeof *keys };
    struct watcher_fixture fixture;
    watcher_fixture_begin(&fixture);
    queue_hold(fixture.settings.queue);
    watcher_fixture_list(&fixture, CLASSES, storage_class_object("{}"));
    watcher_fixture_list(&fixture, CLAIMS, claim_object(LOST));
    watcher_fixture_list(&fixture, VOLUMES, volume_object(ADOPTED));
    watcher_fixture_run(&fixture);
    int64_t deadline_ms = clock_monotonic_ms() + LONGEST_MS;
    while (!watcher_is_synced(fixture.watcher) && clock_left_ms(deadline_ms) > 0)
        poll(NULL, 0, POLL_MS);
    queue_resume(fixture.settings.queue);
    watcher_queue_everything(fixture.watcher);
    bool is_queued[KEYS] = {false};
    for (int i = 0; i < KEYS; i++) {
        autofree char *key = watcher_fixture_take(&fixture);
        for (int k = 0; k < KEYS; k++)
            is_queued[k] |= is_text(key, keys[k]);
    }
    for (int k = 0; k < KEYS; k++)
        ASSERT_CASE(is_queued[k], keys[k]);
    struct queue_counts counts;
    queue_count(fixture.settings.queue, &counts);
    CU_ASSERT_EQUAL(counts.due, 0);
    watcher_fixture_end(&fixture);
}

static void an_object_that_cannot_be_read_costs_only_itself(void)
{
    struct watcher_fixture fixture;
    watcher_fixture_begin(&fixture);
    watcher_fixture_list(&fixture, CLASSES, storage_class_object("{}"));
    autofree char *claim = watched_event("ADDED", claim_object(PENDING));
    autofree char *lines = memory_format("{\"type\":\"ADDED\",\"object\":{oops}}\n%s", claim);
    watcher_fixture_watch(&fixture, CLAIMS, lines, LATER_MS);
    watcher_fixture_run(&fixture);
    expect_queued(&fixture, KEY);
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
    watcher_fixture_list(&fixture, VOLUMES, volume_object(by_hand));
    autofree char *gone = watched_event("DELETED", volume_object(by_hand));
    watcher_fixture_watch(&fixture, VOLUMES, gone, LATER_MS);
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
    watcher_fixture_list(&fixture, VOLUMES, volume_object(ADOPTED));
    autofree char *bound = watched_event(
        "ADDED", claim_object("{'metadata': {'name': 'data-web-0', 'annotations': null},"
                              " 'spec': {'volumeName': 'pvc-2'}}"));
    watcher_fixture_watch(&fixture, CLAIMS, bound, LATER_MS);
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
        TEST(an_object_that_cannot_be_read_costs_only_itself),
        TEST(a_volume_that_is_not_ours_is_known_until_it_is_deleted),
        TEST(everything_there_is_to_do_is_queued_when_a_term_begins),
        TEST(an_adopted_volume_is_queued_again_when_its_claim_is_bound_after_it),
        {0},
    };
    return suite_run("watcher", tests, argc, argv);
}
