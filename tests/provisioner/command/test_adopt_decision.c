/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/adopt_decision.h"
#include "tests/provisioner/claim_fixtures.h"
#include "tests/provisioner/command/adopt_cases.h"
#include "tests/provisioner/command/adopt_refusals.h"

static void build(struct world *world, const struct adopt_case *test_case)
{
    world_begin(world);
    world_add_claim(world, test_case->claim);
    world_add_claim(world, test_case->other_claim);
    world_add_volume(world, test_case->volume);
    world_add_volume(world, test_case->second_volume);
    world_add_other(world, test_case->other);
    world_add_record(world, test_case->record, true);
    world_add_record(world, test_case->second_record, true);
    world_add_unusable(world, test_case->unusable);
    world->scan.export_id = memory_copy("id-1");
}

/* Free the texts. */
static struct parsed_owner find_owner(const struct adopt_case *test_case)
{
    struct error err;
    struct parsed_owner found = {0};
    const char *text = test_case->found ? test_case->found : "here/default/ns-1/data-web-0";
    if (*text)
        CU_ASSERT_EQUAL_FATAL(claim_owner_parse(text, &found, &err), 0);
    return found;
}

static struct adopt_request request_of(const struct world *world,
                                       const struct adopt_case *test_case,
                                       const struct parsed_owner *found)
{
    return (struct adopt_request){
        .snapshot = &world->snapshot,
        .scan = &world->scan,
        .storage_class = world->snapshot.classes[0],
        .directory = test_case->directory ? test_case->directory : "d-1",
        .namespace = "default",
        .namespace_uid = "ns-1",
        .claim_name = "data-web-0",
        .from_other_cluster = test_case->from_other_cluster,
        .is_cluster_alive = test_case->is_cluster_alive,
        .is_nested = test_case->is_nested,
        .found = found->texts ? &found->owner : NULL,
    };
}

static void check_decision(const struct adopt_case *test_case,
                           const struct adopt_decision *decision)
{
    ASSERT_CASE(is_text(decision->volume_name, test_case->volume_name), test_case->label);
    ASSERT_CASE((decision->volume != NULL) == test_case->patches, test_case->label);
    ASSERT_CASE(decision->superseded_count == test_case->superseded, test_case->label);
    ASSERT_CASE(decision->is_done == test_case->is_done, test_case->label);
    ASSERT_CASE((decision->claim != NULL) == (test_case->claim != NULL), test_case->label);
}

static void check_case(const struct adopt_case *test_case)
{
    struct world world;
    struct error err = {0};
    struct adopt_decision decision;
    build(&world, test_case);
    const struct parsed_owner found = find_owner(test_case);
    const struct adopt_request request = request_of(&world, test_case, &found);
    int result = adopt_decide(&request, &decision, &err);
    ASSERT_CASE((result < 0) == (test_case->refusal != NULL), test_case->label);
    if (test_case->refusal)
        ASSERT_CASE(err.kind == ERROR_CONFLICT && strstr(err.message, test_case->refusal),
                    test_case->label);
    else if (result == 0)
        check_decision(test_case, &decision);
    if (result == 0)
        adopt_decision_clear(&decision);
    free(found.texts);
    world_end(&world);
}

static void each_case_is_decided_or_refused_with_a_reason(void)
{
    for (size_t i = 0; i < sizeof adoptions / sizeof *adoptions; i++)
        check_case(&adoptions[i]);
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        check_case(&refusals[i]);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(each_case_is_decided_or_refused_with_a_reason),
        {0},
    };
    return suite_run("adopt_decision", tests, argc, argv);
}
