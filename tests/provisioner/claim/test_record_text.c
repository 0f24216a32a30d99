/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "k8s/resource.h"
#include "tests/provisioner/claim/adoption.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/memory_share.h"

/*
 * The text of a record says what a lost volume is made again from: it follows what people and
 * Kubernetes change at the volume.
 */
#define CLAIM "data-web-0"
#define VOLUME "pvc-uid-1"
#define RECORD ".mooring/claims/cluster-1/shop/namespace-1/" CLAIM "/" VOLUME ".uid-1.in-use"

#define RESERVED_RECORD                                                                            \
    ".mooring/claims/cluster-1/shop/namespace-1/" CLAIM "/" VOLUME ".reserved.in-use"

static const struct object_key set_key = {
    .resource = &resource_stateful_sets, .namespace = "shop", .name = "web"};
static const struct object_key volume_key = {.resource = &resource_volumes, .name = VOLUME};

static void begin(struct shop *shop)
{
    log_set_level(LOG_ERROR);
    leader_open_bound(shop, "{}", CLAIM);
}

static void expect_record(const char *part)
{
    autofree char *text = memory_share_text(RECORD);
    require(text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, part));
}

static void change_policy(struct shop *shop, const char *policy)
{
    memory_cluster_change(shop->cluster, &volume_key,
                          json_pack("{s:{s:s}}", "spec", "persistentVolumeReclaimPolicy", policy));
}

static void expect_volume(const struct shop *shop, const char *path, const char *expected)
{
    json_auto_t *volume = shop_volume(shop, VOLUME);
    CU_ASSERT_STRING_EQUAL(shop_text(volume, path), expected);
}

/* A volume that is protected stays protected, although its object is lost afterwards. */
static void a_volume_made_again_has_the_policy_that_it_was_given(void)
{
    static const char *const policies[] = {"Delete", "Retain"};
    struct error err;
    struct shop shop;
    begin(&shop);
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        change_policy(&shop, policies[i]);
        CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
        expect_record(policies[i]);
        shop_delete_volume(&shop, VOLUME);
        CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
        expect_volume(&shop, "spec.persistentVolumeReclaimPolicy", policies[i]);
    }
    shop_close(&shop);
}

static void the_capacity_follows_too(void)
{
    struct error err;
    struct shop shop;
    begin(&shop);
    memory_cluster_change(shop.cluster, &volume_key,
                          json_pack("{s:{s:{s:s}}}", "spec", "capacity", "storage", "7Gi"));
    CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
    expect_record("7Gi");
    shop_close(&shop);
}

/* `mooring adopt` was killed before the record of a claim of another class had its new text. */
static void the_class_follows_too(void)
{
    static const char of_class[] = "\"class\": \"nfs\"";
    struct error err;
    struct shop shop;
    begin(&shop);
    autofree char *text = memory_share_text(RECORD);
    const char *found = strstr(text, of_class);
    require(found);
    autofree char *changed = memory_format("%.*s\"class\": \"old\"%s", (int)(found - text), text,
                                           found + strlen(of_class));
    memory_share_put_file(RECORD, changed);
    CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
    expect_record(of_class);
    shop_close(&shop);
}

static void begin_before_set(struct shop *shop)
{
    struct error err;
    log_set_level(LOG_ERROR);
    shop_open(shop, "{}");
    memory_cluster_remove(shop->cluster, &set_key);
    shop_put_claim(shop, CLAIM, "{}");
    CU_ASSERT_EQUAL_FATAL(leader_finish(shop, &err), 0);
}

static void come_back_before_set(struct shop *shop)
{
    struct error err;
    memory_cluster_remove(shop->cluster, &set_key);
    shop_replace_claim(shop, CLAIM, "{}");
    CU_ASSERT_EQUAL(leader_finish(shop, &err), 0);
}

/* Manifests, and operators, may make the claim first. When all of it is applied again, the claim
 * comes first again, and only the record knows that it is a set's. */
static void a_claim_that_was_made_before_its_set_comes_back_before_it(void)
{
    struct error err;
    struct shop shop;
    begin_before_set(&shop);
    shop_put_set(&shop, "{}");
    CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
    expect_record("\"web\"");
    come_back_before_set(&shop);
    expect_volume(&shop, "spec.claimRef.uid", "uid-2");
    shop_close(&shop);
}

static bool has_labels(const struct shop *shop)
{
    json_auto_t *volume = shop_volume(shop, VOLUME);
    const json_t *labels = json_object_get(json_object_get(volume, "metadata"), "labels");
    json_auto_t *expected = object_from("{'mooring/stateful-set': 'web', 'mooring/ordinal': '0',"
                                        " 'mooring/claim-template': 'data', 'mine': 'stays'}");
    return json_equal(labels, expected);
}

static void its_volume_gets_the_labels_once(void)
{
    struct error err;
    struct shop shop;
    begin_before_set(&shop);
    memory_cluster_change(shop.cluster, &volume_key,
                          json_pack("{s:{s:{s:s}}}", "metadata", "labels", "mine", "stays"));
    shop_put_set(&shop, "{}");
    CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
    CU_ASSERT(has_labels(&shop));
    request_log_clear(memory_cluster_log(shop.cluster));
    memory_cluster_change(
        shop.cluster, &volume_key,
        json_pack("{s:{s:s}}", "spec", "persistentVolumeReclaimPolicy", "Delete"));
    CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
    expect_record("Delete");
    CU_ASSERT_EQUAL(request_log_count(memory_cluster_log(shop.cluster), "PATCH persistentvolumes"),
                    0);
    shop_close(&shop);
}

/* The process that had taught its record was killed before it could patch. */
static void also_one_whose_record_has_learnt_it_before(void)
{
    struct error err;
    struct shop shop;
    struct leader leader;
    begin(&shop);
    memory_cluster_change(shop.cluster, &volume_key,
                          json_pack("{s:{s:{s:n, s:n, s:n, s:s}}}", "metadata", "labels",
                                    "mooring/stateful-set", "mooring/claim-template",
                                    "mooring/ordinal", "mine", "stays"));
    memory_cluster_remove(shop.cluster, &set_key);
    leader_start(&leader, &shop);
    leader_read(&leader);
    CU_ASSERT_EQUAL(leader_sync_volume(&leader, VOLUME, &err), 0);
    leader_stop(&leader);
    CU_ASSERT(has_labels(&shop));
    shop_close(&shop);
}

/* Not only when the export is audited. The set is made before or after the claim is bound. */
static void a_new_set_has_the_records_of_its_claims_looked_at(void)
{
    for (int is_late = 0; is_late < 2; is_late++) {
        struct error err;
        struct shop shop;
        struct leader leader;
        log_set_level(LOG_ERROR);
        shop_open(&shop, "{}");
        memory_cluster_remove(shop.cluster, &set_key);
        shop_put_claim(&shop, CLAIM, "{}");
        leader_start(&leader, &shop);
        CU_ASSERT_EQUAL(leader_sync_claim(&leader, CLAIM, &err), 0);
        memory_cluster_change(shop.cluster, &volume_key,
                              json_pack("{s:{s:{s:s}}}", "metadata", "labels", "mine", "stays"));
        for (int step = 0; step < 2; step++) {
            CU_ASSERT_EQUAL(leader_work_alone(&leader, &err), 0);
            if (step == is_late)
                shop_put_set(&shop, "{}");
            else
                shop_run_kubernetes(&shop);
            leader_read(&leader);
        }
        CU_ASSERT(leader_drops_volume(&leader, VOLUME));
        leader_stop(&leader);
        shop_close(&shop);
    }
}

/* Its user asks for fresh data, whichever comes first. */
static void of_a_set_that_discards_its_data_nothing_is_learnt(void)
{
    struct error err;
    struct shop shop;
    begin_before_set(&shop);
    shop_put_set(&shop,
                 "{'spec': {'persistentVolumeClaimRetentionPolicy': {'whenDeleted': 'Delete',"
                 " 'whenScaled': 'Retain'}}}");
    change_policy(&shop, "Delete"); /* for which its record is looked at */
    CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
    json_auto_t *volume = shop_volume(&shop, VOLUME);
    CU_ASSERT_PTR_NULL(json_object_get(json_object_get(volume, "metadata"), "labels"));
    come_back_before_set(&shop);
    json_auto_t *claim = shop_claim(&shop, CLAIM);
    CU_ASSERT_STRING_EQUAL(shop_text(claim, "spec.volumeName"), "pvc-uid-2");
    shop_close(&shop);
}

/* The set, the claim and its record are gone. The labels of the volume are what is left. */
static void a_claim_without_a_record_comes_back_before_its_set(void)
{
    struct error err;
    struct shop shop;
    begin(&shop);
    memory_cluster_remove(shop.cluster, &set_key);
    shop_replace_claim(&shop, CLAIM, "{}");
    shop_run_kubernetes(&shop);
    memory_share_remove(RECORD);
    CU_ASSERT_EQUAL(leader_sync_claim_once(&shop, CLAIM, &err), 0);
    expect_volume(&shop, "spec.claimRef.uid", "uid-2");
    CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
    shop_close(&shop);
}

static void a_record_that_is_written_again_before_the_set_names_it(void)
{
    struct error err;
    struct shop shop;
    begin(&shop);
    memory_cluster_remove(shop.cluster, &set_key);
    memory_share_remove(RECORD);
    CU_ASSERT_EQUAL(leader_finish(&shop, &err), 0);
    expect_record("\"web\"");
    expect_record("\"data\"");
    expect_record("\"ordinal\": 0");
    shop_close(&shop);
}

/* As one that was written before by a mooring that did not look at the labels. */
static void a_record_without_the_set_learns_it_from_the_labels(void)
{
    struct error err;
    struct shop shop;
    struct leader leader;
    begin_before_set(&shop);
    memory_cluster_change(shop.cluster, &volume_key,
                          json_pack("{s:{s:{s:s, s:s, s:s}}}", "metadata", "labels",
                                    "mooring/stateful-set", "web", "mooring/claim-template", "data",
                                    "mooring/ordinal", "0"));
    leader_start(&leader, &shop);
    leader_read(&leader);
    CU_ASSERT_EQUAL(leader_sync_volume(&leader, VOLUME, &err), 0);
    leader_stop(&leader);
    expect_record("\"web\"");
    shop_close(&shop);
}

/* Nor does mooring adopt, which gives the claim its own directory, forget the set. */
static void what_is_adopted_before_the_set_is_still_of_the_set(void)
{
    const struct adoption what = {.directory = "shop-" CLAIM "-" VOLUME, .claim = CLAIM};
    struct error err;
    struct shop shop;
    begin(&shop);
    memory_cluster_remove(shop.cluster, &set_key);
    shop_delete_claim(&shop, CLAIM);
    CU_ASSERT_EQUAL(adoption_run(&shop, &what, &err), 0);
    autofree char *text = memory_share_text(RESERVED_RECORD);
    require(text);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"web\""));
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    const struct test tests[] = {
        TEST(a_volume_made_again_has_the_policy_that_it_was_given),
        TEST(the_capacity_follows_too),
        TEST(the_class_follows_too),
        TEST(a_claim_that_was_made_before_its_set_comes_back_before_it),
        TEST(its_volume_gets_the_labels_once),
        TEST(also_one_whose_record_has_learnt_it_before),
        TEST(a_new_set_has_the_records_of_its_claims_looked_at),
        TEST(of_a_set_that_discards_its_data_nothing_is_learnt),
        TEST(a_claim_without_a_record_comes_back_before_its_set),
        TEST(a_record_that_is_written_again_before_the_set_names_it),
        TEST(a_record_without_the_set_learns_it_from_the_labels),
        TEST(what_is_adopted_before_the_set_is_still_of_the_set),
        {0},
    };
    return suite_run("record_text", tests, argc, argv);
}
