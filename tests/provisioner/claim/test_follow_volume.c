/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "k8s/resource.h"
#include "tests/provisioner/claim/adoption.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/memory_share.h"

/* What becomes of a volume and of its record beside the decision (test_follow_decision.c). */
#define CLAIM "data-web-0"
#define FOLDER ".mooring/claims/cluster-1/shop/namespace-1/" CLAIM "/"
#define THEIR_FOLDER ".mooring/claims/cluster-2/shop/namespace-9/" CLAIM
#define LEAF ".mooring/directories/shop-" CLAIM "-pvc-uid-1"
#define TAKER "data-web-8"
#define PLAIN_CLASS "{}"

static struct error last_err;

static void begin(struct shop *shop)
{
    log_set_level(LOG_ERROR);
    leader_open_bound(shop, PLAIN_CLASS, CLAIM);
}

static void change_volume(struct shop *shop, const char *name, json_t *take_patch)
{
    const struct object_key key = {.resource = &resource_volumes, .name = name};
    memory_cluster_change(shop->cluster, &key, take_patch);
}

/* Two leaders have given the volume back at once. */
static void of_two_records_of_one_volume_one_stays(void)
{
    static const char *const others[] = {"uid-0", "uid-9"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct shop shop;
        begin(&shop);
        autofree char *text = memory_share_text(FOLDER "pvc-uid-1.uid-1.in-use");
        autofree char *path = memory_format(FOLDER "pvc-uid-1.%s.in-use", others[i]);
        memory_share_put_file(path, text);
        CU_ASSERT_EQUAL(leader_finish(&shop, &last_err), 0);
        ASSERT_CASE(shop_count_lines(path, "") == 0, others[i]);
        ASSERT_CASE(shop_count_lines(FOLDER "pvc-uid-1.uid-1.in-use", "") == 1, others[i]);
        shop_close(&shop);
    }
}

/* The claim comes back before that was put right. */
static void a_claim_with_two_records_of_one_volume_gets_it_back(void)
{
    struct shop shop;
    begin(&shop);
    autofree char *text = memory_share_text(FOLDER "pvc-uid-1.uid-1.in-use");
    memory_share_put_file(FOLDER "pvc-uid-1.uid-0.in-use", text);
    shop_replace_claim(&shop, CLAIM, "{}");
    CU_ASSERT_EQUAL(leader_finish(&shop, &last_err), 0);
    json_auto_t *claim = shop_claim(&shop, CLAIM);
    CU_ASSERT_STRING_EQUAL(shop_text(claim, "spec.volumeName"), "pvc-uid-1");
    CU_ASSERT_EQUAL(shop_count_lines(FOLDER "pvc-uid-1", ""), 1);
    CU_ASSERT_EQUAL(shop_count_lines(FOLDER "pvc-uid-1.uid-2.in-use", ""), 1);
    shop_close(&shop);
}

static void expect_noted(const struct shop *shop, const char *name)
{
    json_auto_t *volume = shop_volume(shop, name);
    const json_t *annotations = json_object_get(json_object_get(volume, "metadata"), "annotations");
    autofree char *identity = memory_share_text(".mooring/export");
    const char *noted = json_string_value(json_object_get(annotations, "mooring/export"));
    require(noted);
    CU_ASSERT_EQUAL(strncmp(identity, noted, strlen(noted)), 0);
    CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(annotations, "mooring/directory")),
                           "shop-" CLAIM "-pvc-uid-1");
}

/* As one that another provisioner made: without our annotations, with a record or without. */
static void a_volume_that_was_taken_over_says_which_export_it_is_on(void)
{
    for (int has_record = 0; has_record < 2; has_record++) {
        struct shop shop;
        begin(&shop);
        change_volume(&shop, "pvc-uid-1",
                      json_pack("{s:{s:{s:n, s:n, s:n}}}", "metadata", "annotations",
                                "mooring/export", "mooring/directory", "mooring/claim"));
        if (!has_record) {
            memory_share_remove(FOLDER "pvc-uid-1.uid-1.in-use");
            memory_share_remove(".mooring/directories/shop-" CLAIM "-pvc-uid-1");
        }
        CU_ASSERT_EQUAL(leader_finish(&shop, &last_err), 0);
        expect_noted(&shop, "pvc-uid-1");
        CU_ASSERT_EQUAL(shop_count_lines(FOLDER "pvc-uid-1.uid-1.in-use", ""), 1);
        shop_close(&shop);
    }
}

/* So an export that is not mounted is told from one that was never used. */
static void then_an_export_that_is_not_mounted_is_noticed(void)
{
    struct shop shop;
    struct leader leader;
    begin(&shop);
    change_volume(&shop, "pvc-uid-1",
                  json_pack("{s:{s:{s:n, s:n, s:n}}}", "metadata", "annotations", "mooring/export",
                            "mooring/directory", "mooring/claim"));
    CU_ASSERT_EQUAL(leader_finish(&shop, &last_err), 0);
    memory_share_put_elsewhere(".mooring", "away");
    shop_put_claim(&shop, "data-web-1", "{}");
    leader_start(&leader, &shop);
    leader_read(&leader);
    CU_ASSERT_EQUAL(leader_sync_claim(&leader, "data-web-1", &last_err), -1);
    leader_stop(&leader);
    CU_ASSERT_EQUAL(shop_count_lines("shop-data-web-1", ""), 0);
    CU_ASSERT_EQUAL(shop_count_lines(".mooring", ""), 0);
    shop_close(&shop);
}

/* The volume's own work does it, without waiting for an audit. */
static void a_missing_owner_is_made_again_beside_a_right_record(void)
{
    struct shop shop;
    struct leader leader;
    begin(&shop);
    autofree char *owner = shop_owner(&shop, CLAIM);
    memory_share_remove(LEAF);
    leader_start(&leader, &shop);
    leader_read(&leader);
    CU_ASSERT_EQUAL(leader_sync_volume(&leader, "pvc-uid-1", &last_err), 0);
    leader_stop(&leader);
    autofree char *text = memory_share_text(LEAF);
    CU_ASSERT_STRING_EQUAL(text ? text : "", owner);
    shop_close(&shop);
}

/* That its directory lies in another's is for people to mend. */
static void the_text_of_a_right_record_follows_also_in_another_s_directory(void)
{
    struct shop shop;
    begin(&shop);
    memory_share_remove(LEAF);
    memory_share_put_symlink(LEAF "/inner", "cluster-1/shop/namespace-1/other");
    change_volume(&shop, "pvc-uid-1",
                  json_pack("{s:{s:{s:s}}}", "spec", "capacity", "storage", "7Gi"));
    CU_ASSERT_EQUAL(leader_finish(&shop, &last_err), 0);
    autofree char *text = memory_share_text(FOLDER "pvc-uid-1.uid-1.in-use");
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "7Gi"));
    shop_close(&shop);
}

/* A record of the same volume, which was restored from a copy after another cluster had taken the
 * directory over. */
static void what_another_cluster_has_is_left_alone(void)
{
    struct shop shop;
    begin(&shop);
    autofree char *theirs = memory_share_text(FOLDER "pvc-uid-1.uid-1.in-use");
    memory_share_put_file(THEIR_FOLDER "/pvc-uid-1.uid-7.in-use", theirs);
    memory_share_remove(LEAF);
    memory_share_put_symlink(LEAF, "cluster-2/shop/namespace-9/" CLAIM);
    struct leader leader;
    leader_start(&leader, &shop);
    leader_read(&leader);
    CU_ASSERT_EQUAL(leader_sync_volume(&leader, "pvc-uid-1", &last_err), 0);
    leader_stop(&leader);
    CU_ASSERT_EQUAL(shop_count_lines(THEIR_FOLDER "/pvc-uid-1.uid-7.in-use", ""), 1);
    autofree char *owner = memory_share_text(LEAF);
    CU_ASSERT_STRING_EQUAL(owner, "cluster-2/shop/namespace-9/" CLAIM);
    shop_close(&shop);
}

/* The set was made again, and asked for fresh data; then the old volume is edited. */
static void what_was_superseded_stays_so_when_its_volume_is_edited(void)
{
    struct error err;
    struct shop shop;
    struct leader leader;
    begin(&shop);
    /* The record was written, and the volume saved at the second try. */
    change_volume(&shop, "pvc-uid-1",
                  json_pack("{s:{s:{s:s, s:s}}}", "metadata", "annotations", "mooring/claim",
                            "uid-1", "mooring/previous-claim", "uid-1"));
    shop_replace_claim(&shop, CLAIM,
                       "{'metadata': {'ownerReferences': [{'apiVersion': 'apps/v1', 'kind': "
                       "'StatefulSet', 'uid': 'set-2'}]}}");
    CU_ASSERT_EQUAL_FATAL(leader_finish(&shop, &err), 0);
    CU_ASSERT_EQUAL_FATAL(shop_count_lines(FOLDER "pvc-uid-1.uid-1.superseded", ""), 1);
    leader_start(&leader, &shop);
    leader_read(&leader);
    CU_ASSERT_EQUAL(leader_sync_volume(&leader, "pvc-uid-1", &err), 0);
    leader_stop(&leader);
    CU_ASSERT_EQUAL(shop_count_lines(FOLDER "pvc-uid-1.uid-1.superseded", ""), 1);
    CU_ASSERT_EQUAL(shop_count_lines(FOLDER "pvc-uid-2.uid-2.in-use", ""), 1);
    CU_ASSERT_EQUAL(shop_count_events(&shop, "VolumeSuperseded", ""), 0);
    shop_close(&shop);
}

static void adopt_now(void *context)
{
    struct shop *shop = context;
    const struct adoption what = {.directory = "shop-" CLAIM "-pvc-uid-1", .claim = TAKER};
    struct error err;
    CU_ASSERT_EQUAL(adoption_run(shop, &what, &err), 0);
}

/* An administrator edits the volume, and the text of its record is to say so: just before it is
 * written, `mooring adopt` hands the directory over. */
static void what_is_handed_over_meanwhile_gets_no_second_record(void)
{
    struct error err;
    struct shop shop;
    struct leader leader;
    begin(&shop);
    shop_delete_claim(&shop, CLAIM);
    shop_put_claim(&shop, TAKER, "{}");
    change_volume(&shop, "pvc-uid-1",
                  json_pack("{s:{s:s}}", "spec", "persistentVolumeReclaimPolicy", "Delete"));
    leader_start(&leader, &shop);
    leader_read(&leader);
    disturb(memory_share_log(), .request = "CREATE .mooring/claims", .hook = adopt_now,
            .context = &shop);
    CU_ASSERT_EQUAL(leader_sync_volume(&leader, "pvc-uid-1", &err), 0);
    leader_stop(&leader);
    CU_ASSERT_EQUAL(shop_count_lines(FOLDER "pvc-uid-1", ""), 0);
    autofree char *folder = shop_folder(&shop, TAKER);
    CU_ASSERT_EQUAL(shop_count_lines(folder, ".in-use"), 1);
    shop_close(&shop);
}

static void unbind_now(void *context)
{
    change_volume(context, "pvc-uid-1", json_pack("{s:{s:{s:n}}}", "spec", "claimRef", "uid"));
}

/* mooring adopt does not do that, and only the record names the owner of the directory. */
static void what_is_unbound_meanwhile_keeps_its_record(void)
{
    struct error err;
    struct shop shop;
    struct leader leader;
    begin(&shop);
    shop_delete_claim(&shop, CLAIM);
    change_volume(&shop, "pvc-uid-1",
                  json_pack("{s:{s:{s:s}}, s:{s:s}}", "metadata", "annotations", "mooring/adopted",
                            "2026-01-02T00:00:00Z", "spec", "persistentVolumeReclaimPolicy",
                            "Delete"));
    leader_start(&leader, &shop);
    leader_read(&leader);
    disturb(memory_share_log(), .request = "CREATE .mooring/claims", .hook = unbind_now,
            .context = &shop);
    CU_ASSERT_EQUAL(leader_sync_volume(&leader, "pvc-uid-1", &err), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
    leader_stop(&leader);
    CU_ASSERT_EQUAL(shop_count_lines(FOLDER "pvc-uid-1.uid-1.in-use", ""), 1);
    shop_close(&shop);
}

/* Kubernetes, or a person, binds a claim that came back to another volume. The set has a Pod of the
 * claim, and makes the claim again as soon as it is deleted. */
static void what_a_claim_does_not_get_back_any_more_is_told(void)
{
    static const char advice[] =
        "by itself. To have it instead: scale StatefulSet web down first (kubectl scale "
        "statefulset -n shop web --replicas=0), delete the claim, then mooring adopt shop-" CLAIM
        "-pvc-uid-1 --to shop/" CLAIM ", then scale it up again";
    struct shop shop;
    begin(&shop);
    shop_put_claim(&shop, "spare", "{}");
    CU_ASSERT_EQUAL_FATAL(leader_finish(&shop, &last_err), 0);
    shop_delete_claim(&shop, "spare");
    shop_replace_claim(&shop, CLAIM, "{}");
    json_auto_t *claim = shop_claim(&shop, CLAIM);
    change_volume(&shop, "pvc-uid-2",
                  json_pack("{s:{s:{s:s, s:s}}}", "spec", "claimRef", "name", CLAIM, "uid",
                            shop_text(claim, "metadata.uid")));
    shop_run_kubernetes(&shop);
    CU_ASSERT_EQUAL(leader_finish(&shop, &last_err), 0);
    CU_ASSERT_EQUAL(shop_count_lines(FOLDER "pvc-uid-1.uid-1.superseded", ""), 1);
    CU_ASSERT_EQUAL(shop_count_events(&shop, "VolumeSuperseded", advice), 1);
    shop_close(&shop);
}

/* A released volume of an earlier claim of that name, as another provisioner left it. */
static void put_former_volume(struct shop *shop, const char *name)
{
    autofree char *path = memory_format("%s/%s", shop_export_path(), name);
    json_auto_t *volume = shop_volume(shop, "pvc-uid-1");
    json_auto_t *changes = json_pack("{s:{s:s, s:s}, s:{s:{s:s}, s:{s:s}}, s:{s:s}}", "metadata",
                                     "name", name, "uid", name, "spec", "claimRef", "uid", name,
                                     "nfs", "path", path, "status", "phase", "Released");
    json_t *annotations = json_object_get(json_object_get(volume, "metadata"), "annotations");
    static const char *const ours[] = {"mooring/export", "mooring/directory", "mooring/claim"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        json_object_del(annotations, ours[i]);
    json_object_update_recursive(volume, changes);
    memory_cluster_put(shop->cluster, &resource_volumes, volume);
    memory_share_put_directory(name, 0777);
}

/* Otherwise it would be held when it comes back, with three directories. */
static void of_a_history_that_is_taken_over_the_present_volume_is_in_use(void)
{
    struct shop shop;
    begin(&shop);
    change_volume(&shop, "pvc-uid-1",
                  json_pack("{s:{s:{s:n, s:n, s:n}}}", "metadata", "annotations", "mooring/export",
                            "mooring/directory", "mooring/claim"));
    memory_share_remove(FOLDER "pvc-uid-1.uid-1.in-use");
    memory_share_remove(LEAF);
    put_former_volume(&shop, "a-former");
    put_former_volume(&shop, "z-former");
    CU_ASSERT_EQUAL(leader_finish(&shop, &last_err), 0);
    CU_ASSERT_EQUAL(shop_count_lines(FOLDER "pvc-uid-1.uid-1.in-use", ""), 1);
    CU_ASSERT_EQUAL(shop_count_lines(FOLDER "a-former.a-former.superseded", ""), 1);
    CU_ASSERT_EQUAL(shop_count_lines(FOLDER "z-former.z-former.superseded", ""), 1);
    shop_replace_claim(&shop, CLAIM, "{}");
    CU_ASSERT_EQUAL(leader_finish(&shop, &last_err), 0);
    json_auto_t *claim = shop_claim(&shop, CLAIM);
    CU_ASSERT_STRING_EQUAL(shop_text(claim, "spec.volumeName"), "pvc-uid-1");
    shop_close(&shop);
}

/* What is bound now is of another class, so that the former volume may come back. */
static void a_claim_of_another_class_makes_no_volume_a_former_one(void)
{
    const struct object_key claim_key_here = {
        .resource = &resource_claims, .namespace = "shop", .name = CLAIM};
    struct shop shop;
    begin(&shop);
    put_former_volume(&shop, "a-former");
    memory_cluster_change(shop.cluster, &claim_key_here,
                          json_pack("{s:{s:s}}", "spec", "storageClassName", "fast"));
    CU_ASSERT_EQUAL(leader_finish(&shop, &last_err), 0);
    CU_ASSERT_EQUAL(shop_count_lines(FOLDER "a-former.a-former.in-use", ""), 1);
    shop_close(&shop);
}

/* The records of its former volumes were written while the claim was away. */
static void supersede_after(bool is_interrupted)
{
    struct shop shop;
    begin(&shop);
    put_former_volume(&shop, "a-former");
    shop_delete_claim(&shop, CLAIM);
    CU_ASSERT_EQUAL_FATAL(leader_finish(&shop, &last_err), 0);
    CU_ASSERT_EQUAL(shop_count_lines(FOLDER, ".in-use"), 2);
    memory_share_remove(FOLDER "pvc-uid-1.uid-1.in-use");
    memory_share_remove(LEAF);
    shop_put_claim(&shop, CLAIM, "{'spec': {'volumeName': 'pvc-uid-1'}}");
    change_volume(&shop, "pvc-uid-1",
                  json_pack("{s:{s:{s:s}}}", "spec", "claimRef", "uid", "uid-2"));
    shop_run_kubernetes(&shop);
    if (is_interrupted)
        disturb(memory_share_log(), .request = "RENAME " FOLDER "a-former", .nth = 1,
                .answer = ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(leader_finish(&shop, &last_err), 0);
    CU_ASSERT_EQUAL(shop_count_lines(FOLDER "pvc-uid-1.uid-2.in-use", ""), 1);
    CU_ASSERT_EQUAL(shop_count_lines(FOLDER "a-former.a-former.superseded", ""), 1);
    shop_close(&shop);
}

static void a_record_that_is_written_for_a_bound_claim_supersedes_the_others(void)
{
    supersede_after(false);
}

static void also_when_that_fails_at_first(void)
{
    supersede_after(true);
}

int main(int argc, char **argv)
{
    const struct test tests[] = {
        TEST(of_two_records_of_one_volume_one_stays),
        TEST(a_claim_with_two_records_of_one_volume_gets_it_back),
        TEST(a_volume_that_was_taken_over_says_which_export_it_is_on),
        TEST(then_an_export_that_is_not_mounted_is_noticed),
        TEST(a_missing_owner_is_made_again_beside_a_right_record),
        TEST(the_text_of_a_right_record_follows_also_in_another_s_directory),
        TEST(what_another_cluster_has_is_left_alone),
        TEST(what_was_superseded_stays_so_when_its_volume_is_edited),
        TEST(what_is_handed_over_meanwhile_gets_no_second_record),
        TEST(what_is_unbound_meanwhile_keeps_its_record),
        TEST(what_a_claim_does_not_get_back_any_more_is_told),
        TEST(of_a_history_that_is_taken_over_the_present_volume_is_in_use),
        TEST(a_claim_of_another_class_makes_no_volume_a_former_one),
        TEST(also_when_that_fails_at_first),
        TEST(a_record_that_is_written_for_a_bound_claim_supersedes_the_others),
        {0},
    };
    return suite_run("follow_volume", tests, argc, argv);
}
