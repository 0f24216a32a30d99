/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/rollout_report.h"
#include "tests/provisioner/set_fixtures.h"

/* A set of two Pods in the middle of its rollout, and what each claim has and had. */
struct scenery {
    struct stateful_set *set;
    struct pod_list pods;
    struct rollout_report report;
};

static void add_line(struct rollout_report *report, int ordinal, const char *now,
                     const char *before)
{
    const struct rollout_step *step =
        &report->rollout.steps[report->rollout.count - 1 - (size_t)ordinal];
    rollout_report_add(report,
                       &(struct rollout_line){.step = step,
                                              .claim = memory_format("data-web-%d", ordinal),
                                              .directory = memory_copy(now),
                                              .before = memory_copy(before)});
}

static struct scenery middle_of_a_rollout(void)
{
    struct scenery scenery = {.set = set_with("{'spec': {'replicas': 2}}")};
    json_auto_t *items = json_pack("[o, o]", pod_object(0, old_pod), pod_object(1, new_pod));
    struct error err;
    CU_ASSERT_EQUAL_FATAL(pod_list_parse(&scenery.pods, items, scenery.set, &err), 0);
    scenery.report.set = scenery.set;
    rollout_decide(&scenery.report.rollout, scenery.set, &scenery.pods, 0);
    return scenery;
}

static void clear(struct scenery *scenery)
{
    rollout_report_clear(&scenery->report);
    pod_list_clear(&scenery->pods);
    stateful_set_release(scenery->set);
}

static char *printed(const struct rollout_report *report)
{
    char *text = NULL;
    size_t length = 0;
    FILE *page = open_memstream(&text, &length);
    require(page);
    rollout_report_print(report, page, false);
    fclose(page);
    return text;
}

static void there_is_one_line_per_ordinal_from_the_highest_to_the_lowest(void)
{
    struct scenery scenery = middle_of_a_rollout();
    add_line(&scenery.report, 1, "dir-1", "dir-1");
    add_line(&scenery.report, 0, "dir-0", "dir-0");
    autofree char *text = printed(&scenery.report);
    CU_ASSERT_STRING_EQUAL(text,
                           "ORDINAL   POD     REVISION   PHASE     CLAIM        DIRECTORY   KEPT\n"
                           "1         web-1   new        Running   data-web-1   dir-1       yes\n"
                           "0         web-0   old        Running   data-web-0   dir-0       yes\n"
                           "under way: waits for ordinal 0, Pod web-0 (Running, old revision)\n");
    clear(&scenery);
}

static void a_directory_that_was_not_kept_is_named(void)
{
    struct scenery scenery = middle_of_a_rollout();
    add_line(&scenery.report, 1, "dir-2", "dir-1");
    add_line(&scenery.report, 0, NULL, "dir-0");
    autofree char *text = printed(&scenery.report);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "data-web-1   dir-2       no\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "data-web-0   -           -\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "ordinal 1: claim data-web-1 had directory dir-1 before"));
    CU_ASSERT_PTR_NULL(strstr(text, "dir-0"));
    clear(&scenery);
}

static void all_are_kept_only_if_each_is_known_to_be(void)
{
    static const struct {
        const char *now[2], *before[2];
        enum kept kept;
    } cases[] = {
        {{"a", "b"}, {"a", "b"}, KEPT_YES},      {{"a", "b"}, {"a", NULL}, KEPT_UNKNOWN},
        {{"a", NULL}, {"a", "b"}, KEPT_UNKNOWN}, {{"a", "b"}, {"a", "c"}, KEPT_NO},
        {{NULL, "b"}, {"a", "c"}, KEPT_NO},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scenery scenery = middle_of_a_rollout();
        for (int ordinal = 1; ordinal >= 0; ordinal--)
            add_line(&scenery.report, ordinal, cases[i].now[ordinal], cases[i].before[ordinal]);
        autofree char *label = memory_format("case %zu", i);
        ASSERT_CASE(rollout_report_kept(&scenery.report) == cases[i].kept, label);
        clear(&scenery);
    }
}

static void programs_get_the_same_as_one_document(void)
{
    struct scenery scenery = middle_of_a_rollout();
    add_line(&scenery.report, 1, "dir-1", "dir-1");
    add_line(&scenery.report, 0, NULL, "dir-0");
    add_line(&scenery.report, 0, "dir-9", "dir-8");
    json_auto_t *document = rollout_report_json(&scenery.report);
    json_auto_t *expected = object_from(
        "{'namespace': 'default', 'set': 'web', 'revision': 'new', 'state': 'under-way',"
        " 'waitsFor': 0,"
        " 'sentence': 'under way: waits for ordinal 0, Pod web-0 (Running, old revision)',"
        " 'claims': ["
        "  {'ordinal': 1, 'pod': 'web-1', 'revision': 'new', 'phase': 'Running', 'ready': true,"
        "   'claim': 'data-web-1', 'directory': 'dir-1', 'before': 'dir-1', 'kept': true},"
        "  {'ordinal': 0, 'pod': 'web-0', 'revision': 'old', 'phase': 'Running', 'ready': true,"
        "   'claim': 'data-web-0', 'directory': null, 'before': 'dir-0', 'kept': null},"
        "  {'ordinal': 0, 'pod': 'web-0', 'revision': 'old', 'phase': 'Running', 'ready': true,"
        "   'claim': 'data-web-0', 'directory': 'dir-9', 'before': 'dir-8', 'kept': false}]}");
    CU_ASSERT(json_equal(document, expected));
    clear(&scenery);
}

static void the_exit_status_follows_the_state_and_the_directories(void)
{
    static const struct {
        enum rollout_state state;
        const char *now, *before;
        bool is_good, is_good_watched;
    } cases[] = {
        {ROLLOUT_OVER, "a", "a", true, true},
        {ROLLOUT_OVER, "a", "b", false, false},
        {ROLLOUT_OVER, "a", NULL, true, false},
        {ROLLOUT_OVER, NULL, "b", true, false},
        {ROLLOUT_UNDER_WAY, "a", "a", true, false},
        {ROLLOUT_UNDER_WAY, "a", "b", false, false},
        {ROLLOUT_UNDER_WAY, "a", NULL, true, false},
        {ROLLOUT_WAITS_FOR_USER, "a", "a", true, false},
        {ROLLOUT_STUCK, "a", "a", false, false},
        {ROLLOUT_STUCK, "a", "b", false, false},
        {ROLLOUT_STUCK, "a", NULL, false, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scenery scenery = middle_of_a_rollout();
        add_line(&scenery.report, 1, "dir-1", "dir-1");
        add_line(&scenery.report, 0, cases[i].now, cases[i].before);
        scenery.report.rollout.state = cases[i].state;
        autofree char *label = memory_format("case %zu", i);
        ASSERT_CASE(rollout_report_is_good(&scenery.report, false) == cases[i].is_good, label);
        ASSERT_CASE(rollout_report_is_good(&scenery.report, true) == cases[i].is_good_watched,
                    label);
        clear(&scenery);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(there_is_one_line_per_ordinal_from_the_highest_to_the_lowest),
        TEST(a_directory_that_was_not_kept_is_named),
        TEST(all_are_kept_only_if_each_is_known_to_be),
        TEST(programs_get_the_same_as_one_document),
        TEST(the_exit_status_follows_the_state_and_the_directories),
        {0},
    };
    return suite_run("rollout_report", tests, argc, argv);
}
