/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "tests/provisioner/claim/course.h"

/*
 * While one process is in the middle of a job, another one leads: it reads everything, does the
 * whole job, and its claims are used. Then the first one goes on, at each of its requests. The
 * first one may not know yet that it leads no more; it may know, and stop at its next step; or it
 * may be dead, and the server carries out its last request so late.
 */
enum first_leader { GOES_ON, HAS_LOST_ITS_LEASE, IS_DEAD, FIRST_LEADERS };

static const char *const first_leader_names[FIRST_LEADERS] = {"goes on", "has lost its lease",
                                                              "is dead and its request is late"};

struct meeting {
    struct shop shop;
    const struct scenario *scenario;
    const struct course_step *step;
    enum first_leader first;
    bool is_replaced; /* the claim is deleted and comes back before the second leader looks */
    struct leader leader;
};

static void second_leader_comes(void *context)
{
    struct error ignored;
    struct meeting *meeting = context;
    if (meeting->first == HAS_LOST_ITS_LEASE)
        stop_raise(meeting->leader.term);
    shop_run_kubernetes(&meeting->shop);
    if (meeting->is_replaced)
        scenario_replace_claim(meeting->scenario, &meeting->shop);
    (void)!leader_finish(&meeting->shop, &ignored);
    scenario_use_claim(&meeting->shop, meeting->scenario->claim);
    if (meeting->first == IS_DEAD)
        course_cut_off(&meeting->shop);
}

/* The other leader gives the claim a directory of its own before the command has handed it this
 * one. */
static bool is_contested(const struct meeting *meeting)
{
    const struct scenario *scenario = meeting->scenario;
    return scenario->repeat && !scenario->has_several &&
           (meeting->is_replaced || scenario->has_waiting_claim);
}

static void meet(struct meeting *meeting)
{
    struct error err;
    const struct scenario *scenario = meeting->scenario;
    bool is_dead = meeting->first == IS_DEAD;
    autofree char *label =
        memory_format("%s, another leader comes at %s, the first one %s%s", scenario->name,
                      meeting->step->line, first_leader_names[meeting->first],
                      meeting->is_replaced ? ", and the claim is replaced" : "");
    scenario_begin(scenario, &meeting->shop);
    leader_start(&meeting->leader, &meeting->shop);
    course_forget(&meeting->shop);
    disturb(course_log(meeting->step, &meeting->shop), .nth = meeting->step->nth,
            .hook = second_leader_comes, .context = meeting, .is_done = is_dead, .is_cut = is_dead);
    int result = scenario_act(scenario, &meeting->leader, &err);
    leader_stop(&meeting->leader);
    /* A command that fails puts back what it has set aside, or says that it must be repeated. */
    if (result < 0 && scenario->repeat && meeting->first == GOES_ON)
        ASSERT_CASE(shop_count_lines(".mooring/claims/", ".moving") == 0 ||
                        strstr(err.message, "repeat the command"),
                    label);
    const bool has_gone_on =
        meeting->first == GOES_ON || (meeting->first == HAS_LOST_ITS_LEASE && meeting->is_replaced);
    struct course_ending ending = {.label = label,
                                   .may_be_held = (meeting->is_replaced && scenario->may_be_held) ||
                                                  is_contested(meeting),
                                   .has_remains = true};
    course_end(&meeting->shop, scenario, &ending);
    /* The next decision clears up. */
    ending.is_replaced = true;
    ending.may_be_held |= has_gone_on;
    ending.has_remains = has_gone_on || is_contested(meeting);
    ending.has_stray_directory = true;
    course_end(&meeting->shop, scenario, &ending);
    shop_close(&meeting->shop);
}

static void test(const struct scenario *scenario)
{
    struct course course;
    log_set_level(LOG_ERROR + 1);
    course_learn(&course, scenario);
    for (size_t i = 0; i < course.count; i++) {
        for (int first = 0; first < FIRST_LEADERS; first++) {
            /* A call of the API that is under way ends when the lease is lost. */
            if (first == HAS_LOST_ITS_LEASE && !course.steps[i].is_of_export)
                continue;
            struct meeting meeting = {
                .scenario = scenario, .step = &course.steps[i], .first = (enum first_leader)first};
            meet(&meeting);
            meeting.is_replaced = true;
            meet(&meeting);
        }
    }
    course_free(&course);
}

static void a_new_claim(void)
{
    test(&new_claim);
}

static void a_new_claim_of_a_pattern(void)
{
    test(&new_claim_of_a_pattern);
}

static void a_new_claim_of_a_nested_pattern(void)
{
    test(&new_claim_of_a_nested_pattern);
}

static void a_claim_that_comes_back(void)
{
    test(&returned_claim);
}

static void a_claim_that_comes_back_without_its_volume(void)
{
    test(&returned_claim_without_its_volume);
}

static void a_claim_that_wants_fresh_data(void)
{
    test(&fresh_data);
}

static void a_claim_of_an_earlier_namespace(void)
{
    test(&earlier_namespace);
}

static void a_claim_of_an_earlier_namespace_without_its_volume(void)
{
    test(&earlier_namespace_without_its_volume);
}

static void a_claim_of_another_cluster(void)
{
    test(&other_cluster);
}

static void a_claim_that_lost_its_volume(void)
{
    test(&lost_claim);
}

static void a_volume_that_was_bound_by_hand(void)
{
    test(&bound_by_hand);
}

static void a_volume_that_was_bound_by_hand_to_a_claim_of_another_name(void)
{
    test(&bound_by_hand_to_another_name);
}

static void a_volume_that_was_bound_by_hand_in_a_class_that_adopts(void)
{
    test(&bound_by_hand_in_a_class_that_adopts);
}

static void an_adoption(void)
{
    test(&adoption);
}

static void an_adoption_of_what_nobody_recorded(void)
{
    test(&adoption_of_what_nobody_recorded);
}

static void an_adoption_from_another_cluster(void)
{
    test(&adoption_from_another_cluster);
}

static void an_adoption_for_a_claim_that_waits(void)
{
    test(&adoption_for_a_waiting_claim);
}

static void an_adoption_from_another_cluster_for_a_claim_that_waits(void)
{
    test(&adoption_from_another_cluster_for_a_waiting_claim);
}

static void an_adoption_that_chooses_one_of_two_directories(void)
{
    test(&adoption_that_chooses);
}

int main(int argc, char **argv)
{
    const struct test tests[] = {
        TEST(a_new_claim),
        TEST(a_new_claim_of_a_pattern),
        TEST(a_new_claim_of_a_nested_pattern),
        TEST(a_claim_that_comes_back),
        TEST(a_claim_that_comes_back_without_its_volume),
        TEST(a_claim_that_wants_fresh_data),
        TEST(a_claim_of_an_earlier_namespace),
        TEST(a_claim_of_an_earlier_namespace_without_its_volume),
        TEST(a_claim_of_another_cluster),
        TEST(a_claim_that_lost_its_volume),
        TEST(a_volume_that_was_bound_by_hand),
        TEST(a_volume_that_was_bound_by_hand_to_a_claim_of_another_name),
        TEST(a_volume_that_was_bound_by_hand_in_a_class_that_adopts),
        TEST(an_adoption),
        TEST(an_adoption_of_what_nobody_recorded),
        TEST(an_adoption_from_another_cluster),
        TEST(an_adoption_that_chooses_one_of_two_directories),
        TEST(an_adoption_for_a_claim_that_waits),
        TEST(an_adoption_from_another_cluster_for_a_claim_that_waits),
        {0},
    };
    return suite_run("together", tests, argc, argv);
}
