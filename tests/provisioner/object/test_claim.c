/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/access_modes.h"
#include "tests/provisioner/objects.h"

#define PROVISIONER "volume.kubernetes.io/storage-provisioner"
#define OLD_PROVISIONER "volume.beta.kubernetes.io/storage-provisioner"
#define OLD_CLASS "volume.beta.kubernetes.io/storage-class"
#define NODE "volume.kubernetes.io/selected-node"

static void what_identifies_a_claim_and_what_it_asks_for_is_read(void)
{
    autorelease(claim) struct claim *claim =
        claim_with("{'spec': {'volumeName': 'pvc-1', 'volumeMode': 'Filesystem'}}");

    CU_ASSERT_STRING_EQUAL(claim->namespace, "default");
    CU_ASSERT_STRING_EQUAL(claim->name, "data");
    CU_ASSERT_STRING_EQUAL(claim->uid, "uid-1");
    CU_ASSERT_STRING_EQUAL(claim->resource_version, "7");
    CU_ASSERT_STRING_EQUAL(claim->volume_name, "pvc-1");
    CU_ASSERT_STRING_EQUAL(claim->class_name, "nfs");
    CU_ASSERT_STRING_EQUAL(claim->provisioner, "mooring/nfs");
    CU_ASSERT_STRING_EQUAL(claim->request, "1Gi");
    CU_ASSERT_EQUAL(claim->access_modes, ACCESS_READ_WRITE_MANY);
}

static void what_a_claim_does_not_say_is_unset(void)
{
    json_auto_t *object = object_from("{'metadata': {'namespace': 'default', 'name': 'data',"
                                      " 'uid': 'uid-1', 'resourceVersion': '7'}, 'spec': {}}");
    struct error err;
    autorelease(claim) struct claim *claim = claim_parse(object, &err);

    require(claim);
    CU_ASSERT_PTR_NULL(claim->volume_name);
    CU_ASSERT_PTR_NULL(claim->class_name);
    CU_ASSERT(claim->says_no_class);
    CU_ASSERT_PTR_NULL(claim->provisioner);
    CU_ASSERT_PTR_NULL(claim->request);
    CU_ASSERT_EQUAL(claim->access_modes, 0);
    CU_ASSERT_FALSE(claim->is_deleting || claim->has_selected_node || claim->is_block);
    CU_ASSERT_FALSE(claim->has_selector || claim->has_data_source);
}

static void an_empty_volume_name_is_no_volume(void)
{
    autorelease(claim) struct claim *claim = claim_with("{'spec': {'volumeName': ''}}");
    CU_ASSERT_PTR_NULL(claim->volume_name);
}

static void the_provisioner_asked_for_is_the_new_annotation_else_the_old_one(void)
{
    static const struct {
        const char *annotations;
        const char *provisioner;
    } cases[] = {
        {"{}", NULL},
        {"{'" PROVISIONER "': 'a/b'}", "a/b"},
        {"{'" OLD_PROVISIONER "': 'a/b'}", "a/b"},
        {"{'" OLD_PROVISIONER "': 'old/one', '" PROVISIONER "': 'new/one'}", "new/one"},
        {"{'" PROVISIONER "': ''}", NULL},
        {"{'storage-provisioner': 'a/b', 'kubernetes.io/storage-provisioner': 'a/b'}", NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_auto_t *object = claim_object("{}");
        json_object_set_new(json_object_get(object, "metadata"), "annotations",
                            object_from(cases[i].annotations));
        struct error err;
        autorelease(claim) struct claim *claim = claim_parse(object, &err);
        require(claim);
        CU_ASSERT(is_text(claim->provisioner, cases[i].provisioner));
    }
}

static void the_class_is_the_annotation_else_the_spec(void)
{
    static const struct {
        const char *changes;
        const char *class_name;
    } cases[] = {
        {"{}", "nfs"},
        {"{'metadata': {'annotations': {'" OLD_CLASS "': 'fast'}}}", "fast"},
        {"{'metadata': {'annotations': {'" OLD_CLASS "': ''}}}", NULL},
        {"{'spec': {'storageClassName': ''}}", NULL},
        {"{'metadata': {'annotations': {'" OLD_CLASS "': 'fast'}},"
         " 'spec': {'storageClassName': ''}}",
         "fast"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autorelease(claim) struct claim *claim = claim_with(cases[i].changes);
        CU_ASSERT(is_text(claim->class_name, cases[i].class_name));
        CU_ASSERT_FALSE(claim->says_no_class);
    }
}

static void a_node_is_selected_when_its_name_is_not_empty(void)
{
    autorelease(claim) struct claim *named =
        claim_with("{'metadata': {'annotations': {'" NODE "': 'node-1'}}}");
    autorelease(claim) struct claim *empty =
        claim_with("{'metadata': {'annotations': {'" NODE "': ''}}}");

    CU_ASSERT(named->has_selected_node);
    CU_ASSERT_FALSE(empty->has_selected_node);
}

static void what_cannot_be_served_is_noticed(void)
{
    static const struct {
        const char *changes;
        bool is_block, has_selector, has_attributes_class;
    } cases[] = {
        {"{'spec': {'volumeMode': 'Filesystem'}}", false, false, false},
        {"{'spec': {'volumeMode': 'Block'}}", true, false, false},
        {"{'spec': {'selector': {}}}", false, true, false},
        {"{'spec': {'selector': {'matchLabels': {'a': 'b'}}}}", false, true, false},
        {"{'spec': {'volumeAttributesClassName': 'fast'}}", false, false, true},
        {"{'spec': {'volumeAttributesClassName': ''}}", false, false, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autorelease(claim) struct claim *claim = claim_with(cases[i].changes);
        ASSERT_CASE(claim->is_block == cases[i].is_block, cases[i].changes);
        ASSERT_CASE(claim->has_selector == cases[i].has_selector, cases[i].changes);
        ASSERT_CASE(claim->has_attributes_class == cases[i].has_attributes_class, cases[i].changes);
        bool is_plain =
            !cases[i].is_block && !cases[i].has_selector && !cases[i].has_attributes_class;
        ASSERT_CASE(claim_can_bind(claim) == is_plain, cases[i].changes);
    }
}

static void a_claim_that_is_being_deleted_says_so(void)
{
    autorelease(claim) struct claim *claim =
        claim_with("{'metadata': {'deletionTimestamp': '2026-01-02T15:04:05Z'}}");
    CU_ASSERT(claim->is_deleting);
}

#define SOURCE(group, kind) "{'apiGroup': " group ", 'kind': '" kind "', 'name': 'x'}"
#define SNAPSHOT SOURCE("'snapshot.storage.k8s.io'", "VolumeSnapshot")
#define POPULATED SOURCE("'forge.example'", "Image")

/* The API server copies each of the two fields to the other where that is empty, unless the
 * reference names a namespace. */
static void a_data_source_is_of_kubernetes_or_of_a_populator(void)
{
    static const struct {
        const char *spec;
        bool has_data_source, is_populated;
    } cases[] = {
        {"{}", false, false},
        {"{'dataSource': null, 'dataSourceRef': null}", false, false},
        {"{'dataSource': {'kind': 'VolumeSnapshot', 'name': 's'}}", true, false},
        {"{'dataSource': " SNAPSHOT "}", true, false},
        {"{'dataSourceRef': " SNAPSHOT "}", true, false},
        {"{'dataSource': " SNAPSHOT ", 'dataSourceRef': " SNAPSHOT "}", true, false},
        {"{'dataSourceRef': {'kind': 'PersistentVolumeClaim', 'name': 'c', 'namespace': 'n'}}",
         true, false},
        {"{'dataSourceRef': " SOURCE("''", "PersistentVolumeClaim") "}", true, false},
        {"{'dataSourceRef': " SOURCE("null", "Other") "}", true, false},
        {"{'dataSourceRef': " POPULATED "}", false, true},
        {"{'dataSource': " POPULATED "}", false, true},
        {"{'dataSource': " POPULATED ", 'dataSourceRef': " POPULATED "}", false, true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *changes = memory_format("{'spec': %s}", cases[i].spec);
        autorelease(claim) struct claim *claim = claim_with(changes);
        ASSERT_CASE(claim->has_data_source == cases[i].has_data_source, cases[i].spec);
        ASSERT_CASE(claim->is_populated == cases[i].is_populated, cases[i].spec);
        bool has_none = !cases[i].has_data_source && !cases[i].is_populated;
        ASSERT_CASE(claim_can_bind(claim) == has_none, cases[i].spec);
    }
}

/* Kubernetes takes one that never was bound, as it says itself, for one that is to be, whatever its
 * phase says; and one that says it was, and names no volume, it binds never. */
static void a_claim_is_lost_when_its_phase_says_so_and_it_names_a_volume(void)
{
    static const struct {
        const char *claim;
        bool is_lost;
        bool is_bound_to_none;
    } cases[] = {
        {"{'spec': {'volumeName': 'pvc-1'}, 'status': {'phase': 'Lost'}}", true, false},
        {"{'metadata': {'annotations': {'pv.kubernetes.io/bind-completed': ''}},"
         " 'status': {'phase': 'Lost'}}",
         false, true},
        {"{'metadata': {'annotations': {'pv.kubernetes.io/bind-completed': 'yes'}}}", false, true},
        {"{'metadata': {'annotations': {'pv.kubernetes.io/bind-completed': 'yes'}},"
         " 'spec': {'volumeName': 'pvc-1'}}",
         false, false},
        {"{'status': {'phase': 'Lost'}}", false, false},
        {"{'spec': {'volumeName': 'pvc-1'}, 'status': {'phase': 'Pending'}}", false, false},
        {"{}", false, false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autorelease(claim) struct claim *claim = claim_with(cases[i].claim);
        ASSERT_CASE(claim->is_lost == cases[i].is_lost, cases[i].claim);
        ASSERT_CASE(claim->is_bound_to_none == cases[i].is_bound_to_none, cases[i].claim);
    }
}

static void a_claim_wants_a_volume_while_it_has_none_and_is_not_being_deleted(void)
{
    static const struct {
        const char *claim;
        bool wants_one;
    } cases[] = {
        {"{}", true},
        {"{'status': {'phase': 'Pending'}}", true},
        {"{'spec': {'volumeName': 'pvc-1'}}", false},
        {"{'spec': {'volumeName': 'pvc-1'}, 'status': {'phase': 'Bound'}}", false},
        {"{'spec': {'volumeName': 'pvc-1'}, 'status': {'phase': 'Lost'}}", true},
        {"{'metadata': {'deletionTimestamp': '2026-01-02T00:00:00Z'}}", false},
        {"{'metadata': {'deletionTimestamp': '2026-01-02T00:00:00Z'},"
         " 'spec': {'volumeName': 'pvc-1'}, 'status': {'phase': 'Lost'}}",
         false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autorelease(claim) struct claim *claim = claim_with(cases[i].claim);
        ASSERT_CASE(claim_wants_volume(claim) == cases[i].wants_one, cases[i].claim);
    }
}

#define OWNER(version, kind, more)                                                                 \
    "{'apiVersion': '" version "', 'kind': '" kind "', 'name': 'x', 'uid': '" kind "-1'" more "}"
#define CONTROLS ", 'controller': true"
#define NOT ", 'controller': false"

/* Kubernetes before 1.31 makes no owner of a claim its controller. One that is not the controller
 * counts only where no owner is one: an operator's claim is the operator's. */
static void a_claim_is_owned_by_a_stateful_set_or_a_pod_only(void)
{
    static const struct {
        const char *owners;
        const char *set_uid;
        bool has_pod_owner;
    } cases[] = {
        {"[]", NULL, false},
        {"[" OWNER("apps/v1", "StatefulSet", "") "]", "StatefulSet-1", false},
        {"[" OWNER("apps/v1", "StatefulSet", CONTROLS) "]", "StatefulSet-1", false},
        {"[" OWNER("apps/v1", "StatefulSet", NOT) "]", "StatefulSet-1", false},
        {"[" OWNER("apps/v1beta2", "StatefulSet", "") "]", "StatefulSet-1", false},
        {"[" OWNER("v1", "Pod", "") "]", NULL, true},
        {"[" OWNER("v1", "Pod", CONTROLS) "]", NULL, true},
        {"[" OWNER("apps.kruise.io/v1beta1", "StatefulSet", CONTROLS) "]", NULL, false},
        {"[" OWNER("apps", "StatefulSet", "") "]", NULL, false},
        {"[" OWNER("v1", "StatefulSet", "") "]", NULL, false},
        {"[" OWNER("apps/v1", "Pod", "") "]", NULL, false},
        {"[{'kind': 'StatefulSet', 'uid': 'u'}]", NULL, false},
        {"[" OWNER("db.example/v1", "Cluster", "") "]", NULL, false},
        {"[" OWNER("db.example/v1", "Cluster", "") ", " OWNER("apps/v1", "StatefulSet", "") "]",
         "StatefulSet-1", false},
        {"[" OWNER("db.example/v1", "Cluster", CONTROLS) ", " OWNER("apps/v1", "StatefulSet",
                                                                    "") "]",
         NULL, false},
        {"[" OWNER("apps/v1", "StatefulSet", "") ", " OWNER("db.example/v1", "Cluster",
                                                            CONTROLS) "]",
         NULL, false},
        {"[" OWNER("apps/v1", "StatefulSet", CONTROLS) ", " OWNER("v1", "Pod", "") "]",
         "StatefulSet-1", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_auto_t *object = claim_object("{}");
        json_object_set_new(json_object_get(object, "metadata"), "ownerReferences",
                            object_from(cases[i].owners));
        struct error err;
        autorelease(claim) struct claim *claim = claim_parse(object, &err);
        require(claim);
        ASSERT_CASE(is_text(claim->owner_set_uid, cases[i].set_uid), cases[i].owners);
        ASSERT_CASE(claim->has_pod_owner == cases[i].has_pod_owner, cases[i].owners);
    }
}

static void an_object_that_is_no_claim_is_refused_and_the_message_says_what_lacks(void)
{
    static const struct {
        const char *object;
        const char *said;
    } cases[] = {
        {"[]", "object"},
        {"{}", "metadata"},
        {"{'metadata': {'namespace': 'a', 'name': 'b', 'uid': 'c', 'resourceVersion': '1'}}",
         "spec"},
        {"{'metadata': {'namespace': 'a', 'name': 'b', 'resourceVersion': '1'}, 'spec': {}}",
         "uid"},
        {"{'metadata': {'namespace': 'a', 'name': 'b', 'uid': 'c', 'resourceVersion': 1},"
         " 'spec': {}}",
         "string"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_auto_t *object = object_from(cases[i].object);
        struct error err = {0};
        CU_ASSERT_PTR_NULL(claim_parse(object, &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "PersistentVolumeClaim"));
        ASSERT_CASE(strstr(err.message, cases[i].said) != NULL, cases[i].said);
    }
}

static void a_key_is_namespace_slash_name(void)
{
    autofree char *key = claim_key("a-b", "c");
    CU_ASSERT_STRING_EQUAL(key, "a-b/c");
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(what_identifies_a_claim_and_what_it_asks_for_is_read),
        TEST(what_a_claim_does_not_say_is_unset),
        TEST(an_empty_volume_name_is_no_volume),
        TEST(the_provisioner_asked_for_is_the_new_annotation_else_the_old_one),
        TEST(the_class_is_the_annotation_else_the_spec),
        TEST(a_node_is_selected_when_its_name_is_not_empty),
        TEST(what_cannot_be_served_is_noticed),
        TEST(a_claim_that_is_being_deleted_says_so),
        TEST(a_data_source_is_of_kubernetes_or_of_a_populator),
        TEST(a_claim_is_lost_when_its_phase_says_so_and_it_names_a_volume),
        TEST(a_claim_wants_a_volume_while_it_has_none_and_is_not_being_deleted),
        TEST(a_claim_is_owned_by_a_stateful_set_or_a_pod_only),
        TEST(an_object_that_is_no_claim_is_refused_and_the_message_says_what_lacks),
        TEST(a_key_is_namespace_slash_name),
        {0},
    };
    return suite_run("claim", tests, argc, argv);
}
