/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/volume.h"
#include "tests/provisioner/objects.h"

static json_t *volume_in(const char *storage_class_changes, const char *claim_changes,
                         const char *directory)
{
    autorelease(claim) struct claim *claim = claim_with(claim_changes);
    autorelease(storage_class) struct storage_class *storage_class =
        storage_class_with(storage_class_changes);
    autofree char *name = volume_name_for_claim(claim);
    const struct volume_source source = {.volume = name,
                                         .address = storage_class->address,
                                         .export_id = "export-1",
                                         .directory = directory};
    json_t *volume = volume_for_claim(claim, storage_class, &source);
    require(volume);
    return volume;
}

static const char *text_at(json_t *object, const char *part, const char *key)
{
    json_t *spec = json_object_get(object, "spec");
    return json_string_value(json_object_get(part ? json_object_get(spec, part) : spec, key));
}

/* The whole object: pv.kubernetes.io/bound-by-controller, for instance, must not be in it. */
static void a_volume_says_exactly_what_kubernetes_needs_to_bind_and_mount_it(void)
{
    json_auto_t *expected = object_from(
        "{'apiVersion': 'v1', 'kind': 'PersistentVolume',"
        " 'metadata': {'name': 'pvc-uid-1',"
        "  'annotations': {'pv.kubernetes.io/provisioned-by': 'mooring/nfs',"
        "   'mooring/export': 'export-1', 'mooring/directory': 'default-data-pvc-uid-1',"
        "   'mooring/claim': 'uid-1'}},"
        " 'spec': {'capacity': {'storage': '1Gi'}, 'accessModes': ['ReadWriteMany'],"
        "  'volumeMode': 'Filesystem', 'storageClassName': 'nfs',"
        "  'persistentVolumeReclaimPolicy': 'Retain', 'mountOptions': ['nfsvers=3', 'hard'],"
        "  'claimRef': {'kind': 'PersistentVolumeClaim', 'apiVersion': 'v1',"
        "   'namespace': 'default', 'name': 'data', 'uid': 'uid-1', 'resourceVersion': '7'},"
        "  'nfs': {'server': 'server.example', 'path': '/export/default-data-pvc-uid-1'}}}");
    json_auto_t *volume =
        volume_in("{'mountOptions': ['nfsvers=3', 'hard']}", "{}", "default-data-pvc-uid-1");
    CU_ASSERT(json_equal(volume, expected));
}

static void a_class_without_mount_options_gives_a_volume_without_them(void)
{
    json_auto_t *volume = volume_in("{}", "{}", "d");
    CU_ASSERT_PTR_NULL(json_object_get(json_object_get(volume, "spec"), "mountOptions"));
}

static void the_reclaim_policy_is_the_class_s(void)
{
    json_auto_t *deleted = volume_in("{'reclaimPolicy': 'Delete'}", "{}", "d");
    json_auto_t *retained = volume_in("{'reclaimPolicy': 'Retain'}", "{}", "d");
    CU_ASSERT_STRING_EQUAL(text_at(deleted, NULL, "persistentVolumeReclaimPolicy"), "Delete");
    CU_ASSERT_STRING_EQUAL(text_at(retained, NULL, "persistentVolumeReclaimPolicy"), "Retain");
}

static void the_reclaim_policy_may_be_another_than_the_class_s(void)
{
    autorelease(claim) struct claim *claim = claim_with("{}");
    autorelease(storage_class) struct storage_class *storage_class =
        storage_class_with("{'reclaimPolicy': 'Delete'}");
    const struct volume_source source = {.volume = "pvc-uid-1",
                                         .address = storage_class->address,
                                         .directory = "d",
                                         .policy = "Retain"};
    json_auto_t *volume = volume_for_claim(claim, storage_class, &source);
    CU_ASSERT_STRING_EQUAL(text_at(volume, NULL, "persistentVolumeReclaimPolicy"), "Retain");
}

static void a_reserved_volume_does_not_say_to_whom_it_was_given(void)
{
    autorelease(storage_class) struct storage_class *storage_class = storage_class_with("{}");
    const struct claim expected_claim = {.namespace = "default",
                                         .name = "data",
                                         .class_name = "nfs",
                                         .request = "1Gi",
                                         .access_modes = 1};
    const struct volume_source source = {
        .volume = "pvc-1", .address = storage_class->address, .directory = "d"};
    json_auto_t *volume = volume_for_claim(&expected_claim, storage_class, &source);
    json_auto_t *expected =
        object_from("{'pv.kubernetes.io/provisioned-by': 'mooring/nfs', 'mooring/directory': 'd'}");
    CU_ASSERT(
        json_equal(json_object_get(json_object_get(volume, "metadata"), "annotations"), expected));
}

static void a_directory_on_the_root_export_has_one_slash_before_it(void)
{
    json_auto_t *volume = volume_in("{'parameters': {'path': '/'}}", "{}", "d");
    CU_ASSERT_STRING_EQUAL(text_at(volume, "nfs", "path"), "/d");
}

static void the_provisioner_s_name_is_the_class_s_also_when_taken_over(void)
{
    json_auto_t *volume = volume_in("{'provisioner': 'nfs.example/old'}", "{}", "d");
    json_t *annotations = json_object_get(json_object_get(volume, "metadata"), "annotations");
    CU_ASSERT_STRING_EQUAL(
        json_string_value(json_object_get(annotations, "pv.kubernetes.io/provisioned-by")),
        "nfs.example/old");
}

static void a_volume_is_named_by_its_claim_s_uid(void)
{
    autorelease(claim) struct claim *claim = claim_with("{'metadata': {'uid': '0-1-2'}}");
    autofree char *name = volume_name_for_claim(claim);
    CU_ASSERT_STRING_EQUAL(name, "pvc-0-1-2");
}

static struct volume *parse(const char *text, struct error *err)
{
    json_auto_t *object = object_from(text);
    return volume_parse(object, err);
}

static void what_was_saved_is_read_back(void)
{
    json_auto_t *object = volume_in("{'reclaimPolicy': 'Delete'}", "{}", "d");
    json_auto_t *from_server =
        object_from("{'metadata': {'uid': 'volume-uid', 'resourceVersion': '9'},"
                    " 'status': {'phase': 'Released'}}");
    json_object_update_recursive(object, from_server);
    struct error err;
    autorelease(volume) struct volume *volume = volume_parse(object, &err);

    require(volume);
    CU_ASSERT_STRING_EQUAL(volume->name, "pvc-uid-1");
    CU_ASSERT_STRING_EQUAL(volume->uid, "volume-uid");
    CU_ASSERT_STRING_EQUAL(volume->resource_version, "9");
    CU_ASSERT_STRING_EQUAL(volume->provisioned_by, "mooring/nfs");
    CU_ASSERT_STRING_EQUAL(volume->claim_namespace, "default");
    CU_ASSERT_STRING_EQUAL(volume->claim_name, "data");
    CU_ASSERT_STRING_EQUAL(volume->claim_uid, "uid-1");
    CU_ASSERT_STRING_EQUAL(volume->class_name, "nfs");
    CU_ASSERT_STRING_EQUAL(volume->server, "server.example");
    CU_ASSERT_STRING_EQUAL(volume->path, "/export/d");
    CU_ASSERT_STRING_EQUAL(volume->export_id, "export-1");
    CU_ASSERT_STRING_EQUAL(volume->directory, "d");
    CU_ASSERT_STRING_EQUAL(volume->given_claim, "uid-1");
    CU_ASSERT_PTR_NULL(volume->previous_claim);
    CU_ASSERT(volume->has_annotations);
    CU_ASSERT(volume->is_released);
    CU_ASSERT(volume->has_delete_policy);
    CU_ASSERT_FALSE(volume->is_deleting);
}

static void a_volume_made_by_hand_on_another_kind_of_storage_is_read_too(void)
{
    struct error err;
    autorelease(volume) struct volume *volume =
        parse("{'metadata': {'name': 'disk', 'uid': 'u', 'resourceVersion': '1',"
              "  'deletionTimestamp': '2026-01-02T15:04:05Z'},"
              " 'spec': {'hostPath': {'path': '/disk'}, 'persistentVolumeReclaimPolicy': 'Retain'},"
              " 'status': {'phase': 'Available'}}",
              &err);

    require(volume);
    CU_ASSERT_PTR_NULL(volume->provisioned_by);
    CU_ASSERT_PTR_NULL(volume->claim_namespace);
    CU_ASSERT_PTR_NULL(volume->claim_name);
    CU_ASSERT_PTR_NULL(volume->claim_uid);
    CU_ASSERT_PTR_NULL(volume->class_name);
    CU_ASSERT_PTR_NULL(volume->server);
    CU_ASSERT_PTR_NULL(volume->path);
    CU_ASSERT_FALSE(volume->is_released);
    CU_ASSERT_FALSE(volume->has_delete_policy);
    CU_ASSERT(volume->is_deleting);
}

static void what_was_noted_at_a_rebound_volume_is_read_back(void)
{
    struct error err;
    autorelease(volume) struct volume *volume =
        parse("{'metadata': {'name': 'a', 'uid': 'u', 'resourceVersion': '1',"
              "  'annotations': {'mooring/previous-claim': 'uid-0', 'mooring/export': 7}},"
              " 'spec': {}, 'status': {'phase': 'Bound'}}",
              &err);
    require(volume);
    CU_ASSERT_STRING_EQUAL(volume->previous_claim, "uid-0");
    CU_ASSERT_PTR_NULL(volume->export_id);
    CU_ASSERT_PTR_NULL(volume->directory);
    CU_ASSERT_PTR_NULL(volume->given_claim);
    CU_ASSERT_FALSE(volume->is_released);
}

/* What is said of another claim, from which the volume was taken, does not count. */
static void the_labels_say_of_which_set_the_claim_of_that_name_is(void)
{
    static const struct {
        const char *labels, *claim;
        const char *set, *template;
        int ordinal;
    } cases[] = {
        {"'web', 'mooring/claim-template': 'data', 'mooring/ordinal': '12'", "data-web-12", "web",
         "data", 12},
        {"'b-c', 'mooring/claim-template': 'a', 'mooring/ordinal': '0'", "a-b-c-0", "b-c", "a", 0},
        {"'web', 'mooring/claim-template': 'data', 'mooring/ordinal': '1'", "data-web-12", NULL,
         NULL, 0},
        {"'web', 'mooring/claim-template': 'data', 'mooring/ordinal': '01'", "data-web-01", NULL,
         NULL, 0},
        {"'web', 'mooring/claim-template': 'data', 'mooring/ordinal': 'x'", "data-web-x", NULL,
         NULL, 0},
        {"'web', 'mooring/claim-template': 'data', 'mooring/ordinal': 12", "data-web-12", NULL,
         NULL, 0},
        {"'web', 'mooring/claim-template': 'logs', 'mooring/ordinal': '12'", "data-web-12", NULL,
         NULL, 0},
        {"'web', 'mooring/ordinal': '12'", "data-web-12", NULL, NULL, 0},
        {"'web', 'mooring/claim-template': 'data'", "data-web-12", NULL, NULL, 0},
        {"null, 'mooring/claim-template': 'data', 'mooring/ordinal': '12'", "data-web-12", NULL,
         NULL, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error err;
        autofree char *text =
            memory_format("{'metadata': {'name': 'a', 'uid': 'u', 'resourceVersion': '1',"
                          "  'labels': {'mooring/stateful-set': %s},"
                          "  'annotations': {'mooring/stateful-set-uid': 's-1'}},"
                          " 'spec': {'claimRef': {'namespace': 'default', 'name': '%s'}}}",
                          cases[i].labels, cases[i].claim);
        autorelease(volume) struct volume *volume = parse(text, &err);
        require(volume);
        ASSERT_CASE(is_text(volume->member.set, cases[i].set), cases[i].labels);
        ASSERT_CASE(is_text(volume->member.template, cases[i].template), cases[i].labels);
        ASSERT_CASE(volume->member.ordinal == cases[i].ordinal, cases[i].labels);
        bool has_uid = cases[i].set || strncmp(cases[i].labels, "null", 4) == 0;
        ASSERT_CASE(is_text(volume->member.set_uid, has_uid ? "s-1" : NULL), cases[i].labels);
    }
}

/* The client reads JSON with zero bytes in texts. */
static void a_text_ends_at_its_first_zero_byte(void)
{
    json_auto_t *object = object_from(
        "{'metadata': {'name': 'a', 'uid': 'u', 'resourceVersion': '1', 'annotations': {}},"
        " 'spec': {'csi': {'driver': 'nfs.csi.k8s.io', 'volumeAttributes': {'server': 'a'}}}}");
    json_t *csi = json_object_get(json_object_get(object, "spec"), "csi");
    json_t *annotations = json_object_get(json_object_get(object, "metadata"), "annotations");
    json_object_set_new(json_object_get(csi, "volumeAttributes"), "share",
                        json_stringn("/a\0/b", sizeof "/a\0/b" - 1));
    json_object_set_new(annotations, "mooring/claim", json_stringn("\0x", 2));
    struct error err;
    autorelease(volume) struct volume *volume = volume_parse(object, &err);
    require(volume);
    CU_ASSERT_STRING_EQUAL(volume->path, "/a");
    CU_ASSERT_STRING_EQUAL(volume->given_claim, "");
}

static void the_query_of_a_set_is_encoded(void)
{
    static const struct {
        const char *set, *query;
    } cases[] = {
        {"web", "labelSelector=mooring%2Fstateful-set%3Dweb"},
        {"a&b,c=d", "labelSelector=mooring%2Fstateful-set%3Da%26b%2Cc%3Dd"},
        {"web-5678901234567890123456789012345678901234567890123456789-123",
         "labelSelector=mooring%2Fstateful-set%3D"
         "web-5678901234567890123456789012345678901234567890123456789-123"},
        {"web-5678901234567890123456789012345678901234567890123456789-1234", NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *query = volume_set_query(cases[i].set);
        ASSERT_CASE(is_text(query, cases[i].query), cases[i].set);
    }
}

static void an_object_that_is_no_volume_is_refused(void)
{
    static const struct {
        const char *object;
        const char *said;
    } cases[] = {
        {"'pvc-1'", "object"},
        {"{'metadata': {'name': 'a', 'uid': 'b', 'resourceVersion': '1'}}", "spec"},
        {"{'metadata': {'name': 'a', 'resourceVersion': '1'}, 'spec': {}}", "uid"},
        {"{'metadata': {'name': 'a', 'uid': 'b', 'resourceVersion': '1'},"
         " 'spec': {'nfs': {'server': ['x'], 'path': '/'}}}",
         "string"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error err = {0};
        CU_ASSERT_PTR_NULL(parse(cases[i].object, &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "PersistentVolume:"));
        ASSERT_CASE(strstr(err.message, cases[i].said) != NULL, cases[i].said);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_volume_says_exactly_what_kubernetes_needs_to_bind_and_mount_it),
        TEST(a_class_without_mount_options_gives_a_volume_without_them),
        TEST(the_reclaim_policy_is_the_class_s),
        TEST(the_reclaim_policy_may_be_another_than_the_class_s),
        TEST(a_reserved_volume_does_not_say_to_whom_it_was_given),
        TEST(a_directory_on_the_root_export_has_one_slash_before_it),
        TEST(the_provisioner_s_name_is_the_class_s_also_when_taken_over),
        TEST(a_volume_is_named_by_its_claim_s_uid),
        TEST(what_was_saved_is_read_back),
        TEST(a_volume_made_by_hand_on_another_kind_of_storage_is_read_too),
        TEST(what_was_noted_at_a_rebound_volume_is_read_back),
        TEST(the_labels_say_of_which_set_the_claim_of_that_name_is),
        TEST(a_text_ends_at_its_first_zero_byte),
        TEST(the_query_of_a_set_is_encoded),
        TEST(an_object_that_is_no_volume_is_refused),
        {0},
    };
    return suite_run("volume", tests, argc, argv);
}
