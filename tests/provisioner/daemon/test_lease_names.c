/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "provisioner/daemon/lease_names.h"
#include "tests/suite.h"

static void a_lease_is_named_after_the_provisioner_in_what_a_lease_may_be_named(void)
{
    static const struct {
        char *provisioner;
        const char *lease;
    } cases[] = {
        {"mooring/nfs", "mooring-nfs"},
        {"k8s-sigs.io/nfs-subdir-external-provisioner",
         "k8s-sigs.io-nfs-subdir-external-provisioner"},
        {"Example.com/My_NFS", "example.com-my-nfs"},
        {"nfs", "nfs"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *names[] = {cases[i].provisioner};
        struct lease_names leases = lease_names_of(&(struct provisioner_names){names, 1});
        CU_ASSERT_EQUAL(leases.count, 1);
        CU_ASSERT_STRING_EQUAL(leases.items[0], cases[i].lease);
        lease_names_clear(&leases);
    }
}

static void the_order_of_the_names_does_not_matter_and_each_lease_is_there_once(void)
{
    static char *orders[][4] = {
        {"mooring/nfs", "a/b", "A/b", "a/b"},
        {"A/b", "a/b", "mooring/nfs", "mooring/nfs"},
    };

    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct lease_names leases = lease_names_of(&(struct provisioner_names){orders[i], 4});
        autofree char *text = lease_names_text(&leases);
        CU_ASSERT_EQUAL(leases.count, 2);
        CU_ASSERT_STRING_EQUAL(text, "a-b, mooring-nfs");
        lease_names_clear(&leases);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_lease_is_named_after_the_provisioner_in_what_a_lease_may_be_named),
        TEST(the_order_of_the_names_does_not_matter_and_each_lease_is_there_once),
        {0},
    };
    return suite_run("lease_names", tests, argc, argv);
}
