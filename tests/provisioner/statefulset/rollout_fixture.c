/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/statefulset/rollout_fixture.h"

#include "base/clock.h"
#include "provisioner/report/event_messages.h"
#include "provisioner/statefulset/rollout_check.h"

#include <unistd.h>

enum { LONGEST_WAIT_MS = 20000, API_TIMEOUT_MS = 5000, AN_HOUR_MS = 3600 * 1000 };

static char *our_name[] = {"mooring/nfs"};
static const struct provisioner_names ours = {our_name, 1};

static void wake(void *program, const char *key)
{
    (void)program;
    (void)key;
}

static bool is_busy(void *program)
{
    (void)program;
    return false;
}

static void start_context(struct rollout_fixture *fixture)
{
    const struct context_settings settings = {.config = fixture->config,
                                              .names = &ours,
                                              .instance = "test",
                                              .workers = 1,
                                              .nfs_timeout_ms = API_TIMEOUT_MS,
                                              .api_timeout_ms = API_TIMEOUT_MS,
                                              .wake = wake,
                                              .is_busy = is_busy};
    CU_ASSERT_EQUAL_FATAL(context_start(&fixture->context, &settings, &fixture->err), 0);
}

void rollout_fixture_begin(struct rollout_fixture *fixture)
{
    *fixture = (struct rollout_fixture){.cluster = memory_cluster_start()};
    fixture->log = memory_cluster_log(fixture->cluster);
    fixture->config = memory_cluster_config(fixture->cluster);
    fixture->client = memory_cluster_client(fixture->cluster);
    fixture->histories = set_histories_new();
    start_context(fixture);
    rollout_fixture_put_set(fixture, "{}");
    rollout_fixture_put_node(fixture, "node-1", "True");
    rollout_fixture_put_node(fixture, "node-2", "True");
}

static int count_requests(struct rollout_fixture *fixture, const char *about)
{
    static const char *const writes[] = {"POST", "PUT", "PATCH", "DELETE"};
    int count = 0;
    for (size_t i = 0; i < sizeof writes / sizeof *writes; i++) {
        autofree char *prefix = memory_format("%s %s", writes[i], about);
        count += request_log_count(fixture->log, prefix);
    }
    return count;
}

static void expect_only_events(struct rollout_fixture *fixture)
{
    CU_ASSERT_EQUAL(count_requests(fixture, ""),
                    count_requests(fixture, "namespaces/default/events"));
}

void rollout_fixture_clear_log(struct rollout_fixture *fixture)
{
    expect_only_events(fixture);
    request_log_clear(fixture->log);
}

void rollout_fixture_end(struct rollout_fixture *fixture)
{
    context_stop(&fixture->context); /* sends the events that are left */
    expect_only_events(fixture);
    set_histories_free(fixture->histories);
    client_close(fixture->client);
    config_free(fixture->config);
    memory_cluster_stop(fixture->cluster);
}

void rollout_fixture_put(struct rollout_fixture *fixture, const struct resource *resource,
                         json_t *take_object)
{
    memory_cluster_put(fixture->cluster, resource, take_object);
    json_decref(take_object);
}

void rollout_fixture_remove(struct rollout_fixture *fixture, const struct resource *resource,
                            const char *name)
{
    const struct object_key key = {
        .resource = resource, .namespace = resource->namespaced ? "default" : NULL, .name = name};
    memory_cluster_remove(fixture->cluster, &key);
}

/* However slow the machine is, the check that follows is not late. */
void rollout_fixture_put_set(struct rollout_fixture *fixture, const char *changes)
{
    struct stateful_set *set = set_with(changes);
    set->seen_ms = clock_monotonic_ms() + AN_HOUR_MS;
    store_put(fixture->context.cache->sets, "default/web", set);
}

void rollout_fixture_put_pod(struct rollout_fixture *fixture, int ordinal, const char *changes)
{
    json_t *pod = pod_object(ordinal, changes);
    json_t *labels = json_object_get(json_object_get(pod, "metadata"), "labels");
    json_object_set_new(labels, "app", json_string("web"));
    rollout_fixture_put(fixture, &resource_pods, pod);
}

void rollout_fixture_remove_pod(struct rollout_fixture *fixture, int ordinal)
{
    autofree char *name = memory_format("web-%d", ordinal);
    rollout_fixture_remove(fixture, &resource_pods, name);
}

void rollout_fixture_put_node(struct rollout_fixture *fixture, const char *name, const char *status)
{
    rollout_fixture_put(fixture, &resource_nodes,
                        json_pack("{s:{s:s}, s:{s:[{s:s, s:s}]}}", "metadata", "name", name,
                                  "status", "conditions", "type", "Ready", "status", status));
}

static json_t *bound_claim(const char *name, const char *volume)
{
    json_t *claim = claim_object("{}");
    json_object_set_new(json_object_get(claim, "metadata"), "name", json_string(name));
    json_object_set_new(json_object_get(claim, "spec"), "volumeName", json_string(volume));
    return claim;
}

static json_t *volume_of(const char *name, const char *directory)
{
    autofree char *path = memory_format("/export/%s", directory);
    return json_pack("{s:{s:s, s:s, s:s, s:{s:s}}, s:{s:{s:s, s:s}}}", "metadata", "name", name,
                     "uid", name, "resourceVersion", "1", "annotations",
                     "pv.kubernetes.io/provisioned-by", "mooring/nfs", "spec", "nfs", "server",
                     "server.example", "path", path);
}

void rollout_fixture_give(struct rollout_fixture *fixture, const char *claim, const char *directory)
{
    autofree char *volume = memory_format("pvc-%s", directory);
    rollout_fixture_put(fixture, &resource_claims, bound_claim(claim, volume));
    rollout_fixture_put(fixture, &resource_volumes, volume_of(volume, directory));
}

void rollout_fixture_put_claim(struct rollout_fixture *fixture, const char *claim,
                               const char *directory)
{
    autofree char *name = memory_format("pvc-%s", directory);
    json_auto_t *claim_in_cache = bound_claim(claim, name);
    json_auto_t *volume_in_cache = volume_of(name, directory);
    struct claim *parsed_claim = claim_parse(claim_in_cache, &fixture->err);
    struct volume *parsed_volume = volume_parse(volume_in_cache, &fixture->err);
    require(parsed_claim);
    require(parsed_volume);
    cluster_cache_put_claim(fixture->context.cache, parsed_claim);
    cluster_cache_put_volume(fixture->context.cache, parsed_volume);
    rollout_fixture_give(fixture, claim, directory);
}

int rollout_fixture_check(struct rollout_fixture *fixture)
{
    autorelease(stateful_set) struct stateful_set *set =
        cluster_cache_set(fixture->context.cache, "default/web");
    struct rollout_check check = {.context = &fixture->context,
                                  .client = fixture->client,
                                  .set = set,
                                  .may_have_missed = fixture->may_have_missed};
    int result = rollout_check_set(
        &check, set_histories_open(fixture->histories, "default/web", set), &fixture->err);
    fixture->double_writers += check.double_writers;
    return result;
}

void rollout_fixture_expect_check(struct rollout_fixture *fixture)
{
    CU_ASSERT_EQUAL(rollout_fixture_check(fixture), 0);
}

/* --- events --- */

static json_t *list_events(struct rollout_fixture *fixture)
{
    autofree char *path = resource_path(&resource_events, "default", NULL);
    json_t *list = client_call(fixture->client, path, NULL, &fixture->err);
    require(list);
    return list;
}

/* An event as a line: "Warning Pod/web-0 REASON: message\n". Caller frees. */
static char *event_text(const json_t *event)
{
    const char *type = "", *kind = "", *name = "", *reason = "", *message = "";
    json_unpack((json_t *)event, "{s:s, s:{s:s, s:s}, s:s, s:s}", "type", &type, "involvedObject",
                "kind", &kind, "name", &name, "reason", &reason, "message", &message);
    return memory_format("%s %s/%s %s: %s\n", type, kind, name, reason, message);
}

/* Events whose line begins with this, or contains it. A repeated event counts as often as it was
 * sent. */
static int count_in(const json_t *list, const char *text, bool at_begin)
{
    size_t i;
    json_t *event;
    json_int_t count = 0;
    json_array_foreach (json_object_get(list, "items"), i, event) {
        autofree char *it = event_text(event);
        const char *found = strstr(it, text);
        if (found && (found == it || !at_begin))
            count += json_integer_value(json_object_get(event, "count"));
    }
    return (int)count;
}

/* The recorder sends events in the order in which they were announced. */
static json_t *read_events(struct rollout_fixture *fixture)
{
    autofree char *name = memory_format("flush-%u", fixture->flush_count++);
    autofree char *text = memory_format("Normal Pod/%s Flushed: \n", name);
    const struct pod pod = {
        .namespace = "default", .name = name, .uid = name, .resource_version = "1"};
    announce(fixture->context.recorder, event_about_pod(&pod, EVENT_NORMAL, "Flushed"), "%s", "");
    int64_t end_ms = clock_monotonic_ms() + LONGEST_WAIT_MS;
    json_t *events = list_events(fixture);
    while (count_in(events, text, true) == 0 && clock_monotonic_ms() < end_ms) {
        usleep(1000);
        json_decref(events);
        events = list_events(fixture);
    }
    CU_ASSERT_EQUAL(count_in(events, text, true), 1);
    return events;
}

int rollout_fixture_count_events(struct rollout_fixture *fixture, const char *reason)
{
    json_auto_t *events = read_events(fixture);
    autofree char *text = memory_format(" %s: ", reason);
    return count_in(events, text, false);
}

void rollout_fixture_expect_event(struct rollout_fixture *fixture, const char *event)
{
    json_auto_t *events = read_events(fixture);
    autofree char *line = memory_format("%s\n", event);
    ASSERT_CASE(count_in(events, line, true) == 1, event);
}

void rollout_fixture_expect_silence(struct rollout_fixture *fixture)
{
    json_auto_t *events = read_events(fixture);
    CU_ASSERT_EQUAL(count_in(events, " Directory", false), 0);
    CU_ASSERT_EQUAL(count_in(events, " TwoPossibleWriters", false), 0);
}
