/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/follow_cases.h"

/*
 * What becomes of the record of a volume that mooring, Kubernetes, a backup tool or an
 * administrator has bound? The first line that fits decides.
 *
 *   what was read                                          its record
 *   ------------------------------------------------------ ----------------------------------------
 *   the volume names no claim, or no UID                   stays: no claim has it, or it is
 * reserved
 *
 *   there is no record, and
 *     the namespace is gone                                stays away: nothing else was read
 *     a file that is not understood may be it              stays away: "cannot be used"
 *     the class is gone, or the path is not below its      stays away
 *     export, or is no directory there
 *     the directory is recorded for another cluster, or    stays away
 *     lies in, or around, one that is recorded
 *     another volume has the directory                     stays away
 *     volume and claim name each other                     is written
 *     the claim has the UID, and is bound to no volume or  stays away
 *     to another
 *     the claim is gone or another one, and the volume     is written, for who had it
 *     released, and the namespace older than the volume
 *     the same, but not released, or a newer namespace     stays away: perhaps a stranger's
 *
 *   it names that claim and UID, and is in use             stays: it is right
 *     the same, but another claim has the directory, or    stays, and that is said
 *     one in it or around it
 *   it is of another cluster                               stays
 *   it is about another directory than the volume          stays: one of them was changed by hand
 *   it is being made, archived, or on the way              stays
 *   mooring noted at the volume which claim the record     is moved to the claim, which is told
 *   named when it gave the volume to the claim             that it has its volume back
 *   it was superseded, and no claim is bound to it         stays, whatever mooring noted
 *   volume and claim name each other                       is moved to the claim
 *   in both, the namespace is gone                         stays
 *   the claim is gone, and was of an earlier namespace     stays: the present one has another owner
 *   neither                                                stays: half a binding proves nothing
 *
 * What is different where claims share the directory is in test_follow_shared.c.
 *
 * That the volume is being deleted changes none of this: the record is what is left of it then.
 */

#define STAYS FOLLOW_NEEDLESS
#define MOVED FOLLOW_MOVE
#define FINISHED FOLLOW_FINISH
#define WRITTEN FOLLOW_WRITE
#define REFUSED FOLLOW_REFUSE

static const struct row {
    const char *label;
    struct state state;
    enum follow_decision decision;
    const char *reason; /* of a refusal: a part of it */
} rows[] = {
    {"all is well", {.record = RIGHT}, STAYS, NULL},
    {"all is well, claim gone", {.binding = CLAIM_GONE, .is_released = true}, STAYS, NULL},
    {"all is well, and the export says so",
     {.record = RIGHT, .ownership = DIRECTORY_OF_OWNER},
     STAYS,
     NULL},
    {"its directory lies in another's, or around it",
     {.record = RIGHT, .ownership = DIRECTORY_NESTED},
     STAYS,
     "its directory lies in another one"},
    {"still reserved", {.reference = NAMES_NO_UID, .record = RESERVED_FOR_IT}, STAYS, NULL},
    {"unbound by Kubernetes", {.reference = NAMES_NO_UID, .record = EARLIER_UID}, STAYS, NULL},
    {"of no claim", {.reference = NAMES_NO_CLAIM, .record = NO_RECORD}, STAYS, NULL},
    {"being deleted, of no claim",
     {.reference = NAMES_NO_CLAIM, .is_deleting = true, .record = NO_RECORD},
     STAYS,
     NULL},

    {"Kubernetes bound what was reserved", {.record = RESERVED_FOR_IT}, MOVED, NULL},
    {"bound by hand to the claim that came back", {.record = EARLIER_UID}, MOVED, NULL},
    {"restored from a backup under another name", {.record = OTHER_NAME}, MOVED, NULL},
    {"restored into a namespace made again", {.record = EARLIER_NAMESPACE}, MOVED, NULL},
    {"bound again after it was superseded", {.record = WAS_SUPERSEDED}, MOVED, NULL},
    {"being deleted, bound by others", {.is_deleting = true, .record = OTHER_NAME}, MOVED, NULL},
    {"taken from another claim, then cut off", {.record = WAS_TAKING}, MOVED, NULL},
    {"mooring adopt was cut off after the volume", {.record = WAS_MOVING}, MOVED, NULL},
    {"rebound by mooring, record not written, claim bound",
     {.record = EARLIER_UID, .is_noted = true},
     FINISHED,
     NULL},
    {"the same, and the claim is not bound yet",
     {.record = EARLIER_UID, .is_noted = true, .binding = PENDING},
     FINISHED,
     NULL},
    {"the same, and the claim is gone again",
     {.record = EARLIER_UID, .is_noted = true, .binding = CLAIM_GONE, .is_released = true},
     FINISHED,
     NULL},
    {"the same, of what was reserved",
     {.record = RESERVED_FOR_IT, .is_noted = true, .binding = PENDING},
     FINISHED,
     NULL},
    {"superseded, and bound again, whatever was noted",
     {.record = WAS_SUPERSEDED, .is_noted = true},
     MOVED,
     NULL},
    {"superseded, noted before, and not bound",
     {.record = WAS_SUPERSEDED, .is_noted = true, .binding = CLAIM_GONE, .is_released = true},
     REFUSED,
     "no claim is bound to it"},
    {"rebound by mooring from an earlier namespace, record not written",
     {.record = EARLIER_NAMESPACE, .is_noted = true, .binding = PENDING},
     FINISHED,
     NULL},
    {"rebound by mooring, record not written, then claim and namespace deleted and made again",
     {.record = EARLIER_NAMESPACE, .is_noted = true, .binding = CLAIM_GONE, .is_released = true},
     REFUSED,
     "of an earlier namespace"},
    {"the same, and a claim of that name came",
     {.record = EARLIER_NAMESPACE, .is_noted = true, .binding = SUCCEEDED, .is_released = true},
     REFUSED,
     "of an earlier namespace"},
    {"handed over from another namespace, noted, and the claim is gone again",
     {.record = OTHER_NAMESPACE, .is_noted = true, .binding = CLAIM_GONE, .is_released = true},
     FINISHED,
     NULL},
    {"taken from another claim, noted, then cut off",
     {.record = WAS_TAKING, .is_noted = true, .binding = PENDING},
     FINISHED,
     NULL},
    {"class gone meanwhile: the record knows the export",
     {.record = EARLIER_UID, .has_no_class = true},
     MOVED,
     NULL},

    {"claimRef changed by hand, claim not bound",
     {.record = EARLIER_UID, .binding = PENDING},
     REFUSED,
     "names another claim, and no claim is bound to it"},
    {"claimRef changed by hand, claim bound elsewhere",
     {.record = EARLIER_UID, .binding = BOUND_ELSEWHERE},
     REFUSED,
     "no claim is bound to it"},
    {"claimRef of a UID that is gone",
     {.record = EARLIER_UID, .binding = CLAIM_GONE, .is_released = true},
     REFUSED,
     "no claim is bound to it"},
    {"claimRef of a UID that has a successor",
     {.record = OTHER_NAME, .binding = SUCCEEDED, .is_released = true},
     REFUSED,
     "no claim is bound to it"},
    {"another cluster's, bound here", {.record = OTHER_CLUSTER}, REFUSED, "another cluster"},
    {"another cluster's, noted here",
     {.record = OTHER_CLUSTER, .is_noted = true},
     REFUSED,
     "another cluster"},
    {"the path was changed by hand",
     {.record = EARLIER_UID, .path = "/export/d-9"},
     REFUSED,
     "its record is about another directory"},
    {"the path was changed by hand, out of the export",
     {.record = EARLIER_UID, .path = "/elsewhere/d-1"},
     REFUSED,
     "its record is about another directory"},
    {"being made", {.record = WAS_MAKING}, REFUSED, "a state that does not allow it"},
    {"archived", {.record = WAS_ARCHIVED}, REFUSED, "a state that does not allow it"},
    {"namespace gone, noted",
     {.record = EARLIER_UID, .is_noted = true, .binding = CLAIM_GONE, .is_namespace_gone = true},
     REFUSED,
     "the namespace of its claim is gone"},

    {"no record, bound", {.record = NO_RECORD}, WRITTEN, NULL},
    {"no record, being deleted", {.record = NO_RECORD, .is_deleting = true}, WRITTEN, NULL},
    {"no record, nested path", {.record = NO_RECORD, .path = "/export/a/b"}, WRITTEN, NULL},
    {"no record, claim gone",
     {.record = NO_RECORD, .binding = CLAIM_GONE, .is_released = true},
     WRITTEN,
     NULL},
    {"no record, claim came back",
     {.record = NO_RECORD, .binding = SUCCEEDED, .is_released = true},
     WRITTEN,
     NULL},
    {"no record, but the directory has its owner",
     {.record = NO_RECORD, .ownership = DIRECTORY_OF_OWNER},
     WRITTEN,
     NULL},
    {"no record, bound, namespace newer: the binding proves it",
     {.record = NO_RECORD, .is_namespace_newer = true},
     WRITTEN,
     NULL},

    {"broken record", {.record = UNREADABLE}, REFUSED, "cannot be used"},
    {"no record, class gone", {.record = NO_RECORD, .has_no_class = true}, REFUSED, "class"},
    {"no record, the export itself",
     {.record = NO_RECORD, .path = "/export"},
     REFUSED,
     "not below the export"},
    {"no record, up and out", {.record = NO_RECORD, .path = "/export/.."}, REFUSED, "not below"},
    {"no record, our own files",
     {.record = NO_RECORD, .path = "/export/.mooring"},
     REFUSED,
     "not below"},
    {"no record, another export",
     {.record = NO_RECORD, .path = "/exports/d-1"},
     REFUSED,
     "not below"},
    {"no record, no directory",
     {.record = NO_RECORD, .has_no_directory = true},
     REFUSED,
     "is not on the export"},
    {"no record, used by another",
     {.record = NO_RECORD, .is_used = true},
     REFUSED,
     "another volume"},
    {"no record, nested in a recorded one",
     {.record = NO_RECORD, .ownership = DIRECTORY_NESTED},
     REFUSED,
     "a folder is in its place"},
    {"no record here, another cluster's directory",
     {.record = NO_RECORD, .ownership = DIRECTORY_OF_OWNER, .is_owner_foreign = true},
     REFUSED,
     "recorded for another cluster"},
    {"no record, claim not bound yet",
     {.record = NO_RECORD, .binding = PENDING},
     REFUSED,
     "not bound to it"},
    {"no record, claim bound elsewhere",
     {.record = NO_RECORD, .binding = BOUND_ELSEWHERE},
     REFUSED,
     "not bound to it"},
    {"no record, claim gone, not released yet",
     {.record = NO_RECORD, .binding = CLAIM_GONE},
     REFUSED,
     "not released"},
    {"namespace gone, so that the export is not read",
     {.record = NO_RECORD,
      .binding = CLAIM_GONE,
      .is_released = true,
      .is_namespace_gone = true,
      .has_no_directory = true},
     REFUSED,
     "namespace of its claim is gone"},
    {"no record, claim gone, namespace newer",
     {.record = NO_RECORD, .binding = CLAIM_GONE, .is_released = true, .is_namespace_newer = true},
     REFUSED,
     "not older"},
};

static void each_line_of_the_table_is_decided_so(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct follow_question question;
        const char *reason = "";
        follow_question_begin(&question, &row->state);
        enum follow_decision decision = follow_decide(&question.input, &reason);
        autofree char *label = memory_format("%s: %d %s", row->label, (int)decision, reason);
        ASSERT_CASE(decision == row->decision, label);
        ASSERT_CASE(!row->reason || strstr(reason, row->reason), label);
        follow_question_end(&question);
    }
}

static void a_namespace_of_unknown_age_may_be_a_stranger_s(void)
{
    static const int64_t ages[] = {-1, AFTER_THE_VOLUME, BEFORE_THE_VOLUME};
    for (size_t i = 0; i < 3; i++) {
        const struct state state = {
            .record = NO_RECORD, .binding = CLAIM_GONE, .is_released = true};
        struct follow_question question;
        const char *reason = "";
        follow_question_begin(&question, &state);
        question.input.namespace_created_us = ages[i];
        CU_ASSERT_EQUAL(follow_decide(&question.input, &reason), i == 2 ? WRITTEN : REFUSED);
        follow_question_end(&question);
    }
}

/* --- every combination --- */

static bool is_mutual(const struct state *state)
{
    return state->reference == NAMES_UID && state->binding == MUTUAL;
}

/* Never another cluster's record, nor one that something else is being done with. */
static bool may_follow(const struct state *state)
{
    bool is_record = state->record != NO_RECORD && state->record != UNREADABLE &&
                     state->record != OTHER_CLUSTER && state->record != WAS_MAKING &&
                     state->record != WAS_ARCHIVED && state->record != RIGHT;
    return is_record && state->reference == NAMES_UID && !state->is_namespace_gone;
}

/* What was superseded since stays so. */
static bool was_cut_off(const struct state *state)
{
    return state->is_noted && state->record != WAS_SUPERSEDED;
}

/* A claim of an earlier namespace, which is gone, has no successor in the present one. */
static bool may_finish(const struct state *state)
{
    bool is_gone = state->binding == CLAIM_GONE || state->binding == SUCCEEDED;
    return may_follow(state) && was_cut_off(state) &&
           !(state->record == EARLIER_NAMESPACE && is_gone);
}

/* "A binding that stands in both directions", which mooring did not note itself. */
static bool may_move(const struct state *state)
{
    return may_follow(state) && is_mutual(state) && !was_cut_off(state);
}

/* The volume's owner is certain, and no other claim has the directory. */
static bool may_write(const struct state *state)
{
    bool is_kept = state->is_released && !state->is_namespace_newer &&
                   (state->binding == CLAIM_GONE || state->binding == SUCCEEDED);
    return state->record == NO_RECORD && state->reference == NAMES_UID &&
           !state->is_namespace_gone && !state->has_no_class && !state->has_no_directory &&
           !state->is_used && state->ownership != DIRECTORY_NESTED && (is_mutual(state) || is_kept);
}

/* It needs nothing, and yet this is told. */
static bool is_right_but_nested(const struct state *state)
{
    return state->record == RIGHT && state->reference == NAMES_UID &&
           state->ownership == DIRECTORY_NESTED;
}

static void check_combination(struct follow_question *question, const struct state *state)
{
    const char *reason = NULL;
    follow_question_vary(question, state);
    enum follow_decision decision = follow_decide(&question->input, &reason);
    bool is_right = (decision == MOVED) == may_move(state) &&
                    (decision == FINISHED) == may_finish(state) &&
                    (decision == WRITTEN) == may_write(state) &&
                    (decision == REFUSED || is_right_but_nested(state)) == (reason != NULL);
    if (is_right)
        return;
    autofree char *label =
        memory_format("reference %d, binding %d, record %d, ownership %d: %d", state->reference,
                      state->binding, state->record, state->ownership, decision);
    ASSERT_CASE(is_right, label);
}

static void vary_surroundings(struct follow_question *question, struct state *state)
{
    static const enum directory_ownership ownerships[] = {DIRECTORY_WITHOUT_OWNER,
                                                          DIRECTORY_OF_OWNER, DIRECTORY_NESTED};

    for (unsigned i = 0; i < 3U << 5; i++) {
        state->has_no_class = i & 1;
        state->has_no_directory = i & 2;
        state->is_used = i & 4;
        state->is_namespace_gone = i & 8;
        state->is_namespace_newer = i & 16;
        state->ownership = ownerships[i >> 5];
        check_combination(question, state);
    }
}

static void vary_volume(struct state *state)
{
    for (unsigned bits = 0; bits < 1U << 3; bits++) {
        struct follow_question question;
        state->is_noted = bits & 1;
        state->is_released = bits & 2;
        state->is_deleting = bits & 4;
        follow_question_begin(&question, state);
        vary_surroundings(&question, state);
        follow_question_end(&question);
    }
}

static void every_combination_is_decided_by_the_rules(void)
{
    for (int record = 0; record < RECORD_STATES_END; record++) {
        for (int i = 0; i < BINDINGS_END * REFERENCES_END; i++) {
            struct state state = {.record = (enum record_state_of_volume)record,
                                  .binding = (enum binding)(i % BINDINGS_END),
                                  .reference = (enum reference)(i / BINDINGS_END)};
            vary_volume(&state);
        }
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(each_line_of_the_table_is_decided_so),
        TEST(a_namespace_of_unknown_age_may_be_a_stranger_s),
        TEST(every_combination_is_decided_by_the_rules),
        {0},
    };
    return suite_run("follow decision", tests, argc, argv);
}
