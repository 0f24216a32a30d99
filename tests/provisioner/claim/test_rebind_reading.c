/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "tests/provisioner/claim/course.h"
#include "tests/provisioner/memory_share.h"

/*
 * What cannot be read never becomes "none": whatever is wrong with what the export or the API
 * server say, a claim that has a record gets no new directory. Once it is right again, it gets what
 * it had.
 */
#define CLAIM "data-web-0"
#define FOLDER ".mooring/claims/cluster-1/shop/namespace-1/" CLAIM
#define RECORD FOLDER "/pvc-uid-2.uid-2.in-use"
#define LEAF ".mooring/directories/shop-" CLAIM "-pvc-uid-2"
#define ASIDE "aside"

static const struct scenario *const scenarios[] = {
    &returned_claim,    &returned_claim_without_its_volume,
    &earlier_namespace, &earlier_namespace_without_its_volume,
    &other_cluster,
};

enum { SCENARIOS = sizeof scenarios / sizeof *scenarios };

/* A process that looks once, while something is wrong. */
struct look {
    struct shop shop;
    struct leader leader;
    struct witness witness;
    const struct scenario *scenario;
};

static void begin(struct look *look, const struct scenario *scenario)
{
    *look = (struct look){.scenario = scenario};
    log_set_level(LOG_ERROR + 1);
    scenario_begin(scenario, &look->shop);
    witness_take(&look->witness, &look->shop);
    leader_start(&look->leader, &look->shop);
    course_forget(&look->shop);
}

/* Records, directories and owners of this claim, of whatever namespace and cluster. */
static int count_of_claim(const char *beginning, const char *part)
{
    autofree char *lines = shop_lines(CLAIM);
    char *rest = lines;
    int count = 0;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
        count += strncmp(line, beginning, strlen(beginning)) == 0 && strstr(line, part);
    return count;
}

static void expect_nothing_new(const struct look *look, const char *label)
{
    const int volumes = memory_cluster_count(look->shop.cluster, &resource_volumes);
    ASSERT_CASE(count_of_claim("shop-", "precious-uid-2") == 1, label);
    ASSERT_CASE(count_of_claim("shop-", "/") == 2, label);
    ASSERT_CASE(count_of_claim(".mooring/directories/", " -> ") <= 1, label);
    ASSERT_CASE(count_of_claim(".mooring/claims/", "pvc-uid-3") == 0, label);
    ASSERT_CASE(count_of_claim(".mooring/claims/", ".superseded") == 0, label);
    ASSERT_CASE(volumes <= 2, label);
}

/* `must_fail`: the claim is held, with words. */
static void look_once(struct look *look, bool must_fail, const char *label)
{
    struct error err = {0};
    int result = scenario_act(look->scenario, &look->leader, &err);
    ASSERT_CASE(result < 0 || !must_fail, label);
    ASSERT_CASE(result == 0 || strlen(err.message) > 10, label);
    expect_nothing_new(look, label);
}

/* It is right again. */
static void end(struct look *look, const char *label)
{
    const struct ending ending = {.label = label};
    leader_stop(&look->leader);
    witness_expect(&look->witness, &look->shop, label);
    course_end(&look->shop, look->scenario, &ending);
    witness_clear(&look->witness);
    shop_close(&look->shop);
}

/* --- requests that fail --- */

/* "No such name" is what only a LOOKUP proves. */
static bool is_answer_believed(const char *line, int answer)
{
    return answer == ERROR_NOT_FOUND && strncmp(line, "READ", strlen("READ")) != 0;
}

static void fail_at(const struct scenario *scenario, const struct course_step *step, int answer,
                    int times)
{
    struct look look;
    autofree char *label = memory_format("%s, error %d %s %s", scenario->name, answer,
                                         times < 0 ? "from now on, from" : "once, at", step->line);
    if (step->is_of_export && is_answer_believed(step->line, answer))
        return;
    begin(&look, scenario);
    disturb(course_log(step, &look.shop), .nth = step->nth, .times = times, .answer = answer);
    look_once(&look, false, label);
    end(&look, label);
}

/* The sanitizers, with which this takes minutes, see the same paths with the first of each. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const int of_export[] = {ERROR_UNAVAILABLE, 0};
static const int of_cluster[] = {500, 0};
#else
static const int of_export[] = {ERROR_UNAVAILABLE, ERROR_FORBIDDEN, ERROR_INVALID,
                                ERROR_NOT_FOUND,   ERROR_READ_ONLY, 0};
static const int of_cluster[] = {500, 503, 403, 401, 429, 400, 0};
#endif

static void fail_step(const struct scenario *scenario, const struct course_step *step)
{
    for (const int *answer = step->is_of_export ? of_export : of_cluster; *answer; answer++) {
        fail_at(scenario, step, *answer, 1);
        if (*answer != ERROR_NOT_FOUND)
            fail_at(scenario, step, *answer, -1);
    }
}

static void fail_each(const struct scenario *scenario)
{
    log_set_level(LOG_ERROR + 1);
    course_each(scenario, fail_step);
}

static void a_request_that_fails_gives_no_new_directory(void)
{
    for (int i = 0; i < SCENARIOS; i++)
        fail_each(scenarios[i]);
}

/* --- what is there is not what it should be --- */

/* What a person, or another version of mooring, left in the place of a record. */
struct corruption {
    const char *name;
    const char *text;    /* of a file; NULL: none */
    const char *symlink; /* its text; NULL: none; with neither it is a directory */
};

static const struct corruption corruptions[] = {
    {.name = "empty", .text = ""},
    {.name = "half", .text = "{\"format\": 2, \"directory\": \"shop-data"},
    {.name = "garbage", .text = "\x01\x02garbage"},
    {.name = "newer", .text = "{\"format\": 3}"},
    {.name = "older", .text = "{\"format\": 1}"},
    {.name = "a list", .text = "[]"},
    {.name = "unsafe", .text = "{\"format\": 2, \"directory\": \"../etc\"}"},
    {.name = "a symlink", .symlink = "/etc/passwd"},
    {.name = "a directory"},
};

static void put(const char *path, const struct corruption *corruption)
{
    if (corruption->text)
        memory_share_put_file(path, corruption->text);
    else if (corruption->symlink)
        memory_share_put_symlink(path, corruption->symlink);
    else
        memory_share_put_directory(path, 0700);
}

static void corrupt(const struct scenario *scenario, const char *path,
                    const struct corruption *corruption)
{
    struct look look;
    autofree char *label = memory_format("%s, %s is %s", scenario->name, path, corruption->name);
    begin(&look, scenario);
    memory_share_put_elsewhere(path, ASIDE);
    put(path, corruption);
    look_once(&look, true, label);
    memory_share_remove(path);
    memory_share_put_elsewhere(ASIDE, path);
    end(&look, label);
}

static void a_record_that_is_not_understood_holds_the_claim(void)
{
    for (int i = 0; i < SCENARIOS; i++) {
        for (size_t j = 0; j < sizeof corruptions / sizeof *corruptions; j++)
            corrupt(scenarios[i], RECORD, &corruptions[j]);
    }
}

/* With a record of an unknown state, which a newer version has made, beside it. */
static void a_record_of_an_unknown_state_holds_the_claim(void)
{
    for (int i = 0; i < SCENARIOS; i++) {
        struct look look;
        begin(&look, scenarios[i]);
        memory_share_put_elsewhere(RECORD, FOLDER "/pvc-uid-2.uid-2.sleeping");
        look_once(&look, true, scenarios[i]->name);
        memory_share_put_elsewhere(FOLDER "/pvc-uid-2.uid-2.sleeping", RECORD);
        end(&look, scenarios[i]->name);
    }
}

static void something_in_the_place_of_the_folder_holds_the_claim(void)
{
    static const char *const paths[] = {FOLDER, ".mooring/claims/cluster-1/shop/namespace-1",
                                        ".mooring/claims/cluster-1/shop", ".mooring/claims"};
    static const struct corruption replacements[] = {
        {.name = "a file", .text = "x"}, {.name = "a symlink", .symlink = "../elsewhere"}};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        for (int j = 0; j < 2; j++)
            corrupt(&returned_claim, paths[i], &replacements[j]);
        corrupt(&returned_claim_without_its_volume, paths[i], &replacements[0]);
        corrupt(&returned_claim_without_its_volume, paths[i], &replacements[1]);
    }
}

/* --- a folder that lists nothing, though something is in it --- */

static void hide(void *context)
{
    (void)context;
    memory_share_put_elsewhere(RECORD, ASIDE);
}

static void unhide(void *context)
{
    (void)context;
    memory_share_put_elsewhere(ASIDE, RECORD);
}

static void a_folder_that_lists_nothing_but_is_not_empty_holds_the_claim(void)
{
    static const struct scenario *const own[] = {&returned_claim,
                                                 &returned_claim_without_its_volume};
    for (int i = 0; i < 2; i++) {
        struct look look;
        begin(&look, own[i]);
        disturb(memory_share_log(), .request = "READDIRPLUS " FOLDER, .hook = hide);
        disturb(memory_share_log(), .request = "RMDIR " FOLDER, .hook = unhide);
        look_once(&look, true, own[i]->name);
        end(&look, own[i]->name);
    }
}

/* --- the owner of the directory --- */

/* The process that took the directory over has done it. */
static void mend_owner(const struct corruption *corruption)
{
    autofree char *text = memory_share_text(LEAF);
    const char *put_there = corruption->text ? corruption->text : corruption->symlink;
    bool is_mended = strcmp(text, put_there) != 0;
    memory_share_remove(is_mended ? ASIDE : LEAF);
    if (!is_mended)
        memory_share_put_elsewhere(ASIDE, LEAF);
}

static void an_owner_that_is_not_understood_gives_no_new_directory(void)
{
    static const struct corruption owners[] = {{.name = "garbage", .symlink = "nobody"},
                                               {.name = "unsafe", .symlink = "../../etc/x"},
                                               {.name = "a file", .text = "x"}};
    for (int i = 0; i < SCENARIOS; i++) {
        for (size_t j = 0; j < sizeof owners / sizeof *owners; j++) {
            struct look look;
            autofree char *label =
                memory_format("%s, the owner is %s", scenarios[i]->name, owners[j].name);
            begin(&look, scenarios[i]);
            memory_share_put_elsewhere(LEAF, ASIDE);
            put(LEAF, &owners[j]);
            look_once(&look, false, label);
            mend_owner(&owners[j]);
            end(&look, label);
        }
    }
}

int main(int argc, char **argv)
{
    const struct test tests[] = {
        TEST(a_request_that_fails_gives_no_new_directory),
        TEST(a_record_that_is_not_understood_holds_the_claim),
        TEST(a_record_of_an_unknown_state_holds_the_claim),
        TEST(something_in_the_place_of_the_folder_holds_the_claim),
        TEST(a_folder_that_lists_nothing_but_is_not_empty_holds_the_claim),
        TEST(an_owner_that_is_not_understood_gives_no_new_directory),
        {0},
    };
    return suite_run("rebind_reading", tests, argc, argv);
}
