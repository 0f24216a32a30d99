/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"
#include "k8s/resource.h"
#include "tests/suite.h"

static void check(const struct resource *resource, const char *namespace, const char *name,
                  const char *expected)
{
    autofree char *path = resource_path(resource, namespace, name);
    CU_ASSERT_STRING_EQUAL(path, expected);
}

static void an_object_lives_below_its_namespace(void)
{
    check(&resource_claims, "default", "data-0",
          "/api/v1/namespaces/default/persistentvolumeclaims/data-0");
    check(&resource_leases, "kube-system", "mooring-nfs",
          "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/mooring-nfs");
    check(&resource_stateful_sets, "a", NULL, "/apis/apps/v1/namespaces/a/statefulsets");
}

static void without_a_namespace_all_are_meant(void)
{
    check(&resource_claims, NULL, NULL, "/api/v1/persistentvolumeclaims");
    check(&resource_pods, "", NULL, "/api/v1/pods");
}

static void a_resource_without_namespaces_ignores_one(void)
{
    check(&resource_volumes, "default", "pvc-1", "/api/v1/persistentvolumes/pvc-1");
    check(&resource_storage_classes, NULL, "nfs", "/apis/storage.k8s.io/v1/storageclasses/nfs");
}

static void a_hostile_name_stays_one_segment(void)
{
    check(&resource_volumes, NULL, "a/../b?x=1#y%",
          "/api/v1/persistentvolumes/a%2F..%2Fb%3Fx%3D1%23y%25");
    check(&resource_claims, "a/b", "\xc3\xa4 ",
          "/api/v1/namespaces/a%2Fb/persistentvolumeclaims/%C3%A4%20");
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(an_object_lives_below_its_namespace),
        TEST(without_a_namespace_all_are_meant),
        TEST(a_resource_without_namespaces_ignores_one),
        TEST(a_hostile_name_stays_one_segment),
        {NULL, NULL},
    };
    return suite_run("resource", tests, argc, argv);
}
