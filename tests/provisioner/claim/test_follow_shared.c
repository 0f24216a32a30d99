/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/follow_cases.h"

/*
 * What becomes of the record of a volume whose directory claims of a namespace share
 * (test_follow_decision.c has the rules for all others)? It follows to another claim of the
 * namespace, and the namespace stays the owner. To a claim of another namespace it does not follow,
 * unless an administrator hands it over.
 */

#define STAYS FOLLOW_NEEDLESS
#define MOVED FOLLOW_MOVE
#define WRITTEN FOLLOW_WRITE
#define REFUSED FOLLOW_REFUSE

#define OF_SHARED "'shared': true"

static const struct {
    const char *label, *record;
    struct claim_owner found;
    bool is_shared;
    enum follow_decision decision;
    bool has_other_owner;
} shared_rows[] = {
    {"its namespace has it",
     "{" OF_SHARED "}",
     {"here", "default", "ns-1", NULL},
     true,
     STAYS,
     false},
    {"it alone has it",
     "{" OF_SHARED "}",
     {"here", "default", "ns-1", "data-web-0"},
     true,
     STAYS,
     false},
    {"another claim of its namespace has it",
     "{" OF_SHARED "}",
     {"here", "default", "ns-1", "other"},
     true,
     STAYS,
     true},
    {"its namespace has it, and it does not say why",
     "{}",
     {"here", "default", "ns-1", NULL},
     false,
     STAYS,
     true},
    {"bound to another claim of the namespace",
     "{" OF_SHARED ", 'claim': {'name': 'other', 'uid': 'uid-0'}}",
     {"here", "default", "ns-1", NULL},
     true,
     MOVED,
     false},
    {"bound to a claim of another namespace",
     "{" OF_SHARED ", 'namespace': {'name': 'there', 'uid': 'ns-9'}, 'claim': {'uid': 'uid-0'}}",
     {"here", "there", "ns-9", NULL},
     true,
     REFUSED,
     true},
    {"the same, and one claim alone had it",
     "{" OF_SHARED ", 'namespace': {'name': 'there', 'uid': 'ns-9'}, 'claim': {'uid': 'uid-0'}}",
     {"here", "there", "ns-9", "data-web-0"},
     true,
     REFUSED,
     true},
    {"an administrator handed it to a claim of another namespace",
     "{" OF_SHARED ", 'namespace': {'name': 'there', 'uid': 'ns-9'}, 'claim': {'uid': 'uid-0'},"
     " 'state': 'moving'}",
     {"here", "there", "ns-9", "data-web-0"},
     true,
     MOVED,
     true},
    {"no record, its namespace has it",
     NULL,
     {"here", "default", "ns-1", NULL},
     true,
     WRITTEN,
     false},
    {"no record, another namespace has it",
     NULL,
     {"here", "there", "ns-9", NULL},
     false,
     REFUSED,
     true},
    {"no record, an earlier namespace has it",
     NULL,
     {"here", "default", "ns-0", NULL},
     false,
     REFUSED,
     true},
};

static void what_is_shared_stays_in_its_namespace(void)
{
    for (size_t i = 0; i < sizeof shared_rows / sizeof *shared_rows; i++) {
        const char *reason = NULL;
        struct follow_question question;
        const struct state state = {.record = NO_RECORD, .ownership = DIRECTORY_OF_OWNER};
        follow_question_begin(&question, &state);
        struct follow_input *input = &question.input;
        question.record = shared_rows[i].record ? record_with(shared_rows[i].record) : NULL;
        question.found_owner = shared_rows[i].found;
        input->record = question.record;
        input->is_shared = shared_rows[i].is_shared;
        ASSERT_CASE(follow_decide(input, &reason) == shared_rows[i].decision, shared_rows[i].label);
        ASSERT_CASE((reason != NULL) == (shared_rows[i].decision == REFUSED), shared_rows[i].label);
        ASSERT_CASE(follow_has_other_owner(input) == shared_rows[i].has_other_owner,
                    shared_rows[i].label);
        follow_question_end(&question);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(what_is_shared_stays_in_its_namespace),
        {0},
    };
    return suite_run("follow shared", tests, argc, argv);
}
