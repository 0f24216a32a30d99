/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/statefulset/rebind_fixture.h"

/* Whatever request fails on the way, to the export or to the API server: a claim that had something
 * is held or gets it, and never a new directory. */

static struct rebind_fixture fixture;
static enum outcome expected; /* without a fault */

static int find_with_fault(struct share *share, struct error *err)
{
    struct found found = find_on(&fixture, share);
    *err = found.err;
    CU_ASSERT(found.outcome == expected || found.outcome == HELD);
    return found.outcome == HELD ? -1 : 0;
}

static void check_found(struct share *share, int result, const char *label)
{
    (void)result;
    struct found found = find_on(&fixture, share);
    autofree char *text = memory_format("%s%s", label, found.err.message);
    ASSERT_CASE(found.outcome == expected, text);
}

static void prepare_released(void)
{
    put_record("{}");
}

static void prepare_making(void)
{
    put_record("{'state': 'making', 'directory': 'a/b'}");
    memory_share_remove("a");
}

static void prepare_left_over(void)
{
    put_record("{}");
    memory_share_put_file(".mooring/claims/here/default/ns-1/data-web-0/00.tmp", "{");
}

static void prepare_other_cluster(void)
{
    put_record("{'cluster': 'there', 'namespace': {'uid': 'ns-9'}}");
}

static void prepare_earlier_namespace(void)
{
    put_record("{'namespace': {'uid': 'ns-0'}}");
}

static const struct {
    void (*prepare)(void);
    const char *storage_class;
    bool has_volume;
    enum outcome outcome;
} cases[] = {
    {prepare_released, "{}", true, BACK},
    {prepare_released, "{}", false, BACK_WITHOUT_OBJECT},
    {prepare_left_over, "{}", true, BACK},
    {prepare_making, "{}", false, FINISH},
    {prepare_other_cluster, "{'parameters': {'adopt': 'always'}}", false, BACK_WITHOUT_OBJECT},
    {prepare_earlier_namespace, "{'parameters': {'adopt': 'always'}}", true, BACK},
    {prepare_earlier_namespace, "{'parameters': {'adopt': 'always'}}", false, BACK_WITHOUT_OBJECT},
};

static void begin_case(size_t i)
{
    fixture_begin(&fixture, cases[i].storage_class, "{}");
    expected = cases[i].outcome;
    if (cases[i].has_volume)
        put_volume(&fixture, "{'status': {'phase': 'Released'}}");
}

static void no_fault_of_the_export_makes_a_claim_lose_what_it_had(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct trial trial = {cases[i].prepare, find_with_fault, check_found};
        begin_case(i);
        trial_run(&trial);
        fixture_end(&fixture);
    }
}

static void no_fault_of_the_api_server_makes_a_claim_lose_what_it_had(void)
{
    static const struct disturbance how[] = {
        {.answer = 403}, {.answer = 409}, {.answer = 500}, {.answer = 503}, {.is_cut = true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t fault = 0; fault < sizeof how / sizeof *how; fault++) {
            autoclose(share) struct share *share = export_begin();
            begin_case(i);
            cases[i].prepare();
            struct disturbance always = how[fault];
            always.times = -1;
            request_log_disturb(memory_cluster_log(fixture.cluster), &always);
            struct found found = find_on(&fixture, share);
            CU_ASSERT_EQUAL(found.outcome, HELD);
            request_log_clear(memory_cluster_log(fixture.cluster));
            CU_ASSERT_EQUAL(find_on(&fixture, share).outcome, expected);
            fixture_end(&fixture);
        }
    }
}

/* --- fresh data --- */

#define FOLDER ".mooring/claims/here/default/ns-1/data-web-0"

static void expect_superseded(const char *label)
{
    struct entry entry;
    ASSERT_CASE(!memory_share_look(FOLDER "/pvc-1.uid-1.in-use", &entry), label);
    ASSERT_CASE(memory_share_look(FOLDER "/pvc-1.uid-1.superseded", &entry), label);
    ASSERT_CASE(memory_share_look("d-1", &entry), label);
    autofree char *owner = memory_share_text(".mooring/directories/d-1");
    ASSERT_CASE(is_text(owner, "here/default/ns-1/data-web-0"), label);
}

static void what_a_claim_had_is_superseded_where_fresh_data_was_asked_for(void)
{
    fixture_begin(&fixture, "{}", DISCARDS);
    autoclose(share) struct share *share = export_begin();
    put_record("{}");
    put_record("{'volume': 'pvc-2', 'directory': 'd-2'}");
    CU_ASSERT_EQUAL(find_on(&fixture, share).outcome, NEW);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "RENAME"), 2);
    expect_superseded("two");
    CU_ASSERT_EQUAL(find_on(&fixture, share).outcome, NEW);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "RENAME"), 2);
    fixture_end(&fixture);
}

static void check_superseded(struct share *share, int result, const char *label)
{
    if (result == 0)
        expect_superseded(label);
    ASSERT_CASE(find_on(&fixture, share).outcome == NEW, label);
    expect_superseded(label);
}

static void whatever_fails_what_it_had_is_superseded_before_it_gets_fresh_data(void)
{
    static const struct trial trial = {prepare_released, find_with_fault, check_superseded};
    fixture_begin(&fixture, "{}", DISCARDS);
    expected = NEW;
    trial_run(&trial);
    fixture_end(&fixture);
}

static void another_cluster_s_records_are_not_superseded(void)
{
    fixture_begin(&fixture, "{'parameters': {'adopt': 'always'}}", DISCARDS);
    autoclose(share) struct share *share = export_begin();
    prepare_other_cluster();
    CU_ASSERT_EQUAL(find_on(&fixture, share).outcome, NEW);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "RENAME .mooring/claims/there"), 0);
    fixture_end(&fixture);
}

static void a_leader_that_is_none_any_more_supersedes_nothing(void)
{
    fixture_begin(&fixture, "{}", DISCARDS);
    autoclose(share) struct share *share = export_begin();
    struct stop *stop = stop_new();
    put_record("{}");
    client_set_stop(fixture.client, stop);
    stop_raise(stop);
    struct found found = find_on(&fixture, share);
    CU_ASSERT_EQUAL(found.outcome, HELD);
    CU_ASSERT_EQUAL(found.err.kind, ERROR_STOPPED);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "RENAME"), 0);
    fixture_end(&fixture);
    stop_free(stop);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(no_fault_of_the_export_makes_a_claim_lose_what_it_had),
        TEST(no_fault_of_the_api_server_makes_a_claim_lose_what_it_had),
        TEST(what_a_claim_had_is_superseded_where_fresh_data_was_asked_for),
        TEST(whatever_fails_what_it_had_is_superseded_before_it_gets_fresh_data),
        TEST(another_cluster_s_records_are_not_superseded),
        TEST(a_leader_that_is_none_any_more_supersedes_nothing),
        {0},
    };
    return suite_run("rebind faults", tests, argc, argv);
}
