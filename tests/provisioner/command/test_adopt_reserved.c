/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/text.h"
#include "k8s/resource.h"
#include "tests/provisioner/claim/adoption.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/memory_share.h"

/*
 * What `mooring adopt` reserves for a claim to come. The claim "old" had the volume pvc-uid-1 and
 * the directory below, and is gone.
 */
#define DIRECTORY ADOPTED_DIRECTORY
#define FOLDER ".mooring/claims/cluster-1/shop/namespace-1/"

static struct error last_err;

/* After what was done until now. */
static void replace_namespace(struct shop *shop)
{
    const struct object_key key = {.resource = &resource_namespaces, .name = "shop"};
    shop_replace_namespace(shop);
    memory_cluster_change(
        shop->cluster, &key,
        json_pack("{s:{s:s}}", "metadata", "creationTimestamp", "2999-01-01T00:00:00Z"));
}

static int adopt(struct shop *shop, const char *directory, const char *claim)
{
    const struct adoption what = {.directory = directory, .claim = claim};
    return adoption_run(shop, &what, &last_err);
}

/* The claim of the shop is bound to a volume with this directory. */
static void expect_directory(const struct shop *shop, const char *claim, const char *directory)
{
    json_auto_t *object = shop_claim(shop, claim);
    json_auto_t *volume = shop_volume(shop, shop_text(object, "spec.volumeName"));
    ASSERT_CASE(text_equals(shop_directory(shop_text(volume, "spec.nfs.path")), directory), claim);
}

/* Kubernetes would bind the claim to either, and to the other one when it comes back. */
static void of_two_directories_for_one_claim_to_come_the_last_one_is_given(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    shop_put_class(&shop, "{'parameters': {'rebind': 'all'}}");
    memory_share_put_directory("mistake", 0755);
    CU_ASSERT_EQUAL(adopt(&shop, "mistake", "taker"), 0);
    CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY, "taker"), 0);
    shop_run_kubernetes(&shop);
    for (int times = 0; times < 2; times++) {
        shop_replace_claim(&shop, "taker", "{}");
        shop_run_kubernetes(&shop);
        CU_ASSERT_EQUAL(leader_finish(&shop, &last_err), 0);
        expect_directory(&shop, "taker", DIRECTORY);
    }
    shop_close(&shop);
}

/* The namespace may have another owner now. */
static void what_is_reserved_is_not_given_to_a_later_namespace(void)
{
    static const char *const classes[] = {"{}", "{'parameters': {'rebind': 'all'}}"};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        struct shop shop;
        adoption_prepare(&shop);
        shop_put_class(&shop, classes[i]);
        CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY, "taker"), 0);
        replace_namespace(&shop);
        shop_put_claim(&shop, "taker", "{}");
        shop_run_kubernetes(&shop);
        ASSERT_CASE(leader_finish(&shop, &last_err) == 0, last_err.message);
        autofree char *fresh = memory_format("shop-taker-pvc-uid-%d", shop.uids);
        expect_directory(&shop, "taker", fresh);
        CU_ASSERT_EQUAL(shop_count_lines(FOLDER "taker/pvc-uid-1.reserved.in-use", ""), 1);
        shop_close(&shop);
    }
}

/* Unless the administrator says so of the class. */
static void a_class_that_adopts_gives_it_to_a_later_namespace_too(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    shop_put_class(&shop, "{'parameters': {'adopt': 'always'}}");
    CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY, "taker"), 0);
    replace_namespace(&shop);
    shop_put_claim(&shop, "taker", "{}");
    shop_run_kubernetes(&shop);
    CU_ASSERT_EQUAL(leader_finish(&shop, &last_err), 0);
    expect_directory(&shop, "taker", DIRECTORY);
    shop_close(&shop);
}

/* The claim comes before the administrator repeats the command: it waits for that. Also where the
 * directory is of the claim of that name in an earlier namespace. */
static void what_was_reserved_and_not_finished_is_not_replaced_by_something_new(void)
{
    static const char *const claims[] = {"taker", "old", "old"};
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        struct shop shop;
        adoption_prepare(&shop);
        if (i == 2)
            shop_replace_namespace(&shop);
        memory_share_put_file(DIRECTORY "/precious", "data");
        disturb(memory_share_log(), .request = "RENAME " FOLDER "old/pvc-uid-1.uid-1.moving",
                .times = -1, .answer = ERROR_UNAVAILABLE);
        CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY, claims[i]), -1);
        request_log_clear(memory_share_log());
        shop_run_kubernetes(&shop);
        shop_put_claim(&shop, claims[i], "{}");
        ASSERT_CASE(leader_finish(&shop, &last_err) == -1, claims[i]);
        ASSERT_CASE(shop_count_lines("shop-", "/") == 1, claims[i]);
        CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY, claims[i]), 0);
        shop_run_kubernetes(&shop);
        ASSERT_CASE(leader_finish(&shop, &last_err) == 0, last_err.message);
        expect_directory(&shop, claims[i], DIRECTORY);
        shop_close(&shop);
    }
}

/* .mooring was restored from a copy that is older. */
static void what_is_reserved_and_has_no_record_holds_the_claim(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY, "taker"), 0);
    memory_share_remove(FOLDER "taker/pvc-uid-1.reserved.in-use");
    shop_put_claim(&shop, "taker", "{}");
    CU_ASSERT_EQUAL(leader_finish(&shop, &last_err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(last_err.message, "it has no record"));
    CU_ASSERT_EQUAL(shop_count_lines("shop-", "/"), 1);
    CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY, "taker"), 0);
    shop_run_kubernetes(&shop);
    CU_ASSERT_EQUAL(leader_finish(&shop, &last_err), 0);
    expect_directory(&shop, "taker", DIRECTORY);
    shop_close(&shop);
}

/* Kubernetes is slow to bind what the claim was given. */
static void a_claim_that_was_given_a_volume_gets_no_other_one(void)
{
    struct leader leader;
    struct shop shop;
    adoption_prepare(&shop);
    shop_put_claim(&shop, "taker", "{}");
    leader_start(&leader, &shop);
    CU_ASSERT_EQUAL(leader_sync_claim(&leader, "taker", &last_err), 0);
    leader_stop(&leader);
    autofree char *before = memory_share_show();
    CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY, "taker"), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(last_err.message, "was given volume pvc-uid-2"));
    autofree char *after = memory_share_show();
    CU_ASSERT_STRING_EQUAL(after, before);
    shop_close(&shop);
}

/* Kubernetes would bind it to any claim of that name. */
static const struct object_key volume_key = {.resource = &resource_volumes, .name = "pvc-uid-1"};

static void what_has_lost_its_reservation_is_reserved_again(void)
{
    struct shop shop;
    adoption_prepare(&shop);
    CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY, "taker"), 0);
    memory_cluster_change(shop.cluster, &volume_key,
                          json_pack("{s:{s:{s:n}}}", "spec", "claimRef", "uid"));
    disturb(memory_cluster_log(shop.cluster), .request = "PATCH", .answer = 403);
    CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY, "taker"), -1);
    CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY, "taker"), 0);
    json_auto_t *volume = shop_volume(&shop, "pvc-uid-1");
    CU_ASSERT_STRING_EQUAL(shop_text(volume, "spec.claimRef.uid"), "reserved");
    shop_close(&shop);
}

static void take_claim_away(void *context)
{
    const struct shop *shop = context;
    memory_cluster_change(shop->cluster, &volume_key, json_pack("{s:{s:n}}", "spec", "claimRef"));
}

/* A person has taken the claim from the volume, before or meanwhile, so that it names none. */
static void a_volume_of_no_claim_that_cannot_be_saved_leaves_everything_as_it_was(void)
{
    for (int is_before = 0; is_before < 2; is_before++) {
        struct shop shop;
        adoption_prepare(&shop);
        if (is_before)
            take_claim_away(&shop);
        disturb(memory_cluster_log(shop.cluster), .request = "PATCH", .answer = 403,
                .hook = take_claim_away, .context = &shop);
        CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY, "taker"), -1);
        CU_ASSERT_PTR_NOT_NULL(strstr(last_err.message, "nothing was done"));
        CU_ASSERT_EQUAL(shop_count_lines(FOLDER "old/pvc-uid-1.uid-1.in-use", ""), 1);
        shop_close(&shop);
    }
}

/* The command was killed before the record said of which class it is now. */
static void what_is_reserved_counts_whatever_class_the_record_names(void)
{
    static const char record[] = FOLDER "taker/pvc-uid-1.reserved.in-use";
    static const char of_class[] = "\"class\": \"nfs\"";
    struct shop shop;
    adoption_prepare(&shop);
    CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY, "taker"), 0);
    autofree char *text = memory_share_text(record);
    require(text);
    const char *found = strstr(text, of_class);
    require(found);
    autofree char *changed = memory_format("%.*s\"class\": \"old\"%s", (int)(found - text), text,
                                           found + strlen(of_class));
    memory_share_put_file(record, changed);
    shop_put_claim(&shop, "taker", "{}");
    CU_ASSERT_EQUAL(leader_finish(&shop, &last_err), 0);
    expect_directory(&shop, "taker", DIRECTORY);
    shop_close(&shop);
}

/* Killed before the directory had its owner: only the volume leads to the record. */
static void what_was_not_finished_is_to_be_finished_first(void)
{
    static const char leaf[] = ".mooring/directories/" DIRECTORY;
    struct shop shop;
    adoption_prepare(&shop);
    CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY, "taker"), 0);
    CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY, "second"), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(last_err.message, "kubectl delete pv pvc-uid-1"));
    memory_share_remove(leaf);
    memory_share_put_symlink(leaf, "cluster-1/shop/namespace-1/old");
    CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY, "second"), -1);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(last_err.message, "repeat mooring adopt " DIRECTORY " --to shop/taker first"));
    CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY, "taker"), 0);
    autofree char *owner = memory_share_text(leaf);
    CU_ASSERT(is_text(owner, "cluster-1/shop/namespace-1/taker"));
    shop_close(&shop);
}

/* Whether the volume was saved is not known, and then another claim is to have the directory. */
static void what_is_left_without_an_answer_is_found_by_the_next_one(void)
{
    for (int is_done = 0; is_done < 2; is_done++) {
        struct shop shop;
        adoption_prepare(&shop);
        memory_share_remove(FOLDER "old/pvc-uid-1.uid-1.in-use");
        disturb(memory_cluster_log(shop.cluster), .request = "PATCH", .answer = 500,
                .is_done = is_done);
        disturb(memory_cluster_log(shop.cluster), .request = "GET persistentvolumes/pvc-uid-1",
                .answer = 500);
        CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY, "taker"), -1);
        CU_ASSERT_PTR_NOT_NULL(strstr(last_err.message, "repeat the command"));
        const char *next = is_done ? "taker" : "second";
        CU_ASSERT_EQUAL(adopt(&shop, DIRECTORY, next), 0);
        autofree char *records = shop_lines("/pvc-uid-1.");
        autofree char *expected = memory_format(FOLDER "%s/pvc-uid-1.reserved.in-use\n", next);
        CU_ASSERT_STRING_EQUAL(records, expected);
        shop_close(&shop);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(of_two_directories_for_one_claim_to_come_the_last_one_is_given),
        TEST(what_is_reserved_is_not_given_to_a_later_namespace),
        TEST(a_class_that_adopts_gives_it_to_a_later_namespace_too),
        TEST(what_was_reserved_and_not_finished_is_not_replaced_by_something_new),
        TEST(what_is_reserved_and_has_no_record_holds_the_claim),
        TEST(a_claim_that_was_given_a_volume_gets_no_other_one),
        TEST(what_has_lost_its_reservation_is_reserved_again),
        TEST(a_volume_of_no_claim_that_cannot_be_saved_leaves_everything_as_it_was),
        TEST(what_is_reserved_counts_whatever_class_the_record_names),
        TEST(what_was_not_finished_is_to_be_finished_first),
        TEST(what_is_left_without_an_answer_is_found_by_the_next_one),
        {0},
    };
    return suite_run("adopt_reserved", tests, argc, argv);
}
