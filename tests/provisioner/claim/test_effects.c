/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/both_logs.h"
#include "tests/provisioner/claim/scenario_tests.h"
#include "tests/provisioner/claim/steps.h"
#include "tests/provisioner/memory_share.h"

#include <regex.h>

/*
 * Each step (provisioner/step.h) stands before one effect. What a process has done between two
 * steps is therefore known: a request that changes something without a step of its own, on the
 * export or at the API server, fails a test here.
 */
#define TEXT(where) "CREATE " where ", WRITE " where ", RENAME " where ", "
#define LEAF "SYMLINK claims, RENAME claims, " /* one that takes the place of another */
#define RELEASE                                                                                    \
    "MKDIR claims, RENAME directories, REMOVE claims, RMDIR claims, (RMDIR directories, )*"
#define FOLDER "(MKDIR claims, )*"

/* What may follow a step: each request with the part of the metadata directory, or "data". */
static const struct {
    const char *step;
    const char *effects;
} allowed[] = {
    {"open-export", "MKDIR .mooring, MKDIR check, RMDIR check, " TEXT("clusters")},
    {"open-folder", "(MKDIR claims, )?(REMOVE claims, )*(RMDIR claims, )?" FOLDER},
    {"make-folder", FOLDER},
    {"settle-folder", "(REMOVE claims, )*"},
    {"sign-of-life", TEXT("clusters")},
    {"reserve-directory", "((RMDIR|MKDIR) directories, )?SYMLINK directories, "},
    {"restore-owner", "(RMDIR directories, )?SYMLINK directories, "},
    {"make-parent", "MKDIR data, "},
    {"make-directory", "MKDIR data, "},
    {"complete-directory", "SETATTR data, "},
    {"make-replacement", "MKDIR claims, "},
    {"replace-left-over", "RENAME claims, "},
    {"remove-replacement", "RMDIR claims, "},
    {"give-up-directory", "REMOVE claims, "},
    {"release-directory", RELEASE},
    {"take-directory", LEAF},
    {"share-directory", "SYMLINK claims, "},
    {"replace-owner", "RENAME claims, "},
    {"write-record", TEXT("claims")},
    {"write-record-text", TEXT("claims")},
    {"move-record", "RENAME claims, "},
    {"take-record", "RENAME claims, "},
    {"finish-record", "RENAME claims, "},
    {"supersede-record", "RENAME claims, "},
    {"remove-duplicate", "REMOVE claims, "},
    {"note-at-volume", "PATCH data, "},
    {"save-volume", "(POST|PATCH) data, "},
    {"check-open-export", "MKDIR .mooring, MKDIR check, RMDIR check, "},
    {"check-make-directory", "MKDIR check, "},
    {"check-set-owner", "SETATTR check, "},
    {"check-remove-directory", "RMDIR check, "},
    {"accept-export", "SYMLINK export, "},
    {"accept-volume", "PATCH data, "},
    {"adopt-open-export", "MKDIR .mooring, MKDIR check, RMDIR check, "},
    {"adopt-settle-folder", "(REMOVE claims, )*"},
    {"adopt-sign-of-life", TEXT("clusters")},
    {"adopt-make-folder", FOLDER},
    {"adopt-clear-folder", "RMDIR directories, "},
    {"adopt-take-directory", "SYMLINK directories, |" LEAF},
    {"adopt-set-aside", "RENAME claims, "},
    {"adopt-write-record", TEXT("claims")},
    {"adopt-save-volume", "(POST|PATCH) data, "},
    {"adopt-take-record", "RENAME claims, "},
    {"adopt-write-text", TEXT("claims")},
    {"adopt-put-back", "RENAME claims, "},
    {"adopt-forget-record", "REMOVE claims, "},
    {"adopt-release-directory", RELEASE},
};

enum { ALLOWED = sizeof allowed / sizeof *allowed };

/* "": no step was taken yet. */
static const char *allowed_after(const char *step)
{
    for (int i = 0; i < ALLOWED; i++) {
        if (strcmp(allowed[i].step, step) == 0)
            return allowed[i].effects;
    }
    return "";
}

/* --- what happens: the requests and steps of a process, in the log of the export --- */

#define BEGINNING "the job begins"
#define STEP "step "

static void note_step(const char *name)
{
    autofree char *line = memory_format(STEP "%s", name);
    request_log_add(memory_share_log(), line);
}

/* Caller frees. */
static char *lines_of(const struct scenario *scenario)
{
    struct shop shop;
    struct leader leader;
    struct error err = {0};
    scenario_begin(scenario, &shop);
    leader_start(&leader, &shop);
    disturb(memory_cluster_log(shop.cluster), .times = -1, .hook = note_request_of_cluster,
            .context = &shop);
    request_log_add(memory_share_log(), BEGINNING);
    steps_listen(note_step);
    ASSERT_CASE(scenario_act(scenario, &leader, &err) == 0, err.message);
    steps_listen(NULL);
    autofree char *text = request_log_text(memory_share_log());
    leader_stop(&leader);
    shop_close(&shop);
    return memory_copy(strstr(text, BEGINNING) + strlen(BEGINNING "\n"));
}

/* --- is it allowed? --- */

static bool matches(const char *text, const char *pattern)
{
    regex_t regex;
    autofree char *whole = memory_format("^(%s)$", pattern);
    CU_ASSERT_EQUAL_FATAL(regcomp(&regex, whole, REG_EXTENDED | REG_NOSUB), 0);
    bool is_match = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return is_match;
}

/* "MKDIR .mooring/claims/a" as "MKDIR claims, ". Caller frees. */
static char *short_effect(const char *line)
{
    static const char metadata[] = ".mooring/";
    autofree char *request = memory_copy_bytes(line, strcspn(line, " "));
    const char *path = line + strlen(request) + strspn(line + strlen(request), " ");
    bool is_metadata = strncmp(path, metadata, strlen(metadata)) == 0;
    const char *part = is_metadata ? path + strlen(metadata) : "data";
    autofree char *where = memory_copy_bytes(part, strcspn(part, "/-"));
    return memory_format("%s %s, ", request, strcmp(path, ".mooring") == 0 ? path : where);
}

static void check(const struct scenario *scenario, const char *step, const char *effects)
{
    autofree char *label = memory_format("%s, after the step \"%s\": %s", scenario->name, step,
                                         *effects ? effects : "nothing");
    ASSERT_CASE(!*effects || matches(effects, allowed_after(step)), label);
}

static void each_effect_has_a_step(const struct scenario *scenario)
{
    autofree char *lines = lines_of(scenario);
    autofree char *effects = memory_copy("");
    const char *step = "";
    char *rest = lines;
    for (char *line = strsep(&rest, "\n"); line && *line; line = strsep(&rest, "\n")) {
        if (strncmp(line, STEP, strlen(STEP)) == 0) {
            check(scenario, step, effects);
            step = line + strlen(STEP);
            memory_replace(&effects, memory_copy(""));
        } else if (request_is_effect(line)) {
            autofree char *effect = short_effect(line);
            memory_replace(&effects, memory_format("%s%s", effects, effect));
        }
    }
    CU_ASSERT_TRUE(*step);
    check(scenario, step, effects);
}

static void every_step_of_the_source_is_known_here(void)
{
    json_t *ignored;
    const char *name;
    json_auto_t *source = steps_of_source();
    json_object_foreach (source, name, ignored) {
        ASSERT_CASE(*allowed_after(name), name);
    }
    for (int i = 0; i < ALLOWED; i++)
        ASSERT_CASE(json_object_get(source, allowed[i].step) != NULL, allowed[i].step);
}

/* --- all of them --- */

static const struct test *const tables[] = {scenario_tests, kill_tests, step_tests,
                                            reservation_tests, NULL};
static json_t *taken; /* in any of the jobs: an object with each name as a key */

static void add_taken(const struct scenario *scenario)
{
    autofree char *lines = lines_of(scenario);
    char *rest = lines;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        if (strncmp(line, STEP, strlen(STEP)) == 0)
            json_object_set_new(taken, line + strlen(STEP), json_true());
    }
}

/* Where no job takes it, no test (test_crash_points.c) has killed a process there. */
static void every_step_of_the_source_is_taken_in_a_job(void)
{
    json_t *ignored;
    const char *name;
    json_auto_t *source = steps_of_source();
    taken = json_object();
    for (int i = 0; tables[i]; i++)
        scenario_tests_each(tables[i], add_taken);
    CU_ASSERT_TRUE(json_object_size(source) > 0);
    json_object_foreach (source, name, ignored) {
        ASSERT_CASE(json_object_get(taken, name) != NULL, name);
    }
    json_decref(taken);
}

int main(int argc, char **argv)
{
    static const struct test more[] = {TEST(every_step_of_the_source_is_known_here),
                                       TEST(every_step_of_the_source_is_taken_in_a_job),
                                       {0}};
    static const struct test *const all[] = {scenario_tests,    kill_tests, step_tests,
                                             reservation_tests, more,       NULL};
    return scenario_tests_run("effects", each_effect_has_a_step, all, argc, argv);
}
