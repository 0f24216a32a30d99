/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/storage_class.h"
#include "tests/provisioner/objects.h"

static void without_parameters_a_class_means_the_default_export_and_the_standard_name(void)
{
    autorelease(storage_class) struct storage_class *storage_class = storage_class_with("{}");

    CU_ASSERT_STRING_EQUAL(storage_class->name, "nfs");
    CU_ASSERT_STRING_EQUAL(storage_class->provisioner, "mooring/nfs");
    CU_ASSERT_PTR_NULL(storage_class->problem);
    require(storage_class->address);
    CU_ASSERT_STRING_EQUAL(storage_class->address->server, "server.example");
    CU_ASSERT_STRING_EQUAL(storage_class->address->path, "/export");
    CU_ASSERT_EQUAL(storage_class->address->version, 3);
    CU_ASSERT_EQUAL(storage_class->address->nfs_port, 0);
    CU_ASSERT_EQUAL(storage_class->address->mount_port, 0);
    CU_ASSERT_EQUAL(storage_class->ownership.mode, 0777);
    CU_ASSERT_EQUAL(storage_class->ownership.uid, OWNER_ANY);
    CU_ASSERT_EQUAL(storage_class->ownership.gid, GROUP_ANY);
    CU_ASSERT_PTR_NULL(storage_class->path_pattern);
    CU_ASSERT_PTR_NULL(storage_class->mount_options);
}

static void policy_and_binding_are_kubernetes_defaults_unless_named(void)
{
    static const struct {
        const char *changes;
        bool has_delete_policy, waits;
    } cases[] = {
        {"{'metadata': {'name': 'nfs'}, 'provisioner': 'mooring/nfs'}", true, false},
        {"{'metadata': {'name': 'nfs'}, 'provisioner': 'mooring/nfs', 'reclaimPolicy': 'Delete',"
         " 'volumeBindingMode': 'Immediate'}",
         true, false},
        {"{'metadata': {'name': 'nfs'}, 'provisioner': 'mooring/nfs', 'reclaimPolicy': 'Retain',"
         " 'volumeBindingMode': 'WaitForFirstConsumer'}",
         false, true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_auto_t *object = object_from(cases[i].changes);
        struct error err;
        autorelease(storage_class) struct storage_class *storage_class =
            storage_class_parse(object, &(struct export_default){"s", "/"}, &err);
        require(storage_class);
        CU_ASSERT_EQUAL(storage_class->has_delete_policy, cases[i].has_delete_policy);
        CU_ASSERT_EQUAL(storage_class->has_delayed_binding, cases[i].waits);
    }
}

#define DEFAULT(value) "{'metadata': {'annotations': {'storageclass." value "}}}"

static void a_class_is_the_default_one_when_an_annotation_says_true(void)
{
    static const struct {
        const char *changes;
        bool is_default;
    } cases[] = {
        {"{}", false},
        {DEFAULT("kubernetes.io/is-default-class': 'true'"), true},
        {DEFAULT("kubernetes.io/is-default-class': 'false'"), false},
        {DEFAULT("kubernetes.io/is-default-class': 'True'"), false},
        {DEFAULT("kubernetes.io/is-default-class': ''"), false},
        {DEFAULT("beta.kubernetes.io/is-default-class': 'true'"), true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autorelease(storage_class) struct storage_class *storage_class =
            storage_class_with(cases[i].changes);
        ASSERT_CASE(storage_class->is_default == cases[i].is_default, cases[i].changes);
    }
}

static void mode_and_owner_of_a_directory_are_the_class_s(void)
{
    static const struct {
        const char *parameters;
        struct ownership ownership;
    } cases[] = {
        {"{'parameters': {'directoryPerms': '0770'}}", {0770, OWNER_ANY, GROUP_ANY}},
        {"{'parameters': {'directoryPerms': '700'}}", {0700, OWNER_ANY, GROUP_ANY}},
        {"{'parameters': {'directoryPerms': '02775'}}", {02775, OWNER_ANY, GROUP_ANY}},
        {"{'parameters': {'directoryPerms': '7777'}}", {07777, OWNER_ANY, GROUP_ANY}},
        {"{'parameters': {'uid': '1000'}}", {0777, 1000, GROUP_ANY}},
        {"{'parameters': {'gid': '2000'}}", {0777, OWNER_ANY, 2000}},
        {"{'parameters': {'uid': '0', 'gid': '0', 'directoryPerms': '0755'}}", {0755, 0, 0}},
        {"{'parameters': {'uid': '2147483647'}}", {0777, 2147483647, GROUP_ANY}},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autorelease(storage_class) struct storage_class *storage_class =
            storage_class_with(cases[i].parameters);
        CU_ASSERT_PTR_NULL(storage_class->problem);
        CU_ASSERT_EQUAL(storage_class->ownership.mode, cases[i].ownership.mode);
        CU_ASSERT_EQUAL(storage_class->ownership.uid, cases[i].ownership.uid);
        CU_ASSERT_EQUAL(storage_class->ownership.gid, cases[i].ownership.gid);
    }
}

static void no_topologies_are_no_problem(void)
{
    autorelease(storage_class) struct storage_class *empty =
        storage_class_with("{'allowedTopologies': []}");
    autorelease(storage_class) struct storage_class *none =
        storage_class_with("{'allowedTopologies': null}");
    CU_ASSERT(is_text(empty->problem, NULL));
    CU_ASSERT(is_text(none->problem, NULL));
}

/* Helm renders a value that is not set like this. */
static void an_empty_parameter_is_none(void)
{
    autorelease(storage_class) struct storage_class *storage_class = storage_class_with(
        "{'parameters': {'server': '', 'path': '', 'nfsVersion': '', 'nfsPort': '',"
        " 'mountPort': '', 'pathPattern': '', 'directoryPerms': '', 'uid': '', 'gid': '',"
        " 'rebind': '', 'adopt': '', 'shared': '', 'onDelete': '', 'archiveOnDelete': ''},"
        " 'mountOptions': ['vers=4,port=1,mountport=2']}");
    CU_ASSERT(is_text(storage_class->problem, NULL));
    require(storage_class->address);
    CU_ASSERT_STRING_EQUAL(storage_class->address->key,
                           "server.example(v4,port=1,mountport=2):/export");
    CU_ASSERT_PTR_NULL(storage_class->path_pattern);
    CU_ASSERT_EQUAL(storage_class->ownership.mode, 0777);
    CU_ASSERT_EQUAL(storage_class->ownership.uid, OWNER_ANY);
    CU_ASSERT_EQUAL(storage_class->ownership.gid, GROUP_ANY);
    CU_ASSERT_EQUAL(storage_class->rebind, REBIND_STATEFUL);
    CU_ASSERT_FALSE(storage_class->may_adopt);
    CU_ASSERT_FALSE(storage_class->is_shared);
}

static void claims_share_a_directory_only_where_the_class_says_so(void)
{
    static const struct {
        const char *parameters;
        bool is_shared;
    } cases[] = {
        {"{'parameters': {'pathPattern': 'a'}}", false},
        {"{'parameters': {'pathPattern': 'a', 'shared': ''}}", false},
        {"{'parameters': {'pathPattern': 'a', 'shared': 'false'}}", false},
        {"{'parameters': {'pathPattern': 'a', 'shared': 'true'}}", true},
        {"{'parameters': {'shared': 'false'}}", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autorelease(storage_class) struct storage_class *storage_class =
            storage_class_with(cases[i].parameters);
        ASSERT_CASE(is_text(storage_class->problem, NULL), cases[i].parameters);
        ASSERT_CASE(storage_class->is_shared == cases[i].is_shared, cases[i].parameters);
    }
}

static void a_path_pattern_is_kept_for_the_claims(void)
{
    autorelease(storage_class) struct storage_class *storage_class =
        storage_class_with("{'parameters': {'pathPattern': '${.PVC.namespace}/${.PVC.name}'}}");
    CU_ASSERT_PTR_NULL(storage_class->problem);
    CU_ASSERT(is_text(storage_class->path_pattern, "${.PVC.namespace}/${.PVC.name}"));

    autorelease(storage_class) struct storage_class *with_slashes =
        storage_class_with("{'parameters': {'pathPattern': '/${.PVC.name}/'}}");
    CU_ASSERT(is_text(with_slashes->problem, NULL));
}

static void the_parameters_of_reclaiming_are_no_problem(void)
{
    autorelease(storage_class) struct storage_class *storage_class =
        storage_class_with("{'parameters': {'onDelete': 'retain', 'archiveOnDelete': 'false'}}");
    CU_ASSERT_PTR_NULL(storage_class->problem);
}

static void what_is_not_understood_is_a_problem_that_names_class_parameter_and_value(void)
{
    static const struct {
        const char *changes;
        const char *said;
    } cases[] = {
        {"{'parameters': {'sevrer': 'x'}}", "sevrer"},
        {"{'allowedTopologies': [{'matchLabelExpressions': [{'key': 'zone', 'values': ['a']}]}]}",
         "make the class again without allowedTopologies"},
        {"{'parameters': {'Server': 'x'}}", "Server"},
        {"{'parameters': {'nfsVersion': '2'}}", "\"2\""},
        {"{'parameters': {'nfsVersion': '4.3'}}", "nfsVersion"},
        {"{'mountOptions': ['nfsvers=2']}", "mountOptions"},
        {"{'mountOptions': ['v2']}", "the NFS version is \"2\""},
        {"{'mountOptions': ['v4x']}", "the NFS version is \"4x\""},
        {"{'mountOptions': ['vers=']}", "the NFS version is \"\""},
        {"{'parameters': {'nfsPort': 'nfs'}}", "nfsPort is \"nfs\""},
        {"{'parameters': {'nfsPort': '-1'}}", "nfsPort is \"-1\""},
        {"{'parameters': {'nfsPort': ' 1'}}", "nfsPort is \" 1\""},
        {"{'parameters': {'nfsPort': '1x'}}", "nfsPort is \"1x\""},
        {"{'parameters': {'nfsPort': '65536'}}", "65536"},
        {"{'mountOptions': ['port=65536']}", "65536"},
        {"{'mountOptions': ['mountport=']}", "mountPort is \"\""},
        {"{'parameters': {'mountPort': '99999999999999999999'}}", "mountPort"},
        {"{'parameters': {'directoryPerms': '0o770'}}", "octal"},
        {"{'parameters': {'directoryPerms': '0798'}}", "directoryPerms is \"0798\""},
        {"{'parameters': {'directoryPerms': '10000'}}", "directoryPerms is \"10000\""},
        {"{'parameters': {'directoryPerms': 'rwxrwxrwx'}}", "octal"},
        {"{'parameters': {'uid': 'root'}}", "uid is \"root\""},
        {"{'parameters': {'gid': '-5'}}", "gid is \"-5\""},
        {"{'parameters': {'uid': '4294967295'}}", "2147483647"},
        {"{'parameters': {'server': 'a b'}}", "a b"},
        {"{'parameters': {'server': '[::1'}}", "IPv6 address"},
        {"{'parameters': {'path': 'export'}}", "\"export\" is not absolute"},
        {"{'parameters': {'path': '/a/../b'}}", "/a/../b"},
        {"{'parameters': {'path': '/a\\nb'}}", "control"},
        {"{'parameters': {'pathPattern': '../${.PVC.name}'}}", "pathPattern"},
        {"{'parameters': {'pathPattern': '/../${.PVC.name}'}}", "pathPattern"},
        {"{'parameters': {'pathPattern': '${.PVC.name'}}", "closing brace"},
        {"{'parameters': {'shared': 'true'}}", "without a pathPattern"},
        {"{'parameters': {'pathPattern': 'a', 'shared': 'yes'}}", "shared is \"yes\""},
        {"{'parameters': {'pathPattern': 'a', 'shared': 'True'}}", "neither true nor false"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autorelease(storage_class) struct storage_class *storage_class =
            storage_class_with(cases[i].changes);
        require(storage_class->problem);
        CU_ASSERT_PTR_NOT_NULL(strstr(storage_class->problem, "storage class nfs: "));
        ASSERT_CASE(strstr(storage_class->problem, cases[i].said) != NULL, cases[i].said);
    }
}

static void an_object_that_is_no_class_is_refused(void)
{
    static const struct {
        const char *object;
        const char *said;
    } cases[] = {
        {"[]", "object"},
        {"{'provisioner': 'mooring/nfs'}", "metadata"},
        {"{'metadata': {'name': 'nfs'}}", "provisioner"},
        {"{'metadata': {'name': 'nfs'}, 'provisioner': 7}", "string"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_auto_t *object = object_from(cases[i].object);
        struct error err = {0};
        CU_ASSERT_PTR_NULL(storage_class_parse(object, &(struct export_default){"s", "/"}, &err));
        CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "StorageClass"));
        ASSERT_CASE(strstr(err.message, cases[i].said) != NULL, cases[i].said);
    }
}

static void a_class_is_found_by_its_whole_name(void)
{
    static const struct {
        const char *name;
        int found; /* -1: none */
    } cases[] = {{"nfs", 0}, {"nfs-fast", 1}, {"nfs-", -1}, {"", -1}, {NULL, -1}};

    struct storage_class *classes[] = {storage_class_with("{}"),
                                       storage_class_with("{'metadata': {'name': 'nfs-fast'}}")};
    const size_t count = sizeof classes / sizeof *classes;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct storage_class *expected = cases[i].found < 0 ? NULL : classes[cases[i].found];
        CU_ASSERT_PTR_EQUAL(storage_class_find(classes, count, cases[i].name), expected);
    }
    CU_ASSERT_PTR_NULL(storage_class_find(NULL, 0, "nfs"));
    for (size_t i = 0; i < count; i++)
        storage_class_release(classes[i]);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(without_parameters_a_class_means_the_default_export_and_the_standard_name),
        TEST(policy_and_binding_are_kubernetes_defaults_unless_named),
        TEST(a_class_is_the_default_one_when_an_annotation_says_true),
        TEST(mode_and_owner_of_a_directory_are_the_class_s),
        TEST(no_topologies_are_no_problem),
        TEST(an_empty_parameter_is_none),
        TEST(claims_share_a_directory_only_where_the_class_says_so),
        TEST(a_path_pattern_is_kept_for_the_claims),
        TEST(the_parameters_of_reclaiming_are_no_problem),
        TEST(what_is_not_understood_is_a_problem_that_names_class_parameter_and_value),
        TEST(an_object_that_is_no_class_is_refused),
        TEST(a_class_is_found_by_its_whole_name),
        {0},
    };
    return suite_run("storage_class", tests, argc, argv);
}
