/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/course.h"

#include "tests/provisioner/memory_share.h"

struct request_log *course_log(const struct course_step *step, const struct shop *shop)
{
    return step->is_of_export ? memory_share_log() : memory_cluster_log(shop->cluster);
}

void course_forget(const struct shop *shop)
{
    request_log_clear(memory_share_log());
    request_log_clear(memory_cluster_log(shop->cluster));
}

void course_cut_off(const struct shop *shop)
{
    disturb(memory_share_log(), .times = -1, .is_cut = true);
    disturb(memory_cluster_log(shop->cluster), .times = -1, .is_cut = true);
}

struct course {
    struct course_step *steps;
    size_t count;
};

static void add_steps(struct course *course, struct request_log *log, bool is_of_export)
{
    autofree char *text = request_log_text(log);
    char *rest = text;
    int nth = 1;
    for (char *line = strsep(&rest, "\n"); line && *line; line = strsep(&rest, "\n"), nth++) {
        course->steps = memory_grow(course->steps, course->count + 1, sizeof *course->steps);
        course->steps[course->count++] = (struct course_step){
            .is_of_export = is_of_export, .nth = nth, .line = memory_copy(line)};
    }
}

static void learn(struct course *course, const struct scenario *scenario)
{
    struct shop shop;
    struct leader leader;
    struct error err = {0};
    *course = (struct course){0};
    scenario_begin(scenario, &shop);
    leader_start(&leader, &shop);
    course_forget(&shop);
    ASSERT_CASE(scenario_act(scenario, &leader, &err) == 0, err.message);
    add_steps(course, memory_share_log(), true);
    add_steps(course, memory_cluster_log(shop.cluster), false);
    leader_stop(&leader);
    const struct ending ending = {.label = scenario->name};
    course_end(&shop, scenario, &ending);
    shop_close(&shop);
    CU_ASSERT_TRUE(course->count > 1);
}

void course_each(const struct scenario *scenario,
                 void (*visit)(const struct scenario *scenario, const struct course_step *step))
{
    struct course course;
    learn(&course, scenario);
    for (size_t i = 0; i < course.count; i++) {
        visit(scenario, &course.steps[i]);
        free(course.steps[i].line);
    }
    free(course.steps);
}

void course_end(struct shop *shop, const struct scenario *scenario, const struct ending *ending)
{
    course_forget(shop);
    ending_expect(shop, scenario, ending);
}
