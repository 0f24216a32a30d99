/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/address.h"
#include "provisioner/object/directory_user.h"
#include "provisioner/object/volume.h"
#include "tests/provisioner/claim_fixtures.h"

/* Does the volume pvc-1 on server.example conflict with who wants the directory? */
static bool conflicts(const char *volume_path, const char *export, const char *directory)
{
    autofree char *changes = memory_format("{'spec': {'nfs': {'path': '%s'}}}", volume_path);
    autorelease(volume) struct volume *volume = volume_with(changes);
    struct error err;
    autodestroy(address) struct address *address =
        address_new("server.example", export, 3, 0, 0, &err);
    require(address);
    const struct directory_user user = {.address = address, .directory = directory};
    return directory_user_conflicts(&user, volume);
}

static void a_volume_of_the_directory_or_in_it_or_around_it_conflicts(void)
{
    static const struct {
        const char *volume, *export, *directory;
        bool conflicts;
    } cases[] = {
        {"/export/d", "/export", "d", true},
        {"/export//d/", "/export", "d", true},
        {"/export/./d", "/export", "d", true},
        {"//./export//./d/./", "/export", "d", true},
        {"/export/.d", "/export", "d", false},
        {"/export/d/inner", "/export", "d", true},
        {"/export/a", "/export", "a/b/c", true},
        {"/export/a/b", "/export", "a/b/c", true},
        {"/export/a/b/c/d", "/export", "a/b/c", true},
        {"/d", "/", "d", true},
        {"/d/inner", "/", "d", true},
        {"/a", "/", "a/b", true},
        {"/export/d2", "/export", "d", false},
        {"/export/d", "/export", "d2", false},
        {"/export/a/x", "/export", "a/b", false},
        {"/exports/d", "/export", "d", false},
        {"/other/d", "/export", "d", false},
        {"/d", "/export", "d", false},
        /* the export itself and what is around it */
        {"/export", "/export", "d", false},
        {"/srv", "/srv/export", "d", false},
        {"/", "/export", "d", false},
        {"/", "/", "d", false},
        {"/./", "/", "d", false},
        {"/export/.", "/export", "d", false},
        /* names on a server differ by case */
        {"/Export/d", "/export", "d", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool result = conflicts(cases[i].volume, cases[i].export, cases[i].directory);
        ASSERT_CASE(result == cases[i].conflicts, cases[i].volume);
    }
}

/* Does a volume of /export/d with these changes conflict with who wants d of the export "e-1"? */
static bool conflicts_when(const char *changes, const char *export_id, const char *except)
{
    autorelease(volume) struct volume *volume = volume_with(changes);
    struct error err;
    autodestroy(address) struct address *address =
        address_new("server.example", "/export", 3, 0, 0, &err);
    require(address);
    const struct directory_user user = {
        .address = address, .export_id = export_id, .directory = "d-1", .except = except};
    return directory_user_conflicts(&user, volume);
}

#define ELSEWHERE "'spec': {'nfs': {'server': '192.0.2.7'}}"
#define NOTED(export, directory)                                                                   \
    "{'metadata': {'annotations': {'mooring/export': '" export "',"                                \
                                                               " 'mooring/directory': '" directory \
                                                               "'}}, " ELSEWHERE "}"

#define NOTED_ON(path, export, directory)                                                          \
    "{'metadata': {'annotations': {'mooring/export': '" export "',"                                \
                                                               " 'mooring/directory': '" directory \
                                                               "'}}, 'spec': {'nfs': {'path': "    \
                                                               "'" path "'}}}"

static void another_name_of_the_server_is_known_by_what_the_volume_says(void)
{
    static const struct {
        const char *changes, *export_id;
        bool conflicts;
    } cases[] = {
        {"{}", NULL, true},
        {"{}", "e-1", true},
        {"{" ELSEWHERE "}", NULL, false},
        {"{" ELSEWHERE "}", "e-1", false},
        {NOTED("e-1", "d-1"), "e-1", true},
        {NOTED("e-1", "d-1"), "e-2", false},
        {NOTED("e-1", "d-1"), NULL, false},
        {NOTED("e-1", "d-2"), "e-1", false},
        {NOTED("e-1", "d-1/in"), "e-1", true},
        {NOTED_ON("/pseudo/d-1", "e-1", "d-1"), "e-1", true},
        {NOTED_ON("/pseudo/d-1/in", "e-1", "d-1/in"), "e-1", true},
        {NOTED_ON("/pseudo/d-1", "e-1", "d-1"), "e-2", false},
        {NOTED_ON("/pseudo/d-2", "e-1", "d-2"), "e-1", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ASSERT_CASE(conflicts_when(cases[i].changes, cases[i].export_id, NULL) ==
                        cases[i].conflicts,
                    cases[i].changes);
}

#define OF_NAMESPACE(namespace, path)                                                              \
    "{'spec': {'claimRef': {'namespace': '" namespace "'}, 'nfs': {'path': '" path "'}}}"

/* Its claim is one of the namespace "default". */
static void claims_of_one_namespace_may_share_exactly_one_directory(void)
{
    static const struct {
        const char *changes, *sharing;
        bool conflicts;
    } cases[] = {
        {"{}", "default", false},
        {"{}", "other", true},
        {"{}", NULL, true},
        {OF_NAMESPACE("other", "/export/d-1"), "default", true},
        {OF_NAMESPACE("default", "/export/d-1/in"), "default", true},
        {OF_NAMESPACE("default", "/export//d-1/"), "default", false},
        {"{'spec': {'claimRef': null}}", "default", true},
        {NOTED("e-1", "d-1"), "default", false},
        {NOTED("e-1", "d-1/in"), "default", true},
        {NOTED_ON("/export/d-1", "e-1", "d-1/in"), "default", true},
        {NOTED_ON("/export/d-1/in", "e-1", "d-1"), "default", true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autorelease(volume) struct volume *volume = volume_with(cases[i].changes);
        struct error err;
        autodestroy(address) struct address *address =
            address_new("server.example", "/export", 3, 0, 0, &err);
        const struct directory_user user = {.address = address,
                                            .export_id = "e-1",
                                            .directory = "d-1",
                                            .sharing = cases[i].sharing};
        ASSERT_CASE(directory_user_conflicts(&user, volume) == cases[i].conflicts,
                    cases[i].changes);
    }
}

static void the_volume_that_is_to_have_it_does_not_conflict(void)
{
    CU_ASSERT_FALSE(conflicts_when("{}", NULL, "pvc-1"));
    CU_ASSERT(conflicts_when("{}", NULL, "pvc-2"));
}

static void a_volume_that_is_not_on_nfs_does_not_conflict(void)
{
    CU_ASSERT_FALSE(
        conflicts_when("{'spec': {'nfs': null, 'hostPath': {'path': '/export/d-1'}}}", NULL, NULL));
}

static void a_volume_of_the_csi_driver_for_nfs_conflicts_as_any_other(void)
{
    CU_ASSERT(conflicts_when("{'spec': {'nfs': null, 'csi': {'driver': 'nfs.csi.k8s.io',"
                             " 'volumeAttributes': {'server': 'server.example',"
                             "  'share': '/export/', 'subdir': 'd-1/x'}}}}",
                             NULL, NULL));
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_volume_of_the_directory_or_in_it_or_around_it_conflicts),
        TEST(another_name_of_the_server_is_known_by_what_the_volume_says),
        TEST(claims_of_one_namespace_may_share_exactly_one_directory),
        TEST(the_volume_that_is_to_have_it_does_not_conflict),
        TEST(a_volume_that_is_not_on_nfs_does_not_conflict),
        TEST(a_volume_of_the_csi_driver_for_nfs_conflicts_as_any_other),
        {0},
    };
    return suite_run("directory_user", tests, argc, argv);
}
