/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/recover_decision.h"
#include "tests/provisioner/claim_fixtures.h"

/*
 * A claim is bound to the volume pvc-1, and the object of pvc-1 is gone. What follows from what one
 * export says? The first line that fits decides.
 *
 *   what was read on the export                            the volume
 *   ------------------------------------------------------ ----------------------------------------
 *   it, or the claim's folder, could not be read           is not made: nothing is known
 *   mooring never was there                                is not of this export
 *   no record of it, and every file there is understood    is not of this export
 *   no record of it, but a file that is not understood     is not made until that file is mended
 *   its record is superseded, moved, archived, ...         is not made: another claim's, perhaps
 *   the class does not name the export, and the record     is not made here: the class has to say
 *   says that the volume was on another one                where the directory is now
 *   its directory could not be looked at                   is not made: nothing is known
 *   its directory is gone, or a file or symlink            is held until the directory is back
 *   another volume has the directory                       is held until that is settled
 *   its record, and none of these                          is made again
 *
 * Which export is asked next, and which failure is told, are the tables after it.
 */
enum found {
    UNREAD,
    NEVER_USED,
    NOTHING,
    NOT_UNDERSTOOD, /* no record, and a file that is not understood */
    OWN,            /* in use, of this claim */
    EARLIER_UID,    /* in use, and still of the claim before it */
    TAKING,         /* it was taken over from another claim when mooring was cut off */
    OWN_BESIDE,     /* its own, beside a file that is not understood */
    MAKING,
    MOVING,
    SUPERSEDED,
    ARCHIVED,
    FOUND_END,
};

enum place { THERE, MISSING, REPLACED, PLACE_UNREAD, PLACES_END };

struct situation {
    enum found found;
    enum place place;
    bool is_used;     /* another volume has the directory */
    bool has_class;   /* the claim's class names this export */
    bool is_of_other; /* the record says that the volume was on another export */
};

#define HAS_NONE RECOVER_HAS_NONE
#define CANNOT_TELL RECOVER_CANNOT_TELL
#define ELSEWHERE RECOVER_ELSEWHERE
#define HOLD RECOVER_HOLD
#define MAKE RECOVER_MAKE

static const char *const decision_words[] = {"has none", "cannot tell", "elsewhere", "hold",
                                             "make"};

static struct record *record_of(const struct situation *now)
{
    static const char *const changes[FOUND_END] = {
        [OWN] = "{}",
        [OWN_BESIDE] = "{}",
        [EARLIER_UID] = "{'claim': {'uid': 'uid-0'}}",
        [TAKING] = "{'state': 'taking', 'claim': {'uid': 'uid-0'}}",
        [MAKING] = "{'state': 'making'}",
        [MOVING] = "{'state': 'moving'}",
        [SUPERSEDED] = "{'state': 'superseded'}",
        [ARCHIVED] = "{'state': 'archived'}",
    };
    return changes[now->found] ? record_with(changes[now->found]) : NULL;
}

static bool has_problem(const struct situation *now)
{
    return now->found == NOT_UNDERSTOOD || now->found == OWN_BESIDE;
}

struct answer {
    enum recover_decision decision;
    bool should_inspect;
    char *reason;
};

/* Caller frees the reason. */
static struct answer ask(const struct situation *now)
{
    static const enum recover_directory directories[PLACES_END] = {
        [THERE] = RECOVER_DIRECTORY_THERE,
        [MISSING] = RECOVER_DIRECTORY_MISSING,
        [REPLACED] = RECOVER_DIRECTORY_REPLACED,
        [PLACE_UNREAD] = RECOVER_DIRECTORY_UNREAD};
    struct error err;
    struct answer answer;
    autorelease(record) struct record *record = record_of(now);
    autodestroy(address) struct address *address =
        address_new(now->is_of_other ? "copy.example" : "server.example", "/export", 3, 0, 0, &err);
    require(address);
    const struct recover_input input = {.address = address,
                                        .is_of_class = now->has_class,
                                        .is_unread = now->found == UNREAD,
                                        .is_unused = now->found == NEVER_USED,
                                        .record = record,
                                        .problem = has_problem(now) ? "it is not whole" : NULL,
                                        .directory = directories[now->place],
                                        .is_used = now->is_used};
    answer.should_inspect = recover_should_inspect(&input);
    answer.decision = recover_decide(&input, &answer.reason);
    return answer;
}

static const struct row {
    const char *label;
    struct situation now;
    enum recover_decision outcome;
    const char *words; /* NULL: the error that was read says it, or nothing is to be said */
} rows[] = {
    {"not read", {.found = UNREAD}, CANNOT_TELL, NULL},
    {"not read, of the class", {.found = UNREAD, .has_class = true}, CANNOT_TELL, NULL},
    {"never used", {.found = NEVER_USED}, HAS_NONE, "no record of it for this claim"},
    {"no record", {.found = NOTHING}, HAS_NONE, "restore the record from a backup"},
    {"no record, of the class", {.found = NOTHING, .has_class = true}, HAS_NONE, "no record of it"},
    {"a file that is not understood",
     {.found = NOT_UNDERSTOOD},
     CANNOT_TELL,
     "repair that file or move it"},
    {"its own", {.found = OWN, .has_class = true}, MAKE, NULL},
    {"its own, class gone", {.found = OWN}, MAKE, NULL},
    {"its own beside a file that is not understood", {.found = OWN_BESIDE}, MAKE, NULL},
    {"one step behind", {.found = EARLIER_UID}, MAKE, NULL},
    {"being taken over", {.found = TAKING}, MAKE, NULL},
    {"being made", {.found = MAKING}, CANNOT_TELL, "superseded, or is being handed over"},
    {"being handed over", {.found = MOVING}, CANNOT_TELL, "superseded, or is being handed over"},
    {"superseded", {.found = SUPERSEDED}, CANNOT_TELL, "superseded, or is being handed over"},
    {"archived", {.found = ARCHIVED}, CANNOT_TELL, "superseded, or is being handed over"},
    {"on another export, class gone",
     {.found = OWN, .is_of_other = true},
     ELSEWHERE,
     "its record is on copy.example:/export and says that it was on server.example:/export"},
    {"on another export, which the class names now",
     {.found = OWN, .is_of_other = true, .has_class = true},
     MAKE,
     NULL},
    {"superseded on another export",
     {.found = SUPERSEDED, .is_of_other = true},
     CANNOT_TELL,
     "superseded"},
    {"directory not looked at", {.found = OWN, .place = PLACE_UNREAD}, HOLD, NULL},
    {"directory gone", {.found = OWN, .place = MISSING}, HOLD, "its directory is missing"},
    {"a file in its place", {.found = OWN, .place = REPLACED}, HOLD, "a file or a symlink is in"},
    {"another volume has it", {.found = OWN, .is_used = true}, HOLD, "another volume has its"},
    {"directory gone, and used",
     {.found = OWN, .place = MISSING, .is_used = true},
     HOLD,
     "is missing"},
    {"on another export, directory gone",
     {.found = OWN, .is_of_other = true, .place = MISSING},
     ELSEWHERE,
     "its record is on copy.example"},
};

static void each_line_of_the_table_is_decided_so(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer answer = ask(&rows[i].now);
        autofree char *reason = answer.reason;
        autofree char *label = memory_format("%s: %s (%s)", rows[i].label,
                                             decision_words[answer.decision], reason ? reason : "");
        ASSERT_CASE(answer.decision == rows[i].outcome, label);
        ASSERT_CASE(rows[i].words ? reason && strstr(reason, rows[i].words) : !reason, label);
    }
}

/* --- every combination, against the rules in the words of README.md --- */

static bool is_own(const struct situation *now)
{
    return now->found == OWN || now->found == OWN_BESIDE || now->found == EARLIER_UID ||
           now->found == TAKING;
}

/* The class or the record says that it is about this export. */
static bool is_own_here(const struct situation *now)
{
    return is_own(now) && (now->has_class || !now->is_of_other);
}

static bool is_proven_none(const struct situation *now)
{
    return now->found == NOTHING || now->found == NEVER_USED;
}

/* Nothing is concluded from what could not be read; a volume is made from the claim's own record,
 * where the directory was seen and no other volume has it, and from nothing else. */
static void check(const struct situation *now)
{
    struct answer answer = ask(now);
    autofree char *reason = answer.reason;
    bool may_make = is_own_here(now) && now->place == THERE && !now->is_used;
    bool is_unread = now->found == UNREAD || (is_own_here(now) && now->place == PLACE_UNREAD);
    bool is_own_elsewhere = is_own(now) && !is_own_here(now);
    autofree char *label = memory_format(
        "found %d, place %d%s%s%s: %s", now->found, now->place, now->is_used ? ", used" : "",
        now->has_class ? ", of the class" : "", now->is_of_other ? ", of another export" : "",
        decision_words[answer.decision]);
    ASSERT_CASE((answer.decision == MAKE) == may_make, label);
    ASSERT_CASE((answer.decision == HAS_NONE) == is_proven_none(now), label);
    ASSERT_CASE((answer.decision == ELSEWHERE) == is_own_elsewhere, label);
    ASSERT_CASE((answer.decision == HOLD) == (is_own_here(now) && !may_make), label);
    ASSERT_CASE((reason == NULL) == (may_make || is_unread), label);
    ASSERT_CASE(answer.should_inspect == is_own_here(now), label);
}

static void every_combination_is_decided_by_the_rules(void)
{
    for (int found = 0; found < FOUND_END; found++) {
        for (int place = 0; place < PLACES_END; place++) {
            for (unsigned bits = 0; bits < 1U << 3; bits++) {
                const struct situation now = {.found = (enum found)found,
                                              .place = (enum place)place,
                                              .is_used = bits & 1,
                                              .has_class = bits & 2,
                                              .is_of_other = bits & 4};
                check(&now);
            }
        }
    }
}

/* --- of several exports --- */

/* The class is asked first; where it cannot tell, no other export may answer in its place. */
static void which_export_is_asked_next_and_which_failure_is_told(void)
{
    static const struct {
        enum recover_decision decision;
        bool is_of_class;
        bool ends;
        enum recover_lead lead;
    } cases[] = {
        {HAS_NONE, true, false, RECOVER_CLASS_HAS_NONE},
        {HAS_NONE, false, false, RECOVER_LEADS_NOWHERE},
        {CANNOT_TELL, true, true, RECOVER_MAY_LEAD},
        {CANNOT_TELL, false, false, RECOVER_MAY_LEAD},
        {ELSEWHERE, false, false, RECOVER_LEADS_TO_RECORD},
        {HOLD, true, true, RECOVER_LEADS_TO_RECORD},
        {HOLD, false, true, RECOVER_LEADS_TO_RECORD},
        {MAKE, true, true, RECOVER_LEADS_TO_RECORD},
        {MAKE, false, true, RECOVER_LEADS_TO_RECORD},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *label = decision_words[cases[i].decision];
        ASSERT_CASE(recover_ends_search(cases[i].decision, cases[i].is_of_class) == cases[i].ends,
                    label);
        ASSERT_CASE(recover_lead(cases[i].decision, cases[i].is_of_class) == cases[i].lead, label);
    }
}

/* A claim for which mooring was asked is told in any case. */
static void whose_failure_it_is(void)
{
    CU_ASSERT_EQUAL(recover_least_lead(true, true), RECOVER_LEADS_NOWHERE);
    CU_ASSERT_EQUAL(recover_least_lead(true, false), RECOVER_LEADS_NOWHERE);
    CU_ASSERT_EQUAL(recover_least_lead(false, true), RECOVER_MAY_LEAD);
    CU_ASSERT_EQUAL(recover_least_lead(false, false), RECOVER_LEADS_TO_RECORD);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(each_line_of_the_table_is_decided_so),
        TEST(every_combination_is_decided_by_the_rules),
        TEST(which_export_is_asked_next_and_which_failure_is_told),
        TEST(whose_failure_it_is),
        {0},
    };
    return suite_run("recover decision", tests, argc, argv);
}
