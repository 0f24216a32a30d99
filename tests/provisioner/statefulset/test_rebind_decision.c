/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rebind_decision.h"
#include "tests/provisioner/claim_fixtures.h"

enum { CANDIDATES_MAX = 3 };

/* The claim default/data-web-0, now uid-2, comes back. */
struct offer {
    const char *volume; /* NULL: the object is gone */
    const char *record; /* NULL: none, or unreadable */
    const char *problem;
};

struct rebind_case {
    const char *label;
    struct offer offers[CANDIDATES_MAX];
    size_t count;
    enum rebind_policy policy;
    bool may_adopt;
    bool is_plain; /* no StatefulSet uses it */
    bool wants_fresh_data;
    enum rebind_decision decision;
    size_t chosen;
    const char *said;
};

#define MOORED {"{}", "{}", NULL}
#define SECOND {"{'metadata': {'name': 'pvc-2'}}", "{'volume': 'pvc-2', 'directory': 'd-2'}", NULL}
#define RESERVED                                                                                   \
    {"{'metadata': {'name': 'pvc-3'}, 'spec': {'claimRef': {'uid': null}}}",                       \
     "{'volume': 'pvc-3', 'directory': 'd-3', 'claim': {'uid': ''}}", NULL}

static const struct rebind_case cases[] = {
    {.label = "nothing to come back to", .decision = REBIND_NEW_DIRECTORY},
    {.label = "one volume", .offers = {MOORED}, .count = 1, .decision = REBIND_GIVE_BACK},
    {.label = "a record alone",
     .offers = {{NULL, "{}", NULL}},
     .count = 1,
     .decision = REBIND_GIVE_BACK},
    {.label = "two",
     .offers = {MOORED, SECOND},
     .count = 2,
     .decision = REBIND_HOLD,
     .said = "d-1 (volume pvc-1), d-2 (volume pvc-2). None was chosen"},
    {.label = "two, one of them with a problem",
     .offers = {MOORED, {"{'metadata': {'name': 'pvc-2'}}", NULL, "it has no record"}},
     .count = 2,
     .decision = REBIND_HOLD,
     .said = "2 directories"},
    {.label = "three",
     .count = 3,
     .decision = REBIND_HOLD,
     .offers = {MOORED, SECOND, {NULL, "{'volume': 'pvc-3', 'directory': 'd-3'}", NULL}},
     .said = "and 1 more"},
    {.label = "with a problem",
     .offers = {{"{}", NULL, "its record is broken"}},
     .count = 1,
     .decision = REBIND_HOLD,
     .said = "its record is broken; nothing was changed"},
    {.label = "the second one is its own",
     .count = 2,
     .decision = REBIND_GIVE_BACK,
     .chosen = 1,
     .offers = {{"{'spec': {'claimRef': {'name': 'other'}}}", "{'claim': {'name': 'other'}}", NULL},
                SECOND}},

    {.label = "its own already",
     .count = 1,
     .decision = REBIND_NEW_DIRECTORY,
     .offers = {{"{'spec': {'claimRef': {'uid': 'uid-2'}}}", "{}", NULL}}},
    {.label = "of another claim",
     .count = 1,
     .decision = REBIND_NEW_DIRECTORY,
     .offers = {{"{'spec': {'claimRef': {'name': 'other'}}}", "{}", NULL}}},
    {.label = "of another namespace",
     .count = 1,
     .decision = REBIND_NEW_DIRECTORY,
     .offers = {{"{'spec': {'claimRef': {'namespace': 'other'}}}", "{}", NULL}}},
    {.label = "of another class",
     .count = 1,
     .decision = REBIND_NEW_DIRECTORY,
     .offers = {{"{'spec': {'storageClassName': 'fast'}}", "{'class': 'fast'}", NULL}}},
    {.label = "of another class, without a record",
     .count = 1,
     .decision = REBIND_NEW_DIRECTORY,
     .offers = {{"{'spec': {'storageClassName': 'fast'}}", NULL, "it has no record"}}},
    {.label = "being deleted",
     .count = 1,
     .decision = REBIND_NEW_DIRECTORY,
     .offers = {{"{'metadata': {'deletionTimestamp': '2026-01-03T00:00:00Z'}}", "{}", NULL}}},
    {.label = "superseded",
     .count = 1,
     .decision = REBIND_NEW_DIRECTORY,
     .offers = {{"{}", "{'state': 'superseded'}", NULL}}},

    {.label = "of an earlier namespace",
     .count = 1,
     .decision = REBIND_NEW_DIRECTORY,
     .offers = {{"{}", "{'namespace': {'uid': 'ns-0'}}", NULL}}},
    {.label = "of an earlier namespace, adopted",
     .count = 1,
     .decision = REBIND_GIVE_BACK,
     .may_adopt = true,
     .offers = {{"{}", "{'namespace': {'uid': 'ns-0'}}", NULL}}},
    {.label = "of another cluster",
     .count = 1,
     .decision = REBIND_NEW_DIRECTORY,
     .offers = {{NULL, "{'cluster': 'there'}", NULL}}},
    {.label = "of another cluster, adopted",
     .count = 1,
     .decision = REBIND_GIVE_BACK,
     .may_adopt = true,
     .offers = {{NULL, "{'cluster': 'there'}", NULL}}},
    {.label = "of another claim, adopting",
     .count = 1,
     .decision = REBIND_NEW_DIRECTORY,
     .may_adopt = true,
     .offers = {{NULL, "{'claim': {'name': 'other'}}", NULL}}},

    {.label = "plain claim, stateful",
     .count = 1,
     .is_plain = true,
     .decision = REBIND_NEW_DIRECTORY,
     .offers = {{"{}", "{'statefulSet': null}", NULL}}},
    {.label = "set gone, recorded",
     .count = 1,
     .is_plain = true,
     .decision = REBIND_GIVE_BACK,
     .offers = {MOORED}},
    {.label = "plain claim, all",
     .count = 1,
     .is_plain = true,
     .policy = REBIND_ALL,
     .decision = REBIND_GIVE_BACK,
     .offers = {{"{}", "{'statefulSet': null}", NULL}}},
    {.label = "none",
     .count = 1,
     .policy = REBIND_NONE,
     .decision = REBIND_NEW_DIRECTORY,
     .offers = {MOORED}},
    {.label = "fresh data asked for",
     .count = 1,
     .wants_fresh_data = true,
     .decision = REBIND_NEW_DIRECTORY,
     .offers = {MOORED}},

    {.label = "reserved beats the others",
     .count = 3,
     .decision = REBIND_GIVE_BACK,
     .chosen = 1,
     .offers = {MOORED, RESERVED, SECOND}},
    {.label = "reserved for a plain claim",
     .count = 1,
     .is_plain = true,
     .decision = REBIND_GIVE_BACK,
     .offers = {RESERVED}},
    {.label = "reserved, where the class gives nothing back",
     .count = 1,
     .policy = REBIND_NONE,
     .decision = REBIND_GIVE_BACK,
     .offers = {RESERVED}},
    {.label = "reserved, where fresh data was asked for",
     .count = 1,
     .wants_fresh_data = true,
     .decision = REBIND_GIVE_BACK,
     .offers = {RESERVED}},
    {.label = "reserved for another claim",
     .count = 1,
     .decision = REBIND_NEW_DIRECTORY,
     .offers = {{"{'spec': {'claimRef': {'uid': null, 'name': 'other'}}}", "{}", NULL}}},
    {.label = "reserved in an earlier namespace",
     .count = 1,
     .decision = REBIND_NEW_DIRECTORY,
     .offers = {{"{'spec': {'claimRef': {'uid': null}}}", "{'namespace': {'uid': 'ns-0'}}", NULL}}},
};

static struct rebind_request rebind_request_of(const struct rebind_case *row,
                                               const struct claim *claim)
{
    return (struct rebind_request){
        .claim = claim,
        .cluster = "here",
        .namespace_uid = "ns-1",
        .policy = row->policy,
        .may_adopt = row->may_adopt,
        .is_stateful = !row->is_plain,
        .wants_fresh_data = row->wants_fresh_data,
    };
}

static void check(const struct rebind_case *row)
{
    autorelease(claim) struct claim *claim =
        mooring_claim_with("{'metadata': {'uid': 'uid-2'}, 'spec': {'volumeName': null}}");
    const struct rebind_request request = rebind_request_of(row, claim);
    struct candidate candidates[CANDIDATES_MAX] = {0};
    for (size_t i = 0; i < row->count; i++) {
        const struct offer *offer = &row->offers[i];
        candidates[i] = (struct candidate){
            .volume = offer->volume ? volume_with(offer->volume) : NULL,
            .record = offer->record ? record_with(offer->record) : NULL,
            .problem = offer->problem,
        };
    }
    struct error err = {0};
    const struct candidate *chosen = NULL;
    ASSERT_CASE(rebind_decide(&request, candidates, row->count, &chosen, &err) == row->decision,
                row->label);
    if (row->decision == REBIND_GIVE_BACK)
        ASSERT_CASE(chosen == &candidates[row->chosen], row->label);
    if (row->said)
        ASSERT_CASE(err.kind == ERROR_CONFLICT && strstr(err.message, row->said), row->label);
    for (size_t i = 0; i < row->count; i++) {
        shared_release((void *)candidates[i].volume);
        shared_release((void *)candidates[i].record);
    }
}

static void each_return_is_decided(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(&cases[i]);
}

static void whoever_holds_a_claim_says_how_to_choose(void)
{
    autorelease(claim) struct claim *claim = mooring_claim_with("{'metadata': {'uid': 'uid-2'}}");
    autorelease(record) struct record *one = record_with("{}");
    autorelease(record) struct record *other = record_with("{'volume': 'pvc-2'}");
    const struct rebind_case row = {.label = "two"};
    const struct rebind_request request = rebind_request_of(&row, claim);
    const struct candidate candidates[] = {{.record = one}, {.record = other}};
    struct error err = {0};
    const struct candidate *chosen;
    CU_ASSERT_EQUAL(rebind_decide(&request, candidates, 2, &chosen, &err), REBIND_HOLD);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "mooring adopt DIRECTORY --to default/data-web-0"));
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(each_return_is_decided),
        TEST(whoever_holds_a_claim_says_how_to_choose),
        {0},
    };
    return suite_run("rebind", tests, argc, argv);
}
