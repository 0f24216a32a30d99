/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/scenario_tests.h"

/* Something is removed on the server before the job, which NFS-Ganesha notices at once over NFSv3
 * only. */

static void a_new_claim_of_a_pattern_that_was_reserved_before(void)
{
    scenario_test(&new_claim_of_a_reserved_pattern);
}

const struct test reservation_tests[] = {
    TEST(a_new_claim_of_a_pattern_that_was_reserved_before),
    {0},
};
