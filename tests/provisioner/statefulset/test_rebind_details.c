/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rebind_rank.h"
#include "tests/provisioner/statefulset/rebind_cases.h"

/* What the table of test_rebind_decision.c has no column for. */

/* --- the words --- */

/* Whether a volume and its record tell of the same claim, where the record may be one step behind:
 * the process that patched the volume noted which claim the record named then. */
static const struct {
    const char *claim_uid; /* of the volume; NULL: none */
    const char *given;     /* its annotations; NULL: none */
    const char *previous;
    const char *recorded; /* "": reserved */
    bool is_same;
} bindings[] = {
    {"uid-1", NULL, NULL, "uid-1", true},
    {NULL, NULL, NULL, "uid-1", true},
    {NULL, NULL, NULL, "", true},
    {"uid-7", "uid-7", "uid-1", "uid-1", true},
    {"uid-7", "uid-7", "reserved", "", true},
    {"uid-1", "uid-7", "uid-0", "uid-1", true},
    {"uid-7", NULL, NULL, "uid-1", false},
    {"uid-7", NULL, NULL, "", false},
    {"uid-7", "uid-7", "uid-0", "uid-1", false}, /* two steps */
    {"uid-7", "uid-7", NULL, "uid-1", false},    /* the volume does not say what was before */
    {"uid-7", "uid-6", "uid-1", "uid-1", false}, /* given to one, bound to another by hand */
    {"uid-7", "uid-7", "reserved", "uid-1", false},
    {"uid-7", "uid-7", "uid-1", "", false},
    {"uid-7", NULL, "uid-1", "uid-1", false},
};

static struct volume *bound_volume(size_t i)
{
    json_auto_t *changes =
        json_pack("{s:{s:{s:s?, s:s?}}, s:{s:{s:s?}}}", "metadata", "annotations", "mooring/claim",
                  bindings[i].given, "mooring/previous-claim", bindings[i].previous, "spec",
                  "claimRef", "uid", bindings[i].claim_uid);
    autofree char *text = json_dumps(changes, 0);
    return volume_with(text);
}

static void a_record_may_be_one_step_behind_and_no_more(void)
{
    for (size_t i = 0; i < sizeof bindings / sizeof *bindings; i++) {
        const struct situation now = {.records = ONE};
        struct question question;
        question_begin(&question, &now);
        question_vary(&question, &now);
        autofree char *changes = memory_format("{'claim': {'uid': '%s'}}", bindings[i].recorded);
        autorelease(record) struct record *record = record_with(changes);
        autorelease(volume) struct volume *volume = bound_volume(i);
        const struct candidate candidate = {.record = record, .volume = volume};
        struct rebind_answer answer;
        struct error err = {0};
        autofree char *label = memory_format("binding %zu", i);
        ASSERT_CASE(rebind_decide(&question.request, &candidate, 1, &answer, &err) ==
                        (bindings[i].is_same ? REBIND_GIVE_BACK : REBIND_HOLD),
                    label);
        free(answer.others);
        question_end(&question);
    }
}

/* Decide about records with these changes, without volume objects. */
static enum rebind_decision decide_about(const char *const *changes, size_t count,
                                         struct error *err)
{
    const struct situation now = {.records = NO_RECORD};
    struct question question;
    struct candidate candidates[3] = {0};
    struct rebind_answer answer;
    question_begin(&question, &now);
    question_vary(&question, &now);
    for (size_t i = 0; i < count; i++)
        candidates[i].record = record_with(changes[i]);
    enum rebind_decision decision =
        rebind_decide(&question.request, candidates, count, &answer, err);
    free(answer.others);
    for (size_t i = 0; i < count; i++)
        record_release(candidates[i].record);
    question_end(&question);
    return decision;
}

/* It costs a request where it names labels or annotations. */
static void a_pattern_is_expanded_only_where_it_decides(void)
{
    static const struct {
        struct situation now;
        bool should_expand;
    } cases[] = {
        {{.records = NO_RECORD}, false},
        {{.records = ONE}, false},
        {{.records = ONE, .set = PLAIN}, true},
        {{.records = TWO, .set = PLAIN}, true},
        {{.records = ONE, .policy = REBIND_NONE}, true},
        {{.records = SUPERSEDED}, false},
        {{.records = EARLIER, .set = PLAIN}, false},
        {{.records = RESERVED, .set = PLAIN}, false},
        {{.records = MAKING, .set = PLAIN}, true},
        {{.records = OWN, .policy = REBIND_NONE}, false},
        {{.records = ONE, .set = FRESH}, true},
        {{.records = OWN, .set = FRESH}, false},
        {{.records = RESERVED, .set = FRESH}, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct question question;
        autofree char *label = situation_words(&cases[i].now);
        question_begin(&question, &cases[i].now);
        question_vary(&question, &cases[i].now);
        struct rebind_request *request = &question.request;
        ASSERT_CASE(!should_expand_pattern(request, question.candidates, question.count), label);
        request->has_pattern = true;
        ASSERT_CASE(should_expand_pattern(request, question.candidates, question.count) ==
                        cases[i].should_expand,
                    label);
        request->directory = "d-1";
        ASSERT_CASE(!should_expand_pattern(request, question.candidates, question.count), label);
        question_end(&question);
    }
}

static void of_many_directories_two_are_named_and_the_others_counted(void)
{
    static const char *const changes[] = {"{}", "{'volume': 'pvc-2', 'directory': 'd-2'}",
                                          "{'volume': 'pvc-3', 'directory': 'd-3'}"};
    struct error err = {0};
    CU_ASSERT_EQUAL(decide_about(changes, 3, &err), REBIND_HOLD);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "3 directories belong to this claim: d-1 (volume "
                                               "pvc-1), d-3 (volume pvc-3) and 1 more"));
}

static void each_state_that_forbids_it_is_named(void)
{
    static const char *const names[] = {"archiving", "archived", "restoring", "removing",
                                        "cloning"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct error err = {0};
        autofree char *changes = memory_format("{'state': '%s'}", names[i]);
        autofree char *words = memory_format("its directory d-1 (volume pvc-1) is not given back: "
                                             "its record says that it is %s",
                                             names[i]);
        const char *record = changes;
        ASSERT_CASE(decide_about(&record, 1, &err) == REBIND_HOLD, names[i]);
        ASSERT_CASE(strstr(err.message, words) != NULL, names[i]);
    }
}

/* The event is for the claim's tenant; whose directory it is, and where, is for who runs mooring.
 */
static void what_the_words_for_the_claim_leave_unnamed_is_for_the_log(void)
{
    static const struct {
        struct situation now;
        const char *others; /* NULL: the words say everything */
    } cases[] = {
        {{.records = ONE, .object = OTHER_CLAIM}, "volume pvc-1 is for claim default/other now"},
        {{.records = ONE, .place = USED}, "it is volume pvc-8 that has the same directory"},
        {{.records = CLUSTER_ALIVE, .adopts = true}, "it is cluster there that still uses"},
        {{.records = CLUSTER_ALIVE, .adopts = true, .set = FRESH, .pattern = LEADS_THERE},
         "it is cluster there that still uses"},
        {{.records = ONE, .place = MISSING}, NULL},
        {{.records = TWO}, NULL},
        {{.records = ONE}, NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct question question;
        question_begin(&question, &cases[i].now);
        question_vary(&question, &cases[i].now);
        struct answer answer = question_ask(&question);
        autofree char *label = situation_words(&cases[i].now);
        ASSERT_CASE(cases[i].others ? answer.others && strstr(answer.others, cases[i].others)
                                    : !answer.others,
                    label);
        answer_clear(&answer);
        question_end(&question);
    }
}

/* Of several, one of which only --from-other-cluster hands over. */
static void what_another_cluster_had_is_chosen_with_its_flag(void)
{
    static const char command[] = "mooring adopt DIRECTORY --to default/data-web-0";
    static const char *const clusters[] = {"here", "there"};
    for (size_t i = 0; i < 2; i++) {
        const struct situation now = {.records = TWO, .adopts = true};
        struct question question;
        question_begin(&question, &now);
        question_vary(&question, &now);
        autofree char *changes =
            memory_format("{'volume': 'pvc-2', 'directory': 'd-2', 'cluster': '%s'}", clusters[i]);
        record_release(question.candidates[1].record);
        question.candidates[1].record = record_with(changes);
        struct answer answer = question_ask(&question);
        ASSERT_CASE(answer.decision == REBIND_HOLD, clusters[i]);
        const char *found = strstr(answer.err.message, command);
        ASSERT_CASE(found &&
                        strcmp(found + strlen(command), i == 1 ? " --from-other-cluster" : "") == 0,
                    answer.err.message);
        answer_clear(&answer);
        question_end(&question);
    }
}

/* With the policy Delete its data might go with it. */
static void a_volume_that_is_to_be_deleted_for_its_address_is_retained_first(void)
{
    static const char moved[] = "{'spec': {'persistentVolumeReclaimPolicy': '%s', 'nfs':"
                                " {'server': 'old.example'}}}";
    static const char words[] = "first set the reclaim policy of volume pvc-1 to Retain";
    static const char *const policies[] = {"Retain", "Delete"};
    for (size_t i = 0; i < 2; i++) {
        const struct situation now = {.records = ONE};
        struct question question;
        question_begin(&question, &now);
        question_vary(&question, &now);
        autofree char *changes = memory_format(moved, policies[i]);
        question.candidates[0].volume = volume_with(changes);
        struct answer answer = question_ask(&question);
        ASSERT_CASE(answer.decision == REBIND_HOLD, policies[i]);
        ASSERT_CASE((strstr(answer.err.message, words) != NULL) == (i == 1), answer.err.message);
        ASSERT_CASE(strstr(answer.err.message, "kubectl delete pv pvc-1") != NULL, policies[i]);
        answer_clear(&answer);
        question_end(&question);
    }
}

#define LONG_VOLUME "pvc-11111111-2222-3333-4444-555555555555"
#define LONG_DIRECTORY "production-data-postgresql-primary-0-" LONG_VOLUME

/* With names as they are in clusters; what must not be done comes last. */
static void advice_is_told_to_its_end(void)
{
    static const char volume[] = "{'metadata': {'name': '" LONG_VOLUME "'}, 'spec': {"
                                 "'persistentVolumeReclaimPolicy': 'Delete', 'nfs': {'server':"
                                 " 'nfs-old.storage.example.com',"
                                 " 'path': '/srv/nfs/kubernetes/" LONG_DIRECTORY "'}}}";
    static const char record[] = "{'volume': '" LONG_VOLUME "', 'directory': '" LONG_DIRECTORY "'}";
    static const char end[] = "its record says whose the data is; nothing was changed";
    const struct situation now = {.records = ONE};
    struct question question;
    question_begin(&question, &now);
    question_vary(&question, &now);
    question.request.has_own_export = false;
    record_release(question.candidates[0].record);
    question.candidates[0].record = record_with(record);
    question.candidates[0].volume = volume_with(volume);
    struct answer answer = question_ask(&question);
    ASSERT_CASE(answer.decision == REBIND_HOLD, answer.err.message);
    ASSERT_CASE(strstr(answer.err.message, end) != NULL, answer.err.message);
    answer_clear(&answer);
    question_end(&question);
}

/* Who looks into a class that names no server finds nothing to put right there. */
static void a_class_that_names_no_export_is_not_said_to_name_one(void)
{
    const struct situation now = {.records = ONE, .object = MOVED};
    struct question question;
    question_begin(&question, &now);
    question_vary(&question, &now);
    question.request.has_own_export = false;
    struct answer answer = question_ask(&question);
    ASSERT_CASE(strstr(answer.err.message,
                       "the volume still names the export old.example:/old, NFS_SERVER and "
                       "NFS_PATH name server.example:/export now: kubectl delete pv pvc-1") != NULL,
                answer.err.message);
    answer_clear(&answer);
    question_end(&question);
}

/* The record says where the data was: an administrator who deletes it, to get an empty directory,
 * should know that. */
static void a_missing_directory_is_not_to_be_forgotten_lightly(void)
{
    const struct situation now = {.records = ONE, .place = MISSING};
    struct question question;
    question_begin(&question, &now);
    question_vary(&question, &now);
    struct answer answer = question_ask(&question);
    CU_ASSERT_PTR_NOT_NULL(strstr(answer.err.message, "restore it. Only if its data may be lost"));
    answer_clear(&answer);
    question_end(&question);
}

/* Two records of one volume, with one directory, are one directory of the claim. */
static void of_two_records_of_one_volume_the_one_that_the_volume_knows_counts(void)
{
    static const struct {
        const char *bound; /* UID that the volume was bound to; NULL: the object is gone */
        int64_t changed_us[2];
        const char *directory; /* of the second record */
        int chosen;            /* -1: held */
    } cases[] = {
        {"uid-0", {1, 2}, "d-1", 0},  {"uid-1", {2, 1}, "d-1", 1}, {NULL, {2, 1}, "d-1", 0},
        {NULL, {1, 2}, "d-1", 1},     {NULL, {1, 1}, "d-1", 1}, /* any, but always the same */
        {"uid-0", {1, 2}, "d-2", -1},                           /* one of them is wrong */
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct situation now = {.records = ONE};
        struct question question;
        struct error err = {0};
        struct rebind_answer answer;
        question_begin(&question, &now);
        question_vary(&question, &now);
        autofree char *bound =
            memory_format("{'spec': {'claimRef': {'uid': '%s'}}}", cases[i].bound);
        autofree char *second = memory_format("{'directory': '%s'}", cases[i].directory);
        autorelease(volume) struct volume *volume = cases[i].bound ? volume_with(bound) : NULL;
        struct record *records[] = {record_with("{'claim': {'uid': 'uid-0'}}"),
                                    record_with(second)};
        struct candidate candidates[2];
        for (size_t j = 0; j < 2; j++) {
            records[j]->changed_us = cases[i].changed_us[j];
            candidates[j] = (struct candidate){.record = records[j], .volume = volume};
        }
        autofree char *label = memory_format("case %zu", i);
        enum rebind_decision decision =
            rebind_decide(&question.request, candidates, 2, &answer, &err);
        bool is_given = decision == REBIND_GIVE_BACK && cases[i].chosen >= 0 &&
                        answer.chosen == &candidates[cases[i].chosen];
        free(answer.others);
        ASSERT_CASE(is_given || (decision == REBIND_HOLD && cases[i].chosen < 0), label);
        record_release(records[0]);
        record_release(records[1]);
        question_end(&question);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_record_may_be_one_step_behind_and_no_more),
        TEST(a_pattern_is_expanded_only_where_it_decides),
        TEST(of_many_directories_two_are_named_and_the_others_counted),
        TEST(each_state_that_forbids_it_is_named),
        TEST(what_the_words_for_the_claim_leave_unnamed_is_for_the_log),
        TEST(what_another_cluster_had_is_chosen_with_its_flag),
        TEST(a_volume_that_is_to_be_deleted_for_its_address_is_retained_first),
        TEST(advice_is_told_to_its_end),
        TEST(a_class_that_names_no_export_is_not_said_to_name_one),
        TEST(a_missing_directory_is_not_to_be_forgotten_lightly),
        TEST(of_two_records_of_one_volume_the_one_that_the_volume_knows_counts),
        {0},
    };
    return suite_run("rebind details", tests, argc, argv);
}
