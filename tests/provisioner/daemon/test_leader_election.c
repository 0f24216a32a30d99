/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "provisioner/daemon/leader_election.h"
#include "tests/suite.h"

static void the_lease_is_named_after_the_provisioner_in_what_a_lease_may_be_named(void)
{
    static const struct {
        const char *provisioner, *lease;
    } cases[] = {
        {"mooring/nfs", "mooring-nfs"},
        {"k8s-sigs.io/nfs-subdir-external-provisioner",
         "k8s-sigs.io-nfs-subdir-external-provisioner"},
        {"Example.com/My_NFS", "example.com-my-nfs"},
        {"nfs", "nfs"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *name = leader_election_lease_name(cases[i].provisioner);
        CU_ASSERT_STRING_EQUAL(name, cases[i].lease);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(the_lease_is_named_after_the_provisioner_in_what_a_lease_may_be_named),
        {0},
    };
    return suite_run("leader_election", tests, argc, argv);
}
