/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/permissions.h"
#include "tests/provisioner/objects.h"

static const struct permission *permission_for(const struct resource *resource)
{
    for (size_t i = 0; i < permissions_count; i++) {
        if (permissions[i].resource == resource)
            return &permissions[i];
    }
    CU_FAIL_FATAL("no such permission");
    return NULL;
}

static void a_review_asks_for_one_verb_in_one_namespace_or_in_all(void)
{
    static const struct {
        const struct resource *resource;
        const char *verb, *namespace;
        const char *attributes;
    } cases[] = {
        {&resource_volumes, "create", NULL,
         "{'group': '', 'resource': 'persistentvolumes', 'verb': 'create'}"},
        {&resource_storage_classes, "watch", NULL,
         "{'group': 'storage.k8s.io', 'resource': 'storageclasses', 'verb': 'watch'}"},
        {&resource_leases, "update", "mooring",
         "{'group': 'coordination.k8s.io', 'resource': 'leases', 'verb': 'update',"
         " 'namespace': 'mooring'}"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_auto_t *expected = object_from("{'apiVersion': 'authorization.k8s.io/v1',"
                                            " 'kind': 'SelfSubjectAccessReview', 'spec': {}}");
        json_object_set_new(json_object_get(expected, "spec"), "resourceAttributes",
                            object_from(cases[i].attributes));
        json_auto_t *review =
            permission_review(permission_for(cases[i].resource), cases[i].verb, cases[i].namespace);
        CU_ASSERT(json_equal(review, expected));
    }
}

static bool has_verb(const struct permission *permission, const char *verb)
{
    for (const char *const *other = permission->verbs; *other; other++) {
        if (strcmp(*other, verb) == 0)
            return true;
    }
    return false;
}

static void nothing_but_volumes_leases_and_events_is_ever_changed(void)
{
    static const char *const changing[] = {"create", "update", "patch", "delete"};

    for (size_t i = 0; i < permissions_count; i++) {
        const struct resource *resource = permissions[i].resource;
        bool may_change = resource == &resource_volumes || resource == &resource_leases ||
                          resource == &resource_events;
        for (size_t j = 0; j < sizeof changing / sizeof *changing; j++)
            CU_ASSERT(may_change || !has_verb(&permissions[i], changing[j]));
    }
}

static void what_is_watched_may_be_read_in_every_way_and_in_all_namespaces(void)
{
    static const struct resource *const watched[] = {&resource_claims, &resource_volumes,
                                                     &resource_storage_classes,
                                                     &resource_stateful_sets, NULL};

    for (size_t i = 0; watched[i]; i++) {
        const struct permission *permission = permission_for(watched[i]);
        CU_ASSERT(has_verb(permission, "get"));
        CU_ASSERT(has_verb(permission, "list"));
        CU_ASSERT(has_verb(permission, "watch"));
        CU_ASSERT_FALSE(permission->in_lease_namespace);
    }
    CU_ASSERT(permission_for(&resource_leases)->in_lease_namespace);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_review_asks_for_one_verb_in_one_namespace_or_in_all),
        TEST(nothing_but_volumes_leases_and_events_is_ever_changed),
        TEST(what_is_watched_may_be_read_in_every_way_and_in_all_namespaces),
        {0},
    };
    return suite_run("permissions", tests, argc, argv);
}
