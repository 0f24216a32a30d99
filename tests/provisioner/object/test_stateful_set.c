/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/stateful_set.h"
#include "tests/provisioner/claim_fixtures.h"

static void what_is_used_of_a_set_is_read(void)
{
    autorelease(stateful_set) struct stateful_set *set = stateful_set_with(
        "{'spec': {'replicas': 5, 'podManagementPolicy': 'Parallel', 'ordinals': {'start': 2},"
        "  'minReadySeconds': 30, 'updateStrategy': {'type': 'RollingUpdate', 'rollingUpdate': "
        "{'partition': 3}},"
        "  'volumeClaimTemplates': [{'metadata': {'name': 'data'}}, {'metadata': {'name': "
        "'log'}}]},"
        " 'status': {'currentRevision': 'web-1', 'updateRevision': 'web-2'}}");
    CU_ASSERT_STRING_EQUAL(set->namespace, "default");
    CU_ASSERT_STRING_EQUAL(set->name, "web");
    CU_ASSERT_STRING_EQUAL(set->uid, "s-1");
    CU_ASSERT_EQUAL(set->replicas, 5);
    CU_ASSERT_EQUAL(set->start, 2);
    CU_ASSERT_EQUAL(set->partition, 3);
    CU_ASSERT_EQUAL(set->strategy, UPDATE_ROLLING);
    CU_ASSERT(set->is_parallel);
    CU_ASSERT_EQUAL_FATAL(set->template_count, 2);
    CU_ASSERT_STRING_EQUAL(set->templates[0], "data");
    CU_ASSERT_STRING_EQUAL(set->templates[1], "log");
    CU_ASSERT_STRING_EQUAL(set->current_revision, "web-1");
    CU_ASSERT_STRING_EQUAL(set->update_revision, "web-2");
    CU_ASSERT_EQUAL(set->min_ready_s, 30);
}

static void numbers_that_no_cluster_has_are_cut(void)
{
    static const struct {
        const char *spec;
        int64_t replicas_written;
        int replicas, start, partition;
    } cases[] = {
        {"{'replicas': 2000000000}", 2000000000, 100000, 0, 0},
        {"{'replicas': 100000, 'ordinals': {'start': 2147483647}}", 100000, 100000, 999900000, 0},
        {"{'replicas': 9000000000000000000}", 9000000000000000000, 100000, 0, 0},
        {"{'replicas': -1, 'ordinals': {'start': -5}}", -1, 0, 0, 0},
        {"{'replicas': 3, 'updateStrategy': {'rollingUpdate': {'partition': -2}}}", 3, 3, 0, 0},
        {"{'replicas': 3, 'updateStrategy': {'rollingUpdate': {'partition': 2000000000}}}", 3, 3, 0,
         3},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *changes = memory_format("{'spec': %s}", cases[i].spec);
        autorelease(stateful_set) struct stateful_set *set = stateful_set_with(changes);
        ASSERT_CASE(set->replicas_written == cases[i].replicas_written, cases[i].spec);
        ASSERT_CASE(set->replicas == cases[i].replicas, cases[i].spec);
        ASSERT_CASE(set->start == cases[i].start, cases[i].spec);
        ASSERT_CASE(set->partition == cases[i].partition, cases[i].spec);
    }
}

static void what_is_not_said_is_kubernetes_default(void)
{
    autorelease(stateful_set) struct stateful_set *set =
        stateful_set_with("{'spec': {'replicas': null, 'volumeClaimTemplates': null}}");
    CU_ASSERT_EQUAL(set->replicas, 1);
    CU_ASSERT_EQUAL(set->start, 0);
    CU_ASSERT_EQUAL(set->partition, 0);
    CU_ASSERT_EQUAL(set->strategy, UPDATE_ROLLING);
    CU_ASSERT_FALSE(set->is_parallel);
    CU_ASSERT_EQUAL(set->template_count, 0);
    CU_ASSERT_STRING_EQUAL(set->current_revision, "");
    CU_ASSERT_STRING_EQUAL(set->update_revision, "");
}

static void the_strategy_is_read_with_its_limits(void)
{
    static const struct {
        const char *spec;
        enum update_strategy strategy;
        int max_unavailable, partition;
    } cases[] = {
        {"{}", UPDATE_ROLLING, 0, 0},
        {"{'updateStrategy': {'type': 'OnDelete'}}", UPDATE_ON_DELETE, 0, 0},
        {"{'updateStrategy': {'type': 'Recreate'}}", UPDATE_RECREATE, 0, 0},
        {"{'updateStrategy': {'type': 'Sideways', 'rollingUpdate': {'partition': 2}}}",
         UPDATE_OTHER, 0, 0},
        {"{'updateStrategy': {'rollingUpdate': {'partition': 2, 'maxUnavailable': 3}}}",
         UPDATE_ROLLING, 3, 2},
        {"{'updateStrategy': {'rollingUpdate': {'maxUnavailable': '40%'}}}", UPDATE_ROLLING, 2, 0},
        {"{'updateStrategy': {'rollingUpdate': {'maxUnavailable': '59%'}}}", UPDATE_ROLLING, 2, 0},
        {"{'updateStrategy': {'rollingUpdate': {'maxUnavailable': '10%'}}}", UPDATE_ROLLING, 1, 0},
        {"{'updateStrategy': {'rollingUpdate': {'maxUnavailable': '100%'}}}", UPDATE_ROLLING, 5, 0},
        {"{'updateStrategy': {'rollingUpdate': {'maxUnavailable': '9000000000%'}}}", UPDATE_ROLLING,
         5, 0},
        {"{'updateStrategy': {'rollingUpdate': {'maxUnavailable': 2000000000}}}", UPDATE_ROLLING,
         100000, 0},
        {"{'updateStrategy': {'rollingUpdate': {'maxUnavailable': -1}}}", UPDATE_ROLLING, 1, 0},
        {"{'updateStrategy': {'rollingUpdate': {'maxUnavailable': null}}}", UPDATE_ROLLING, 0, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_auto_t *object = object_from(
            "{'metadata': {'namespace': 'default', 'name': 'web', 'uid': 's-1'}, 'spec': {}}");
        json_auto_t *spec = object_from(cases[i].spec);
        json_object_set_new(spec, "replicas", json_integer(5));
        json_object_set(object, "spec", spec);
        struct error err;
        autorelease(stateful_set) struct stateful_set *set = stateful_set_parse(object, &err);
        require(set);
        ASSERT_CASE(set->strategy == cases[i].strategy, cases[i].spec);
        ASSERT_CASE(set->max_unavailable == cases[i].max_unavailable, cases[i].spec);
        ASSERT_CASE(set->partition == cases[i].partition, cases[i].spec);
    }
}

static void a_retention_policy_says_when_claims_are_discarded(void)
{
    static const struct {
        const char *policy;
        bool when_deleted, when_scaled;
    } cases[] = {
        {"{}", false, false},
        {"{'whenDeleted': 'Retain', 'whenScaled': 'Retain'}", false, false},
        {"{'whenDeleted': 'Delete', 'whenScaled': 'Retain'}", true, false},
        {"{'whenDeleted': 'Retain', 'whenScaled': 'Delete'}", false, true},
        {"{'whenScaled': 'Delete'}", false, true},
        {"{'whenDeleted': 'Delete'}", true, false},
        {"{'whenDeleted': 'Delete', 'whenScaled': 'Delete'}", true, true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *changes = memory_format(
            "{'spec': {'persistentVolumeClaimRetentionPolicy': %s}}", cases[i].policy);
        autorelease(stateful_set) struct stateful_set *set = stateful_set_with(changes);
        ASSERT_CASE(set->discards_when_deleted == cases[i].when_deleted, cases[i].policy);
        ASSERT_CASE(set->discards_when_scaled == cases[i].when_scaled, cases[i].policy);
    }
}

static void a_selector_becomes_the_text_of_a_query(void)
{
    static const struct {
        const char *selector;
        const char *text;
    } cases[] = {
        {"{'matchLabels': {'app': 'web'}}", "app=web"},
        {"{'matchLabels': {'app': 'web', 'tier': 'db'}}", "app=web,tier=db"},
        {"{'matchExpressions': [{'key': 'tier', 'operator': 'In', 'values': ['db', 'cache']}]}",
         "tier in (db,cache)"},
        {"{'matchExpressions': [{'key': 'tier', 'operator': 'NotIn', 'values': ['db']}]}",
         "tier notin (db)"},
        {"{'matchExpressions': [{'key': 'tier', 'operator': 'Exists'}]}", "tier"},
        {"{'matchExpressions': [{'key': 'tier', 'operator': 'DoesNotExist'}]}", "!tier"},
        {"{'matchLabels': {'app': 'web'}, 'matchExpressions':"
         " [{'key': 'a', 'operator': 'Exists'}, {'key': 'b', 'operator': 'In', 'values': ['c']}]}",
         "app=web,a,b in (c)"},
        {"{}", ""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_auto_t *object = object_from(
            "{'metadata': {'namespace': 'default', 'name': 'web', 'uid': 's-1'}, 'spec': {}}");
        json_object_set_new(json_object_get(object, "spec"), "selector",
                            object_from(cases[i].selector));
        struct error err;
        autorelease(stateful_set) struct stateful_set *set = stateful_set_parse(object, &err);
        require(set);
        ASSERT_CASE(is_text(set->selector, cases[i].text), cases[i].selector);
    }
}

static void an_object_that_is_no_set_is_refused(void)
{
    static const char *const objects[] = {
        "'web'",
        "{'metadata': {'namespace': 'default', 'name': 'web', 'uid': 's-1'}}",
        "{'metadata': {'namespace': 'default', 'name': 'web'}, 'spec': {}}",
        "{'metadata': {'name': 'web', 'uid': 's-1'}, 'spec': {}}",
    };
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        json_auto_t *object = object_from(objects[i]);
        struct error err = {0};
        ASSERT_CASE(!stateful_set_parse(object, &err), objects[i]);
        ASSERT_CASE(err.kind == ERROR_INVALID, objects[i]);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(what_is_used_of_a_set_is_read),
        TEST(numbers_that_no_cluster_has_are_cut),
        TEST(what_is_not_said_is_kubernetes_default),
        TEST(the_strategy_is_read_with_its_limits),
        TEST(a_retention_policy_says_when_claims_are_discarded),
        TEST(a_selector_becomes_the_text_of_a_query),
        TEST(an_object_that_is_no_set_is_refused),
        {0},
    };
    return suite_run("stateful_set", tests, argc, argv);
}
