/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/course.h"
#include "tests/provisioner/claim/scenario_tests.h"

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
    bool is_met; /* the second leader came */
};

static void second_leader_comes(void *context)
{
    struct error ignored;
    struct meeting *meeting = context;
    meeting->is_met = true;
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

/* What the first leader makes, which did not see what the second one gave the claim, is a directory
 * of its own. No Pod uses it, but a return is held until an administrator chooses. */
static bool may_make_another(const struct scenario *scenario)
{
    return scenario == &new_claim || scenario == &earlier_namespace_without_its_volume ||
           scenario == &other_cluster;
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
    ASSERT_CASE(meeting->is_met, label);
    /* A command that fails puts back what it has set aside, or says that it must be repeated. */
    if (result < 0 && scenario->repeat && meeting->first == GOES_ON)
        ASSERT_CASE(shop_count_lines(".mooring/claims/", ".moving") == 0 ||
                        strstr(err.message, "repeat the command"),
                    label);
    const bool has_gone_on =
        meeting->first == GOES_ON || (meeting->first == HAS_LOST_ITS_LEASE && meeting->is_replaced);
    struct ending ending = {.label = label,
                            .may_be_held = (meeting->is_replaced && scenario->may_be_held) ||
                                           is_contested(meeting),
                            .has_remains = true};
    course_end(&meeting->shop, scenario, &ending);
    /* The next decision clears up. */
    ending.is_replaced = true;
    ending.may_be_held |= has_gone_on && may_make_another(scenario);
    ending.has_remains = has_gone_on || is_contested(meeting);
    ending.has_stray_directory = true;
    course_end(&meeting->shop, scenario, &ending);
    shop_close(&meeting->shop);
}

static void meet_at(const struct scenario *scenario, const struct course_step *step)
{
    for (int first = 0; first < FIRST_LEADERS; first++) {
        /* A call of the API that is under way ends when the lease is lost. */
        if (first == HAS_LOST_ITS_LEASE && !step->is_of_export)
            continue;
        struct meeting meeting = {
            .scenario = scenario, .step = step, .first = (enum first_leader)first};
        meet(&meeting);
        meeting.is_replaced = true;
        meeting.is_met = false;
        meet(&meeting);
    }
}

static void test(const struct scenario *scenario)
{
    course_each(scenario, meet_at);
}

int main(int argc, char **argv)
{
    static const struct test *const tables[] = {scenario_tests, reservation_tests, NULL};
    return scenario_tests_run("together", test, tables, argc, argv);
}
