/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/volume.h"
#include "tests/provisioner/objects.h"

/* Check where a volume with this part of a spec lies; NULL: not on NFS. */
static void check_place(const char *spec, const char *server, const char *path)
{
    autofree char *text = memory_format(
        "{'metadata': {'name': 'a', 'uid': 'u', 'resourceVersion': '1'}, 'spec': {%s}}", spec);
    json_auto_t *object = object_from(text);
    struct error err;
    autorelease(volume) struct volume *volume = volume_parse(object, &err);
    require(volume);
    ASSERT_CASE(is_text(volume->server, server), spec);
    ASSERT_CASE(is_text(volume->path, path), spec);
}

static void where_a_volume_of_the_csi_driver_for_nfs_lies(void)
{
    static const struct {
        const char *attributes;
        const char *server, *path;
    } cases[] = {
        {"{'server': 'a', 'share': '/export'}", "a", "/export"},
        {"{'server': 'a', 'share': '/export', 'subdir': 'd'}", "a", "/export/d"},
        {"{'server': 'a', 'share': '/export', 'subDir': 'd'}", "a", "/export/d"},
        {"{'server': 'a', 'share': '//export//x/', 'subdir': '/d//e/'}", "a", "/export/x/d/e"},
        {"{'server': 'a', 'share': '/export/.', 'subdir': './.d/..'}", "a", "/export/.d/.."},
        {"{'server': 'a', 'share': 'export', 'subdir': ''}", "a", "/export"},
        {"{'server': 'a', 'share': '/', 'subdir': 'd'}", "a", "/d"},
        {"{'server': 'a', 'share': '/'}", "a", "/"},
        {"{'server': '[fd00::1]', 'share': '/'}", "fd00::1", "/"},
        {"{'server': 'fd00::1', 'share': '/'}", "fd00::1", "/"},
        {"{'server': 'a', 'share': ''}", "a", "/"},
        {"{'server': 'a', 'subdir': 'd'}", NULL, NULL},
        {"{'share': '/export'}", NULL, NULL},
        {"{'server': 1, 'share': ['/export']}", NULL, NULL},
        {"{'server': 'a', 'share': '/export', 'subdir': null}", "a", "/export"},
        {"null", NULL, NULL},
        {"'text'", NULL, NULL},
        {"['server', 'share']", NULL, NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *spec =
            memory_format("'csi': {'driver': 'nfs.csi.k8s.io', 'volumeHandle': 'x',"
                          " 'volumeAttributes': %s}",
                          cases[i].attributes);
        check_place(spec, cases[i].server, cases[i].path);
    }
}

static void a_csi_volume_of_another_driver_lies_nowhere(void)
{
    static const char *const cases[] = {
        "'csi': {'driver': 'smb.csi.k8s.io', 'volumeAttributes': {'server': 'a', 'share': '/b'}}",
        "'csi': {'volumeAttributes': {'server': 'a', 'share': '/b'}}",
        "'csi': {'driver': 7, 'volumeAttributes': {'server': 'a', 'share': '/b'}}",
        "'csi': {'driver': 'nfs.csi.k8s.io'}",
        "'csi': {}",
        "'csi': null",
        "'csi': 'nfs.csi.k8s.io'",
        "'csi': []",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_place(cases[i], NULL, NULL);
}

static void the_slashes_of_an_nfs_volume_are_those_of_all_paths(void)
{
    check_place("'nfs': {'server': 'a', 'path': '//export///d/'}", "a", "/export/d");
    check_place("'nfs': {'server': 'a', 'path': '/'}", "a", "/");
    check_place("'nfs': {'server': 'a'}", NULL, NULL);
    check_place("'nfs': {'path': '/a'}", NULL, NULL);
}

/* In a volume it needs brackets for kubelets before 1.22; later ones take both. */
static void an_ipv6_server_is_written_with_brackets_and_read_without(void)
{
    check_place("'nfs': {'server': '[fd00::1]', 'path': '/d'}", "fd00::1", "/d");
    check_place("'nfs': {'server': 'fd00::1', 'path': '/d'}", "fd00::1", "/d");
    check_place("'nfs': {'server': '[odd]', 'path': '/d'}", "[odd]", "/d");

    autorelease(claim) struct claim *claim = claim_with("{}");
    autorelease(storage_class) struct storage_class *storage_class =
        storage_class_with("{'parameters': {'server': 'fd00::1'}}");
    const struct volume_source source = {
        .volume = "pvc-1", .address = storage_class->address, .directory = "d"};
    json_auto_t *object = volume_for_claim(claim, storage_class, &source);
    json_object_update_new(json_object_get(object, "metadata"),
                           object_from("{'uid': 'u', 'resourceVersion': '1'}"));
    json_t *nfs = json_object_get(json_object_get(object, "spec"), "nfs");
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(nfs, "server")), "[fd00::1]");

    struct error err;
    autorelease(volume) struct volume *volume = volume_parse(object, &err);
    autofree char *location = volume_location(volume);
    CU_ASSERT_STRING_EQUAL(volume->server, "fd00::1");
    CU_ASSERT(is_text(volume_directory(volume, storage_class->address), "d"));
    CU_ASSERT_STRING_EQUAL(location, "[fd00::1]:/export/d");
}

/* Its path leads to the directory on the server that the class named before. */
static void a_volume_whose_server_was_renamed_has_moved(void)
{
    static const struct {
        const char *server, *path, *directory;
        const char *former; /* NULL: it has not moved */
    } cases[] = {
        {"server.example", "/export/d-1", "d-1", NULL},
        {"old.example", "/export/d-1", "d-1", "old.example:/export"},
        {"server.example", "/old/d-1", "d-1", "server.example:/old"},
        {"old.example", "/d-1", "d-1", "old.example:/"},
        {"fd00::1", "/d-1", "d-1", "[fd00::1]:/"},
        {"fd00::1", "/export/d-1", "d-1", "[fd00::1]:/export"},
        {"old.example", "/export/team/d-1", "team/d-1", "old.example:/export"},
        {"old.example", "/export/d-2", "d-1", NULL},
        {"old.example", "/export/a-d-1", "d-1", NULL},
        {"old.example", "d-1", "d-1", NULL},
        {"server.example", "/export/d-2", "d-1", NULL},
        {NULL, NULL, "d-1", NULL},
    };
    autorelease(storage_class) struct storage_class *storage_class = storage_class_with("{}");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *directory = cases[i].directory;
        struct volume volume = {.server = cases[i].server, .path = cases[i].path};
        autofree char *former = volume_export(&volume, directory);
        autofree char *label = memory_format("case %zu", i);
        ASSERT_CASE(volume_has_moved(&volume, storage_class->address, directory) ==
                        (cases[i].former != NULL),
                    label);
        ASSERT_CASE(!cases[i].former || is_text(former, cases[i].former), label);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(where_a_volume_of_the_csi_driver_for_nfs_lies),
        TEST(a_csi_volume_of_another_driver_lies_nowhere),
        TEST(the_slashes_of_an_nfs_volume_are_those_of_all_paths),
        TEST(an_ipv6_server_is_written_with_brackets_and_read_without),
        TEST(a_volume_whose_server_was_renamed_has_moved),
        {0},
    };
    return suite_run("volume_place", tests, argc, argv);
}
