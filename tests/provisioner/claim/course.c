/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/course.h"

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

void course_learn(struct course *course, const struct scenario *scenario)
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
    const struct course_ending ending = {.label = scenario->name};
    course_end(&shop, scenario, &ending);
    shop_close(&shop);
    CU_ASSERT_TRUE(course->count > 1);
}

void course_free(struct course *course)
{
    for (size_t i = 0; i < course->count; i++)
        free(course->steps[i].line);
    free(course->steps);
}

static void expect_held(const struct witness *witness, const struct shop *shop,
                        const struct error *err, const char *label)
{
    witness_expect(witness, shop, label);
    witness_expect_no_double(shop, label);
    ASSERT_CASE(err->kind == ERROR_CONFLICT, label);
}

static void finish(struct shop *shop, const struct scenario *scenario,
                   const struct course_ending *ending)
{
    struct error err = {0};
    struct witness witness;
    witness_take(&witness, shop);
    if (ending->is_replaced)
        scenario_replace_claim(scenario, shop);
    int result = scenario_finish(scenario, shop, &err);
    if (result < 0 && ending->may_be_held) {
        expect_held(&witness, shop, &err, ending->label);
    } else {
        autofree char *words = memory_format("%s: %s", ending->label, err.message);
        ASSERT_CASE(result == 0, words);
        witness_expect_whole(&witness, shop, scenario, ending->label);
        if (!ending->has_remains)
            witness_expect_no_remains(shop, scenario, ending->label);
        if (!ending->has_remains && !ending->has_stray_directory)
            witness_expect_one_directory(&witness, scenario, ending->label);
    }
    witness_clear(&witness);
}

void course_end(struct shop *shop, const struct scenario *scenario,
                const struct course_ending *ending)
{
    unsigned before = CU_get_number_of_failure_records();
    course_forget(shop);
    shop_run_kubernetes(shop);
    scenario_use_claim(shop, scenario->claim);
    finish(shop, scenario, ending);
    if (CU_get_number_of_failure_records() == before)
        return;
    autofree char *tree = memory_share_show();
    printf("\n--- %s\n%s", ending->label, tree);
}
