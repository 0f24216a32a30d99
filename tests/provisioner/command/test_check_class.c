/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/check_class.h"
#include "tests/suite.h"

static void names_that_only_pods_may_resolve_are_known(void)
{
    static const struct {
        const char *server;
        bool is_cluster_name;
    } cases[] = {
        {"nfs.storage.svc", true},
        {"nfs.storage.svc.", true},
        {"nfs.storage.svc.cluster.local", true},
        {"nfs.storage.svc.cluster.local.", true},
        {"NFS.storage.SVC.example.org", true},
        {"nfs", true}, /* the Pod's search list completes it */
        {"nfs.storage", false},
        {"nfs.example.com", false},
        {"nfs.svc.example.com", false},
        {"nfs.storage.svcs.example.com", false},
        {"nfs-0.nfs.storage.svc.cluster.local", true},
        {"svc.svc", false},
        {"10.96.0.1", false},
        {"fd00::1", false},
        {"::1", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CU_ASSERT_EQUAL(is_cluster_name(cases[i].server), cases[i].is_cluster_name);
}

static void the_last_part_of_a_name_may_be_a_namespace(void)
{
    CU_ASSERT_STRING_EQUAL(perhaps_namespace("nfs.storage"), "storage");
    CU_ASSERT_STRING_EQUAL(perhaps_namespace("nfs-0.nfs.storage"), "storage");
    CU_ASSERT_PTR_NULL(perhaps_namespace("nfs"));
    CU_ASSERT_PTR_NULL(perhaps_namespace("nfs.storage."));
    CU_ASSERT_PTR_NULL(perhaps_namespace("10.96.0.1"));
    CU_ASSERT_PTR_NULL(perhaps_namespace("::ffff:10.96.0.1"));
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(names_that_only_pods_may_resolve_are_known),
        TEST(the_last_part_of_a_name_may_be_a_namespace),
        {0},
    };
    return suite_run("check class", tests, argc, argv);
}
