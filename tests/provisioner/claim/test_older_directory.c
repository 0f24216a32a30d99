/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "k8s/resource.h"
#include "tests/provisioner/claim/adoption.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/claim/printed.h"
#include "tests/provisioner/memory_share.h"

#include <unistd.h>

/* What a claim is told that gets a new directory, although there is an older one of its name. */
#define EARLIER ".mooring/claims/cluster-1/shop/earlier-"
#define PLAIN "plain"
#define WEB "data-web-0"
#define RECIPE(directory, claim, flag)                                                             \
    ". To have it instead: delete the claim, then mooring adopt " directory                        \
    " --to shop/" claim flag ", then make the claim again"
/* The set makes the claim again as soon as it is deleted, unless it has no Pod of that ordinal. */
#define RECIPE_OF_SET(directory, claim, replicas, flag)                                            \
    ". To have it instead: scale StatefulSet web down first (kubectl scale statefulset -n shop "   \
    "web --replicas=" replicas "), delete the claim, then mooring adopt " directory                \
    " --to shop/" claim flag ", then scale it up again"
#define OF(where, flag)                                                                            \
    "on server.example:/export. The directory shop-data-web-0-pvc-uid-1, which a claim of this "   \
    "name had in " where ", is kept" RECIPE_OF_SET("shop-data-web-0-pvc-uid-1", WEB, "0", flag)

/* The claim has got a directory, as pvc-uid-1. */
static void begin(struct shop *shop, const char *class_changes, const char *claim)
{
    log_set_level(LOG_ERROR);
    leader_open_bound(shop, class_changes, claim);
}

static void finish(struct shop *shop)
{
    struct error err;
    CU_ASSERT_EQUAL(leader_finish(shop, &err), 0);
}

/* One event is about that volume, and one says this. */
static void expect_event(struct shop *shop, const char *volume, const char *words,
                         const char *label)
{
    autofree char *beginning = memory_format("volume %s is directory shop-", volume);
    ASSERT_CASE(shop_count_events(shop, "ProvisioningSucceeded", beginning) == 1, label);
    ASSERT_CASE(shop_count_events(shop, "ProvisioningSucceeded", words) == 1, label);
}

static void it_is_named_with_the_command_that_gives_it_back(void)
{
    static const struct {
        const char *class_changes, *claim, *claim_changes, *recipe, *reason;
    } cases[] = {
        {"{}", PLAIN, "{}", RECIPE("shop-plain-pvc-uid-1", PLAIN, ""),
         "its class nfs gives back to claims of StatefulSets only (rebind: stateful)"},
        {"{'parameters': {'rebind': 'none'}}", WEB, "{}",
         RECIPE_OF_SET("shop-data-web-0-pvc-uid-1", WEB, "0", ""),
         "its class nfs gives nothing back (rebind: none)"},
        {"{'parameters': {'rebind': 'none'}}", "data-web-1", "{}",
         RECIPE_OF_SET("shop-data-web-1-pvc-uid-1", "data-web-1", "1", ""),
         "its class nfs gives nothing back (rebind: none)"},
        {"{'parameters': {'rebind': 'none'}}", "data-web-2", "{}",
         RECIPE("shop-data-web-2-pvc-uid-1", "data-web-2", ""),
         "its class nfs gives nothing back (rebind: none)"},
        {"{}", WEB,
         "{'metadata': {'ownerReferences': [{'apiVersion': 'apps/v1', 'kind': 'StatefulSet', "
         "'uid': 'set-2'}]}}",
         RECIPE_OF_SET("shop-data-web-0-pvc-uid-1", WEB, "0", ""),
         "its StatefulSet asks for fresh data by its persistentVolumeClaimRetentionPolicy"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct shop shop;
        const char *claim = cases[i].claim;
        begin(&shop, cases[i].class_changes, claim);
        shop_replace_claim(&shop, claim, cases[i].claim_changes);
        finish(&shop);
        autofree char *words = memory_format(
            "on server.example:/export. The directory shop-%s-pvc-uid-1, which a claim of this "
            "name had, is kept%s. It was not given back, because %s",
            claim, cases[i].recipe, cases[i].reason);
        expect_event(&shop, "pvc-uid-2", words, cases[i].reason);
        shop_close(&shop);
    }
}

/* The newest, which the claim had last, and how many others. */
static void of_several_the_newest_is_named(void)
{
    struct shop shop;
    begin(&shop, "{}", PLAIN);
    shop_replace_claim(&shop, PLAIN, "{}");
    finish(&shop);
    shop_replace_claim(&shop, PLAIN, "{}");
    finish(&shop);
    expect_event(&shop, "pvc-uid-3",
                 "The directory shop-plain-pvc-uid-2, which a claim of this name had, is kept, and "
                 "1 more. To have it",
                 "several");
    shop_close(&shop);
}

static void the_volume_may_be_all_that_tells_of_it(void)
{
    struct shop shop;
    begin(&shop, "{}", PLAIN);
    memory_share_remove(".mooring/claims/cluster-1/shop/namespace-1/plain/pvc-uid-1.uid-1.in-use");
    shop_replace_claim(&shop, PLAIN, "{}");
    finish(&shop);
    expect_event(&shop, "pvc-uid-2", "The directory shop-plain-pvc-uid-1, which a claim", "volume");
    shop_close(&shop);
}

static void a_claim_that_had_nothing_is_told_of_nothing(void)
{
    struct shop shop;
    begin(&shop, "{}", PLAIN);
    shop_put_claim(&shop, "other", "{}");
    finish(&shop);
    CU_ASSERT_EQUAL(shop_count_events(&shop, "ProvisioningSucceeded", ""), 2);
    CU_ASSERT_EQUAL(shop_count_events(&shop, "ProvisioningSucceeded", "kept"), 0);
    shop_close(&shop);
}

/* Only its record or volume is left. */
static void one_that_is_not_there_is_not_told_of(void)
{
    for (int is_own = 0; is_own < 2; is_own++) {
        for (int is_file = 0; is_file < 2; is_file++) {
            struct shop shop;
            begin(&shop, "{'parameters': {'rebind': 'none'}}", WEB);
            memory_share_remove("shop-data-web-0-pvc-uid-1");
            if (is_file)
                memory_share_put_file("shop-data-web-0-pvc-uid-1", "x");
            shop_delete_claim(&shop, WEB);
            if (!is_own) {
                shop_replace_namespace(&shop);
                shop_delete_volume(&shop, "pvc-uid-1");
            }
            shop_put_claim(&shop, WEB, "{}");
            finish(&shop);
            CU_ASSERT_EQUAL(shop_count_events(&shop, "ProvisioningSucceeded", "/export"), 2);
            CU_ASSERT_EQUAL(shop_count_events(&shop, "ProvisioningSucceeded", "kept"), 0);
            shop_close(&shop);
        }
    }
}

/* Without --class the directory would be reserved for the class that it was of. */
static void that_of_another_class_is_handed_over_as_the_event_says(void)
{
    static const char of_fast[] = "{'spec': {'storageClassName': 'fast'}}";
    const struct adoption printed = {
        .directory = "shop-plain-pvc-uid-1", .claim = PLAIN, .class_name = "fast"};
    struct shop shop;
    struct error err = {0};
    begin(&shop, "{}", PLAIN);
    shop_put_class(&shop, "{'metadata': {'name': 'fast'}}");
    shop_replace_claim(&shop, PLAIN, of_fast);
    finish(&shop);
    expect_event(&shop, "pvc-uid-2",
                 "mooring adopt shop-plain-pvc-uid-1 --to shop/plain --class fast, then make the "
                 "claim again. It was not given back, because it is of class nfs",
                 "class");
    shop_delete_claim(&shop, PLAIN);
    ASSERT_CASE(adoption_run(&shop, &printed, &err) == 0, err.message);
    shop_put_claim(&shop, PLAIN, of_fast);
    finish(&shop);
    json_auto_t *claim = shop_claim(&shop, PLAIN);
    CU_ASSERT_STRING_EQUAL(shop_text(claim, "spec.volumeName"), "pvc-uid-1");
    shop_close(&shop);
}

/* --- earlier namespaces and other clusters --- */

static void that_of_an_earlier_namespace_is_named(void)
{
    for (int is_volume_gone = 0; is_volume_gone < 2; is_volume_gone++) {
        struct shop shop;
        begin(&shop, "{}", WEB);
        shop_replace_namespace(&shop);
        if (is_volume_gone)
            shop_delete_volume(&shop, "pvc-uid-1");
        shop_put_claim(&shop, WEB, "{}");
        finish(&shop);
        expect_event(&shop, "pvc-uid-2", OF("an earlier namespace", ""),
                     is_volume_gone ? "record" : "volume");
        shop_close(&shop);
    }
}

/* A pattern may have made it of what the tenant before wrote at the claim. */
static void a_stranger_is_not_told_what_a_pattern_made(void)
{
    for (int is_volume_gone = 0; is_volume_gone < 2; is_volume_gone++) {
        static const char class[] = "{'parameters': {'pathPattern': '${.PVC.annotations.d}'}}";
        struct shop shop;
        struct error err;
        log_set_level(LOG_ERROR);
        shop_open(&shop, class);
        shop_put_claim(&shop, WEB, "{'metadata': {'annotations': {'d': 'of-the-first'}}}");
        CU_ASSERT_EQUAL_FATAL(leader_finish(&shop, &err), 0);
        shop_replace_namespace(&shop);
        if (is_volume_gone)
            shop_delete_volume(&shop, "pvc-uid-1");
        shop_put_claim(&shop, WEB, "{'metadata': {'annotations': {'d': 'another'}}}");
        finish(&shop);
        CU_ASSERT_EQUAL(shop_count_events(&shop, "ProvisioningSucceeded",
                                          "is directory another on server.example:/export. An "
                                          "older directory of this name is kept: an administrator "
                                          "finds it in mooring's log"),
                        1);
        CU_ASSERT_EQUAL(shop_count_events(&shop, "ProvisioningSucceeded", "of-the-first"), 1);
        shop_close(&shop);
    }
}

static void that_of_another_cluster_is_named_without_its_uid(void)
{
    struct shop shop;
    begin(&shop, "{}", WEB);
    shop_rebuild(&shop, "{}");
    shop_export_silence("cluster-1");
    shop_put_claim(&shop, WEB, "{}");
    finish(&shop);
    expect_event(&shop, "pvc-uid-2", OF("another cluster", " --from-other-cluster"), "cluster");
    CU_ASSERT_EQUAL(shop_count_events(&shop, "ProvisioningSucceeded", "cluster-1"), 0);
    shop_close(&shop);
}

/* Whatever their folders are named. */
static void of_several_namespaces_that_of_the_last_is_named(void)
{
    static const char words[] =
        "The directory shop-data-web-0-pvc-uid-2, which a claim of this name had in another "
        "cluster, is kept, and 1 more. To have it";
    struct shop shop;
    begin(&shop, "{}", WEB);
    shop_replace_namespace(&shop);
    shop_put_claim(&shop, WEB, "{}");
    finish(&shop);
    shop_rebuild(&shop, "{}");
    shop_export_silence("cluster-1");
    shop_put_claim(&shop, WEB, "{}");
    finish(&shop);
    expect_event(&shop, "pvc-uid-3", words, "namespaces");
    shop_close(&shop);
}

/* Each costs a claim a request: with that of "pvc-uid-1" there are sixteen. */
static void of_many_earlier_namespaces_the_last_ones_are_read(void)
{
    struct shop shop;
    struct error err;
    begin(&shop, "{}", WEB);
    for (int i = 0; i < 20; i++) {
        autofree char *folder = memory_format(EARLIER "%02d", i);
        memory_share_put_directory(folder, 0700);
        memory_share_set_changed(folder, i);
    }
    shop_replace_namespace(&shop);
    shop_delete_volume(&shop, "pvc-uid-1");
    shop_put_claim(&shop, WEB, "{}");
    CU_ASSERT_EQUAL(leader_sync_claim_once(&shop, WEB, &err), 0);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "LOOKUP " EARLIER), 15);
    expect_event(&shop, "pvc-uid-2", OF("an earlier namespace", ""), "many");
    shop_close(&shop);
}

/* It has what it has for itself. */
static void of_a_living_cluster_nothing_is_told(void)
{
    struct shop shop;
    begin(&shop, "{}", WEB);
    shop_rebuild(&shop, "{}");
    memory_share_put_file(".mooring/clusters/cluster-1", "0 x\n");
    shop_put_claim(&shop, WEB, "{}");
    finish(&shop);
    CU_ASSERT_EQUAL(shop_count_events(&shop, "ProvisioningSucceeded", "kept"), 0);
    shop_close(&shop);
}

/* The log is the administrator's. */
static void the_log_names_it_with_its_record_and_the_command(void)
{
    static const char *const expected[] = {
        "older directory kept", "shop-data-web-0-pvc-uid-1",
        ".mooring/claims/cluster-1/shop/namespace-1/data-web-0/pvc-uid-1.uid-1.in-use",
        "it is of another cluster, with UID cluster-1",
        "mooring adopt shop-data-web-0-pvc-uid-1 --to shop/data-web-0 --from-other-cluster"};
    static const char path[] = "older_directory.log";
    struct shop shop;
    struct error log;
    struct printed printed;
    begin(&shop, "{}", WEB);
    shop_rebuild(&shop, "{}");
    shop_export_silence("cluster-1");
    shop_put_claim(&shop, WEB, "{}");
    log_set_level(LOG_INFO);
    printed_begin(&printed, path);
    struct error err;
    int result = leader_sync_claim_once(&shop, WEB, &err);
    printed_end(&printed);
    log_set_level(LOG_ERROR);
    CU_ASSERT_EQUAL(result, 0);
    CU_ASSERT_EQUAL(printed_read(path, &log), -1);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        ASSERT_CASE(strstr(log.message, expected[i]), log.message);
    unlink(path);
    shop_close(&shop);
}

/* --- what it costs --- */

static void sync_new(struct leader *leader, const char *claim, int listings)
{
    struct error err;
    shop_put_claim(leader->shop, claim, "{}");
    leader_read(leader);
    request_log_clear(memory_share_log());
    CU_ASSERT_EQUAL(leader_sync_claim(leader, claim, &err), 0);
    ASSERT_CASE(request_log_count(memory_share_log(), "READDIRPLUS .mooring/claims") == listings,
                claim);
}

/* The claims, and the namespaces of one cluster. */
static void which_namespaces_there_are_is_read_once_a_minute(void)
{
    struct shop shop;
    struct leader leader;
    begin(&shop, "{}", PLAIN);
    leader_start(&leader, &shop);
    sync_new(&leader, "one", 2);
    sync_new(&leader, "two", 0);
    leader_stop(&leader);
    shop_close(&shop);
}

/* It has its data, so that this is no failure. */
static void what_cannot_be_read_is_not_told(void)
{
    struct shop shop;
    begin(&shop, "{}", WEB);
    shop_replace_namespace(&shop);
    shop_delete_volume(&shop, "pvc-uid-1");
    shop_put_claim(&shop, WEB, "{}");
    disturb(memory_share_log(), .request = "READDIRPLUS .mooring/claims/cluster-1/shop", .times = 1,
            .answer = ERROR_FORBIDDEN);
    struct error err;
    CU_ASSERT_EQUAL(leader_sync_claim_once(&shop, WEB, &err), 0);
    CU_ASSERT_EQUAL(shop_count_events(&shop, "ProvisioningSucceeded", "/export"), 2);
    CU_ASSERT_EQUAL(shop_count_events(&shop, "ProvisioningSucceeded", "kept"), 0);
    shop_close(&shop);
}

/* An export that does not answer well is not asked by each claim. */
static void a_failure_is_remembered_for_the_minute(void)
{
    static const char listing[] = "READDIRPLUS .mooring/claims/cluster-1/shop";
    struct shop shop;
    struct leader leader;
    begin(&shop, "{}", PLAIN);
    leader_start(&leader, &shop);
    for (int i = 0; i < 2; i++) {
        struct error err;
        autofree char *claim = memory_format("claim-%d", i);
        shop_put_claim(&shop, claim, "{}");
        leader_read(&leader);
        request_log_clear(memory_share_log());
        disturb(memory_share_log(), .request = listing, .answer = ERROR_FORBIDDEN);
        CU_ASSERT_EQUAL(leader_sync_claim(&leader, claim, &err), 0);
        ASSERT_CASE(request_log_count(memory_share_log(), listing) == (i == 0), claim);
    }
    leader_stop(&leader);
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(it_is_named_with_the_command_that_gives_it_back),
        TEST(of_several_the_newest_is_named),
        TEST(the_volume_may_be_all_that_tells_of_it),
        TEST(a_claim_that_had_nothing_is_told_of_nothing),
        TEST(one_that_is_not_there_is_not_told_of),
        TEST(that_of_another_class_is_handed_over_as_the_event_says),
        TEST(that_of_an_earlier_namespace_is_named),
        TEST(a_stranger_is_not_told_what_a_pattern_made),
        TEST(that_of_another_cluster_is_named_without_its_uid),
        TEST(of_several_namespaces_that_of_the_last_is_named),
        TEST(of_many_earlier_namespaces_the_last_ones_are_read),
        TEST(of_a_living_cluster_nothing_is_told),
        TEST(the_log_names_it_with_its_record_and_the_command),
        TEST(which_namespaces_there_are_is_read_once_a_minute),
        TEST(what_cannot_be_read_is_not_told),
        TEST(a_failure_is_remembered_for_the_minute),
        {0},
    };
    return suite_run("older directory", tests, argc, argv);
}
