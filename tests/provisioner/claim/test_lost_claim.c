/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "k8s/resource.h"
#include "provisioner/claim/sync.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/memory_share.h"

/*
 * The volume object of a claim that is bound to it is lost. The record may be one step behind: the
 * process that gave the volume back was cut off before it could write, or the export was full.
 */
#define CLAIM "data-web-0"
#define VOLUME "pvc-uid-1"
#define FOLDER ".mooring/claims/cluster-1/shop/namespace-1/" CLAIM "/"

static const struct object_key volume_key = {.resource = &resource_volumes, .name = VOLUME};

/* The claim came back as uid-2 and is bound, and the record still names uid-1. Then the volume
 * object is deleted by force. */
static void begin(struct shop *shop)
{
    struct error err;
    struct leader leader;
    log_set_level(LOG_ERROR + 1);
    leader_open_bound(shop, "{}", CLAIM);
    shop_replace_claim(shop, CLAIM, "{}");
    leader_start(&leader, shop);
    leader_read(&leader);
    disturb(memory_share_log(), .request = "RENAME", .times = -1, .answer = ERROR_FULL);
    CU_ASSERT_EQUAL(leader_sync_claim(&leader, CLAIM, &err), 0);
    leader_stop(&leader);
    shop_run_kubernetes(shop);
    shop_delete_volume(shop, VOLUME);
    request_log_clear(memory_share_log());
    CU_ASSERT_EQUAL(shop_count_lines(FOLDER VOLUME ".uid-1.in-use", ""), 1);
}

static void expect_restored(struct shop *shop)
{
    json_auto_t *volume = shop_volume(shop, VOLUME);
    CU_ASSERT_STRING_EQUAL(shop_text(volume, "spec.claimRef.uid"), "uid-2");
    CU_ASSERT_EQUAL(shop_count_lines(FOLDER VOLUME, ""), 1);
    CU_ASSERT_EQUAL(shop_count_lines(FOLDER VOLUME ".uid-2.in-use", ""), 1);
    shop_close(shop);
}

static void its_volume_is_made_again_from_a_record_that_is_one_step_behind(void)
{
    struct error err;
    struct shop shop;
    begin(&shop);
    CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
    expect_restored(&shop);
}

/* Not only when the export is audited. */
static void its_record_follows_at_once(void)
{
    struct error err;
    struct shop shop;
    struct leader leader;
    begin(&shop);
    leader_start(&leader, &shop);
    leader_read(&leader);
    leader_drop_work(&leader);
    CU_ASSERT_EQUAL(leader_sync_claim(&leader, CLAIM, &err), 0);
    CU_ASSERT_EQUAL(leader_work_alone(&leader, &err), 0);
    leader_stop(&leader);
    expect_restored(&shop);
}

/* Also while there is still no room to bring the record up to date. */
static void its_volume_is_made_again_on_an_export_that_is_still_full(void)
{
    struct error err;
    struct shop shop;
    begin(&shop);
    disturb(memory_share_log(), .request = "RENAME", .times = -1, .answer = ERROR_FULL);
    (void)!leader_finish(&shop, &err); /* the record cannot follow */
    json_auto_t *volume = shop_volume(&shop, VOLUME);
    CU_ASSERT_STRING_EQUAL(shop_text(volume, "spec.claimRef.uid"), "uid-2");
    request_log_clear(memory_share_log());
    CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
    expect_restored(&shop);
}

/* The late RENAME of a process that is no more would change what was read. An export that is
 * read-only by now changes no more. */
static void what_is_left_of_a_write_is_removed_before_the_folder_is_read(void)
{
    for (int is_read_only = 0; is_read_only < 2; is_read_only++) {
        struct shop shop;
        struct leader leader;
        struct error err = {0};
        begin(&shop);
        memory_share_put_file(FOLDER VOLUME ".1.tmp", "{");
        leader_start(&leader, &shop);
        leader_read(&leader);
        leader_drop_work(&leader);
        if (is_read_only)
            disturb(memory_share_log(), .request = "REMOVE", .times = -1,
                    .answer = ERROR_READ_ONLY);
        CU_ASSERT_EQUAL(leader_sync_claim(&leader, CLAIM, &err), 0);
        CU_ASSERT_EQUAL(shop_count_lines(FOLDER, ".tmp"), is_read_only);
        request_log_clear(memory_share_log());
        CU_ASSERT_EQUAL(leader_work_alone(&leader, &err), 0);
        leader_stop(&leader);
        expect_restored(&shop);
    }
}

static void one_that_was_made_again_meanwhile_is_not_given_the_volume_of_the_one_before(void)
{
    struct error err = {0};
    struct shop shop;
    struct leader leader;
    begin(&shop);
    leader_start(&leader, &shop);
    leader_read(&leader);
    shop_replace_claim(&shop, CLAIM, "{}");
    CU_ASSERT_EQUAL(leader_sync_claim(&leader, CLAIM, &err), -1);
    leader_stop(&leader);
    json_t *object = memory_cluster_get(shop.cluster, &volume_key);
    CU_ASSERT_PTR_NULL(object);
    json_decref(object);
    CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
    json_auto_t *volume = shop_volume(&shop, VOLUME);
    CU_ASSERT_STRING_EQUAL(shop_text(volume, "spec.claimRef.uid"), "uid-3");
    shop_close(&shop);
}

static void change_claim(struct shop *shop, json_t *take_changes)
{
    const struct object_key key = {
        .resource = &resource_claims, .namespace = "shop", .name = CLAIM};
    memory_cluster_change(shop->cluster, &key, take_changes);
}

/* A populator binds the volume to another claim, and its own claim is lost then. */
static void one_whose_volume_is_bound_to_another_claim_is_told_so(void)
{
    struct error err = {0};
    struct shop shop;
    struct leader leader;
    log_set_level(LOG_ERROR + 1);
    leader_open_bound(&shop, "{}", CLAIM);
    memory_cluster_change(
        shop.cluster, &volume_key,
        json_pack("{s:{s:{s:s, s:s}}}", "spec", "claimRef", "name", "taker", "uid", "uid-9"));
    change_claim(&shop, json_pack("{s:{s:s}}", "status", "phase", "Lost"));
    leader_start(&leader, &shop);
    leader_read(&leader);
    CU_ASSERT_EQUAL(leader_sync_claim(&leader, CLAIM, &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, VOLUME " belongs to another claim now"));
    leader_stop(&leader);
    shop_close(&shop);
}

/* `mooring adopt` had reserved the volume for it, and Kubernetes bound it without asking. */
static void one_for_which_no_provisioner_was_asked_gets_its_volume_again(void)
{
    struct error err;
    struct shop shop;
    begin(&shop);
    change_claim(&shop, json_pack("{s:{s:n}}", "metadata", "annotations"));
    CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
    expect_restored(&shop);
}

static void put_symlink(const char *path)
{
    memory_share_put_symlink(path, "kept");
}

static void put_file(const char *path)
{
    memory_share_put_file(path, "no directory");
}

static void put_nothing(const char *path)
{
    (void)path;
}

/* A volume would lead there; the directory is put back, and then it is made again. */
static void its_volume_is_not_made_again_over_what_is_no_directory(void)
{
    static const char directory[] = "shop-" CLAIM "-" VOLUME;

    static const struct {
        void (*put)(const char *path);
        const char *words;
    } cases[] = {
        {put_symlink, "a file or a symlink is in the place of its directory"},
        {put_file, "a file or a symlink is in the place of its directory"},
        {put_nothing, "its directory is missing: restore it on the export"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error err = {0};
        struct shop shop;
        struct leader leader;
        begin(&shop);
        memory_share_put_elsewhere(directory, "kept");
        cases[i].put(directory);
        leader_start(&leader, &shop);
        leader_read(&leader);
        CU_ASSERT_EQUAL(leader_sync_claim(&leader, CLAIM, &err), -1);
        leader_stop(&leader);
        ASSERT_CASE(strstr(err.message, cases[i].words) != NULL, err.message);
        ASSERT_CASE(memory_cluster_count(shop.cluster, &resource_volumes) == 0, cases[i].words);
        if (cases[i].put != put_nothing)
            memory_share_remove(directory);
        memory_share_put_elsewhere("kept", directory);
        CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
        expect_restored(&shop);
    }
}

/* Nothing tells when the record is there again, so that the process looks for it now and then. */
static void it_is_looked_after_again_also_where_it_is_told_nothing(void)
{
    static const char record[] = FOLDER VOLUME ".uid-1.in-use";
    struct error err;
    struct shop shop;
    struct leader leader;
    begin(&shop);
    change_claim(&shop, json_pack("{s:{s:n}}", "metadata", "annotations"));
    memory_share_put_elsewhere(record, "aside");
    leader_start(&leader, &shop);
    CU_ASSERT_EQUAL(leader_sync_claim(&leader, CLAIM, &err), 0);
    CU_ASSERT_TRUE(sync_claim_should_repeat(&leader.context, "shop/" CLAIM));
    memory_share_put_elsewhere("aside", record);
    CU_ASSERT_EQUAL(leader_sync_claim(&leader, CLAIM, &err), 0);
    CU_ASSERT_FALSE(sync_claim_should_repeat(&leader.context, "shop/" CLAIM));
    CU_ASSERT_EQUAL(leader_sync_volume(&leader, VOLUME, &err), 0);
    leader_stop(&leader);
    expect_restored(&shop);
}

static void end_term(void *term)
{
    stop_raise(term);
}

/* The term ends while an export is looked at: that is for the next one to do. */
static void what_is_stopped_is_not_taken_for_done(void)
{
    const struct object_key class_key = {.resource = &resource_storage_classes, .name = "nfs"};
    struct error err;
    struct shop shop;
    struct leader leader;
    begin(&shop);
    change_claim(&shop, json_pack("{s:{s:n}}", "metadata", "annotations"));
    memory_cluster_remove(shop.cluster, &class_key);
    leader_start(&leader, &shop);
    disturb(memory_share_log(), .request = "MOUNT", .hook = end_term, .context = leader.term);
    CU_ASSERT_EQUAL(leader_sync_claim(&leader, CLAIM, &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_STOPPED);
    leader_stop(&leader);
    shop_close(&shop);
}

/* It was copied from a bound one. Whether a provisioner was asked for it or not, and before
 * Kubernetes has called it lost, too. */
static void one_that_names_no_volume_is_told_so(void)
{
    for (int i = 0; i < 4; i++) {
        bool was_asked = i % 2, is_new = i / 2;
        struct error err = {0};
        struct shop shop;
        struct leader leader;
        begin(&shop);
        change_claim(&shop, json_pack("{s:{s:n}}", "spec", "volumeName"));
        if (is_new)
            change_claim(&shop, json_pack("{s:{s:s}}", "status", "phase", "Pending"));
        if (!was_asked)
            change_claim(&shop, json_pack("{s:{s:n}}", "metadata", "annotations"));
        change_claim(&shop, json_pack("{s:{s:{s:s}}}", "metadata", "annotations",
                                      "pv.kubernetes.io/bind-completed", "yes"));
        leader_start(&leader, &shop);
        CU_ASSERT_EQUAL(leader_sync_claim(&leader, CLAIM, &err), -1);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "it names no volume"));
        change_claim(&shop, json_pack("{s:{s:{s:n, s:s}}}", "metadata", "annotations",
                                      "pv.kubernetes.io/bind-completed",
                                      "volume.kubernetes.io/storage-provisioner", "mooring/nfs"));
        leader_read(&leader);
        CU_ASSERT_EQUAL(leader_sync_claim(&leader, CLAIM, &err), 0);
        leader_stop(&leader);
        expect_restored(&shop);
    }
}

/* An administrator made its volume by hand; no export has a record, or can be looked at. */
static void one_that_was_never_ours_is_told_nothing(void)
{
    for (int has_class = 0; has_class < 2; has_class++) {
        const struct object_key class_key = {.resource = &resource_storage_classes, .name = "nfs"};
        struct error err = {0};
        struct shop shop;
        struct leader leader;
        log_set_level(LOG_ERROR + 1);
        shop_open(&shop, "{}");
        if (!has_class) {
            memory_cluster_remove(shop.cluster, &class_key);
            disturb(memory_share_log(), .request = "MOUNT", .times = -1,
                    .answer = ERROR_UNAVAILABLE);
        }
        shop_put_claim(&shop, CLAIM,
                       "{'metadata': {'annotations': null}, 'spec': {'volumeName': 'by-hand'},"
                       " 'status': {'phase': 'Lost'}}");
        leader_start(&leader, &shop);
        leader_read(&leader);
        CU_ASSERT_EQUAL(leader_sync_claim(&leader, CLAIM, &err), 0);
        leader_stop(&leader);
        CU_ASSERT_EQUAL(memory_cluster_count(shop.cluster, &resource_volumes), 0);
        shop_close(&shop);
    }
}

static void count_mount(void *count)
{
    ++*(int *)count;
}

/* Without their class, every export that mooring knows is searched. */
static void an_export_without_anything_is_mounted_once_for_many(void)
{
    static const char lost[] = "{'metadata': {'annotations': null},"
                               " 'spec': {'volumeName': 'by-hand'}, 'status': {'phase': 'Lost'}}";
    static const char *const names[] = {"data-web-0", "data-web-1", "data-web-2", "data-web-3",
                                        "data-web-4"};
    const struct object_key class_key = {.resource = &resource_storage_classes, .name = "nfs"};
    int mounts = 0;
    struct error err;
    struct shop shop;
    struct leader leader;
    log_set_level(LOG_ERROR + 1);
    shop_open(&shop, "{}");
    memory_cluster_remove(shop.cluster, &class_key);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        shop_put_claim(&shop, names[i], lost);
    leader_start(&leader, &shop);
    leader_read(&leader);
    disturb(memory_share_log(), .request = "MOUNT", .times = -1, .hook = count_mount,
            .context = &mounts);
    disturb(memory_share_log(), .request = "CONFIRM", .times = -1, .hook = count_mount,
            .context = &mounts);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CU_ASSERT_EQUAL(leader_sync_claim(&leader, names[i], &err), 0);
    leader_stop(&leader);
    CU_ASSERT_TRUE(mounts <= 3); /* 2, and one more if it takes longer than a second */
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    const struct test tests[] = {
        TEST(its_volume_is_made_again_from_a_record_that_is_one_step_behind),
        TEST(its_record_follows_at_once),
        TEST(its_volume_is_made_again_on_an_export_that_is_still_full),
        TEST(what_is_left_of_a_write_is_removed_before_the_folder_is_read),
        TEST(one_that_was_made_again_meanwhile_is_not_given_the_volume_of_the_one_before),
        TEST(one_whose_volume_is_bound_to_another_claim_is_told_so),
        TEST(one_for_which_no_provisioner_was_asked_gets_its_volume_again),
        TEST(an_export_without_anything_is_mounted_once_for_many),
        TEST(its_volume_is_not_made_again_over_what_is_no_directory),
        TEST(it_is_looked_after_again_also_where_it_is_told_nothing),
        TEST(what_is_stopped_is_not_taken_for_done),
        TEST(one_that_names_no_volume_is_told_so),
        TEST(one_that_was_never_ours_is_told_nothing),
        {0},
    };
    return suite_run("lost_claim", tests, argc, argv);
}
