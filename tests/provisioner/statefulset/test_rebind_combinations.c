/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/statefulset/rebind_combinations.h"

/*
 * Every combination of what can be read, against rules that are written down a second time, in the
 * words of README.md and not in those of the code. test_rebind_decision.c has them as a table.
 */

/* --- the rules --- */

/* "A claim of the same name in the same namespace is the same claim", of the same class. With
 * adopt: always earlier namespaces of that name and other clusters count, too, but not for what
 * they were about to make. */
static bool is_of_this_claim(const struct situation *now)
{
    switch (now->records) {
    case EARLIER:
    case CLUSTER_GONE:
    case CLUSTER_ALIVE:
        return now->adopts;
    case OTHER_CLASS:
    case SUPERSEDED:
    case MAKING_ELSEWHERE:
        return false;
    case NO_RECORD: /* then only the volume object tells */
        return now->object != GONE && now->object != OTHER_CLAIM && now->object != NO_CLAIM;
    default:
        return true;
    }
}

/* Kubernetes binds the two whatever mooring does, so that a second volume would be one too many. */
static bool is_bound_already(const struct situation *now)
{
    return now->object == GIVEN || now->object == BY_HAND;
}

/* Labels that are not about the volume's claim do not count. */
static bool is_labelled(const struct situation *now)
{
    return now->set == SET_LABELLED && now->object != GONE && now->object != OTHER_CLAIM &&
           now->object != NO_CLAIM;
}

/* Whether the set's user asked for fresh data in place of this. That the set was not deleted, only
 * the volume of the claim can tell. */
static bool is_discarded(const struct situation *now)
{
    bool is_of_claim = now->object != GONE && now->object != OTHER_CLAIM && now->object != NO_CLAIM;
    return now->set == FRESH || now->set == FRESH_AGAIN ||
           (now->set == FRESH_LIVING && !is_of_claim);
}

/* "rebind: stateful (default: claims of StatefulSets), all, none". A set that only the record, or
 * the volume, knows counts. */
static bool is_given_back_by_class(const struct situation *now)
{
    bool is_stateful = now->set == SET || now->set >= FRESH || is_labelled(now) ||
                       (now->set == SET_RECORDED && now->records != NO_RECORD);
    return now->policy == REBIND_ALL || (now->policy == REBIND_STATEFUL && is_stateful);
}

/* It was being made for the claim before, and the pattern leads elsewhere now. */
static bool leads_elsewhere(const struct situation *now)
{
    return now->records == MAKING && now->pattern == LEADS_ELSEWHERE;
}

/* Whatever class and set say: what this very claim has already, what an administrator chose for it,
 * and what was being made for its name, which no Pod can have used yet. */
static bool counts_always(const struct situation *now)
{
    return is_bound_already(now) || situation_is_reserved(now) || now->records == OWN ||
           (now->records == MAKING && !leads_elsewhere(now));
}

/* A pattern leads to the same directory again. */
static bool is_given_back_by_pattern(const struct situation *now)
{
    return now->pattern == LEADS_THERE && now->records != NO_RECORD;
}

/* The claim has something, which must be decided about. */
static bool has_something(const struct situation *now)
{
    return counts_always(now) || (is_of_this_claim(now) && !leads_elsewhere(now) &&
                                  (is_given_back_by_class(now) || is_given_back_by_pattern(now)));
}

/* It comes before any other that the claim may have had. */
static bool is_first_choice(const struct situation *now)
{
    return is_bound_already(now) || situation_is_reserved(now);
}

/* The second has no volume: no labels can say which set it belongs to, or that the set lives. */
static bool is_second_given_back(const struct situation *now)
{
    return now->set != FRESH_LIVING && is_given_back_by_class(now) &&
           (now->set != SET_LABELLED || now->policy == REBIND_ALL);
}

static const char *why_object_contradicts(const struct situation *now)
{
    return now->object == NOT_OURS       ? "the volume of that name is not mooring's"
           : now->object == CONTRADICTED ? "the export says that its directory is another claim's"
                                         : NULL;
}

static const char *why_unrecorded_forbids(const struct situation *now)
{
    return is_bound_already(now) ? "it is this claim's already, and Kubernetes binds the two"
                                 : "it has no record on the export";
}

/* The record names uid-1, uid-2 (OWN) or no claim (reserved). */
static const char *why_uid_forbids(const struct situation *now)
{
    bool is_uid_2 = now->records == OWN;
    bool is_same = now->object == GONE || now->object == NO_UID || now->object == GIVEN ||
                   (now->object == BY_HAND && is_uid_2) ||
                   (now->object == RELEASED && !is_uid_2 && !situation_is_reserved(now));
    return is_same ? NULL : "was bound last to the claim with";
}

static const char *why_object_forbids(const struct situation *now)
{
    switch (now->object) {
    case TERMINATING:
        return "the volume is being deleted: once it is gone";
    case ELSEWHERE:
        return "one of them was changed by hand";
    case MOVED:
        return "the volume still names the export old.example:/old, its storage class names";
    case NO_CLAIM:
        return "the volume's claimRef was removed";
    case OTHER_CLAIM:
        return "the volume is for another claim now";
    default:
        return why_uid_forbids(now);
    }
}

static const char *why_record_forbids(const struct situation *now)
{
    static const char *const words[RECORDS_END] = {
        [CLUSTER_ALIVE] = "still uses the export",
        [MOVING] = "mooring adopt was interrupted",
        [ARCHIVING] = "its record says that it is archiving",
        [ARCHIVED] = "its record says that it is archived",
        [RESTORING] = "its record says that it is restoring",
        [REMOVING] = "its record says that it is removing",
        [CLONING] = "its record says that it is cloning",
        [SUPERSEDED] = "its record says that it is superseded",
    };
    return words[now->records];
}

static const char *why_place_forbids(const struct situation *now)
{
    static const char *const words[] = {
        [MISSING] = "the directory is gone from the export",
        [REPLACED] = "a file or a symlink is in its place on the export",
        [USED] = "another volume has the same directory",
    };
    bool is_unmade = now->records == MAKING || now->records == MAKING_ELSEWHERE;
    return is_unmade ? NULL : words[now->place];
}

/* Why the one that the claim has is not given back; NULL: it is. */
static const char *why_not(const struct situation *now)
{
    const char *words = why_object_contradicts(now);
    if (!words && now->records == NO_RECORD)
        words = why_unrecorded_forbids(now);
    if (!words)
        words = why_object_forbids(now);
    if (!words)
        words = why_record_forbids(now);
    return words ? words : why_place_forbids(now);
}

/* Where a volume without a record is, nothing tells. */
static bool may_lead_there(const struct situation *now)
{
    return now->pattern == LEADS_THERE ||
           (now->pattern == LEADS_ELSEWHERE && now->records == NO_RECORD);
}

static enum rebind_decision expect_of_known_set(const struct situation *now, const char **words)
{
    bool wants_nothing = is_discarded(now) && !counts_always(now);
    *words = NULL;
    if (now->records == NOT_UNDERSTOOD)
        *words = "cannot tell which directory this claim had";
    else if (!has_something(now) || (wants_nothing && !may_lead_there(now)))
        return REBIND_NEW_DIRECTORY;
    else if (wants_nothing)
        *words = now->records == CLUSTER_ALIVE
                     ? "pathPattern leads to the directory d-1 of another cluster, which still uses"
                     : "its StatefulSet asks for fresh data, but pathPattern leads to";
    else if (now->records == TWO && !is_first_choice(now) && is_second_given_back(now))
        *words = "2 directories belong to this claim";
    else
        *words = why_not(now);
    if (*words)
        return REBIND_HOLD;
    return now->records == MAKING || now->records == MAKING_ELSEWHERE ? REBIND_FINISH_MAKING
                                                                      : REBIND_GIVE_BACK;
}

/* What the claim gets, and of a claim that is held the words. That there is no set is proven before
 * the claim gets nothing because of it. */
static enum rebind_decision expect(const struct situation *now, const char **words)
{
    struct situation other = *now;
    if (now->set != PLAIN_SO_FAR)
        return expect_of_known_set(now, words);
    other.set = SET;
    enum rebind_decision with_set = expect_of_known_set(&other, words);
    other.set = PLAIN;
    enum rebind_decision decision = expect_of_known_set(&other, words);
    return decision == REBIND_NEW_DIRECTORY && with_set != REBIND_NEW_DIRECTORY ? REBIND_READ_SETS
                                                                                : decision;
}

/* Independent of the rules: a new directory is for who has nothing, or did not want it back. */
static bool may_be_new(const struct situation *now)
{
    bool is_nobody_s = now->object == GONE || now->object == OTHER_CLAIM || now->object == NO_CLAIM;
    bool has_nothing = now->records == OTHER_CLASS || now->records == SUPERSEDED ||
                       now->records == MAKING_ELSEWHERE || leads_elsewhere(now) ||
                       (now->records == NO_RECORD && is_nobody_s);
    bool is_of_others =
        now->records == EARLIER || now->records == CLUSTER_GONE || now->records == CLUSTER_ALIVE;
    bool is_unwanted = is_discarded(now) || now->policy == REBIND_NONE ||
                       (now->policy == REBIND_STATEFUL && now->set != SET && !is_labelled(now));
    return !is_bound_already(now) && now->records != OWN &&
           (has_nothing || (is_of_others && !now->adopts) || is_unwanted);
}

/* --- every combination --- */

/* Another volume, claim and cluster of the situations are not for the claim's event. */
static bool names_others(const char *message)
{
    static const char *const others[] = {"pvc-8", "default/other", "cluster there"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strstr(message, others[i]))
            return true;
    }
    return false;
}

/* NOLINTNEXTLINE(readability-function-cognitive-complexity): the rules stand one after the other */
static void check(const struct question *question, const struct situation *now)
{
    const char *words;
    enum rebind_decision expected = expect(now, &words);
    struct answer answer = question_ask(question);
    bool is_right = answer.decision == expected;
    if (is_right && expected == REBIND_HOLD)
        is_right = answer.err.kind == ERROR_CONFLICT && strstr(answer.err.message, words) &&
                   !names_others(answer.err.message);
    answer_clear(&answer);
    if (is_right && (expected == REBIND_GIVE_BACK || expected == REBIND_FINISH_MAKING))
        is_right = answer.is_first;
    bool is_new = answer.decision == REBIND_NEW_DIRECTORY;
    if (is_right && !(is_new && !may_be_new(now)))
        return;
    autofree char *situation = situation_words(now);
    autofree char *label = memory_format(
        "%s: expected %s (%s), got %s (%s)", situation, DECISION_WORD(expected), words ? words : "",
        DECISION_WORD(answer.decision), answer.decision == REBIND_HOLD ? answer.err.message : "");
    ASSERT_CASE(is_right && (!is_new || may_be_new(now)), label);
}

static void every_combination_is_decided_by_the_rules(void)
{
    question_vary_all(check);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(every_combination_is_decided_by_the_rules),
        {0},
    };
    return suite_run("rebind combinations", tests, argc, argv);
}
