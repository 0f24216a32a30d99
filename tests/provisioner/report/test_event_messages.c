/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "provisioner/report/event_messages.h"
#include "tests/provisioner/set_fixtures.h"

/* The last event that the recorder got. */
static struct event *sent;
static bool is_held; /* it is sent only if the work is slow */

void event_recorder_send(struct event_recorder *recorder, struct event *take_event)
{
    (void)recorder;
    event_free(sent);
    sent = take_event;
}

void event_recorder_send_if_slow(struct event_recorder *recorder, struct event *take_event)
{
    event_recorder_send(recorder, take_event);
    is_held = true;
}

static void check_sent(const struct resource *about, bool warning, const char *message)
{
    require(sent);
    CU_ASSERT_PTR_EQUAL(sent->about, about);
    CU_ASSERT_EQUAL(sent->warning, warning);
    CU_ASSERT(is_text(sent->message, message));
    CU_ASSERT(llabs(clock_wall_us() - sent->time_us) < 60 * 1000000LL);
}

static void an_event_on_a_claim_says_which_claim_and_what_happened(void)
{
    autorelease(claim) struct claim *claim = claim_with("{}");

    announce(NULL, event_about_claim(claim, EVENT_NORMAL, "ProvisioningSucceeded"), "%s is on %s",
             "pvc-1", "server");
    check_sent(&resource_claims, false, "pvc-1 is on server");
    CU_ASSERT(is_text(sent->reason, "ProvisioningSucceeded"));
    CU_ASSERT(is_text(sent->namespace, "default"));
    CU_ASSERT(is_text(sent->name, "data"));
    CU_ASSERT(is_text(sent->uid, "uid-1"));
    CU_ASSERT(is_text(sent->resource_version, "7"));
}

static void work_that_begins_is_announced_only_when_it_is_slow(void)
{
    autorelease(claim) struct claim *claim = claim_with("{}");

    announce_if_slow(NULL, event_about_claim(claim, EVENT_NORMAL, "Provisioning"), "making %s",
                     "it");
    check_sent(&resource_claims, false, "making it");
    CU_ASSERT(is_text(sent->reason, "Provisioning"));
    CU_ASSERT(is_held);
}

static void a_warning_on_a_claim_is_a_warning(void)
{
    autorelease(claim) struct claim *claim = claim_with("{}");

    announce(NULL, event_about_claim(claim, EVENT_WARNING, "ProvisioningFailed"), "try %d in %d s",
             2, 4);
    check_sent(&resource_claims, true, "try 2 in 4 s");
    CU_ASSERT(is_text(sent->reason, "ProvisioningFailed"));
}

static void a_warning_on_a_volume_has_no_namespace(void)
{
    json_auto_t *object =
        object_from("{'metadata': {'name': 'pvc-1', 'uid': 'uid-2', 'resourceVersion': '9'},"
                    " 'spec': {}}");
    struct error err;
    autorelease(volume) struct volume *volume = volume_parse(object, &err);
    require(volume);

    announce(NULL, event_about_volume(volume, EVENT_WARNING, "VolumeFailedDelete"), "%s is kept",
             "it");
    check_sent(&resource_volumes, true, "it is kept");
    CU_ASSERT(is_text(sent->reason, "VolumeFailedDelete"));
    CU_ASSERT(is_text(sent->namespace, ""));
    CU_ASSERT(is_text(sent->name, "pvc-1"));
    CU_ASSERT(is_text(sent->uid, "uid-2"));
    CU_ASSERT(is_text(sent->resource_version, "9"));
}

static void an_event_on_a_pod_says_which_pod(void)
{
    struct pod pod = {.namespace = (char *)"default",
                      .name = (char *)"web-0",
                      .uid = (char *)"uid-3",
                      .resource_version = (char *)"8"};

    announce(NULL, event_about_pod(&pod, EVENT_WARNING, "TwoPossibleWriters"), "on %s", "node-1");
    check_sent(&resource_pods, true, "on node-1");
    CU_ASSERT(is_text(sent->reason, "TwoPossibleWriters"));
    CU_ASSERT(is_text(sent->namespace, "default"));
    CU_ASSERT(is_text(sent->name, "web-0"));
    CU_ASSERT(is_text(sent->uid, "uid-3"));
    CU_ASSERT(is_text(sent->resource_version, "8"));
    CU_ASSERT_PTR_NULL(sent->topic);
}

static void events_on_two_ordinals_of_a_set_differ_in_their_topic(void)
{
    autorelease(stateful_set) struct stateful_set *set = set_with("{}");

    announce(NULL, event_about_ordinal(set, 0, EVENT_NORMAL, "DirectoryKept"), "d-%d", 0);
    check_sent(&resource_stateful_sets, false, "d-0");
    CU_ASSERT(is_text(sent->topic, "0"));
    announce(NULL, event_about_ordinal(set, 2, EVENT_WARNING, "DirectoryChanged"), "d-%d", 2);
    check_sent(&resource_stateful_sets, true, "d-2");
    CU_ASSERT(is_text(sent->topic, "2"));
    CU_ASSERT(is_text(sent->reason, "DirectoryChanged"));
    CU_ASSERT(is_text(sent->namespace, "default"));
    CU_ASSERT(is_text(sent->name, "web"));
    CU_ASSERT(is_text(sent->uid, "set-1"));
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(an_event_on_a_claim_says_which_claim_and_what_happened),
        TEST(work_that_begins_is_announced_only_when_it_is_slow),
        TEST(a_warning_on_a_claim_is_a_warning),
        TEST(a_warning_on_a_volume_has_no_namespace),
        TEST(an_event_on_a_pod_says_which_pod),
        TEST(events_on_two_ordinals_of_a_set_differ_in_their_topic),
        {0},
    };
    int status = suite_run("event_messages", tests, argc, argv);
    event_free(sent);
    return status;
}
