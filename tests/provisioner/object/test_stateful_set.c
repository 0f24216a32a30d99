/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/stateful_set.h"
#include "tests/provisioner/claim_fixtures.h"

static void what_is_used_of_a_set_is_read(void)
{
    autorelease(stateful_set) struct stateful_set *set = stateful_set_with(
        "{'spec': {'replicas': 5, 'podManagementPolicy': 'Parallel', 'ordinals': {'start': 2},"
        "  'updateStrategy': {'type': 'RollingUpdate', 'rollingUpdate': {'partition': 3}},"
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
    CU_ASSERT_FALSE(set->may_delete_claims);
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

static void on_delete_is_a_strategy_of_its_own(void)
{
    autorelease(stateful_set) struct stateful_set *set =
        stateful_set_with("{'spec': {'updateStrategy': {'type': 'OnDelete'}}}");
    CU_ASSERT_EQUAL(set->strategy, UPDATE_ON_DELETE);
}

static void a_retention_policy_of_delete_discards_claims(void)
{
    static const struct {
        const char *policy;
        bool discards;
    } cases[] = {
        {"{}", false},
        {"{'whenDeleted': 'Retain', 'whenScaled': 'Retain'}", false},
        {"{'whenDeleted': 'Delete', 'whenScaled': 'Retain'}", true},
        {"{'whenDeleted': 'Retain', 'whenScaled': 'Delete'}", true},
        {"{'whenScaled': 'Delete'}", true},
        {"{'whenDeleted': 'Delete'}", true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *changes = memory_format(
            "{'spec': {'persistentVolumeClaimRetentionPolicy': %s}}", cases[i].policy);
        autorelease(stateful_set) struct stateful_set *set = stateful_set_with(changes);
        ASSERT_CASE(set->may_delete_claims == cases[i].discards, cases[i].policy);
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
        TEST(on_delete_is_a_strategy_of_its_own),
        TEST(a_retention_policy_of_delete_discards_claims),
        TEST(a_selector_becomes_the_text_of_a_query),
        TEST(an_object_that_is_no_set_is_refused),
        {0},
    };
    return suite_run("stateful_set", tests, argc, argv);
}
