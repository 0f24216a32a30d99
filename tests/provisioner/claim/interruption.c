/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/interruption.h"

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
    ASSERT_CASE(request_log_count(course_log(run->step, &run->shop), "") >= run->step->nth, label);
    const struct ending ending = {.label = label,
                                  .is_replaced = is_replaced,
                                  .may_be_held = is_replaced && run->scenario->may_be_held,
                                  .has_remains = !is_replaced && run->scenario->may_leave_file};
    course_end(&run->shop, run->scenario, &ending);
    shop_close(&run->shop);
}

void interrupt_at(const struct scenario *scenario, const struct course_step *step,
                  const struct interruption *ways)
{
    for (const struct interruption *way = ways; way->name; way++) {
        struct run run = {.scenario = scenario, .step = step, .interruption = way};
        if (way->is_sent_twice && !answer_to_second(step->line))
            continue;
        interrupt(&run, false);
        interrupt(&run, true);
    }
}
