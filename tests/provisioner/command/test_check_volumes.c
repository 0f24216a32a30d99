/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/check_volumes.h"
#include "tests/provisioner/claim_fixtures.h"

#define OLD_PLACE "{'spec': {'nfs': {'server': 'old.example', 'path': '/export/d-1'}}}"
#define OLD_PATH "{'metadata': {'name': 'pvc-2'}, 'spec': {'nfs': {'path': '/former/d-2'}}}"
#define OTHER_NAME                                                                                 \
    "{'metadata': {'annotations': {'mooring/export': 'export-1'}},"                                \
    " 'spec': {'nfs': {'server': '10.0.0.1', 'path': '/export/d-1'}}}"
#define OTHER_EXPORT                                                                               \
    "{'metadata': {'name': 'pvc-2', 'annotations': {'mooring/export': 'export-2'}},"               \
    " 'spec': {'nfs': {'server': 'old.example', 'path': '/export/d-2'}}}"
#define OF_OTHER_CLASS "{'spec': {'storageClassName': 'other', 'nfs': {'server': 'old.example'}}}"
#define LEAVING                                                                                    \
    "{'metadata': {'deletionTimestamp': '2026-01-02T00:00:00Z'}, 'spec': {'nfs': {'server':"       \
    " 'old.example'}}}"
#define DIFFERENT_DIRECTORY "{'spec': {'nfs': {'path': '/export/deeper/d-2'}}}"
#define WITHOUT_CLASS "{'spec': {'storageClassName': null}}"

enum { VOLUMES = 3 };

static size_t make_volumes(const char *const *changes, struct volume **volumes)
{
    size_t count = 0;
    while (count < VOLUMES && changes[count]) {
        volumes[count] = volume_with(changes[count]);
        count++;
    }
    return count;
}

static void release_volumes(struct volume *const *volumes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        volume_release(volumes[i]);
}

static void volumes_that_are_not_where_their_class_is_are_told(void)
{
    static const struct {
        const char *label;
        const char *storage_class;
        const char *volumes[VOLUMES];
        const char *said; /* NULL: nothing */
    } cases[] = {
        {"all are there", "{}", {"{}", DIFFERENT_DIRECTORY}, NULL},
        {"no volumes", "{}", {NULL}, NULL},
        {"of another class", "{}", {"{}", OF_OTHER_CLASS}, NULL},
        {"being deleted", "{}", {LEAVING}, NULL},
        {"one, and NFS_SERVER was changed",
         "{}",
         {"{}", OLD_PLACE},
         "1 volume of storage class nfs is not on server.example:/export, which NFS_SERVER and "
         "NFS_PATH name now, such as pvc-1 on old.example:/export/d-1: Pods go on using it there, "
         "but a claim that comes back for it waits. If the data is on server.example:/export now, "
         "set the reclaim policy to Retain and delete the volume object once its claim is gone: "
         "mooring makes it again. If not, set NFS_SERVER and NFS_PATH back"},
        {"two, and the class was made again",
         "{'parameters': {'server': 'server.example', 'path': '/export'}}",
         {OLD_PATH, "{}", OLD_PLACE},
         "2 volumes of storage class nfs are not on server.example:/export, which the class names "
         "now, such as pvc-2 on server.example:/former/d-2: Pods go on using them there, but a "
         "claim that comes back for one of them waits. If the data is on server.example:/export "
         "now, set the reclaim policy to Retain and delete the volume object once its claim is "
         "gone: mooring makes it again. If not, make the class again with its old export, and "
         "another class for the new one"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct volume *volumes[VOLUMES];
        size_t count = make_volumes(cases[i].volumes, volumes);
        autorelease(storage_class) struct storage_class *storage_class =
            storage_class_with(cases[i].storage_class);
        const struct class_volumes of = {
            .storage_class = storage_class, .volumes = volumes, .count = count};
        autofree char *said = volumes_elsewhere(&of);
        ASSERT_CASE(is_text(said, cases[i].said), cases[i].label);
        release_volumes(volumes, count);
    }
}

/* The server has more than one name, or an address beside it. */
static void volumes_that_name_the_same_export_by_another_address_are_told_so(void)
{
    static const char *const changes[VOLUMES] = {"{}", OTHER_NAME, OTHER_EXPORT};
    struct volume *volumes[VOLUMES];
    size_t count = make_volumes(changes, volumes);
    autorelease(storage_class) struct storage_class *storage_class =
        storage_class_with("{'parameters': {'server': 'server.example', 'path': '/export'}}");
    struct class_volumes of = {.storage_class = storage_class,
                               .export_id = "export-1",
                               .volumes = volumes,
                               .count = count};
    autofree char *same = volumes_by_other_address(&of);
    CU_ASSERT(is_text(
        same, "server.example:/export, which the class names now, names the same export as "
              "10.0.0.1, by which 1 volume of storage class nfs names it, such as pvc-1 on "
              "10.0.0.1:/export/d-1: Pods go on using it there, but a claim that comes back for it "
              "waits. Set the reclaim policy to Retain and delete the volume object once its claim "
              "is gone: mooring makes it again with the new address"));
    autofree char *elsewhere = volumes_elsewhere(&of);
    require(elsewhere);
    CU_ASSERT_PTR_NOT_NULL(strstr(elsewhere, "1 volume of storage class nfs is not on"));
    CU_ASSERT_PTR_NOT_NULL(strstr(elsewhere, "such as pvc-2 on old.example:/export/d-2"));
    of.export_id = NULL;
    autofree char *unknown = volumes_elsewhere(&of);
    require(unknown);
    CU_ASSERT_PTR_NOT_NULL(strstr(unknown, "2 volumes of storage class nfs are not on"));
    CU_ASSERT_PTR_NULL(volumes_by_other_address(&of));
    release_volumes(volumes, count);
}

static void volumes_whose_class_is_gone_are_told_once(void)
{
    static const char *const changes[VOLUMES] = {WITHOUT_CLASS, "{}", OLD_PATH};
    static const char *const expected[VOLUMES] = {
        NULL,
        "2 volumes, such as pvc-1, are of storage class nfs, and mooring has none of that name: a "
        "claim that comes back for one of them waits until there is one",
        NULL};
    struct volume *volumes[VOLUMES];
    size_t count = make_volumes(changes, volumes);
    for (size_t i = 0; i < count; i++) {
        autofree char *said = volumes_without_class(i, volumes, count);
        ASSERT_CASE(is_text(said, expected[i]), said ? said : "nothing");
    }
    release_volumes(volumes, count);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(volumes_that_are_not_where_their_class_is_are_told),
        TEST(volumes_that_name_the_same_export_by_another_address_are_told_so),
        TEST(volumes_whose_class_is_gone_are_told_once),
        {0},
    };
    return suite_run("check volumes", tests, argc, argv);
}
