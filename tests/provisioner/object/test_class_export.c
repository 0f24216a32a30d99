/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/storage_class.h"
#include "tests/provisioner/objects.h"

/* Which export a class leads to, and how it is mounted. */

static struct storage_class *parse(const char *changes, const char *server, const char *path)
{
    json_auto_t *object = storage_class_object(changes);
    struct export_default fallback = {server, path};
    struct error err;
    struct storage_class *storage_class = storage_class_parse(object, &fallback, &err);
    require(storage_class);
    return storage_class;
}

static void a_parameter_wins_over_the_default_export(void)
{
    static const struct {
        const char *parameters, *server, *path;
    } cases[] = {
        {"{'parameters': {'server': 'other', 'path': '/data'}}", "other", "/data"},
        {"{'parameters': {'server': 'other'}}", "other", "/export"},
        {"{'parameters': {'path': '/data'}}", "server.example", "/data"},
        {"{'parameters': {'server': '', 'path': ''}}", "server.example", "/export"},
        {"{'parameters': {'server': '10.0.0.1'}}", "10.0.0.1", "/export"},
        {"{'parameters': {'server': 'fd00::1'}}", "fd00::1", "/export"},
        {"{'parameters': {'server': '[fd00::1]'}}", "fd00::1", "/export"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autorelease(storage_class) struct storage_class *storage_class =
            storage_class_with(cases[i].parameters);
        require(storage_class->address);
        CU_ASSERT(is_text(storage_class->address->server, cases[i].server));
        CU_ASSERT(is_text(storage_class->address->path, cases[i].path));
    }
}

static void a_class_has_its_own_export_or_that_of_all_classes(void)
{
    static const struct {
        const char *parameters;
        bool has_own_export;
    } cases[] = {
        {"{}", false},
        {"{'parameters': {'server': '', 'path': '', 'nfsVersion': '4'}}", false},
        {"{'parameters': {'server': 'other'}}", true},
        {"{'parameters': {'path': '/data'}}", true},
        {"{'parameters': {'server': 'server.example', 'path': '/export'}}", true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autorelease(storage_class) struct storage_class *storage_class =
            storage_class_with(cases[i].parameters);
        ASSERT_CASE(storage_class->has_own_export == cases[i].has_own_export, cases[i].parameters);
    }
}

static void slashes_at_the_end_of_the_export_s_path_do_not_matter(void)
{
    static const struct {
        const char *path, *normal;
    } cases[] = {
        {"/export/", "/export"},
        {"/export///", "/export"},
        {"//export", "/export"},
        {"/a//b/", "/a/b"},
        {"/", "/"},
        {"///", "/"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autorelease(storage_class) struct storage_class *by_default =
            parse("{}", "server", cases[i].path);
        require(by_default->address);
        CU_ASSERT(is_text(by_default->address->path, cases[i].normal));

        autofree char *changes = memory_format("{'parameters': {'path': '%s'}}", cases[i].path);
        autorelease(storage_class) struct storage_class *by_parameter = storage_class_with(changes);
        require(by_parameter->address);
        CU_ASSERT(is_text(by_parameter->address->path, cases[i].normal));
    }
}

static void a_class_that_leads_to_no_export_says_which_setting_is_missing(void)
{
    static const struct {
        const char *changes, *server, *path;
        const char *said;
    } cases[] = {
        {"{}", NULL, NULL, "no parameter server"},
        {"{}", NULL, "/export", "NFS_SERVER"},
        {"{}", "server", NULL, "no parameter path"},
        {"{}", "server", NULL, "NFS_PATH"},
        {"{}", "", "", "no parameter server"},
        {"{'parameters': {'server': 'other'}}", NULL, NULL, "no parameter path"},
        {"{'parameters': {'path': '/data'}}", NULL, NULL, "no parameter server"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autorelease(storage_class) struct storage_class *storage_class =
            parse(cases[i].changes, cases[i].server, cases[i].path);
        CU_ASSERT_PTR_NULL(storage_class->address);
        require(storage_class->problem);
        ASSERT_CASE(strstr(storage_class->problem, cases[i].said) != NULL, cases[i].said);
    }
}

static void version_and_ports_are_parameters_else_what_pods_mount_with(void)
{
    static const struct {
        const char *changes;
        int version, nfs_port, mount_port;
    } cases[] = {
        {"{'parameters': {'nfsVersion': '3'}}", 3, 0, 0},
        {"{'parameters': {'nfsVersion': '4'}}", 4, 0, 0},
        {"{'parameters': {'nfsVersion': '4.0'}}", 4, 0, 0},
        {"{'parameters': {'nfsVersion': '4.1'}}", 4, 0, 0},
        {"{'parameters': {'nfsVersion': '4.2'}}", 4, 0, 0},
        {"{'parameters': {'nfsPort': '20490', 'mountPort': '20480'}}", 3, 20490, 20480},
        {"{'mountOptions': ['hard', 'noatime']}", 3, 0, 0},
        {"{'mountOptions': []}", 3, 0, 0},
        {"{'mountOptions': ['nfsvers=4.1']}", 4, 0, 0},
        {"{'mountOptions': ['vers=4']}", 4, 0, 0},
        {"{'mountOptions': ['nfsvers=3', 'port=20490', 'mountport=20480']}", 3, 20490, 20480},
        {"{'mountOptions': ['nfsvers=4,port=20490', 'hard']}", 4, 20490, 0},
        {"{'mountOptions': ['hard,vers=4.2,port=20490,mountport=1']}", 4, 20490, 1},
        {"{'mountOptions': ['nfsvers', 'port', 'xport=1', 'portx=1']}", 3, 0, 0},
        {"{'mountOptions': ['nfsvers=4', 'port=1', 'mountport=2'],"
         " 'parameters': {'nfsVersion': '3', 'nfsPort': '3', 'mountPort': '4'}}",
         3, 3, 4},
        {"{'mountOptions': ['nfsvers=3.0']}", 3, 0, 0},
        {"{'mountOptions': ['vers=3.0'], 'parameters': {'nfsVersion': '4'}}", 4, 0, 0},
        {"{'mountOptions': ['v3']}", 3, 0, 0},
        {"{'mountOptions': ['v4']}", 4, 0, 0},
        {"{'mountOptions': ['v4.0', 'hard']}", 4, 0, 0},
        {"{'mountOptions': ['hard', 'v4.1']}", 4, 0, 0},
        {"{'mountOptions': ['hard,v4.2,noatime']}", 4, 0, 0},
        {"{'mountOptions': ['v4.1'], 'parameters': {'nfsVersion': '3'}}", 3, 0, 0},
        {"{'mountOptions': ['vers=4', 'v3']}", 3, 0, 0},
        {"{'mountOptions': ['v', 'verbose', 'V4']}", 3, 0, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autorelease(storage_class) struct storage_class *storage_class =
            storage_class_with(cases[i].changes);
        require(storage_class->address);
        CU_ASSERT_EQUAL(storage_class->address->version, cases[i].version);
        CU_ASSERT_EQUAL(storage_class->address->nfs_port, cases[i].nfs_port);
        CU_ASSERT_EQUAL(storage_class->address->mount_port, cases[i].mount_port);
    }
}

static void mount_options_are_kept_as_they_are(void)
{
    autorelease(storage_class) struct storage_class *storage_class =
        storage_class_with("{'mountOptions': ['nfsvers=4.1', 'hard']}");
    json_auto_t *expected = object_from("['nfsvers=4.1', 'hard']");
    CU_ASSERT(json_equal(storage_class->mount_options, expected));
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_parameter_wins_over_the_default_export),
        TEST(a_class_has_its_own_export_or_that_of_all_classes),
        TEST(slashes_at_the_end_of_the_export_s_path_do_not_matter),
        TEST(a_class_that_leads_to_no_export_says_which_setting_is_missing),
        TEST(version_and_ports_are_parameters_else_what_pods_mount_with),
        TEST(mount_options_are_kept_as_they_are),
        {0},
    };
    return suite_run("class export", tests, argc, argv);
}
