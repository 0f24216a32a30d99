/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "tests/provisioner/claim/course.h"

/*
 * Each job is interrupted at each of its requests, to the export and to the API server, in every
 * way that a request can fail, or is killed there. Then a new leader, and whoever ran a command,
 * must bring it to its end: at once, and also when the claim was deleted and came back meanwhile.
 */
struct interruption {
    const char *name;
    struct disturbance disturbance;
    bool is_kill;       /* nothing else is sent afterwards */
    bool is_sent_twice; /* the answer is what a server says to the second of two equal requests */
};

static const struct interruption of_export[] = {
    {.name = "unavailable", .disturbance = {.answer = ERROR_UNAVAILABLE}},
    {.name = "full", .disturbance = {.answer = ERROR_FULL}},
    {.name = "forbidden", .disturbance = {.answer = ERROR_FORBIDDEN}},
    {.name = "read-only", .disturbance = {.answer = ERROR_READ_ONLY}},
    {.name = "cut off before", .disturbance = {.is_cut = true}},
    {.name = "cut off after", .disturbance = {.is_cut = true, .is_done = true}},
    {.name = "sent twice", .disturbance = {.is_done = true}, .is_sent_twice = true},
    {.name = "killed before", .disturbance = {.is_cut = true}, .is_kill = true},
    {.name = "killed after", .disturbance = {.is_cut = true, .is_done = true}, .is_kill = true},
    {0},
};

static const struct interruption of_cluster[] = {
    {.name = "internal error", .disturbance = {.answer = 500}},
    {.name = "too many requests", .disturbance = {.answer = 429}},
    {.name = "forbidden", .disturbance = {.answer = 403}},
    {.name = "cut off before", .disturbance = {.is_cut = true}},
    {.name = "cut off after", .disturbance = {.is_cut = true, .is_done = true}},
    {.name = "closed before", .disturbance = {.is_cut = true, .is_mute = true}},
    {.name = "closed after", .disturbance = {.is_cut = true, .is_mute = true, .is_done = true}},
    {.name = "killed before", .disturbance = {.is_cut = true}, .is_kill = true},
    {.name = "killed after", .disturbance = {.is_cut = true, .is_done = true}, .is_kill = true},
    {0},
};

/* A process that is interrupted once. */
struct run {
    struct shop shop;
    const struct scenario *scenario;
    const struct course_step *step;
    const struct interruption *interruption;
};

static bool starts_with_one_of(const char *line, const char *const words[3])
{
    for (int i = 0; i < 3; i++) {
        if (strncmp(line, words[i], strlen(words[i])) == 0)
            return true;
    }
    return false;
}

/* What a server says when it has carried out the request before; 0: the same again. */
static int answer_to_second(const char *line)
{
    static const char *const makes[] = {"MKDIR", "SYMLINK", "CREATE"};
    static const char *const takes[] = {"RENAME", "REMOVE", "RMDIR"};
    if (starts_with_one_of(line, makes))
        return ERROR_ALREADY_EXISTS;
    return starts_with_one_of(line, takes) ? ERROR_NOT_FOUND : 0;
}

static void die(void *context)
{
    course_cut_off(context);
}

static void arrange(struct run *run)
{
    struct disturbance disturbance = run->interruption->disturbance;
    disturbance.nth = run->step->nth;
    if (run->interruption->is_sent_twice)
        disturbance.answer = answer_to_second(run->step->line);
    if (run->interruption->is_kill) {
        disturbance.hook = die;
        disturbance.context = &run->shop;
    }
    request_log_disturb(course_log(run->step, &run->shop), &disturbance);
}

static void interrupt(struct run *run, bool is_replaced)
{
    struct leader leader;
    struct error ignored;
    autofree char *label =
        memory_format("%s, %s at %s%s", run->scenario->name, run->interruption->name,
                      run->step->line, is_replaced ? ", and the claim is replaced" : "");
    scenario_begin(run->scenario, &run->shop);
    leader_start(&leader, &run->shop);
    course_forget(&run->shop);
    arrange(run);
    (void)!scenario_act(run->scenario, &leader, &ignored);
    leader_stop(&leader);
    const struct course_ending ending = {.label = label,
                                         .is_replaced = is_replaced,
                                         .may_be_held = is_replaced && run->scenario->may_be_held};
    course_end(&run->shop, run->scenario, &ending);
    shop_close(&run->shop);
}

static void interrupt_at(const struct scenario *scenario, const struct course_step *step)
{
    const struct interruption *each = step->is_of_export ? of_export : of_cluster;
    for (; each->name; each++) {
        struct run run = {.scenario = scenario, .step = step, .interruption = each};
        if (each->is_sent_twice && !answer_to_second(step->line))
            continue;
        interrupt(&run, false);
        interrupt(&run, true);
    }
}

static void test(const struct scenario *scenario)
{
    struct course course;
    log_set_level(LOG_ERROR + 1);
    course_learn(&course, scenario);
    for (size_t i = 0; i < course.count; i++)
        interrupt_at(scenario, &course.steps[i]);
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
    return suite_run("interrupted", tests, argc, argv);
}
