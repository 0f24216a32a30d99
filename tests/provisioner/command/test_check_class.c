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

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(names_that_only_pods_may_resolve_are_known),
        {0},
    };
    return suite_run("check class", tests, argc, argv);
}
