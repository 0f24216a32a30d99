/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "tests/provisioner/claim/course.h"
#include "tests/provisioner/memory_share.h"

/*
 * The root of an export is lost while a claim is worked on, or before: its disk was taken away or
 * came back, or its directory was replaced. What was decided is decided again, once, by what is
 * there now, and no event tells of a failure.
 */

static void expect_no_failure(const struct scenario *scenario, const struct course_step *step,
                              bool is_done)
{
    struct shop shop;
    struct leader leader;
    struct error err = {0};
    autofree char *label = memory_format("%s, root lost %s %s", scenario->name,
                                         is_done ? "after" : "before", step->line);
    scenario_begin(scenario, &shop);
    leader_start(&leader, &shop);
    course_forget(&shop);
    disturb(course_log(step, &shop), .nth = step->nth, .answer = ERROR_STALE, .is_done = is_done);
    ASSERT_CASE(scenario_act(scenario, &leader, &err) == 0, label);
    leader_stop(&leader);
    ASSERT_CASE(shop_count_events(&shop, "ProvisioningFailed", "") == 0, label);
    const struct ending ending = {.label = label};
    course_end(&shop, scenario, &ending);
    shop_close(&shop);
}

static void lose_at(const struct scenario *scenario, const struct course_step *step)
{
    if (!step->is_of_export)
        return;
    expect_no_failure(scenario, step, false);
    expect_no_failure(scenario, step, true);
}

static void a_root_that_is_lost_at_any_request_is_no_failure(void)
{
    static const struct scenario *const scenarios[] = {&new_claim,
                                                       &new_claim_of_a_nested_pattern,
                                                       &new_claim_after_a_kill,
                                                       &fresh_data,
                                                       &returned_claim,
                                                       &returned_claim_without_its_volume,
                                                       &other_cluster,
                                                       &earlier_namespace,
                                                       &lost_claim,
                                                       &bound_by_hand,
                                                       &bound_by_hand_in_a_class_that_adopts};
    log_set_level(LOG_ERROR + 1);
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        course_each(scenarios[i], lose_at);
}

static void begin(struct shop *shop, struct leader *leader)
{
    shop_open(shop, "{}");
    shop_put_claim(shop, "data-web-0", "{}");
    leader_start(leader, shop);
    leader_read(leader);
}

/* One that is lost each time is not tried for ever. */
static void a_root_that_is_lost_again_is_told(void)
{
    struct shop shop;
    struct leader leader;
    struct error err = {0};
    begin(&shop, &leader);
    disturb(memory_share_log(), .request = "MKDIR", .times = -1, .answer = ERROR_STALE);
    CU_ASSERT_EQUAL(leader_sync_claim(&leader, "data-web-0", &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_STALE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "is not exported any more, or was replaced"));
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "MKDIR"), 2);
    leader_stop(&leader);
    shop_close(&shop);
}

/* One leader, which keeps its connections: the disk goes between two claims, and comes back. */
static void a_disk_that_goes_holds_claims_and_serves_them_when_it_is_back(void)
{
    struct shop shop;
    struct leader leader;
    struct error err = {0};
    begin(&shop, &leader);
    CU_ASSERT_EQUAL_FATAL(leader_sync_claim(&leader, "data-web-0", &err), 0);
    shop_run_kubernetes(&shop);
    shop_put_claim(&shop, "data-web-1", "{}");
    leader_read(&leader);

    memory_share_swap_disk();
    CU_ASSERT_EQUAL(leader_sync_claim(&leader, "data-web-1", &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "no identity"));
    autofree char *on_other_disk = memory_share_show();
    CU_ASSERT_STRING_EQUAL(on_other_disk, "");

    memory_share_swap_disk();
    CU_ASSERT_EQUAL(leader_sync_claim(&leader, "data-web-1", &err), 0);
    CU_ASSERT_EQUAL(shop_count_lines("shop-data-web-", "/"), 2);
    CU_ASSERT_EQUAL(shop_count_events(&shop, "ProvisioningFailed", ""), 0);
    leader_stop(&leader);
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_root_that_is_lost_at_any_request_is_no_failure),
        TEST(a_root_that_is_lost_again_is_told),
        TEST(a_disk_that_goes_holds_claims_and_serves_them_when_it_is_back),
        {0},
    };
    return suite_run("lost root", tests, argc, argv);
}
