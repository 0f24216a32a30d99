/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/kept_reason.h"
#include "provisioner/statefulset/rebind_rank.h"
#include "tests/provisioner/statefulset/rebind_combinations.h"

/* --- together with the decision --- */

static bool has_words(enum kept_reason reason, const char *words)
{
    bool needs_none = reason == KEPT_COMES_BACK || reason == KEPT_UNUSED;
    return needs_none != (words != NULL);
}

static void check_reason(const struct question *question, size_t index, bool is_given,
                         const struct situation *now)
{
    const struct rebind_request *request = &question->request;
    enum kept_reason reason = kept_reason_of(request, question->candidates, question->count, index);
    autofree char *words = kept_reason_words(reason, request, &question->candidates[index]);
    if ((reason == KEPT_COMES_BACK) == is_given && has_words(reason, words))
        return;
    autofree char *situation = situation_words(now);
    autofree char *label =
        memory_format("%s: number %zu is %sgiven back, reason %d: %s", situation, index,
                      is_given ? "" : "not ", (int)reason, words ? words : "no words");
    ASSERT_CASE(false, label);
}

static void check(const struct question *question, const struct situation *now)
{
    struct answer answer = question_ask(question);
    bool is_given = answer.decision == REBIND_GIVE_BACK || answer.decision == REBIND_FINISH_MAKING;
    answer_clear(&answer);
    for (size_t i = 0; i < question->count; i++)
        check_reason(question, i, is_given && answer.is_first == (i == 0), now);
}

static void exactly_what_is_given_back_comes_back(void)
{
    question_vary_all(check);
}

/* --- the reasons --- */

static void each_reason_has_its_words(void)
{
    static const struct {
        struct situation now;
        enum kept_reason reason;
        const char *words; /* NULL: none */
        bool is_own;
    } cases[] = {
        {{.records = ONE}, KEPT_COMES_BACK, NULL, true},
        {{.records = ONE, .set = PLAIN},
         KEPT_PLAIN,
         "its class nfs gives back to claims of StatefulSets only (rebind: stateful)",
         true},
        {{.records = ONE, .policy = REBIND_NONE}, KEPT_NONE, "(rebind: none)", true},
        {{.records = ONE, .set = FRESH}, KEPT_DISCARDED, "asks for fresh data", true},
        {{.records = SUPERSEDED}, KEPT_SUPERSEDED, "it is superseded", true},
        {{.records = OTHER_CLASS}, KEPT_CLASS, "it is of class fast", true},
        {{.records = EARLIER}, KEPT_NAMESPACE, "earlier namespace default, with UID ns-0", false},
        {{.records = EARLIER, .adopts = true}, KEPT_COMES_BACK, NULL, false},
        {{.records = EARLIER, .adopts = true, .set = PLAIN}, KEPT_PLAIN, "rebind: stateful", false},
        {{.records = CLUSTER_GONE}, KEPT_CLUSTER, "another cluster, with UID there", false},
        {{.records = TWO}, KEPT_HELD, "cannot be given back as it is", true},
        {{.records = ONE, .place = MISSING}, KEPT_HELD, "cannot be given back as it is", true},
        {{.records = MAKING, .pattern = LEADS_ELSEWHERE}, KEPT_UNUSED, NULL, true},
        {{.object = RELEASED, .set = PLAIN}, KEPT_PLAIN, "rebind: stateful", true},
        {{.object = OTHER_CLAIM}, KEPT_OTHER, "it is another claim's", true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct question question;
        question_begin(&question, &cases[i].now);
        question_vary(&question, &cases[i].now);
        const struct candidate *first = &question.candidates[0];
        enum kept_reason reason =
            kept_reason_of(&question.request, question.candidates, question.count, 0);
        autofree char *words = kept_reason_words(reason, &question.request, first);
        autofree char *situation = situation_words(&cases[i].now);
        ASSERT_CASE(reason == cases[i].reason, situation);
        ASSERT_CASE(cases[i].words ? words && strstr(words, cases[i].words) : !words, situation);
        ASSERT_CASE(is_of_namespace(&question.request, first) == cases[i].is_own, situation);
        question_end(&question);
    }
}

/* Nothing but the times tell of which namespace a volume without a record is. */
static void a_volume_that_is_older_than_the_namespace_is_of_an_earlier_one(void)
{
    const struct situation now = {.object = RELEASED};
    struct question question;
    question_begin(&question, &now);
    question_vary(&question, &now);
    question.request.namespace_created_us = question.candidates[0].volume->created_us + 1;
    CU_ASSERT_EQUAL(kept_reason_of(&question.request, question.candidates, 1, 0), KEPT_NAMESPACE);
    CU_ASSERT_FALSE(is_of_namespace(&question.request, &question.candidates[0]));
    autofree char *words =
        kept_reason_words(KEPT_NAMESPACE, &question.request, &question.candidates[0]);
    CU_ASSERT_STRING_EQUAL(words, "it is of an earlier namespace default");
    question_end(&question);
}

/* Whatever its class is. */
static void a_volume_of_another_class_is_of_the_namespace_that_had_it(void)
{
    for (int is_earlier = 0; is_earlier < 2; is_earlier++) {
        const struct situation now = {0};
        struct question question;
        question_begin(&question, &now);
        question_add(&question, NULL,
                     volume_of_set(&now, "{'spec': {'storageClassName': 'fast'}}"));
        question_vary(&question, &now);
        const struct candidate *candidate = &question.candidates[0];
        question.request.namespace_created_us = candidate->volume->created_us + is_earlier;
        CU_ASSERT_EQUAL(kept_reason_of(&question.request, candidate, 1, 0), KEPT_CLASS);
        CU_ASSERT_EQUAL(is_of_namespace(&question.request, candidate), !is_earlier);
        question_end(&question);
    }
}

static void what_is_reserved_comes_before_the_others(void)
{
    const struct situation now = {.records = RESERVED_OF_TWO};
    struct question question;
    question_begin(&question, &now);
    question_vary(&question, &now);
    CU_ASSERT_EQUAL(kept_reason_of(&question.request, question.candidates, 2, 0), KEPT_COMES_BACK);
    CU_ASSERT_EQUAL(kept_reason_of(&question.request, question.candidates, 2, 1), KEPT_BEHIND);
    question_end(&question);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(exactly_what_is_given_back_comes_back),
        TEST(each_reason_has_its_words),
        TEST(a_volume_that_is_older_than_the_namespace_is_of_an_earlier_one),
        TEST(a_volume_of_another_class_is_of_the_namespace_that_had_it),
        TEST(what_is_reserved_comes_before_the_others),
        {0},
    };
    return suite_run("kept reason", tests, argc, argv);
}
