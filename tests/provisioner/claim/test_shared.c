/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/daemon/sync_work.h"
#include "provisioner/shared/work_key.h"
#include "tests/provisioner/claim/shared_fixture.h"

/* Which claims come to share a directory, and which do not. */

/* --- the claims of one namespace --- */

static void a_second_and_a_third_claim_share_what_the_first_has_made(void)
{
    struct shop shop;
    begin_with_one(&shop, SHARED);
    expect_owner(NAMESPACE "/one", "one");
    CU_ASSERT_EQUAL(make(&shop, "two"), 0);
    expect_owner(NAMESPACE, "two");
    request_log_clear(memory_share_log());
    CU_ASSERT_EQUAL(make(&shop, "three"), 0);
    expect_owner(NAMESPACE, "three");
    expect_has(&shop, "one", "pvc-uid-1");
    expect_has(&shop, "two", "pvc-uid-2");
    expect_has(&shop, "three", "pvc-uid-3");
    CU_ASSERT_EQUAL(shop_count_lines(".mooring/claims/", ".tmp"), 0);
    CU_ASSERT_EQUAL(shop_count_lines(DIRECTORY "/precious", ""), 1);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "MKDIR " DIRECTORY), 0);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "SETATTR"), 0);
    shop_close(&shop);
}

static void the_claims_are_told_that_they_share_it(void)
{
    struct shop shop;
    begin_with_two(&shop);
    CU_ASSERT_EQUAL(
        shop_count_events(&shop, "ProvisioningSucceeded", ", which claims of this namespace share"),
        2);
    CU_ASSERT_EQUAL(shop_count_events(&shop, "DirectoryModeDiffers", ""), 0);
    shop_close(&shop);
    begin_with_one(&shop, ALONE);
    CU_ASSERT_EQUAL(shop_count_events(&shop, "ProvisioningSucceeded", "share"), 0);
    shop_close(&shop);
}

/* The class was made again meanwhile. */
static void both_classes_must_say_that_it_is_shared(void)
{
    static const struct {
        const char *first, *second;
    } cases[] = {{ALONE, SHARED}, {SHARED, ALONE}, {ALONE, ALONE}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct shop shop;
        begin_with_one(&shop, cases[i].first);
        shop_put_class(&shop, cases[i].second);
        expect_refused(&shop, "two", "which this claim does not get");
        expect_owner(NAMESPACE "/one", cases[i].second);
        shop_close(&shop);
    }
}

static void a_class_that_does_not_share_any_more_gets_no_more_claims(void)
{
    struct shop shop;
    begin_with_two(&shop);
    shop_put_class(&shop, ALONE);
    expect_refused(&shop, "three", "which this claim does not get");
    shop_replace_claim(&shop, "two", "{}");
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "two"), 0);
    expect_has(&shop, "two", "pvc-uid-2");
    expect_owner(NAMESPACE, "two");
    shop_close(&shop);
}

/* --- others --- */

static void a_claim_of_another_namespace_is_refused(void)
{
    for (int has_two = 0; has_two < 2; has_two++) {
        struct shop shop;
        struct leader leader;
        const struct work_key key = {.kind = WORK_CLAIM, .name = "other/two"};
        has_two ? begin_with_two(&shop) : begin_with_one(&shop, SHARED);
        put_claim_elsewhere(&shop);
        autofree char *before = memory_share_text(LEAF);
        leader_start(&leader, &shop);
        CU_ASSERT_EQUAL(sync_work(&leader.context, leader.client, &key, &last_err), -1);
        CU_ASSERT_EQUAL(last_err.kind, ERROR_INVALID);
        CU_ASSERT_PTR_NOT_NULL(strstr(last_err.message, "which this claim does not get"));
        CU_ASSERT_PTR_NULL(strstr(last_err.message, "shop"));
        leader_stop(&leader);
        expect_owner(before, "other");
        shop_close(&shop);
    }
}

/* Somebody has removed the directory, and all that is recorded in the namespace. */
static void a_namespace_is_not_taken_for_a_claim_that_never_had_it(void)
{
    struct shop shop;
    struct leader leader;
    const struct work_key key = {.kind = WORK_CLAIM, .name = "other/two"};
    begin_with_two(&shop);
    shop_delete_claim(&shop, "one");
    shop_delete_claim(&shop, "two");
    shop_delete_volume(&shop, "pvc-uid-1");
    shop_delete_volume(&shop, "pvc-uid-2");
    memory_share_remove(DIRECTORY);
    memory_share_remove(".mooring/claims/" NAMESPACE);
    put_claim_elsewhere(&shop);
    leader_start(&leader, &shop);
    CU_ASSERT_EQUAL(sync_work(&leader.context, leader.client, &key, &last_err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(last_err.message, "which this claim does not get"));
    leader_stop(&leader);
    expect_owner(NAMESPACE, "all is lost");
    shop_close(&shop);
}

static void a_claim_of_a_namespace_made_again_is_refused(void)
{
    for (int has_volumes = 0; has_volumes < 2; has_volumes++) {
        struct shop shop;
        begin_with_two(&shop);
        shop_replace_namespace(&shop);
        if (!has_volumes) {
            shop_delete_volume(&shop, "pvc-uid-1");
            shop_delete_volume(&shop, "pvc-uid-2");
        }
        expect_refused(&shop, "three", "which this claim does not get");
        expect_refused(&shop, "two", "which this claim does not get");
        expect_owner(NAMESPACE, "namespace made again");
        shop_close(&shop);
    }
}

/* Each of them brings its record, and the new namespace has the directory after the first. */
static void a_cluster_that_is_rebuilt_takes_it_over_if_the_class_says_so(void)
{
    struct shop shop;
    begin_with_two(&shop);
    shop_rebuild(&shop, ADOPTS);
    shop_export_silence("cluster-1");
    CU_ASSERT_EQUAL(make(&shop, "two"), 0);
    expect_owner("cluster-2/shop/namespace-2", "two");
    CU_ASSERT_EQUAL(make(&shop, "one"), 0);
    expect_owner("cluster-2/shop/namespace-2", "one");
    CU_ASSERT_EQUAL(make(&shop, "three"), 0);
    CU_ASSERT_EQUAL(shop_count_lines(".mooring/claims/cluster-2/", ".in-use"), 3);
    CU_ASSERT_EQUAL(shop_count_lines(".mooring/claims/cluster-1/", ".in-use"), 0);
    autofree char *volume = shop_volume_of(&shop, "one");
    CU_ASSERT(is_text(volume, "pvc-uid-1"));
    CU_ASSERT_EQUAL(shop_count_lines(DIRECTORY "/precious", ""), 1);
    shop_close(&shop);
}

/* --- what is not there --- */

/* The claim "one" has reserved the directory, and could not make it. */
static void begin_with_reservation(struct shop *shop)
{
    begin(shop, SHARED);
    shop_put_claim(shop, "one", "{}");
    disturb(memory_share_log(), .request = "MKDIR " DIRECTORY, .times = -1,
            .answer = ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(sync_claim_once(shop, "one"), -1);
    request_log_clear(memory_share_log());
}

static void a_claim_waits_until_the_directory_is_made(void)
{
    struct shop shop;
    begin_with_reservation(&shop);
    CU_ASSERT_EQUAL(make(&shop, "two"), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(last_err.message, "is being made for that one"));
    expect_owner(NAMESPACE "/one", "awaited");
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "one"), 0);
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "two"), 0);
    expect_has(&shop, "two", "pvc-uid-2");
    shop_close(&shop);
}

/* It never had the directory. */
static void what_a_claim_that_is_gone_had_only_reserved_is_the_next_one_s(void)
{
    struct shop shop;
    begin_with_reservation(&shop);
    shop_delete_claim(&shop, "one");
    CU_ASSERT_EQUAL(make(&shop, "two"), 0);
    expect_owner(NAMESPACE "/two", "two");
    expect_has(&shop, "two", "pvc-uid-2");
    shop_close(&shop);
}

static void a_directory_that_is_lost_is_not_made_again(void)
{
    struct shop shop;
    begin_with_two(&shop);
    memory_share_put_elsewhere("team/data", "away");
    for (int tries = 0; tries < 2; tries++) {
        CU_ASSERT_EQUAL(tries ? sync_claim_once(&shop, "three") : make(&shop, "three"), -1);
        CU_ASSERT_PTR_NOT_NULL(strstr(last_err.message, "is gone from the export"));
        CU_ASSERT_EQUAL(shop_count_lines(DIRECTORY, ""), 0);
    }
    memory_share_put_elsewhere("away", "team/data");
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "three"), 0);
    expect_has(&shop, "three", "pvc-uid-3");
    shop_close(&shop);
}

/* A file system that does not tell upper case from lower. */
static void another_spelling_of_it_is_refused(void)
{
    struct shop shop;
    begin(&shop, SHARED);
    memory_share_fold_case("");
    CU_ASSERT_EQUAL_FATAL(make(&shop, "one"), 0);
    CU_ASSERT_EQUAL_FATAL(make(&shop, "two"), 0);
    shop_put_class(&shop, "{'parameters': {'pathPattern': 'team/Data', 'shared': 'true'}}");
    CU_ASSERT_EQUAL(make(&shop, "three"), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(last_err.message, "which this claim does not get"));
    expect_owner(NAMESPACE, "spelling");
    shop_close(&shop);
}

/* What lies in it or around it is no claim's to have. */
static void only_the_directory_itself_is_shared(void)
{
    static const char *const patterns[] = {"team/data/inner", "team"};
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        struct shop shop;
        begin_with_two(&shop);
        autofree char *changes =
            memory_format("{'parameters': {'pathPattern': '%s', 'shared': 'true'}}", patterns[i]);
        shop_put_class(&shop, changes);
        expect_refused(&shop, "three", "which this claim does not get");
        shop_close(&shop);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_second_and_a_third_claim_share_what_the_first_has_made),
        TEST(the_claims_are_told_that_they_share_it),
        TEST(both_classes_must_say_that_it_is_shared),
        TEST(a_class_that_does_not_share_any_more_gets_no_more_claims),
        TEST(a_claim_of_another_namespace_is_refused),
        TEST(a_namespace_is_not_taken_for_a_claim_that_never_had_it),
        TEST(a_claim_of_a_namespace_made_again_is_refused),
        TEST(a_cluster_that_is_rebuilt_takes_it_over_if_the_class_says_so),
        TEST(a_claim_waits_until_the_directory_is_made),
        TEST(what_a_claim_that_is_gone_had_only_reserved_is_the_next_one_s),
        TEST(a_directory_that_is_lost_is_not_made_again),
        TEST(another_spelling_of_it_is_refused),
        TEST(only_the_directory_itself_is_shared),
        {0},
    };
    return suite_run("shared", tests, argc, argv);
}
