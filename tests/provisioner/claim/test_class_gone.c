/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "k8s/resource.h"
#include "provisioner/claim/known_exports.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/memory_share.h"

/*
 * The storage class of a claim is deleted, or made again with another export. What the record and
 * the volume know is enough to keep to each other.
 */
#define CLAIM "data-web-0"
#define VOLUME "pvc-uid-1"
#define RECORD ".mooring/claims/cluster-1/shop/namespace-1/" CLAIM "/" VOLUME ".uid-1.in-use"

/* The claim is bound; with these changes of its class. */
static void begin(struct shop *shop, const char *class_changes)
{
    log_set_level(LOG_ERROR + 1);
    leader_open_bound(shop, class_changes, CLAIM);
}

static void remove_class(struct shop *shop)
{
    const struct object_key key = {.resource = &resource_storage_classes, .name = "nfs"};
    memory_cluster_remove(shop->cluster, &key);
}

/* `changes` NULL: it is gone. */
static void change_class(struct shop *shop, const char *changes)
{
    if (changes)
        shop_put_class(shop, changes);
    else
        remove_class(shop);
}

static void lose_volume(struct shop *shop)
{
    shop_delete_volume(shop, VOLUME);
    shop_run_kubernetes(shop);
}

/* A new process looks after the claim; NULL: without a default export. */
static int sync_claim_once(struct shop *shop, const char *server, struct error *err)
{
    struct leader leader;
    leader_start(&leader, shop);
    leader.default_export = (struct export_default){server, shop_export_path()};
    leader_read(&leader);
    int result = leader_sync_claim(&leader, CLAIM, err);
    leader_stop(&leader);
    return result;
}

static void expect_text(const struct shop *shop, const char *path, const char *expected)
{
    json_auto_t *volume = shop_volume(shop, VOLUME);
    CU_ASSERT_STRING_EQUAL(shop_text(volume, path), expected);
}

static void expect_restored(const struct shop *shop)
{
    autofree char *path = memory_format("%s/shop-%s-%s", shop_export_path(), CLAIM, VOLUME);
    expect_text(shop, "spec.claimRef.uid", "uid-1");
    expect_text(shop, "spec.storageClassName", "nfs");
    expect_text(shop, "spec.persistentVolumeReclaimPolicy", "Retain");
    expect_text(shop, "spec.nfs.server", shop_export_server());
    expect_text(shop, "spec.nfs.path", path);
    CU_ASSERT_EQUAL(shop_count_events(shop, "VolumeRestored", VOLUME), 1);
}

static void a_lost_volume_is_made_again_on_the_export_of_classes_that_name_none(void)
{
    struct error err;
    struct shop shop;
    begin(&shop, "{}");
    remove_class(&shop);
    lose_volume(&shop);
    CU_ASSERT_EQUAL(sync_claim_once(&shop, shop_export_server(), &err), 0);
    expect_restored(&shop);
    shop_close(&shop);
}

static void select_other(void)
{
    autofree char *name = memory_format("other.example:%s", shop_export_path());
    memory_share_select(name);
}

static char *class_of_shop(const char *name, const char *more)
{
    return memory_format("{'metadata': {'name': '%s'}, 'parameters': {'server': '%s', "
                         "'path': '%s'%s}}",
                         name, shop_export_server(), shop_export_path(), more);
}

static void it_is_found_by_another_class_of_the_same_export(void)
{
    struct error err;
    struct shop shop;
    begin(&shop, "{}");
    autofree char *other = class_of_shop("other", "");
    shop_put_class(&shop, other);
    remove_class(&shop);
    lose_volume(&shop);
    CU_ASSERT_EQUAL(sync_claim_once(&shop, NULL, &err), 0);
    expect_restored(&shop);
    shop_close(&shop);
}

static void version_and_ports_come_from_the_record(void)
{
    struct error err;
    struct shop shop;
    begin(&shop, "{'parameters': {'nfsVersion': '4', 'nfsPort': '12049'}}");
    remove_class(&shop);
    lose_volume(&shop);
    CU_ASSERT_EQUAL(sync_claim_once(&shop, shop_export_server(), &err), 0);
    expect_restored(&shop);
    json_auto_t *volume = shop_volume(&shop, VOLUME);
    json_auto_t *expected = json_pack("[s, s]", "nfsvers=4", "port=12049");
    json_t *spec = json_object_get(volume, "spec");
    CU_ASSERT_TRUE(json_equal(json_object_get(spec, "mountOptions"), expected));
    shop_close(&shop);
}

static void a_class_that_names_another_export_now_does_not_hide_the_record(void)
{
    struct error err;
    struct shop shop;
    begin(&shop, "{}");
    shop_put_class(&shop, "{'parameters': {'server': 'other.example'}}");
    lose_volume(&shop);
    CU_ASSERT_EQUAL(sync_claim_once(&shop, shop_export_server(), &err), 0);
    expect_restored(&shop);
    shop_close(&shop);
}

static void a_class_that_is_there_again_is_used_before_its_watch_tells(void)
{
    struct error err;
    struct shop shop;
    struct leader leader;
    autofree char *own = class_of_shop("nfs", "");
    begin(&shop, own);
    remove_class(&shop);
    lose_volume(&shop);
    leader_start(&leader, &shop);
    leader.default_export.server = NULL;
    shop_put_class(&shop, own);
    CU_ASSERT_EQUAL(leader_sync_claim(&leader, CLAIM, &err), 0);
    leader_stop(&leader);
    expect_restored(&shop);
    shop_close(&shop);
}

/* Not with an empty directory on the other export, nor with advice that loses what says where the
 * data is. */
static void a_claim_that_comes_back_waits_for_the_class_with_the_export_of_its_volume(void)
{
    struct error err = {0};
    struct shop shop;
    begin(&shop, "{}");
    shop_put_class(&shop, "{'parameters': {'server': 'other.example'}}");
    shop_replace_claim(&shop, CLAIM, "{}");
    CU_ASSERT_EQUAL(sync_claim_once(&shop, shop_export_server(), &err), -1);
    autofree char *says = memory_format(
        "its volume " VOLUME " is on %s:%s, and its storage class nfs names other.example:%s now",
        shop_export_server(), shop_export_path(), shop_export_path());
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, says));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "make the class again with that export"));
    select_other();
    CU_ASSERT_EQUAL(shop_count_lines("shop-", ""), 0);
    CU_ASSERT_EQUAL(shop_count_lines(".mooring/claims/", ".in-use"), 0);
    shop_put_class(&shop, "{'parameters': null}");
    CU_ASSERT_EQUAL(sync_claim_once(&shop, shop_export_server(), &err), 0);
    expect_text(&shop, "spec.claimRef.uid", "uid-2");
    shop_close(&shop);
}

/* A class that names no export cannot be made again with another one. */
static void where_the_export_of_all_classes_was_changed_it_is_to_be_set_back(void)
{
    struct error err = {0};
    struct shop shop;
    begin(&shop, "{}");
    shop_replace_claim(&shop, CLAIM, "{}");
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "other.example", &err), -1);
    autofree char *says = memory_format(
        "its volume " VOLUME " is on %s:%s, and its storage class nfs, which names no "
        "export, means other.example:%s now: set NFS_SERVER and NFS_PATH back",
        shop_export_server(), shop_export_path(), shop_export_path());
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, says));
    CU_ASSERT_EQUAL(sync_claim_once(&shop, shop_export_server(), &err), 0);
    expect_text(&shop, "spec.claimRef.uid", "uid-2");
    shop_close(&shop);
}

/* The export that is looked at instead was never used, and stays so. */
static void where_no_export_has_the_record_the_class_is_asked_for(void)
{
    struct error err = {0};
    struct shop shop;
    begin(&shop, "{}");
    remove_class(&shop);
    lose_volume(&shop);
    CU_ASSERT_EQUAL(sync_claim_once(&shop, NULL, &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "make the class again as it was"));
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "other.example", &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "make the class again as it was"));
    select_other();
    autofree char *lines = memory_share_show();
    CU_ASSERT_STRING_EQUAL(lines, "");
    shop_close(&shop);
}

/* The record may be there, whether there is no class or one that names an export without it. */
static void an_export_that_cannot_be_looked_at_is_told(void)
{
    static const char *const classes[] = {NULL, "{'parameters': {'server': 'new.example'}}"};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        struct error err = {0};
        struct shop shop;
        begin(&shop, "{}");
        change_class(&shop, classes[i]);
        lose_volume(&shop);
        autofree char *mount = memory_format("MOUNT other.example:%s", shop_export_path());
        disturb(memory_share_log(), .request = mount, .times = -1, .answer = ERROR_UNAVAILABLE);
        CU_ASSERT_EQUAL(sync_claim_once(&shop, "other.example", &err), -1);
        CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "look for the record of volume " VOLUME));
        shop_close(&shop);
    }
}

static void count(void *context)
{
    int *times = context;
    ++*times;
}

static void a_record_of_its_own_export_that_cannot_be_read_is_not_looked_for_elsewhere(void)
{
    int times = 0;
    struct error err = {0};
    struct shop shop;
    autofree char *own = class_of_shop("nfs", "");
    begin(&shop, own);
    lose_volume(&shop);
    disturb(memory_share_log(), .request = "READ .mooring/claims", .times = -1,
            .answer = ERROR_UNAVAILABLE);
    disturb(memory_share_log(), .request = "MOUNT other.example", .times = -1, .hook = count,
            .context = &times);
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "other.example", &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(times, 0);
    shop_close(&shop);
}

/* A copy of the export, or the server had another name when the volume was made. */
static void a_record_that_names_another_place_holds_the_claim(void)
{
    struct error err = {0};
    struct shop shop;
    begin(&shop, "{}");
    autofree char *name = memory_format("other.example:%s", shop_export_path());
    memory_share_add_name(name);
    remove_class(&shop);
    lose_volume(&shop);
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "other.example", &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "says that it was on"));
    json_t *volumes = memory_cluster_list(shop.cluster, &resource_volumes);
    CU_ASSERT_EQUAL(json_array_size(volumes), 0);
    json_decref(volumes);
    shop_close(&shop);
}

static void expect_to_follow(const char *class_changes)
{
    const struct object_key key = {.resource = &resource_volumes, .name = VOLUME};
    struct error err;
    struct shop shop;
    struct leader leader;
    begin(&shop, "{}");
    change_class(&shop, class_changes);
    memory_cluster_change(
        shop.cluster, &key,
        json_pack("{s:{s:s}}", "spec", "persistentVolumeReclaimPolicy", "Delete"));
    leader_start(&leader, &shop);
    leader_read(&leader);
    CU_ASSERT_EQUAL(leader_sync_volume(&leader, VOLUME, &err), 0);
    leader_stop(&leader);
    autofree char *text = memory_share_text(RECORD);
    require(text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "Delete"));
    shop_close(&shop);
}

static void a_record_follows_its_volume_without_the_class(void)
{
    expect_to_follow(NULL);
}

static void a_record_follows_its_volume_though_the_class_names_another_export_now(void)
{
    expect_to_follow("{'parameters': {'server': 'other.example'}}");
}

static void a_record_follows_its_volume_though_the_class_cannot_be_used(void)
{
    expect_to_follow("{'parameters': {'rebind': 'sometimes'}}");
}

/* The class names the folder around the export now, which has the directory too. */
static void a_record_follows_its_volume_on_its_own_export_only(void)
{
    expect_to_follow("{'parameters': {'path': '/'}}");
}

/* Otherwise another cluster would take its directories over. */
static void the_cluster_gives_its_sign_of_life_as_long_as_the_class_has_volumes(void)
{
    static const char *const classes[] = {NULL, "{'parameters': {'server': 'other.example'}}",
                                          "{'parameters': {'rebind': 'sometimes'}}"};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        struct error err;
        struct shop shop;
        struct leader leader;
        struct entry sign;
        begin(&shop, "{}");
        change_class(&shop, classes[i]);
        shop_export_silence("cluster-1");
        leader_start(&leader, &shop);
        CU_ASSERT_EQUAL(leader_work(&leader, &err), 0);
        CU_ASSERT(memory_share_look(".mooring/clusters/cluster-1", &sign));
        CU_ASSERT(sign.changed_us > 1);
        CU_ASSERT(known_exports_has_class(&leader.context, "nfs"));
        leader_stop(&leader);
        shop_close(&shop);
    }
}

static void it_gives_none_when_the_last_volume_is_gone_too(void)
{
    struct error err;
    struct shop shop;
    struct leader leader;
    struct entry sign;
    begin(&shop, "{}");
    remove_class(&shop);
    shop_delete_claim(&shop, CLAIM);
    shop_delete_volume(&shop, VOLUME);
    shop_export_silence("cluster-1");
    leader_start(&leader, &shop);
    CU_ASSERT_EQUAL(leader_sign(&leader, &err), 0);
    CU_ASSERT_FALSE(known_exports_has_class(&leader.context, "nfs"));
    leader_stop(&leader);
    CU_ASSERT(memory_share_look(".mooring/clusters/cluster-1", &sign));
    CU_ASSERT_EQUAL(sign.changed_us, 1);
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    const struct test tests[] = {
        TEST(a_lost_volume_is_made_again_on_the_export_of_classes_that_name_none),
        TEST(it_is_found_by_another_class_of_the_same_export),
        TEST(version_and_ports_come_from_the_record),
        TEST(a_class_that_names_another_export_now_does_not_hide_the_record),
        TEST(a_class_that_is_there_again_is_used_before_its_watch_tells),
        TEST(a_claim_that_comes_back_waits_for_the_class_with_the_export_of_its_volume),
        TEST(where_the_export_of_all_classes_was_changed_it_is_to_be_set_back),
        TEST(where_no_export_has_the_record_the_class_is_asked_for),
        TEST(an_export_that_cannot_be_looked_at_is_told),
        TEST(a_record_of_its_own_export_that_cannot_be_read_is_not_looked_for_elsewhere),
        TEST(a_record_that_names_another_place_holds_the_claim),
        TEST(a_record_follows_its_volume_without_the_class),
        TEST(a_record_follows_its_volume_though_the_class_names_another_export_now),
        TEST(a_record_follows_its_volume_though_the_class_cannot_be_used),
        TEST(a_record_follows_its_volume_on_its_own_export_only),
        TEST(the_cluster_gives_its_sign_of_life_as_long_as_the_class_has_volumes),
        TEST(it_gives_none_when_the_last_volume_is_gone_too),
        {0},
    };
    return suite_run("class_gone", tests, argc, argv);
}
