/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/rollout_reader.h"
#include "provisioner/statefulset/rollout_sentence.h"
#include "tests/clock_ahead.h"
#include "tests/k8s/client_fixture.h"
#include "tests/provisioner/claim_fixtures.h"
#include "tests/provisioner/set_fixtures.h"

#define SET "GET /apis/apps/v1/namespaces/default/statefulsets/web"
#define PODS "GET /api/v1/namespaces/default/pods"
#define CLAIMS "GET /api/v1/namespaces/default/persistentvolumeclaims"
#define CLASSES "GET /apis/storage.k8s.io/v1/storageclasses"
#define VOLUMES "GET /api/v1/persistentvolumes"

#define TWO_PODS "{'spec': {'replicas': 2}}"
#define OF_ORDINAL_1                                                                               \
    "{'metadata': {'name': 'pvc-2', 'uid': 'v-2'}, 'spec': {'nfs': {'path': '/export/d-2'},"       \
    " 'claimRef': {'name': 'data-web-1', 'uid': 'uid-2'}}}"

/* The API server with the set "web" of two Pods, and a reader of it. */
struct reader_fixture {
    struct client_fixture api;
    struct export_default fallback;
    struct rollout_reader *reader;
    struct rollout_report report;
    struct error err;
};

static void answer(struct reader_fixture *self, const char *request, int times,
                   json_t *take_document)
{
    json_auto_t *document = take_document;
    autofree char *body = json_dumps(document, 0);
    scripted_server_answer(self->api.server, .request = request, .times = times, .status = 200,
                           .body = body);
}

static void answer_list(struct reader_fixture *self, const char *request, json_t *take_items)
{
    answer(self, request, 0,
           json_pack("{s:{s:s}, s:o}", "metadata", "resourceVersion", "1", "items", take_items));
}

static json_t *bound_claim(int ordinal, const char *volume)
{
    autofree char *changes =
        memory_format("{'metadata': {'name': 'data-web-%d', 'uid': 'uid-%d'},"
                      " 'spec': {'volumeName': '%s'}, 'status': {'phase': 'Bound'}}",
                      ordinal, ordinal + 1, volume);
    return claim_object(changes);
}

static void start(struct reader_fixture *self, bool uses_first_reading)
{
    static char *our_name[] = {"mooring/nfs"};
    static const struct provisioner_names ours = {our_name, 1};
    *self = (struct reader_fixture){.fallback = {"server.example", "/export"}};
    client_fixture_start(&self->api);
    self->reader = rollout_reader_new(
        &(struct rollout_reader_settings){.of = {.client = self->api.client,
                                                 .names = &ours,
                                                 .fallback = &self->fallback,
                                                 .namespace = "default",
                                                 .set = "web"},
                                          .uses_first_reading = uses_first_reading});
}

/* What does not differ between the tests. */
static void answer_rest(struct reader_fixture *self)
{
    answer(self, SET, 0, set_object(TWO_PODS));
    answer_list(self, PODS, json_pack("[o, o]", pod_object(0, old_pod), pod_object(1, new_pod)));
    answer_list(self, CLASSES, json_pack("[o]", storage_class_object("{}")));
}

static int read_again(struct reader_fixture *self)
{
    rollout_report_clear(&self->report);
    return rollout_reader_read(self->reader, &self->report, &self->err);
}

static void end(struct reader_fixture *self)
{
    rollout_report_clear(&self->report);
    rollout_reader_free(self->reader);
    client_fixture_stop(&self->api);
}

static void each_ordinal_has_the_directory_of_its_claim(void)
{
    struct reader_fixture self;
    start(&self, false);
    answer_rest(&self);
    answer_list(&self, CLAIMS,
                json_pack("[o, o]", bound_claim(0, "pvc-1"), bound_claim(1, "pvc-2")));
    answer_list(&self, VOLUMES,
                json_pack("[o, o]", volume_object("{}"), volume_object(OF_ORDINAL_1)));
    CU_ASSERT_EQUAL_FATAL(read_again(&self), 0);
    CU_ASSERT_EQUAL_FATAL(self.report.count, 2);
    const struct rollout_line *lines = self.report.lines;
    CU_ASSERT_STRING_EQUAL(lines[0].claim, "data-web-1");
    CU_ASSERT_STRING_EQUAL(lines[0].directory, "d-2");
    CU_ASSERT_STRING_EQUAL(lines[0].before, "d-2");
    CU_ASSERT_STRING_EQUAL(lines[1].claim, "data-web-0");
    CU_ASSERT_STRING_EQUAL(lines[1].directory, "d-1");
    CU_ASSERT_EQUAL(rollout_report_kept(&self.report), KEPT_YES);
    end(&self);
}

static void a_directory_is_below_the_export_also_when_that_is_the_root(void)
{
    struct reader_fixture self;
    start(&self, false);
    self.fallback.path = "/";
    answer_rest(&self);
    answer_list(&self, CLAIMS,
                json_pack("[o, o]", bound_claim(0, "pvc-1"), bound_claim(1, "pvc-2")));
    answer_list(&self, VOLUMES,
                json_pack("[o, o]", volume_object("{'spec': {'nfs': {'path': '/d-1'}}}"),
                          volume_object(OF_ORDINAL_1)));
    CU_ASSERT_EQUAL_FATAL(read_again(&self), 0);
    CU_ASSERT_EQUAL_FATAL(self.report.count, 2);
    CU_ASSERT_STRING_EQUAL(self.report.lines[0].directory, "export/d-2");
    CU_ASSERT_STRING_EQUAL(self.report.lines[1].directory, "d-1");
    end(&self);
}

static void a_volume_outside_the_export_of_its_class_is_named_by_its_location(void)
{
    struct reader_fixture self;
    start(&self, false);
    answer_rest(&self);
    answer_list(&self, CLAIMS, json_pack("[o]", bound_claim(0, "pvc-1")));
    answer_list(&self, VOLUMES,
                json_pack("[o]", volume_object("{'spec': {'nfs': {'path': '/export-2/d-1'}}}")));
    CU_ASSERT_EQUAL_FATAL(read_again(&self), 0);
    CU_ASSERT_EQUAL_FATAL(self.report.count, 2);
    CU_ASSERT_STRING_EQUAL(self.report.lines[1].directory, "server.example:/export-2/d-1");
    end(&self);
}

/* The claim's name had another volume before the one that it has now. */
static void an_earlier_volume_of_the_claim_says_what_it_had_before(void)
{
    struct reader_fixture self;
    start(&self, false);
    answer_rest(&self);
    answer_list(&self, CLAIMS, json_pack("[o]", bound_claim(0, "pvc-1")));
    answer_list(&self, VOLUMES,
                json_pack("[o, o]", volume_object("{}"),
                          volume_object("{'metadata': {'name': 'pvc-0', 'uid': 'v-0',"
                                        "  'creationTimestamp': '2026-01-01T00:00:00Z'},"
                                        " 'spec': {'nfs': {'path': '/export/d-0'}}}")));
    CU_ASSERT_EQUAL_FATAL(read_again(&self), 0);
    CU_ASSERT_EQUAL_FATAL(self.report.count, 2);
    CU_ASSERT_STRING_EQUAL(self.report.lines[1].directory, "d-1");
    CU_ASSERT_STRING_EQUAL(self.report.lines[1].before, "d-0");
    CU_ASSERT_EQUAL(rollout_report_kept(&self.report), KEPT_NO);
    end(&self);
}

static void a_directory_that_changes_between_two_readings_was_not_kept(void)
{
    struct reader_fixture self;
    start(&self, true);
    answer_rest(&self);
    answer_list(&self, VOLUMES,
                json_pack("[o, o]", volume_object("{}"), volume_object(OF_ORDINAL_1)));
    answer(&self, CLAIMS, 1,
           json_pack("{s:{s:s}, s:[o]}", "metadata", "resourceVersion", "1", "items",
                     bound_claim(0, "pvc-1")));
    answer_list(&self, CLAIMS, json_pack("[o]", bound_claim(0, "pvc-2")));
    CU_ASSERT_EQUAL_FATAL(read_again(&self), 0);
    CU_ASSERT_EQUAL(rollout_line_kept(&self.report.lines[1]), KEPT_YES);
    CU_ASSERT_EQUAL_FATAL(read_again(&self), 0);
    CU_ASSERT_STRING_EQUAL(self.report.lines[1].directory, "d-2");
    CU_ASSERT_STRING_EQUAL(self.report.lines[1].before, "d-1");
    CU_ASSERT_EQUAL(rollout_line_kept(&self.report.lines[1]), KEPT_NO);
    end(&self);
}

/* Each template is asked about once, not once per ordinal: the other one has no claim at all. */
static void a_set_larger_than_any_cluster_is_read(void)
{
    struct reader_fixture self;
    start(&self, false);
    answer(
        &self, SET, 0,
        set_object("{'spec': {'replicas': 2000000000, 'volumeClaimTemplates':"
                   " [{'metadata': {'name': 'data'}, 'spec': {'storageClassName': 'nfs'}},"
                   "  {'metadata': {'name': 'cache'}, 'spec': {'storageClassName': 'local'}}]}}"));
    answer_list(&self, PODS, json_array());
    answer_list(&self, CLASSES, json_pack("[o]", storage_class_object("{}")));
    answer_list(&self, CLAIMS, json_array());
    answer_list(&self, VOLUMES, json_array());
    CU_ASSERT_EQUAL_FATAL(read_again(&self), 0);
    CU_ASSERT_EQUAL_FATAL(self.report.count, STATEFUL_SET_REPLICAS_MAX);
    CU_ASSERT_STRING_EQUAL(self.report.lines[0].claim, "data-web-99999");
    end(&self);
}

/* One reading of the set's Pods. */
static void answer_pods_once(struct reader_fixture *self, json_t *take_items)
{
    answer(self, PODS, 1,
           json_pack("{s:{s:s}, s:o}", "metadata", "resourceVersion", "1", "items", take_items));
}

static enum rollout_state state_after(struct reader_fixture *self, int64_t wait_ms)
{
    clock_ahead_add(wait_ms);
    CU_ASSERT_EQUAL_FATAL(read_again(self), 0);
    return self->report.rollout.state;
}

/* The time counts from the reading that found this very Pod lacking. */
static void a_pod_that_is_lacking_for_a_minute_is_stuck(void)
{
    struct reader_fixture self;
    start(&self, true);
    answer(&self, SET, 0, set_object(TWO_PODS));
    answer_list(&self, CLASSES, json_pack("[o]", storage_class_object("{}")));
    answer_list(&self, CLAIMS, json_array());
    answer_list(&self, VOLUMES, json_array());
    answer_pods_once(&self, json_array());
    answer_pods_once(&self, json_pack("[o]", pod_object(0, "{}")));
    answer_list(&self, PODS, json_array());
    CU_ASSERT_EQUAL(state_after(&self, 0), ROLLOUT_UNDER_WAY);     /* ordinal 0 */
    CU_ASSERT_EQUAL(state_after(&self, 70000), ROLLOUT_UNDER_WAY); /* ordinal 1 */
    CU_ASSERT_EQUAL(state_after(&self, 70000), ROLLOUT_UNDER_WAY); /* ordinal 0, again */
    CU_ASSERT_EQUAL(state_after(&self, 40000), ROLLOUT_UNDER_WAY);
    CU_ASSERT_EQUAL(state_after(&self, 20000), ROLLOUT_STUCK);
    end(&self);
}

/* Kubernetes may never look at the change: the time counts from the change, not from the end of the
 * rollout before. */
static void a_change_that_is_not_looked_at_for_a_minute_is_stuck(void)
{
    static const char two_pods_changed[] =
        "{'metadata': {'generation': 3}, 'spec': {'replicas': 2}}";
    struct reader_fixture self;
    start(&self, true);
    answer(&self, SET, 1, set_object("{'spec': {'replicas': 2}}"));
    answer(&self, SET, 0, set_object(two_pods_changed));
    answer_list(&self, CLASSES, json_pack("[o]", storage_class_object("{}")));
    answer_list(&self, CLAIMS, json_array());
    answer_list(&self, VOLUMES, json_array());
    answer_list(&self, PODS, json_pack("[oo]", pod_object(0, "{}"), pod_object(1, "{}")));
    CU_ASSERT_EQUAL(state_after(&self, 0), ROLLOUT_OVER);
    CU_ASSERT_EQUAL(state_after(&self, 70000), ROLLOUT_UNDER_WAY);
    CU_ASSERT_EQUAL(state_after(&self, 40000), ROLLOUT_UNDER_WAY);
    CU_ASSERT_EQUAL(state_after(&self, 20000), ROLLOUT_STUCK);
    autofree char *sentence = rollout_sentence(&self.report.rollout, self.report.set);
    CU_ASSERT_PTR_NOT_NULL(strstr(sentence, "is kube-controller-manager running?"));
    end(&self);
}

static void an_unknown_set_is_named(void)
{
    struct reader_fixture self;
    start(&self, false);
    CU_ASSERT_EQUAL(read_again(&self), -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_NOT_FOUND);
    CU_ASSERT_STRING_EQUAL(self.err.message, "there is no StatefulSet web in namespace default");
    end(&self);
}

static void a_set_of_another_provisioner_is_refused(void)
{
    struct reader_fixture self;
    start(&self, false);
    answer(&self, SET, 0, set_object(TWO_PODS));
    answer_list(&self, PODS, json_array());
    answer_list(&self, CLAIMS, json_array());
    answer_list(&self, CLASSES, json_array());
    answer_list(&self, VOLUMES, json_array());
    CU_ASSERT_EQUAL(read_again(&self), -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(self.err.message, "StatefulSet default/web"));
    end(&self);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(each_ordinal_has_the_directory_of_its_claim),
        TEST(a_directory_is_below_the_export_also_when_that_is_the_root),
        TEST(a_volume_outside_the_export_of_its_class_is_named_by_its_location),
        TEST(an_earlier_volume_of_the_claim_says_what_it_had_before),
        TEST(a_directory_that_changes_between_two_readings_was_not_kept),
        TEST(a_set_larger_than_any_cluster_is_read),
        TEST(a_pod_that_is_lacking_for_a_minute_is_stuck),
        TEST(a_change_that_is_not_looked_at_for_a_minute_is_stuck),
        TEST(an_unknown_set_is_named),
        TEST(a_set_of_another_provisioner_is_refused),
        {0},
    };
    return suite_run("rollout_reader", tests, argc, argv);
}
