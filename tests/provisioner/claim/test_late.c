/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "tests/provisioner/claim/adoption.h"
#include "tests/provisioner/claim/course.h"
#include "tests/provisioner/claim/scenario_tests.h"
#include "tests/provisioner/claim/served_export.h"

/*
 * A leader dies while its last request is on its way to a real server. Another leader finishes the
 * job, and the claim goes on. Then the server carries out the late request. Each request of each
 * job that changes something is late once, and nothing that a claim uses may change by it.
 *
 * What may appear or go is a name that no claim uses: is_stray. The next decision about the claim
 * removes it, where it is in the folder of the claim, or leaves it alone.
 */
enum meanwhile { CLAIM_IS_BOUND, CLAIM_HAS_COME_BACK, ANOTHER_HAS_ADOPTED };

static const char *const meanwhile_names[] = {
    "bound", "used, deleted and made again",
    "used and deleted, and its directory adopted by another one"};

#define TAKER "data-web-8"

static const struct scenario taker = {.name = "taker", .claim = TAKER, .claim_changes = "{}"};

struct late_case {
    struct shop shop;
    const struct scenario *scenario;
    const struct course_step *step;
    enum meanwhile meanwhile;
    bool is_mute; /* the first leader waits for an answer, instead of losing its connection */
    char *label;
};

/* --- the course --- */

static void cut_off(void *context)
{
    course_cut_off(context);
}

/* The job, until the request is on its way. */
static void begin(struct late_case *self)
{
    struct leader leader;
    struct error ignored;
    scenario_begin(self->scenario, &self->shop);
    leader_start(&leader, &self->shop);
    course_forget(&self->shop);
    disturb(memory_share_log(), .nth = self->step->nth, .hook = cut_off, .context = &self->shop,
            .is_cut = true, .is_mute = self->is_mute);
    (void)!scenario_act(self->scenario, &leader, &ignored);
    leader_stop(&leader);
    course_forget(&self->shop);
}

/* Below the export; "" of a claim that is not bound. Caller frees. */
static char *directory_of(const struct shop *shop, const char *name)
{
    json_auto_t *claim = shop_claim(shop, name);
    json_auto_t *volume = claim ? shop_volume(shop, shop_text(claim, "spec.volumeName")) : NULL;
    return memory_copy(shop_text(volume, "metadata.annotations.mooring/directory"));
}

/* A Pod writes into the directory, and makes it its own. */
static void use(struct late_case *self, const char *name)
{
    static const struct ownership of_pod = {.mode = 0750, .uid = 999, .gid = 999};
    autofree char *directory = directory_of(&self->shop, name);
    scenario_use_claim(&self->shop, name);
    ASSERT_CASE(*directory, self->label);
    if (*directory)
        memory_share_set_ownership(directory, &of_pod);
}

static void finish_and_use(struct late_case *self, const char *name)
{
    struct error err = {0};
    ASSERT_CASE(leader_finish(&self->shop, &err) == 0, self->label);
    use(self, name);
}

static void adopt_by_another(struct late_case *self)
{
    struct error err = {0};
    autofree char *directory = directory_of(&self->shop, self->scenario->claim);
    const struct adoption what = {.directory = directory, .claim = TAKER};
    shop_delete_claim(&self->shop, self->scenario->claim);
    ASSERT_CASE(adoption_run(&self->shop, &what, &err) == 0, self->label);
    shop_put_claim(&self->shop, TAKER, "{}");
    finish_and_use(self, TAKER);
}

/* Another leader finishes the job, and the claim goes on. */
static void go_on(struct late_case *self)
{
    const struct ending ending = {.label = self->label};
    course_end(&self->shop, self->scenario, &ending);
    if (self->meanwhile == CLAIM_IS_BOUND)
        return;
    use(self, self->scenario->claim);
    if (self->meanwhile == ANOTHER_HAS_ADOPTED) {
        adopt_by_another(self);
        return;
    }
    scenario_replace_claim(self->scenario, &self->shop);
    finish_and_use(self, self->scenario->claim);
}

/* --- the export before and after --- */

/* A line for each entry, a file's with its text; and mode and owner of the directory in use.
 * Caller frees. */
static char *describe(const char *directory)
{
    struct entry entry = {0};
    autofree char *tree = memory_share_show();
    bool is_there = memory_share_look(directory, &entry);
    char *rest = tree;
    char *text = memory_format("\n%s: %d, mode %o of %u:%u\n", directory, is_there, entry.mode,
                               entry.uid, entry.gid);
    for (char *line = strsep(&rest, "\n"); *line; line = strsep(&rest, "\n")) {
        autofree char *content = memory_share_text(line);
        for (char *end = content; end && *end; end++) {
            if (*end == '\n')
                *end = ' ';
        }
        memory_replace(&text, memory_format("%s%s %s\n", text, line, content ? content : ""));
    }
    return text;
}

static bool starts_with(const char *line, const char *beginning)
{
    return strncmp(line, beginning, strlen(beginning)) == 0;
}

/* A temporary file, also of a sign of life; a directory that is made to see which owner it gets;
 * the folder of a claim without records. */
static bool is_stray(const char *line)
{
    bool is_folder = starts_with(line, ".mooring/claims/") && strstr(line, "/ ");
    return strstr(line, ".tmp") || starts_with(line, ".mooring/check-") || is_folder;
}

/* Each line of one description is in the other one. */
static void expect_lines(const char *description, const char *other, const char *what,
                         const char *label)
{
    autofree char *lines = memory_copy(description);
    char *rest = lines;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        autofree char *whole = memory_format("\n%s\n", line);
        autofree char *words = memory_format("%s: %s %s", label, what, line);
        ASSERT_CASE(is_stray(line) || strstr(other, whole) || !*line, words);
    }
}

static void expect_no_effect(struct late_case *self, const char *directory)
{
    autofree char *before = describe(directory);
    ASSERT_CASE(served_export_let_go() >= 0, self->label);
    autofree char *after = describe(directory);
    expect_lines(before, after, "lost", self->label);
    expect_lines(after, before, "came", self->label);
}

/* It gets the same directory again, and its folder holds nothing but records. */
static void expect_return(struct late_case *self, const struct scenario *scenario,
                          const char *directory)
{
    struct error err = {0};
    struct witness witness;
    witness_take(&witness, &self->shop);
    scenario_replace_claim(scenario, &self->shop);
    int result = leader_finish(&self->shop, &err);
    autofree char *words = memory_format("%s: %s", self->label, err.message);
    ASSERT_CASE(result == 0, words);
    witness_expect_whole(&witness, &self->shop, scenario, self->label);
    witness_clear(&witness);
    autofree char *now = directory_of(&self->shop, scenario->claim);
    ASSERT_CASE(scenario->wants_fresh_data || text_equals(now, directory), self->label);
    autofree char *folder = shop_folder(&self->shop, scenario->claim);
    autofree char *inside = memory_format("%s/", folder);
    int records = shop_count_lines(inside, ".in-use") + shop_count_lines(inside, ".superseded");
    ASSERT_CASE(shop_count_lines(inside, "") == 1 + records, self->label);
}

/* --- each request --- */

static void try(struct late_case *self)
{
    const struct scenario *user = self->meanwhile == ANOTHER_HAS_ADOPTED ? &taker : self->scenario;
    autofree char *label = memory_format("%s, %s is late, the claim was %s", self->scenario->name,
                                         self->step->line, meanwhile_names[self->meanwhile]);
    self->label = label;
    begin(self);
    served_export_bypass_proxy(true);
    go_on(self);
    autofree char *directory = directory_of(&self->shop, user->claim);
    expect_no_effect(self, directory);
    expect_return(self, user, directory);
    served_export_bypass_proxy(false);
    shop_close(&self->shop);
}

/* The requests with which each new connection begins are the same in all jobs; a command gives no
 * sign of life. */
static bool is_of_connection(const struct scenario *scenario, const struct course_step *step)
{
    bool is_command = scenario->act == adoption.act;
    return step->nth <= (is_command ? 3 : 6);
}

static void try_with(const struct scenario *scenario, const struct course_step *step,
                     enum meanwhile meanwhile, bool is_mute)
{
    struct late_case late_case = {
        .scenario = scenario, .step = step, .meanwhile = meanwhile, .is_mute = is_mute};
    try(&late_case);
}

/* What the two versions of NFS are asked for is the same, so each tries a part. */
static void try_all(const struct scenario *scenario, const struct course_step *step)
{
    if (!step->is_of_export || (is_of_connection(scenario, step) && scenario != &new_claim))
        return;
    if (LATE_VERSION == 4)
        try_with(scenario, step, CLAIM_IS_BOUND, false);
    else
        try_with(scenario, step, ANOTHER_HAS_ADOPTED, false);
    if (LATE_VERSION == 3 || scenario == &new_claim_with_a_setgid_bit)
        try_with(scenario, step, CLAIM_HAS_COME_BACK, false);
    if (LATE_VERSION == 3 && scenario == &returned_claim)
        try_with(scenario, step, CLAIM_HAS_COME_BACK, true);
}

static void test(const struct scenario *scenario)
{
    course_each(scenario, try_all);
}

/* --- jobs with requests that no other scenario has --- */

static void a_new_claim_with_a_setgid_bit(void)
{
    scenario_test(&new_claim_with_a_setgid_bit);
}

static void a_new_claim_after_a_kill(void)
{
    scenario_test(&new_claim_after_a_kill);
}

static void a_pattern_whose_directory_is_given_up(void)
{
    scenario_test(&pattern_given_up);
}

static void a_pattern_whose_directory_is_left_over(void)
{
    scenario_test(&pattern_left_over);
}

int main(int argc, char **argv)
{
    static const struct test more[] = {
        TEST(a_new_claim_with_a_setgid_bit),
        TEST(a_new_claim_after_a_kill),
        TEST(a_pattern_whose_directory_is_given_up),
        TEST(a_pattern_whose_directory_is_left_over),
        {0},
    };
    static const struct test *const tables[] = {scenario_tests, more,
#if LATE_VERSION == 3
                                                reservation_tests,
#endif
                                                NULL};
    served_export_start(LATE_VERSION);
    int status = scenario_tests_run("late", test, tables, argc, argv);
    served_export_stop();
    return status;
}
