/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/document.h"
#include "provisioner/command/permissions.h"
#include "tests/k8s/scratch.h"
#include "tests/provisioner/objects.h"

#include <stdio.h>

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

/* --- deploy/rbac.yaml --- */

/* The whole file. Caller frees. */
static char *read_roles(void)
{
    enum { SIZE_MAX_BYTES = 64 * 1024 };

    char *text = memory_new(SIZE_MAX_BYTES + 1);
    FILE *file = fopen(SOURCE_FOLDER "/deploy/rbac.yaml", "re");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    size_t length = fread(text, 1, SIZE_MAX_BYTES, file);
    fclose(file);
    CU_ASSERT_FATAL(length > 0 && length < SIZE_MAX_BYTES);
    return text;
}

static bool is_among(struct document *document, int list, const char *text)
{
    for (size_t i = 0; document_item(document, list, i); i++) {
        const char *item = document_text(document, document_item(document, list, i));
        if (strcmp(item ? item : "", text) == 0)
            return true;
    }
    return false;
}

static size_t count_items(struct document *document, int list)
{
    size_t count = 0;
    while (document_item(document, list, count))
        count++;
    return count;
}

/* Does the rule grant all of the permission? */
static bool has_permission(struct document *document, int rule, const struct permission *permission)
{
    const struct resource *resource = permission->resource;
    const char *slash = strchr(resource->api_version, '/');
    autofree char *group =
        memory_copy_bytes(resource->api_version, slash ? slash - resource->api_version : 0);
    if (!is_among(document, document_find(document, rule, "apiGroups"), group) ||
        !is_among(document, document_find(document, rule, "resources"), resource->plural))
        return false;
    for (const char *const *verb = permission->verbs; *verb; verb++) {
        if (!is_among(document, document_find(document, rule, "verbs"), *verb))
            return false;
    }
    return true;
}

/* What a role grants, and what of that is asked for, in verbs of resources. */
struct grants {
    size_t granted;
    size_t asked_for;
};

static void count_rule(struct document *document, int rule, bool is_of_namespace,
                       struct grants *grants)
{
    grants->granted += count_items(document, document_find(document, rule, "apiGroups")) *
                       count_items(document, document_find(document, rule, "resources")) *
                       count_items(document, document_find(document, rule, "verbs"));
    for (size_t i = 0; i < permissions_count; i++) {
        const struct permission *permission = &permissions[i];
        if (permission->in_lease_namespace != is_of_namespace ||
            !has_permission(document, rule, permission))
            continue;
        for (const char *const *verb = permission->verbs; *verb; verb++)
            grants->asked_for++;
    }
}

static void count_role(const struct scratch *scratch, const char *text, struct grants *grants)
{
    struct error err;
    scratch_write(scratch, "role", text);
    autofree char *path = scratch_path(scratch, "role");
    autoclose(document) struct document *document = document_open(path, &err);
    CU_ASSERT_PTR_NOT_NULL_FATAL(document);
    int root = document_root(document), rules = document_find(document, root, "rules");
    const char *kind = document_text(document, document_find(document, root, "kind"));
    for (size_t i = 0; document_item(document, rules, i); i++)
        count_rule(document, document_item(document, rules, i), strcmp(kind, "Role") == 0, grants);
}

static void the_role_grants_exactly_what_is_asked_for(void)
{
    static const char separator[] = "\n---\n";
    struct grants grants = {0};
    struct scratch scratch;
    size_t expected = 0;
    for (size_t i = 0; i < permissions_count; i++)
        for (const char *const *verb = permissions[i].verbs; *verb; verb++)
            expected++;
    scratch_open(&scratch);
    autofree char *roles = read_roles();
    for (char *role = roles, *next; role; role = next) {
        next = strstr(role, separator);
        if (next) {
            *next = '\0';
            next += strlen(separator);
        }
        count_role(&scratch, role, &grants);
    }
    scratch_close(&scratch);
    CU_ASSERT_EQUAL(grants.asked_for, expected);
    CU_ASSERT_EQUAL(grants.granted, expected);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_review_asks_for_one_verb_in_one_namespace_or_in_all),
        TEST(nothing_but_volumes_leases_and_events_is_ever_changed),
        TEST(what_is_watched_may_be_read_in_every_way_and_in_all_namespaces),
        TEST(the_role_grants_exactly_what_is_asked_for),
        {0},
    };
    return suite_run("permissions", tests, argc, argv);
}
