/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/ending.h"

#include <stdio.h>

static void expect_held(const struct witness *witness, const struct shop *shop,
                        const struct error *err, const char *label)
{
    witness_expect(witness, shop, label);
    witness_expect_no_double(shop, label);
    ASSERT_CASE(err->kind == ERROR_CONFLICT, label);
}

/* Nothing that the claim needs is left to a later leader, or to the next audit. */
static void lead_once(const struct witness *witness, struct shop *shop,
                      const struct scenario *scenario, const struct ending *ending)
{
    struct error err = {0};
    int result = (ending->lead_once ? ending->lead_once : leader_lead_once)(shop, &err);
    if (result < 0 && ending->may_be_held)
        return;
    autofree char *label = memory_format("%s, at once: %s", ending->label, err.message);
    ASSERT_CASE(result == 0, label);
    witness_expect_served(witness, shop, scenario, label);
}

static int lead_to_the_end(const struct witness *witness, struct shop *shop,
                           const struct scenario *scenario, const struct ending *ending,
                           struct error *err)
{
    if (scenario_repeat(scenario, shop, err) < 0)
        return -1;
    lead_once(witness, shop, scenario, ending);
    return leader_finish(shop, err);
}

static void finish(struct shop *shop, const struct scenario *scenario, const struct ending *ending)
{
    struct error err = {0};
    struct witness witness;
    witness_take(&witness, shop);
    if (ending->is_replaced)
        scenario_replace_claim(scenario, shop);
    int result = lead_to_the_end(&witness, shop, scenario, ending, &err);
    if (result < 0 && ending->may_be_held) {
        expect_held(&witness, shop, &err, ending->label);
    } else {
        autofree char *words = memory_format("%s: %s", ending->label, err.message);
        ASSERT_CASE(result == 0, words);
        witness_expect_whole(&witness, shop, scenario, ending->label);
        if (!ending->has_remains)
            witness_expect_no_remains(shop, scenario, ending->label);
        if (!ending->has_remains && !ending->has_stray_directory)
            witness_expect_one_directory(&witness, scenario, ending->label);
    }
    witness_clear(&witness);
}

void ending_expect(struct shop *shop, const struct scenario *scenario, const struct ending *ending)
{
    unsigned before = CU_get_number_of_failure_records();
    shop_run_kubernetes(shop);
    scenario_use_claim(shop, scenario->claim);
    finish(shop, scenario, ending);
    if (CU_get_number_of_failure_records() == before)
        return;
    autofree char *tree = shop_export_show();
    printf("\n--- %s\n%s", ending->label, tree);
}
