/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/lease_record.h"
#include "tests/suite.h"

struct decision_case {
    const char *spec;
    int64_t unchanged_ms;
    enum lease_decision decision;
};

#define HELD(holder) "{\"holderIdentity\":\"" holder "\",\"leaseDurationSeconds\":15}"

static const struct decision_case cases[] = {
    {"{}", 0, LEASE_TAKE},
    {HELD(""), 0, LEASE_TAKE},
    {"{\"holderIdentity\":null,\"leaseDurationSeconds\":15}", 0, LEASE_TAKE},
    {HELD("us"), 0, LEASE_RENEW},
    {HELD("us"), 99000, LEASE_RENEW},
    {HELD("them"), 0, LEASE_WAIT},
    {HELD("them"), 14999, LEASE_WAIT},
    {HELD("them"), 15000, LEASE_TAKE},
    {HELD("us too"), 0, LEASE_WAIT},
    {"{\"holderIdentity\":\"them\"}", 0, LEASE_TAKE},
};

static void who_may_hold_it_follows_from_the_record_and_the_time(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_auto_t *spec = json_loads(cases[i].spec, 0, NULL);
        CU_ASSERT_EQUAL(lease_decide(spec, "us", cases[i].unchanged_ms), cases[i].decision);
    }
    CU_ASSERT_EQUAL(lease_decide(NULL, "us", 0), LEASE_TAKE);
}

/* 2026-01-02T03:04:05.000006Z */
static const struct lease_claim claim = {"us", 15, 1767323045000006};

#define NOW "2026-01-02T03:04:05.000006Z"

static void expect(json_t *take_spec, const char *expected)
{
    json_auto_t *spec = take_spec;
    json_auto_t *wanted = json_loads(expected, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(wanted);
    CU_ASSERT_TRUE(json_equal(spec, wanted));
}

static void the_first_holder_is_no_transition(void)
{
    expect(lease_spec_held(NULL, &claim),
           "{\"holderIdentity\":\"us\",\"leaseDurationSeconds\":15,\"leaseTransitions\":0,"
           "\"acquireTime\":\"" NOW "\",\"renewTime\":\"" NOW "\"}");
}

static void taking_it_over_counts_and_keeps_what_we_do_not_know(void)
{
    json_auto_t *spec =
        json_loads("{\"holderIdentity\":\"them\",\"leaseDurationSeconds\":1,"
                   "\"leaseTransitions\":4,\"acquireTime\":\"a\",\"renewTime\":\"r\","
                   "\"strategy\":\"x\"}",
                   0, NULL);
    expect(lease_spec_held(spec, &claim),
           "{\"holderIdentity\":\"us\",\"leaseDurationSeconds\":15,\"leaseTransitions\":5,"
           "\"acquireTime\":\"" NOW "\",\"renewTime\":\"" NOW "\",\"strategy\":\"x\"}");
}

static void renewing_changes_only_the_time(void)
{
    json_auto_t *spec =
        json_loads("{\"holderIdentity\":\"us\",\"leaseDurationSeconds\":15,"
                   "\"leaseTransitions\":4,\"acquireTime\":\"a\",\"renewTime\":\"r\"}",
                   0, NULL);
    expect(lease_spec_held(spec, &claim),
           "{\"holderIdentity\":\"us\",\"leaseDurationSeconds\":15,\"leaseTransitions\":4,"
           "\"acquireTime\":\"a\",\"renewTime\":\"" NOW "\"}");
}

static void giving_it_up_leaves_it_without_a_holder_for_a_second(void)
{
    json_auto_t *spec =
        json_loads("{\"holderIdentity\":\"us\",\"leaseDurationSeconds\":15,"
                   "\"leaseTransitions\":4,\"acquireTime\":\"a\",\"renewTime\":\"r\"}",
                   0, NULL);
    expect(lease_spec_released(spec, claim.wall_us),
           "{\"holderIdentity\":\"\",\"leaseDurationSeconds\":1,\"leaseTransitions\":4,"
           "\"acquireTime\":\"" NOW "\",\"renewTime\":\"" NOW "\"}");
    CU_ASSERT_STRING_EQUAL(lease_spec_holder(spec), "us");
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(who_may_hold_it_follows_from_the_record_and_the_time),
        TEST(the_first_holder_is_no_transition),
        TEST(taking_it_over_counts_and_keeps_what_we_do_not_know),
        TEST(renewing_changes_only_the_time),
        TEST(giving_it_up_leaves_it_without_a_holder_for_a_second),
        {NULL, NULL},
    };
    return suite_run("lease_record", tests, argc, argv);
}
