/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/log.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/claim_fixtures.h"
#include "tests/provisioner/memory_share.h"

/* A directory that a pathPattern names, which may be there already, and belong to any claim. */

#define PATTERN "'pathPattern': '${.PVC.namespace}/${.PVC.name}'"
#define OF_CLASS "{'parameters': {" PATTERN "}}"
#define ADOPTS "{'parameters': {" PATTERN ", 'adopt': 'always'}}"
#define GIVES_NOTHING_BACK "{'parameters': {" PATTERN ", 'rebind': 'none'}}"

#define OF_DIR "{'parameters': {'pathPattern': '${.PVC.annotations.dir}'}}"
#define WANTS_A "{'metadata': {'annotations': {'dir': 'a'}}}"
#define DIRECTORY "shop/plain"
#define LEAF ".mooring/directories/" DIRECTORY

static struct error last_err;

static int sync_claim_once(struct shop *shop, const char *name)
{
    last_err = (struct error){0};
    return leader_sync_claim_once(shop, name, &last_err);
}

/* The claim "plain", of no StatefulSet, has its directory with a file in it, and comes back. */
static void begin_returned(struct shop *shop, const char *class_changes)
{
    log_set_level(LOG_ERROR);
    shop_open(shop, class_changes);
    shop_put_claim(shop, "plain", "{}");
    CU_ASSERT_EQUAL_FATAL(sync_claim_once(shop, "plain"), 0);
    memory_share_put_file(DIRECTORY "/precious", "data");
    shop_replace_claim(shop, "plain", "{}");
}

/* Whatever the class says about giving back: there is no other directory that it could get. */
static void a_claim_whose_pattern_leads_to_what_it_had_gets_it_back(void)
{
    static const char *const classes[] = {OF_CLASS, ADOPTS, GIVES_NOTHING_BACK};
    for (size_t i = 0; i < 2 * (sizeof classes / sizeof *classes); i++) {
        struct shop shop;
        const char *class = classes[i / 2];
        begin_returned(&shop, class);
        if (i % 2)
            shop_delete_volume(&shop, "pvc-uid-1");
        ASSERT_CASE(sync_claim_once(&shop, "plain") == 0, class);
        autofree char *volume = shop_volume_of(&shop, "plain");
        ASSERT_CASE(is_text(volume, "pvc-uid-1"), class);
        ASSERT_CASE(shop_count_lines(".mooring/claims/", ".in-use") == 1, class);
        ASSERT_CASE(shop_count_lines(DIRECTORY "/precious", "") == 1, class);
        shop_close(&shop);
    }
}

/* Who had the directory has it, and nothing else is recorded. */
static void expect_unchanged(const struct shop *shop, const char *before, const char *label)
{
    autofree char *owner = shop_owner(shop, "plain");
    autofree char *leaf = memory_share_text(LEAF);
    autofree char *after = shop_lines(".mooring/");
    ASSERT_CASE(is_text(leaf, owner), label);
    ASSERT_CASE(is_text(after, before), label);
}

/* An administrator chose other data for the claim, so it is not given back, and stays recorded. */
static void a_claim_whose_pattern_leads_to_what_was_superseded_is_told_how_to_have_it(void)
{
    static const char *const classes[] = {OF_CLASS, ADOPTS, GIVES_NOTHING_BACK};
    for (size_t i = 0; i < 2 * (sizeof classes / sizeof *classes); i++) {
        struct shop shop;
        const char *class = classes[i / 2];
        begin_returned(&shop, class);
        autofree char *folder = shop_folder(&shop, "plain");
        autofree char *from = memory_format("%s/pvc-uid-1.uid-1.in-use", folder);
        autofree char *to = memory_format("%s/pvc-uid-1.uid-1.superseded", folder);
        memory_share_put_elsewhere(from, to);
        if (i % 2)
            shop_delete_volume(&shop, "pvc-uid-1");
        autofree char *before = shop_lines(".mooring/");
        for (int tries = 0; tries < 2; tries++) {
            ASSERT_CASE(sync_claim_once(&shop, "plain") == -1, class);
            ASSERT_CASE(strstr(last_err.message, "which this claim had as volume pvc-uid-1") !=
                            NULL,
                        last_err.message);
            ASSERT_CASE(strstr(last_err.message, "mooring adopt " DIRECTORY " --to shop/plain") !=
                            NULL,
                        last_err.message);
            expect_unchanged(&shop, before, class);
        }
        shop_close(&shop);
    }
}

/* There was data before mooring came. */
static void a_directory_without_a_record_is_refused_or_adopted(void)
{
    for (int adopts = 0; adopts < 2; adopts++) {
        struct shop shop;
        log_set_level(LOG_ERROR);
        shop_open(&shop, adopts ? ADOPTS : OF_CLASS);
        memory_share_put_file(DIRECTORY "/precious", "data");
        shop_put_claim(&shop, "plain", "{}");
        CU_ASSERT_EQUAL(sync_claim_once(&shop, "plain"), adopts ? 0 : -1);
        CU_ASSERT(adopts ||
                  strstr(last_err.message, "belongs to something else, or was there before"));
        CU_ASSERT(adopts ||
                  strstr(last_err.message, "mooring adopt " DIRECTORY " --to shop/plain"));
        CU_ASSERT_EQUAL(shop_count_lines(LEAF " ->", ""), adopts);
        CU_ASSERT_EQUAL(shop_count_lines(".mooring/claims/", ".in-use"), adopts);
        CU_ASSERT_EQUAL(shop_count_lines(".mooring/claims/", ".making"), 0);
        CU_ASSERT_EQUAL(shop_count_lines(DIRECTORY "/precious", ""), 1);
        shop_close(&shop);
    }
}

/* What was refused can be had as soon as the administrator has moved it away. */
static void what_was_refused_is_made_when_the_name_is_free(void)
{
    struct shop shop;
    log_set_level(LOG_ERROR);
    shop_open(&shop, OF_CLASS);
    memory_share_put_file(DIRECTORY "/precious", "data");
    shop_put_claim(&shop, "plain", "{}");
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "plain"), -1);
    memory_share_put_elsewhere(DIRECTORY, "kept");
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "plain"), 0);
    CU_ASSERT_EQUAL(shop_count_lines(".mooring/claims/", ".in-use"), 1);
    CU_ASSERT_EQUAL(shop_count_lines("kept/precious", ""), 1);
    shop_close(&shop);
}

static void two_claims_never_have_one_directory_nor_one_in_another_s(void)
{
    static const char *const patterns[] = {"same", "same/${.PVC.name}"};
    for (size_t i = 0; i < 2; i++) {
        struct shop shop;
        log_set_level(LOG_ERROR);
        shop_open(&shop, "{'parameters': {'pathPattern': 'same'}}");
        shop_put_claim(&shop, "one", "{}");
        CU_ASSERT_EQUAL(sync_claim_once(&shop, "one"), 0);
        autofree char *before = shop_lines(".mooring/directories/");
        autofree char *changes =
            memory_format("{'parameters': {'pathPattern': '%s'}}", patterns[i]);
        shop_put_class(&shop, changes);
        shop_put_claim(&shop, "two", "{}");
        CU_ASSERT_EQUAL(sync_claim_once(&shop, "two"), -1);
        CU_ASSERT_PTR_NOT_NULL(strstr(last_err.message, "which this claim does not get"));
        autofree char *after = shop_lines(".mooring/directories/");
        CU_ASSERT_STRING_EQUAL(after, before);
        shop_close(&shop);
    }
}

/* A tenant chooses the value: it leads to no directory of another claim, one in it or around it. */
static void a_value_with_slashes_leads_to_no_other_claim_s_directory(void)
{
    static const struct {
        const char *first, *second;
        bool is_served;
    } cases[] = {
        {"team", "team/a", false},  {"team/a", "team", false},    {"team/a", "/team//a/", false},
        {"team/a", "team/b", true}, {"team", "team/../b", false}, {"team", "team-b", true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct shop shop;
        log_set_level(LOG_ERROR);
        shop_open(&shop, OF_DIR);
        autofree char *first =
            memory_format("{'metadata': {'annotations': {'dir': '%s'}}}", cases[i].first);
        autofree char *second =
            memory_format("{'metadata': {'annotations': {'dir': '%s'}}}", cases[i].second);
        shop_put_claim(&shop, "one", first);
        ASSERT_CASE(sync_claim_once(&shop, "one") == 0, cases[i].first);
        shop_put_claim(&shop, "two", second);
        ASSERT_CASE(sync_claim_once(&shop, "two") == (cases[i].is_served ? 0 : -1),
                    cases[i].second);
        shop_close(&shop);
    }
}

static void expect_directory(const struct shop *shop, const char *directory, const char *label)
{
    json_auto_t *claim = shop_claim(shop, "plain");
    json_auto_t *volume = shop_volume(shop, shop_text(claim, "spec.volumeName"));
    autofree char *path = memory_format("/export/%s", directory);
    ASSERT_CASE(is_text(shop_text(volume, "spec.nfs.path"), path), label);
}

/* Also when it comes back: it is a plain claim, and gets a new one. */
static void where_a_pattern_gives_nothing_the_directory_has_the_standard_name(void)
{
    static const struct {
        const char *pattern, *directory;
    } cases[] = {
        {"${.PVC.annotations.dir}", "shop-plain-pvc-uid-"},
        {"/", "shop-plain-pvc-uid-"},
        {"${.PV.name}", "pvc-uid-"},
        {"${.PVC.annotations.dir}/${.PVC.name}/${.PV.name}", "plain/pvc-uid-"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct shop shop;
        log_set_level(LOG_ERROR);
        autofree char *class =
            memory_format("{'parameters': {'pathPattern': '%s'}}", cases[i].pattern);
        shop_open(&shop, class);
        for (int uid = 1; uid <= 2; uid++) {
            shop_put_claim(&shop, "plain", "{}");
            ASSERT_CASE(sync_claim_once(&shop, "plain") == 0, last_err.message);
            autofree char *directory = memory_format("%s%d", cases[i].directory, uid);
            expect_directory(&shop, directory, cases[i].pattern);
            shop_delete_claim(&shop, "plain");
        }
        shop_close(&shop);
    }
}

/* By the identity of the export, although it names the server otherwise and has no record. */
static void what_a_volume_of_another_address_has_is_refused(void)
{
    struct shop shop;
    log_set_level(LOG_ERROR);
    shop_open(&shop, ADOPTS);
    shop_put_claim(&shop, "first", "{}");
    CU_ASSERT_EQUAL_FATAL(sync_claim_once(&shop, "first"), 0);
    autofree char *identity = memory_share_text(".mooring/export");
    identity[strcspn(identity, " ")] = '\0';
    autofree char *changes = memory_format(
        "{'metadata': {'name': 'by-hand', 'annotations': {'mooring/export': '%s',"
        "  'mooring/directory': '" DIRECTORY "',"
        "  'pv.kubernetes.io/provisioned-by': null}},"
        " 'spec': {'claimRef': null, 'nfs': {'server': '10.0.0.9', 'path': '/export/" DIRECTORY
        "'}}}",
        identity);
    json_auto_t *volume = volume_object(changes);
    memory_cluster_put(shop.cluster, &resource_volumes, volume);
    memory_share_put_file(DIRECTORY "/precious", "data");
    shop_put_claim(&shop, "plain", "{}");
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "plain"), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(last_err.message, "which this claim does not get"));
    shop_close(&shop);
}

/* One that was taken over from another provisioner, whose class is gone: it never gets a record. */
static void a_directory_around_one_of_ours_is_not_adopted(void)
{
    struct shop shop;
    log_set_level(LOG_ERROR + 1);
    shop_open(&shop, ADOPTS);
    json_auto_t *volume = volume_object(
        "{'metadata': {'name': 'taken-over'}, 'spec': {'storageClassName': 'gone', 'claimRef': "
        " {'name': 'other', 'uid': 'uid-9'},"
        " 'nfs': {'server': 'server.example', 'path': '/export/" DIRECTORY "/inner'}}}");
    memory_cluster_put(shop.cluster, &resource_volumes, volume);
    memory_share_put_file(DIRECTORY "/inner/precious", "data");
    shop_put_claim(&shop, "plain", "{}");
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "plain"), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(last_err.message, "which this claim does not get"));
    CU_ASSERT_EQUAL(shop_count_lines(LEAF, ""), 0);
    CU_ASSERT_EQUAL(shop_count_lines(".mooring/claims/", ".making"), 0);
    shop_close(&shop);
}

/* The making of "a" was interrupted, and the claim comes back and asks for "b". */
static void a_claim_that_leads_elsewhere_now_gets_what_it_asks_for(void)
{
    static const char *const steps[] = {"MKDIR a", "RENAME .mooring/claims/cluster-1/shop/"
                                                   "namespace-1/plain/pvc-uid-1.uid-1.making"};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct shop shop;
        log_set_level(LOG_ERROR);
        shop_open(&shop, "{'parameters': {'pathPattern': '${.PVC.annotations.dir}'}}");
        shop_put_claim(&shop, "plain", "{'metadata': {'annotations': {'dir': 'a'}}}");
        disturb(memory_share_log(), .request = steps[i], .times = -1, .answer = ERROR_UNAVAILABLE);
        ASSERT_CASE(sync_claim_once(&shop, "plain") < 0, steps[i]);
        request_log_clear(memory_share_log());
        shop_replace_claim(&shop, "plain", "{'metadata': {'annotations': {'dir': 'b'}}}");
        ASSERT_CASE(sync_claim_once(&shop, "plain") == 0, steps[i]);
        expect_directory(&shop, "b", steps[i]);
        ASSERT_CASE(shop_count_lines(".mooring/directories/a ", "") == 0, steps[i]);
        ASSERT_CASE(shop_count_lines(".mooring/claims/", ".making") == 0, steps[i]);
        shop_replace_claim(&shop, "plain", "{'metadata': {'annotations': {'dir': 'a'}}}");
        /* What was made before the interruption is there, without a record. */
        bool was_made = i == 1;
        ASSERT_CASE(sync_claim_once(&shop, "plain") == (was_made ? -1 : 0), steps[i]);
        if (!was_made)
            expect_directory(&shop, "a", steps[i]);
        shop_close(&shop);
    }
}

/* The pattern is unique, so that advice to make it so would lead to an empty directory. */
static void what_an_earlier_namespace_had_is_refused_with_the_way_to_have_it(void)
{
    for (int has_volume = 0; has_volume < 2; has_volume++) {
        struct shop shop;
        begin_returned(&shop, OF_CLASS);
        shop_replace_namespace(&shop);
        if (!has_volume)
            shop_delete_volume(&shop, "pvc-uid-1");
        shop_put_claim(&shop, "plain", "{}");
        CU_ASSERT_EQUAL(sync_claim_once(&shop, "plain"), -1);
        CU_ASSERT_PTR_NOT_NULL(strstr(last_err.message, "which this claim does not get"));
        CU_ASSERT_PTR_NOT_NULL(
            strstr(last_err.message, "mooring adopt " DIRECTORY " --to shop/plain"));
        CU_ASSERT_EQUAL(shop_count_lines(DIRECTORY "/precious", ""), 1);
        shop_close(&shop);
    }
}

/* The administrator is to paste the command, and the claim's author chose the directory. */
static void the_command_holds_a_hostile_directory_in_quotes(void)
{
    struct shop shop;
    log_set_level(LOG_ERROR);
    shop_open(&shop, OF_DIR);
    memory_share_put_file("a b$(reboot);x/precious", "data");
    shop_put_claim(&shop, "plain", "{'metadata': {'annotations': {'dir': 'a b$(reboot);x'}}}");
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "plain"), -1);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(last_err.message, ": mooring adopt 'a b$(reboot);x' --to shop/plain"));
    shop_close(&shop);
}

#define DISCARDS                                                                                   \
    "{'spec': {'persistentVolumeClaimRetentionPolicy':"                                            \
    " {'whenDeleted': 'Delete', 'whenScaled': 'Delete'}}}"

/* The volume object is in the way as long as the directory and its record are. */
static void fresh_data_where_the_pattern_leads_to_the_old_says_what_is_in_the_way(void)
{
    for (int has_volume = 0; has_volume < 2; has_volume++) {
        struct shop shop;
        log_set_level(LOG_ERROR + 1);
        shop_open(&shop, OF_CLASS);
        shop_put_claim(&shop, "data-web-0", "{}");
        CU_ASSERT_EQUAL_FATAL(sync_claim_once(&shop, "data-web-0"), 0);
        shop_put_set(&shop, DISCARDS);
        shop_replace_claim(&shop, "data-web-0", "{}");
        if (!has_volume)
            shop_delete_volume(&shop, "pvc-uid-1");
        CU_ASSERT_EQUAL(sync_claim_once(&shop, "data-web-0"), -1);
        CU_ASSERT_PTR_NOT_NULL(strstr(last_err.message, "asks for fresh data"));
        CU_ASSERT_EQUAL(strstr(last_err.message, ": delete volume pvc-uid-1, and move") != NULL,
                        has_volume);
        /* What it says. */
        if (has_volume)
            shop_delete_volume(&shop, "pvc-uid-1");
        memory_share_put_elsewhere("shop/data-web-0", "kept");
        memory_share_put_elsewhere(
            ".mooring/claims/cluster-1/shop/namespace-1/data-web-0/pvc-uid-1.uid-1.in-use",
            "kept/record");
        CU_ASSERT_EQUAL(sync_claim_once(&shop, "data-web-0"), 0);
        CU_ASSERT_EQUAL(shop_count_lines("shop/data-web-0/", ""), 1);
        shop_close(&shop);
    }
}

/* Its class led it elsewhere before, so that there is nothing to move away. */
static void fresh_data_is_not_refused_for_what_the_pattern_leads_away_from(void)
{
    struct shop shop;
    log_set_level(LOG_ERROR);
    shop_open(&shop, "{}");
    shop_put_claim(&shop, "data-web-0", "{}");
    CU_ASSERT_EQUAL_FATAL(sync_claim_once(&shop, "data-web-0"), 0);
    shop_put_class(&shop, OF_CLASS);
    shop_put_set(&shop, DISCARDS);
    shop_replace_claim(&shop, "data-web-0", "{}");
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "data-web-0"), 0);
    CU_ASSERT_EQUAL(shop_count_lines("shop/data-web-0/", ""), 1);
    CU_ASSERT_EQUAL(shop_count_lines(".mooring/claims/", ".superseded"), 1);
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_claim_whose_pattern_leads_to_what_it_had_gets_it_back),
        TEST(a_claim_whose_pattern_leads_to_what_was_superseded_is_told_how_to_have_it),
        TEST(a_directory_without_a_record_is_refused_or_adopted),
        TEST(what_was_refused_is_made_when_the_name_is_free),
        TEST(a_value_with_slashes_leads_to_no_other_claim_s_directory),
        TEST(where_a_pattern_gives_nothing_the_directory_has_the_standard_name),
        TEST(what_a_volume_of_another_address_has_is_refused),
        TEST(a_directory_around_one_of_ours_is_not_adopted),
        TEST(a_claim_that_leads_elsewhere_now_gets_what_it_asks_for),
        TEST(fresh_data_where_the_pattern_leads_to_the_old_says_what_is_in_the_way),
        TEST(fresh_data_is_not_refused_for_what_the_pattern_leads_away_from),
        TEST(what_an_earlier_namespace_had_is_refused_with_the_way_to_have_it),
        TEST(the_command_holds_a_hostile_directory_in_quotes),
        TEST(two_claims_never_have_one_directory_nor_one_in_another_s),
        {0},
    };
    return suite_run("pattern", tests, argc, argv);
}
