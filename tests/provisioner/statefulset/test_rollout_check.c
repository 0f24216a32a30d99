/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/statefulset/rollout_fixture.h"

#define PODS "GET namespaces/default/pods"
#define CLAIM_0 "GET namespaces/default/persistentvolumeclaims/data-web-0"
#define VOLUME_0 "GET persistentvolumes/pvc-zero"

#define KEPT_0                                                                                     \
    "Normal StatefulSet/web DirectoryKept: ordinal 0: Pod web-0 (revision new) has directory "     \
    "server.example:/export/zero as before"
#define CHANGED_0                                                                                  \
    "Warning StatefulSet/web DirectoryChanged: ordinal 0: Pod web-0 (revision new) has directory " \
    "server.example:/export/other; the Pod before it had server.example:/export/zero, which is "   \
    "kept on the export"

/* Pod web-0 of the old revision was seen with directory "zero", and is replaced by a new one. */
static void begin_update(struct rollout_fixture *fixture)
{
    rollout_fixture_begin(fixture);
    rollout_fixture_put_claim(fixture, "data-web-0", "zero");
    rollout_fixture_put_pod(fixture, 0, POD("p-1", "old", "node-1"));
    rollout_fixture_expect_check(fixture);
    rollout_fixture_put_pod(fixture, 0, POD("p-2", "new", "node-1"));
}

static void expect_failure(struct rollout_fixture *fixture, enum error_kind kind,
                           const char *message)
{
    CU_ASSERT_EQUAL(rollout_fixture_check(fixture), -1);
    CU_ASSERT_EQUAL(fixture->err.kind, kind);
    ASSERT_CASE(strcmp(fixture->err.message, message) == 0, fixture->err.message);
}

/* --- one directory --- */

static void the_first_directory_is_remembered_from_the_cache(void)
{
    struct rollout_fixture fixture;
    rollout_fixture_begin(&fixture);
    rollout_fixture_put_claim(&fixture, "data-web-0", "zero");
    rollout_fixture_put_pod(&fixture, 0, POD("p-1", "old", "node-1"));
    rollout_fixture_expect_check(&fixture);
    autofree char *requests = request_log_text(fixture.log);
    CU_ASSERT_STRING_EQUAL(requests, PODS "\n");
    rollout_fixture_expect_silence(&fixture);
    rollout_fixture_end(&fixture);
}

static void a_pod_of_a_new_revision_is_told_to_have_kept_its_directory(void)
{
    struct rollout_fixture fixture;
    begin_update(&fixture);
    rollout_fixture_expect_check(&fixture);
    rollout_fixture_expect_event(&fixture, KEPT_0);
    CU_ASSERT_EQUAL(rollout_fixture_count_events(&fixture, "DirectoryChanged"), 0);
    rollout_fixture_end(&fixture);
}

static void a_pod_is_compared_once(void)
{
    struct rollout_fixture fixture;
    begin_update(&fixture);
    rollout_fixture_expect_check(&fixture);
    rollout_fixture_expect_check(&fixture);
    CU_ASSERT_EQUAL(rollout_fixture_count_events(&fixture, "DirectoryKept"), 1);
    CU_ASSERT_EQUAL(request_log_count(fixture.log, CLAIM_0), 1);
    CU_ASSERT_EQUAL(request_log_count(fixture.log, PODS), 3);
    rollout_fixture_end(&fixture);
}

static void a_pod_of_the_same_revision_that_kept_its_directory_is_no_news(void)
{
    struct rollout_fixture fixture;
    begin_update(&fixture);
    rollout_fixture_put_pod(&fixture, 0, POD("p-2", "old", "node-1"));
    rollout_fixture_expect_check(&fixture);
    CU_ASSERT_EQUAL(request_log_count(fixture.log, CLAIM_0), 1);
    rollout_fixture_expect_silence(&fixture);
    rollout_fixture_end(&fixture);
}

static void a_pod_with_another_directory_is_warned_of(void)
{
    struct rollout_fixture fixture;
    begin_update(&fixture);
    rollout_fixture_put_claim(&fixture, "data-web-0", "other");
    rollout_fixture_expect_check(&fixture);
    rollout_fixture_expect_event(&fixture, CHANGED_0);
    CU_ASSERT_EQUAL(rollout_fixture_count_events(&fixture, "DirectoryKept"), 0);
    rollout_fixture_end(&fixture);
}

static void another_directory_is_warned_of_whatever_the_revision(void)
{
    struct rollout_fixture fixture;
    begin_update(&fixture);
    rollout_fixture_put_pod(&fixture, 0, POD("p-2", "old", "node-1"));
    rollout_fixture_put_claim(&fixture, "data-web-0", "other");
    rollout_fixture_expect_check(&fixture);
    CU_ASSERT_EQUAL(rollout_fixture_count_events(&fixture, "DirectoryChanged"), 1);
    rollout_fixture_end(&fixture);
}

/* The directory that was found is what the next Pod is compared with. */
static void a_directory_that_changed_is_warned_of_once(void)
{
    struct rollout_fixture fixture;
    begin_update(&fixture);
    rollout_fixture_put_claim(&fixture, "data-web-0", "other");
    rollout_fixture_expect_check(&fixture);
    rollout_fixture_put_pod(&fixture, 0, POD("p-3", "newer", "node-1"));
    rollout_fixture_expect_check(&fixture);
    CU_ASSERT_EQUAL(rollout_fixture_count_events(&fixture, "DirectoryChanged"), 1);
    rollout_fixture_expect_event(
        &fixture, "Normal StatefulSet/web DirectoryKept: ordinal 0: Pod web-0 (revision newer) has "
                  "directory server.example:/export/other as before");
    rollout_fixture_end(&fixture);
}

/* The watches may not have brought a claim that has just come back. */
static void what_is_compared_is_read_from_the_server(void)
{
    struct rollout_fixture fixture;
    begin_update(&fixture);
    rollout_fixture_give(&fixture, "data-web-0", "other");
    rollout_fixture_expect_check(&fixture);
    rollout_fixture_expect_event(&fixture, CHANGED_0);
    rollout_fixture_end(&fixture);
}

static void a_pod_without_a_node_is_not_compared_yet(void)
{
    struct rollout_fixture fixture;
    begin_update(&fixture);
    rollout_fixture_put_pod(&fixture, 0, POD("p-2", "new", ""));
    rollout_fixture_expect_check(&fixture);
    CU_ASSERT_EQUAL(request_log_count(fixture.log, CLAIM_0), 0);
    rollout_fixture_expect_silence(&fixture);
    rollout_fixture_put_pod(&fixture, 0, POD("p-2", "new", "node-1"));
    rollout_fixture_expect_check(&fixture);
    rollout_fixture_expect_event(&fixture, KEPT_0);
    rollout_fixture_end(&fixture);
}

/* --- what is not known is not compared --- */

/* Nothing is told of this Pod; the one after it is compared with what is remembered. */
static void expect_unknown(struct rollout_fixture *fixture)
{
    rollout_fixture_expect_check(fixture);
    rollout_fixture_expect_silence(fixture);
    rollout_fixture_put_claim(fixture, "data-web-0", "other");
    rollout_fixture_put_pod(fixture, 0, POD("p-3", "new", "node-1"));
    rollout_fixture_expect_check(fixture);
    rollout_fixture_expect_event(fixture, CHANGED_0);
    rollout_fixture_end(fixture);
}

static void a_claim_that_is_gone_is_not_compared(void)
{
    struct rollout_fixture fixture;
    begin_update(&fixture);
    rollout_fixture_remove(&fixture, &resource_claims, "data-web-0");
    expect_unknown(&fixture);
}

static void a_claim_without_a_volume_is_not_compared(void)
{
    struct rollout_fixture fixture;
    begin_update(&fixture);
    rollout_fixture_put(&fixture, &resource_claims,
                        claim_object("{'metadata': {'name': 'data-web-0'}}"));
    expect_unknown(&fixture);
}

static void a_volume_that_is_gone_is_not_compared(void)
{
    struct rollout_fixture fixture;
    begin_update(&fixture);
    rollout_fixture_remove(&fixture, &resource_volumes, "pvc-zero");
    expect_unknown(&fixture);
}

static void a_volume_of_another_provisioner_is_not_compared(void)
{
    struct rollout_fixture fixture;
    begin_update(&fixture);
    const struct object_key key = {.resource = &resource_volumes, .name = "pvc-zero"};
    memory_cluster_change(
        fixture.cluster, &key,
        object_from("{'metadata': {'annotations': {'pv.kubernetes.io/provisioned-by': 'other'}},"
                    " 'spec': {'nfs': {'path': '/export/other'}}}"));
    expect_unknown(&fixture);
}

static void a_claim_that_was_not_in_the_cache_is_compared_from_the_next_pod_on(void)
{
    struct rollout_fixture fixture;
    rollout_fixture_begin(&fixture);
    rollout_fixture_put_pod(&fixture, 0, POD("p-1", "older", "node-1"));
    rollout_fixture_expect_check(&fixture);
    rollout_fixture_put_claim(&fixture, "data-web-0", "zero");
    rollout_fixture_put_pod(&fixture, 0, POD("p-2", "old", "node-1"));
    rollout_fixture_expect_check(&fixture);
    rollout_fixture_expect_silence(&fixture);
    rollout_fixture_put_pod(&fixture, 0, POD("p-3", "new", "node-1"));
    rollout_fixture_expect_check(&fixture);
    rollout_fixture_expect_event(&fixture, KEPT_0);
    rollout_fixture_end(&fixture);
}

/* --- errors --- */

/* Nothing was told; the next check tells it all the same. */
static void expect_told_later(struct rollout_fixture *fixture)
{
    rollout_fixture_expect_silence(fixture);
    rollout_fixture_expect_check(fixture);
    rollout_fixture_expect_event(fixture, KEPT_0);
    rollout_fixture_end(fixture);
}

static void a_claim_that_cannot_be_read_is_compared_later(void)
{
    struct rollout_fixture fixture;
    begin_update(&fixture);
    disturb(fixture.log, .request = CLAIM_0, .answer = 503);
    expect_failure(&fixture, ERROR_UNAVAILABLE,
                   "read claim default/data-web-0: as the test wants it");
    expect_told_later(&fixture);
}

static void a_volume_that_cannot_be_read_is_compared_later(void)
{
    struct rollout_fixture fixture;
    begin_update(&fixture);
    disturb(fixture.log, .request = VOLUME_0, .answer = 403);
    expect_failure(&fixture, ERROR_FORBIDDEN, "read volume pvc-zero: as the test wants it");
    expect_told_later(&fixture);
}

static void a_claim_that_is_no_claim_is_an_error(void)
{
    struct rollout_fixture fixture;
    begin_update(&fixture);
    rollout_fixture_put(
        &fixture, &resource_claims,
        object_from("{'metadata': {'namespace': 'default', 'name': 'data-web-0'}}"));
    expect_failure(&fixture, ERROR_INVALID,
                   "read claim default/data-web-0: not a usable PersistentVolumeClaim: Object item "
                   "not found: spec");
    rollout_fixture_give(&fixture, "data-web-0", "zero");
    expect_told_later(&fixture);
}

static void a_volume_that_is_no_volume_is_an_error(void)
{
    struct rollout_fixture fixture;
    begin_update(&fixture);
    rollout_fixture_put(&fixture, &resource_volumes,
                        object_from("{'metadata': {'name': 'pvc-zero'}}"));
    expect_failure(&fixture, ERROR_INVALID,
                   "read volume pvc-zero: not a usable PersistentVolume: Object item not found: "
                   "spec");
    rollout_fixture_give(&fixture, "data-web-0", "zero");
    expect_told_later(&fixture);
}

static void pods_that_cannot_be_listed_change_nothing(void)
{
    struct rollout_fixture fixture;
    begin_update(&fixture);
    disturb(fixture.log, .request = PODS, .answer = 500);
    expect_failure(&fixture, ERROR_UNAVAILABLE,
                   "cannot list the Pods of StatefulSet default/web: list pods: as the test wants "
                   "it");
    expect_told_later(&fixture);
}

/* --- several --- */

#define TWO_TEMPLATES                                                                              \
    "{'spec': {'volumeClaimTemplates': [{'metadata': {'name': 'data'}, 'spec': {}},"               \
    " {'metadata': {'name': 'log'}, 'spec': {}}]}}"

/* Pod web-0 was seen with the directories "zero" and "log", and is replaced by a new one. */
static void begin_update_of_two(struct rollout_fixture *fixture)
{
    rollout_fixture_begin(fixture);
    rollout_fixture_put_set(fixture, TWO_TEMPLATES);
    rollout_fixture_put_claim(fixture, "data-web-0", "zero");
    rollout_fixture_put_claim(fixture, "log-web-0", "log");
    rollout_fixture_put_pod(fixture, 0, POD("p-1", "old", "node-1"));
    rollout_fixture_expect_check(fixture);
    rollout_fixture_put_pod(fixture, 0, POD("p-2", "new", "node-1"));
}

static void the_directories_of_all_templates_are_told_together(void)
{
    struct rollout_fixture fixture;
    begin_update_of_two(&fixture);
    rollout_fixture_put_claim(&fixture, "log-web-0", "new-log");
    rollout_fixture_expect_check(&fixture);
    rollout_fixture_expect_event(
        &fixture,
        "Warning StatefulSet/web DirectoryChanged: ordinal 0: Pod web-0 (revision new) has "
        "directory server.example:/export/zero, server.example:/export/new-log; the Pod before it "
        "had server.example:/export/zero, server.example:/export/log, which is kept on the export");
    rollout_fixture_end(&fixture);
}

static void a_directory_that_is_not_known_is_left_out(void)
{
    struct rollout_fixture fixture;
    begin_update_of_two(&fixture);
    rollout_fixture_remove(&fixture, &resource_claims, "log-web-0");
    rollout_fixture_expect_check(&fixture);
    rollout_fixture_expect_event(&fixture, KEPT_0);
    rollout_fixture_end(&fixture);
}

static void one_claim_that_cannot_be_read_delays_them_all(void)
{
    struct rollout_fixture fixture;
    begin_update_of_two(&fixture);
    disturb(fixture.log, .request = CLAIM_0, .answer = 503);
    expect_failure(&fixture, ERROR_UNAVAILABLE,
                   "read claim default/data-web-0: as the test wants it");
    rollout_fixture_expect_silence(&fixture);
    rollout_fixture_expect_check(&fixture);
    CU_ASSERT_EQUAL(rollout_fixture_count_events(&fixture, "DirectoryKept"), 1);
    rollout_fixture_end(&fixture);
}

static void each_ordinal_has_its_own_event(void)
{
    struct rollout_fixture fixture;
    begin_update(&fixture);
    rollout_fixture_put_claim(&fixture, "data-web-7", "seven");
    rollout_fixture_put_pod(&fixture, 7, POD("q-1", "old", "node-1"));
    rollout_fixture_expect_check(&fixture);
    rollout_fixture_put_pod(&fixture, 7, POD("q-2", "new", "node-1"));
    rollout_fixture_expect_check(&fixture);
    rollout_fixture_expect_event(&fixture, KEPT_0);
    rollout_fixture_expect_event(
        &fixture, "Normal StatefulSet/web DirectoryKept: ordinal 7: Pod web-7 (revision new) has "
                  "directory server.example:/export/seven as before");
    rollout_fixture_remove_pod(&fixture, 7); /* scaled down, then up again */
    rollout_fixture_expect_check(&fixture);
    rollout_fixture_put_claim(&fixture, "data-web-7", "other");
    rollout_fixture_put_pod(&fixture, 7, POD("q-3", "new", "node-1"));
    rollout_fixture_expect_check(&fixture);
    rollout_fixture_expect_event(
        &fixture, "Warning StatefulSet/web DirectoryChanged: ordinal 7: Pod web-7 (revision new) "
                  "has directory server.example:/export/other; the Pod before it had "
                  "server.example:/export/seven, which is kept on the export");
    rollout_fixture_end(&fixture);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(the_first_directory_is_remembered_from_the_cache),
        TEST(a_pod_of_a_new_revision_is_told_to_have_kept_its_directory),
        TEST(a_pod_is_compared_once),
        TEST(a_pod_of_the_same_revision_that_kept_its_directory_is_no_news),
        TEST(a_pod_with_another_directory_is_warned_of),
        TEST(another_directory_is_warned_of_whatever_the_revision),
        TEST(a_directory_that_changed_is_warned_of_once),
        TEST(what_is_compared_is_read_from_the_server),
        TEST(a_pod_without_a_node_is_not_compared_yet),
        TEST(a_claim_that_is_gone_is_not_compared),
        TEST(a_claim_without_a_volume_is_not_compared),
        TEST(a_volume_that_is_gone_is_not_compared),
        TEST(a_volume_of_another_provisioner_is_not_compared),
        TEST(a_claim_that_was_not_in_the_cache_is_compared_from_the_next_pod_on),
        TEST(a_claim_that_cannot_be_read_is_compared_later),
        TEST(a_volume_that_cannot_be_read_is_compared_later),
        TEST(a_claim_that_is_no_claim_is_an_error),
        TEST(a_volume_that_is_no_volume_is_an_error),
        TEST(pods_that_cannot_be_listed_change_nothing),
        TEST(the_directories_of_all_templates_are_told_together),
        TEST(a_directory_that_is_not_known_is_left_out),
        TEST(one_claim_that_cannot_be_read_delays_them_all),
        TEST(each_ordinal_has_its_own_event),
        {0},
    };
    return suite_run("rollout_check", tests, argc, argv);
}
