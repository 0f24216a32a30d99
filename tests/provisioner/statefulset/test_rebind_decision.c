/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/statefulset/rebind_cases.h"

/*
 * What does a claim get that has no volume? The first line that fits decides.
 *
 *   what was read                                          it gets
 *   ------------------------------------------------------ ----------------------------------------
 *   a file among its records is not understood             held: cannot tell which directory it had
 *
 *   What counts always, whatever class and set say; of several only the highest:
 *   a volume that names this very claim, or a record that  that one, or held as below: a second one
 *   does: it was made for, or given to, this claim         would be one too many
 *   reserved for it (mooring adopt chose)                  that one, or held as below
 *   a directory that was being made for a claim of this    that one, finished, or held as below. It
 *   name here, and the pattern still leads to it           need not be there
 *
 *   nothing: no record and no volume for its name          new
 *   only of another class, or superseded                   new
 *   only of an earlier namespace or another cluster        new; with adopt: always as below, except
 *                                                          for what was only being made
 *   only what the class does not give back                 new; "rebind: stateful" gives back to
 *                                                          claims of sets, also of one that only
 *                                                          the record knows, and a pattern that
 *                                                          leads to the directory again gives it
 *                                                          back whatever the class says. That
 *                                                          there is no set must be read now
 *   the set's user asked for fresh data                    new, and what it had is superseded;
 *                                                          with a pattern, which leads to the same
 *                                                          directory, held. Where only a deletion
 *                                                          of the set asks for it, the volume
 *                                                          of a set that lives is none of these
 *
 *   two or more                                            held: names them and how to choose
 *   one: its volume is another provisioner's               held
 *        the export says that the volume's directory is    held: names mooring list and adopt
 *        another claim's
 *        a volume, and no record                           held; it may be recorded
 *        its volume object is being deleted                held until it is gone
 *        the volume's path is not the record's             held: see mooring list
 *        the same, because the export's address changed    held: deleting the object mends it, and
 *                                                          nothing else is to be deleted
 *        a person took the volume's claimRef away          held: names mooring adopt
 *        the volume is for another claim now               held; the log says which
 *        the volume was bound last to a claim with         held: names mooring adopt
 *        another UID than the record says
 *        the record is of a cluster that gives signs       held until it gave none for 5 minutes;
 *        of life                                           the log says which
 *        mooring adopt was cut off                         held: run it again
 *        archiving, archived, restoring, removing, cloning held: says which
 *        another volume has the directory                  held; the log says which
 *        the directory is gone, or is none                 held
 *   one, and none of these                                 that one: the volume patched or, where
 *                                                          its object is gone, made again
 *
 * What is new under a pattern that leads to what another has, or to what this claim has and does
 * not get back, is refused when it is made (tests/provisioner/claim/test_pattern.c).
 *
 * What could not be read never comes to this decision: the reading fails, and with it the claim
 * waits (tests/provisioner/claim/test_rebind_reading.c). Which set a claim belongs to, also one of
 * two, is decided before (tests/provisioner/object/test_claim_identity.c), and what becomes of a
 * claim that is bound to a lost volume elsewhere (tests/provisioner/claim/test_recover_decision.c).
 *
 * So "new" is only for who has nothing, or for whom fresh data was asked for: by the class, by the
 * set, or by who superseded it. test_rebind_combinations.c says so for every combination.
 */

#define NEW REBIND_NEW_DIRECTORY
#define BACK REBIND_GIVE_BACK
#define FINISH REBIND_FINISH_MAKING
#define HOLD REBIND_HOLD
#define READ REBIND_READ_SETS

/* What is not named is the usual: a StatefulSet's claim, rebind: stateful, the directory there. */
static const struct row {
    const char *label;
    struct situation now;
    enum rebind_decision outcome;
    const char *words; /* of a claim that is held */
} rows[] = {
    {"a claim that had nothing", {.records = NO_RECORD}, NEW, NULL},
    {"the same of a class that adopts", {.records = NO_RECORD, .adopts = true}, NEW, NULL},
    {"the same with a pattern", {.records = NO_RECORD, .pattern = LEADS_THERE}, NEW, NULL},

    /* the claim comes back */
    {"volume released", {.records = ONE, .object = RELEASED}, BACK, NULL},
    {"volume object gone", {.records = ONE, .object = GONE}, BACK, NULL},
    {"volume unbound by Kubernetes", {.records = ONE, .object = NO_UID}, BACK, NULL},
    {"patched, then cut off", {.records = ONE, .object = GIVEN}, BACK, NULL},
    {"taken from another claim, then cut off", {.records = TAKING, .object = GIVEN}, BACK, NULL},
    {"the same, the volume object gone", {.records = TAKING}, BACK, NULL},
    {"recorded, then cut off before the volume", {.records = OWN}, BACK, NULL},
    {"recorded, volume made and not bound yet", {.records = OWN, .object = BY_HAND}, BACK, NULL},
    {"with a pattern", {.records = ONE, .pattern = LEADS_THERE}, BACK, NULL},
    {"two of them", {.records = TWO}, HOLD, "d-1 (volume pvc-1), d-2 (volume pvc-2). None was"},
    {"two, and how to choose",
     {.records = TWO},
     HOLD,
     "mooring adopt DIRECTORY --to default/data-web-0"},
    {"two, one of them with a directory that is gone",
     {.records = TWO, .place = MISSING},
     HOLD,
     "2 directories belong to this claim"},

    /* who gets it back */
    {"set not there yet", {.records = ONE, .set = SET_RECORDED}, BACK, NULL},
    {"no set", {.records = ONE, .set = PLAIN}, NEW, NULL},
    {"no set so far", {.records = ONE, .set = PLAIN_SO_FAR}, READ, NULL},
    {"no set so far, and nothing that it could get", {.set = PLAIN_SO_FAR}, NEW, NULL},
    {"no set so far, rebind: none",
     {.records = ONE, .set = PLAIN_SO_FAR, .policy = REBIND_NONE},
     NEW,
     NULL},
    {"no set so far, rebind: all",
     {.records = ONE, .set = PLAIN_SO_FAR, .policy = REBIND_ALL},
     BACK,
     NULL},
    {"no set, and a pattern that leads to it again",
     {.records = ONE, .set = PLAIN, .pattern = LEADS_THERE},
     BACK,
     NULL},
    {"no set, and a pattern that leads elsewhere",
     {.records = ONE, .set = PLAIN, .pattern = LEADS_ELSEWHERE},
     NEW,
     NULL},
    {"rebind: none, and a pattern that leads to it again",
     {.records = ONE, .policy = REBIND_NONE, .pattern = LEADS_THERE},
     BACK,
     NULL},
    {"a pattern that leads to the first of two",
     {.records = TWO, .set = PLAIN, .pattern = LEADS_THERE},
     BACK,
     NULL},
    {"a pattern that leads to what is superseded",
     {.records = SUPERSEDED, .pattern = LEADS_THERE},
     NEW,
     NULL},
    {"a pattern that leads to an earlier namespace's",
     {.records = EARLIER, .pattern = LEADS_THERE},
     NEW,
     NULL},
    {"no set, rebind: all", {.records = ONE, .set = PLAIN, .policy = REBIND_ALL}, BACK, NULL},
    {"a set, rebind: none", {.records = ONE, .policy = REBIND_NONE}, NEW, NULL},
    {"fresh data asked for", {.records = ONE, .set = FRESH}, NEW, NULL},
    {"fresh data after the set's deletion, and the set lives",
     {.records = ONE, .object = RELEASED, .set = FRESH_LIVING},
     BACK,
     NULL},
    {"the same, and the set was made again",
     {.records = ONE, .object = RELEASED, .set = FRESH_AGAIN},
     NEW,
     NULL},
    {"the same, and there is no volume that says of which set it was",
     {.records = ONE, .set = FRESH_LIVING},
     NEW,
     NULL},
    {"fresh data of two", {.records = TWO, .set = FRESH}, NEW, NULL},
    {"fresh data, volume being deleted",
     {.records = ONE, .object = TERMINATING, .set = FRESH},
     NEW,
     NULL},
    {"fresh data where a pattern leads to the old",
     {.records = ONE, .set = FRESH, .pattern = LEADS_THERE},
     HOLD,
     "pathPattern leads to the directory d-1 that it had"},
    {"the same, of another cluster that is gone",
     {.records = CLUSTER_GONE, .adopts = true, .set = FRESH, .pattern = LEADS_THERE},
     HOLD,
     "give it back with: mooring adopt d-1 --to default/data-web-0 --from-other-cluster"},
    {"fresh data, and it was given the old already",
     {.records = ONE, .object = GIVEN, .set = FRESH},
     BACK,
     NULL},
    {"fresh data, made for it, then cut off", {.records = OWN, .set = FRESH}, BACK, NULL},
    {"rebind: none, made for it, then cut off",
     {.records = OWN, .policy = REBIND_NONE},
     BACK,
     NULL},
    {"no set, made for it, then cut off", {.records = OWN, .set = PLAIN}, BACK, NULL},
    {"two, one of them given to it already", {.records = TWO, .object = GIVEN}, BACK, NULL},

    /* whose it is */
    {"another class", {.records = OTHER_CLASS, .object = RELEASED}, NEW, NULL},
    {"superseded", {.records = SUPERSEDED, .object = RELEASED}, NEW, NULL},
    {"superseded, and bound to it by hand",
     {.records = SUPERSEDED, .object = BY_HAND},
     HOLD,
     "UID uid-2, its record says uid-1"},
    {"superseded after it was given to it",
     {.records = SUPERSEDED, .object = GIVEN},
     HOLD,
     "its record says that it is superseded"},
    {"earlier namespace", {.records = EARLIER, .object = RELEASED}, NEW, NULL},
    {"earlier namespace, adopted",
     {.records = EARLIER, .object = RELEASED, .adopts = true},
     BACK,
     NULL},
    {"earlier namespace, bound to it by hand",
     {.records = EARLIER, .object = BY_HAND},
     HOLD,
     "UID uid-2, its record says uid-1"},
    {"earlier namespace, given to it, then cut off",
     {.records = EARLIER, .object = GIVEN},
     BACK,
     NULL},
    {"other cluster, gone", {.records = CLUSTER_GONE}, NEW, NULL},
    {"other cluster, gone, adopted", {.records = CLUSTER_GONE, .adopts = true}, BACK, NULL},
    {"other cluster, alive", {.records = CLUSTER_ALIVE}, NEW, NULL},
    {"other cluster, alive, adopted",
     {.records = CLUSTER_ALIVE, .adopts = true},
     HOLD,
     "another cluster still uses the export"},
    {"adopted, where rebind: none",
     {.records = EARLIER, .adopts = true, .policy = REBIND_NONE},
     NEW,
     NULL},

    /* reserved by mooring adopt */
    {"reserved", {.records = RESERVED, .object = NO_UID}, BACK, NULL},
    {"reserved, volume object gone", {.records = RESERVED}, BACK, NULL},
    {"reserved beside one in use", {.records = RESERVED_OF_TWO, .object = NO_UID}, BACK, NULL},
    {"reserved, no set", {.records = RESERVED, .object = NO_UID, .set = PLAIN}, BACK, NULL},
    {"reserved, rebind: none", {.records = RESERVED, .policy = REBIND_NONE}, BACK, NULL},
    {"reserved, fresh data", {.records = RESERVED, .object = NO_UID, .set = FRESH}, BACK, NULL},
    {"reserved, patched, then cut off", {.records = RESERVED, .object = GIVEN}, BACK, NULL},
    {"reserved, and its directory is gone",
     {.records = RESERVED, .place = MISSING},
     HOLD,
     "the directory is gone from the export"},
    {"reserved, and its volume names another claim",
     {.records = RESERVED, .object = OTHER_UID},
     HOLD,
     "UID uid-7, its record says reserved"},
    {"a volume without UID reserves nothing: no set",
     {.records = ONE, .object = NO_UID, .set = PLAIN},
     NEW,
     NULL},

    /* cut off while it was made */
    {"being made", {.records = MAKING, .pattern = LEADS_THERE}, FINISH, NULL},
    {"being made, not there yet",
     {.records = MAKING, .place = MISSING, .pattern = LEADS_THERE},
     FINISH,
     NULL},
    {"being made, no set", {.records = MAKING, .set = PLAIN, .pattern = LEADS_THERE}, FINISH, NULL},
    {"being made, and the pattern leads elsewhere now",
     {.records = MAKING, .pattern = LEADS_ELSEWHERE},
     NEW,
     NULL},
    {"being made, rebind: none", {.records = MAKING, .policy = REBIND_NONE}, FINISH, NULL},
    {"being made by an earlier namespace",
     {.records = MAKING_ELSEWHERE, .adopts = true, .pattern = LEADS_THERE},
     NEW,
     NULL},
    {"being made, fresh data",
     {.records = MAKING, .set = FRESH, .pattern = LEADS_THERE},
     FINISH,
     NULL},

    /* one that cannot be given back as it is */
    {"not understood", {.records = NOT_UNDERSTOOD}, HOLD, "wrote it: a newer one wrote it. "},
    {"not understood, fresh data",
     {.records = NOT_UNDERSTOOD, .set = FRESH},
     HOLD,
     "cannot tell which"},
    {"not understood, rebind: none",
     {.records = NOT_UNDERSTOOD, .policy = REBIND_NONE},
     HOLD,
     "cannot tell which"},
    {"volume being deleted",
     {.records = ONE, .object = TERMINATING},
     HOLD,
     "the volume is being deleted: once it is gone, it is made again from its record"},
    {"volume of another path",
     {.records = ONE, .object = ELSEWHERE},
     HOLD,
     "the path of the volume is server.example:/export/d-9, its record says d-1: one of them was "
     "changed by hand: see mooring list"},
    {"volume of the export's former address",
     {.records = ONE, .object = MOVED},
     HOLD,
     "the volume still names the export old.example:/old, its storage class names "
     "server.example:/export now: kubectl delete pv pvc-1, and mooring makes it again with the new "
     "address. Delete nothing else: its record says whose the data is"},
    {"volume for another claim now",
     {.records = ONE, .object = OTHER_CLAIM},
     HOLD,
     "the volume is for another claim now: an administrator finds which in mooring list, and "
     "chooses with mooring adopt d-1 --to default/data-web-0"},
    {"volume bound last to another UID",
     {.records = ONE, .object = OTHER_UID},
     HOLD,
     "UID uid-7, its record says uid-1. If it is this claim's: mooring adopt d-1 --to "
     "default/data-web-0"},
    {"volume bound by hand", {.records = ONE, .object = BY_HAND}, HOLD, "UID uid-2, its record"},
    {"volume without a record", {.object = RELEASED}, HOLD, "it has no record on the export"},
    {"volume without a record, fresh data", {.object = RELEASED, .set = FRESH}, NEW, NULL},
    {"volume without a record, being deleted", {.object = TERMINATING}, HOLD, "it has no record"},
    {"volume without a record, and its directory is another's",
     {.object = CONTRADICTED},
     HOLD,
     "the export says that its directory is another claim's: see mooring list"},
    {"another provisioner's volume of that name",
     {.records = ONE, .object = NOT_OURS},
     HOLD,
     "the volume of that name is not mooring's"},
    {"claimRef taken away",
     {.records = ONE, .object = NO_CLAIM},
     HOLD,
     "any claim may bind it: mooring adopt d-1 --to default/data-web-0"},
    {"volume without a record, unbound", {.object = NO_UID}, HOLD, "it has no record"},
    {"volume without a record, for another claim", {.object = OTHER_CLAIM}, NEW, NULL},
    {"volume without a record, this claim's", {.object = BY_HAND}, HOLD, "this claim's already"},
    {"the same, rebind: none",
     {.object = BY_HAND, .policy = REBIND_NONE},
     HOLD,
     "this claim's already"},
    {"mooring adopt cut off", {.records = MOVING}, HOLD, "mooring adopt was interrupted"},
    {"archiving", {.records = ARCHIVING}, HOLD, "its record says that it is archiving"},
    {"archived", {.records = ARCHIVED}, HOLD, "its record says that it is archived"},
    {"restoring", {.records = RESTORING}, HOLD, "its record says that it is restoring"},
    {"removing", {.records = REMOVING}, HOLD, "its record says that it is removing"},
    {"cloning", {.records = CLONING}, HOLD, "its record says that it is cloning"},
    {"removing, bound to it already",
     {.records = REMOVING, .object = GIVEN},
     HOLD,
     "its record says that it is removing"},
    {"removing, the volume being deleted",
     {.records = REMOVING, .object = TERMINATING},
     HOLD,
     "the volume is being deleted"},
    {"archiving, fresh data", {.records = ARCHIVING, .set = FRESH}, NEW, NULL},
    {"archiving, no set", {.records = ARCHIVING, .set = PLAIN}, NEW, NULL},
    {"directory gone", {.records = ONE, .place = MISSING}, HOLD, "gone from the export"},
    {"directory gone, and the volume object", {.records = OWN, .place = MISSING}, HOLD, "is gone"},
    {"a file in its place", {.records = ONE, .place = REPLACED}, HOLD, "a file or a symlink is in"},
    {"another volume has it", {.records = ONE, .place = USED}, HOLD, "another volume has the same"},
};

static void check(const struct row *row)
{
    struct question question;
    question_begin(&question, &row->now);
    question_vary(&question, &row->now);
    struct answer answer = question_ask(&question);
    answer_clear(&answer);
    autofree char *label =
        memory_format("%s: %s%s", row->label, DECISION_WORD(answer.decision), answer.err.message);
    ASSERT_CASE(answer.decision == row->outcome, label);
    if (row->outcome == HOLD)
        ASSERT_CASE(answer.err.kind == ERROR_CONFLICT && strstr(answer.err.message, row->words),
                    label);
    if (row->outcome == BACK || row->outcome == FINISH)
        ASSERT_CASE(answer.is_first, label);
    question_end(&question);
}

static void each_line_of_the_table_is_decided_so(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check(&rows[i]);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(each_line_of_the_table_is_decided_so),
        {0},
    };
    return suite_run("rebind decision", tests, argc, argv);
}
