/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/shared_fixture.h"

/* What becomes of a directory that claims share: they come back, something is lost, or people bind
 * what belongs to others. */

/* --- claims that come back --- */

static void each_claim_gets_its_own_volume_back(void)
{
    for (int has_volume = 0; has_volume < 2; has_volume++) {
        struct shop shop;
        begin_with_two(&shop);
        shop_replace_claim(&shop, "one", "{}");
        shop_replace_claim(&shop, "two", "{}");
        if (!has_volume) {
            shop_delete_volume(&shop, "pvc-uid-1");
            shop_delete_volume(&shop, "pvc-uid-2");
        }
        CU_ASSERT_EQUAL(sync_claim_once(&shop, "two"), 0);
        CU_ASSERT_EQUAL(sync_claim_once(&shop, "one"), 0);
        expect_has(&shop, "one", "pvc-uid-1");
        expect_has(&shop, "two", "pvc-uid-2");
        expect_owner(NAMESPACE, "returned");
        shop_close(&shop);
    }
}

/* Kubernetes marks it Lost. */
static void a_volume_object_that_is_lost_is_made_again(void)
{
    struct shop shop;
    begin_with_two(&shop);
    shop_delete_volume(&shop, "pvc-uid-2");
    shop_run_kubernetes(&shop);
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "two"), 0);
    expect_has(&shop, "two", "pvc-uid-2");
    CU_ASSERT_EQUAL(shop_count_events(&shop, "VolumeRestored", ""), 1);
    shop_close(&shop);
}

/* It is not given back what was superseded, but the directory is there for all. */
static void a_claim_whose_volume_was_superseded_shares_the_directory_again(void)
{
    for (int has_two = 0; has_two < 2; has_two++) {
        struct shop shop;
        has_two ? begin_with_two(&shop) : begin_with_one(&shop, SHARED);
        memory_share_put_elsewhere(FOLDERS "one/pvc-uid-1.uid-1.in-use",
                                   FOLDERS "one/pvc-uid-1.uid-1.superseded");
        shop_replace_claim(&shop, "one", "{}");
        CU_ASSERT_EQUAL(sync_claim_once(&shop, "one"), 0);
        expect_has(&shop, "one", has_two ? "pvc-uid-3" : "pvc-uid-2");
        expect_owner(has_two ? NAMESPACE : NAMESPACE "/one", "superseded");
        CU_ASSERT_EQUAL(shop_count_events(&shop, "ProvisioningSucceeded", "older"), 0);
        CU_ASSERT_EQUAL(shop_count_events(&shop, "ProvisioningSucceeded", "is kept"), 0);
        shop_close(&shop);
    }
}

#define DISCARDS                                                                                   \
    "{'spec': {'persistentVolumeClaimRetentionPolicy':"                                            \
    " {'whenDeleted': 'Delete', 'whenScaled': 'Delete'}}}"

/* What others use is not the set's to discard. */
static void a_set_that_wants_fresh_data_gets_what_it_shares(void)
{
    struct shop shop;
    begin_with_two(&shop);
    CU_ASSERT_EQUAL_FATAL(make(&shop, "data-web-0"), 0);
    shop_put_set(&shop, DISCARDS);
    shop_replace_claim(&shop, "data-web-0", "{}");
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "data-web-0"), 0);
    expect_has(&shop, "data-web-0", "pvc-uid-3");
    shop_close(&shop);
}

/* --- what people and other programs do --- */

static void bind_by_hand(struct shop *shop, const char *volume, const char *namespace,
                         const char *claim, const char *uid)
{
    const struct object_key key = {.resource = &resource_volumes, .name = volume};
    memory_cluster_change(shop->cluster, &key,
                          json_pack("{s:{s:{s:s, s:s, s:s}}}", "spec", "claimRef", "namespace",
                                    namespace, "name", claim, "uid", uid));
    shop_run_kubernetes(shop);
}

static void a_record_follows_to_another_claim_of_the_namespace(void)
{
    struct shop shop;
    begin_with_two(&shop);
    shop_delete_claim(&shop, "two");
    shop_put_claim(&shop, "three", "{}");
    bind_by_hand(&shop, "pvc-uid-2", "shop", "three", "uid-3");
    CU_ASSERT_EQUAL(leader_finish(&shop, &last_err), 0);
    expect_has(&shop, "one", "pvc-uid-1");
    expect_has(&shop, "three", "pvc-uid-2");
    CU_ASSERT_EQUAL(shop_count_lines(FOLDERS, ".in-use"), 2);
    expect_owner(NAMESPACE, "followed");
    shop_close(&shop);
}

static void a_record_does_not_follow_to_another_namespace(void)
{
    for (int has_two = 0; has_two < 2; has_two++) {
        struct shop shop;
        const struct object_key key = {&resource_claims, "other", "two"};
        has_two ? begin_with_two(&shop) : begin_with_one(&shop, SHARED);
        autofree char *leaf = memory_share_text(LEAF);
        shop_delete_claim(&shop, "one");
        put_claim_elsewhere(&shop);
        memory_cluster_change(shop.cluster, &key,
                              json_pack("{s:{s:s}, s:{s:s}}", "spec", "volumeName", "pvc-uid-1",
                                        "status", "phase", "Bound"));
        bind_by_hand(&shop, "pvc-uid-1", "other", "two", "uid-o");
        (void)!leader_finish(&shop, &last_err);
        autofree char *records = shop_lines(FOLDERS);
        expect_owner(leaf, "not followed");
        CU_ASSERT_PTR_NOT_NULL(strstr(records, "one/pvc-uid-1.uid-1.in-use"));
        CU_ASSERT_EQUAL(shop_count_lines(".mooring/claims/cluster-1/other/", ".in-use"), 0);
        shop_close(&shop);
    }
}

static void a_record_or_an_owner_that_is_lost_is_restored(void)
{
    static const char *const lost[][2] = {
        {LEAF, NULL},
        {FOLDERS "two/pvc-uid-2.uid-2.in-use", NULL},
        {FOLDERS "two/pvc-uid-2.uid-2.in-use", LEAF},
    };
    for (size_t i = 0; i < sizeof lost / sizeof *lost; i++) {
        for (int has_volumes = 1; has_volumes >= (i ? 1 : 0); has_volumes--) {
            struct shop shop;
            begin_with_two(&shop);
            memory_share_remove(lost[i][0]);
            if (lost[i][1])
                memory_share_remove(lost[i][1]);
            if (!has_volumes) {
                shop_delete_claim(&shop, "one");
                shop_delete_claim(&shop, "two");
                shop_delete_volume(&shop, "pvc-uid-1");
                shop_delete_volume(&shop, "pvc-uid-2");
            }
            ASSERT_CASE(leader_finish(&shop, &last_err) == 0, last_err.message);
            expect_owner(NAMESPACE, lost[i][0]);
            ASSERT_CASE(shop_count_lines(FOLDERS, ".in-use") == 2, lost[i][0]);
            if (has_volumes) {
                autofree char *text = memory_share_text(FOLDERS "two/pvc-uid-2.uid-2.in-use");
                ASSERT_CASE(strstr(text, "\"shared\": true") != NULL, lost[i][0]);
            }
            shop_close(&shop);
        }
    }
}

/* Nothing is left of it, or the symlink names one of the two claims. */
static void the_owner_beside_a_record_is_the_namespace(void)
{
    static const char *const owners[] = {NULL, NAMESPACE "/one"};
    for (int i = 0; i < 4; i++) {
        struct shop shop;
        struct leader leader;
        const char *owner = owners[i / 2];
        begin_with_two(&shop);
        memory_share_remove(LEAF);
        if (owner)
            memory_share_put_symlink(LEAF, owner);
        if (i % 2)
            memory_share_remove(FOLDERS "two/pvc-uid-2.uid-2.in-use");
        leader_start(&leader, &shop);
        ASSERT_CASE(leader_sync_volume(&leader, "pvc-uid-2", &last_err) == 0, last_err.message);
        leader_stop(&leader);
        expect_has(&shop, "two", "pvc-uid-2");
        expect_owner(NAMESPACE, owner ? owner : "none");
        shop_close(&shop);
    }
}

/* The volume names the claim that had it, and the namespace has the directory. */
static void a_claim_whose_record_is_lost_gets_its_volume_back(void)
{
    struct shop shop;
    begin_with_two(&shop);
    CU_ASSERT_EQUAL_FATAL(make(&shop, "data-web-0"), 0);
    memory_share_remove(FOLDERS "data-web-0/pvc-uid-3.uid-3.in-use");
    shop_replace_claim(&shop, "data-web-0", "{}");
    ASSERT_CASE(sync_claim_once(&shop, "data-web-0") == 0, last_err.message);
    expect_has(&shop, "data-web-0", "pvc-uid-3");
    expect_owner(NAMESPACE, "record lost");
    shop_close(&shop);
}

/* The symlink is lost, and the next claim comes before the audit. */
static void without_an_owner_a_claim_waits_for_the_audit(void)
{
    struct shop shop;
    begin_with_two(&shop);
    memory_share_remove(LEAF);
    expect_refused(&shop, "three", "which this claim does not get");
    CU_ASSERT_EQUAL(shop_count_lines(LEAF, ""), 0);
    CU_ASSERT_EQUAL(leader_finish(&shop, &last_err), 0);
    expect_has(&shop, "three", "pvc-uid-3");
    expect_owner(NAMESPACE, "audited");
    shop_close(&shop);
}

/* Its record alone is lost. */
static void the_record_of_a_claim_that_is_still_alone_is_restored(void)
{
    struct shop shop;
    begin_with_one(&shop, SHARED);
    memory_share_remove(FOLDERS "one/pvc-uid-1.uid-1.in-use");
    ASSERT_CASE(leader_finish(&shop, &last_err) == 0, last_err.message);
    expect_has(&shop, "one", "pvc-uid-1");
    CU_ASSERT_EQUAL(make(&shop, "two"), 0);
    expect_has(&shop, "two", "pvc-uid-2");
    shop_close(&shop);
}

/* Somebody has put it among the folders of the namespace's claims. */
static void a_file_of_others_does_not_hide_where_a_record_is(void)
{
    struct shop shop;
    begin_with_two(&shop);
    memory_share_put_file(FOLDERS "README", "keep");
    memory_share_remove(FOLDERS "two/pvc-uid-2.uid-2.in-use");
    ASSERT_CASE(leader_finish(&shop, &last_err) == 0, last_err.message);
    expect_has(&shop, "two", "pvc-uid-2");
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(each_claim_gets_its_own_volume_back),
        TEST(a_volume_object_that_is_lost_is_made_again),
        TEST(a_claim_whose_volume_was_superseded_shares_the_directory_again),
        TEST(a_set_that_wants_fresh_data_gets_what_it_shares),
        TEST(a_record_follows_to_another_claim_of_the_namespace),
        TEST(a_record_does_not_follow_to_another_namespace),
        TEST(a_record_or_an_owner_that_is_lost_is_restored),
        TEST(the_owner_beside_a_record_is_the_namespace),
        TEST(a_claim_whose_record_is_lost_gets_its_volume_back),
        TEST(without_an_owner_a_claim_waits_for_the_audit),
        TEST(the_record_of_a_claim_that_is_still_alone_is_restored),
        TEST(a_file_of_others_does_not_hide_where_a_record_is),
        {0},
    };
    return suite_run("shared later", tests, argc, argv);
}
