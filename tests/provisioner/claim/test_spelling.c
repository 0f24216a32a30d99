/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/log.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/memory_share.h"

/* Directories of a pathPattern on a file system that finds a name under other spellings, too. */

static struct error last_err;

static int sync_claim_once(struct shop *shop, const char *name)
{
    last_err = (struct error){0};
    return leader_sync_claim_once(shop, name, &last_err);
}

#define OF_TEAM "{'parameters': {'pathPattern': 'teams/${.PVC.annotations.dir}', 'adopt': '%s'}}"

/* The claim "first" has teams/Team, on a file system that folds the case of names in `folding`. */
static void begin_folding(struct shop *shop, const char *folding, bool adopts)
{
    autofree char *class = memory_format(OF_TEAM, adopts ? "always" : "never");
    log_set_level(LOG_ERROR + 1);
    shop_open(shop, class);
    if (*folding)
        memory_share_put_directory(folding, 0755);
    memory_share_fold_case(folding);
    shop_put_claim(shop, "first", "{'metadata': {'annotations': {'dir': 'Team'}}}");
    CU_ASSERT_EQUAL_FATAL(sync_claim_once(shop, "first"), 0);
}

/* Whether the names in .mooring are folded, too, or not; and at each try. */
static void names_that_differ_in_case_are_one_where_the_server_folds_them(void)
{
    static const char *const folders[] = {"", "teams"};
    for (size_t i = 0; i < 4; i++) {
        struct shop shop;
        const char *folding = folders[i / 2];
        begin_folding(&shop, folding, i % 2);
        memory_share_put_file("teams/Team/precious", "data");
        shop_put_claim(&shop, "second", "{'metadata': {'annotations': {'dir': 'team'}}}");
        for (int tries = 0; tries < 3; tries++) {
            CU_ASSERT_EQUAL(sync_claim_once(&shop, "second"), -1);
            ASSERT_CASE(strstr(last_err.message, "which this claim does not get") != NULL, folding);
        }
        CU_ASSERT_EQUAL(shop_count_lines("teams/Team/precious", ""), 1);
        CU_ASSERT_EQUAL(shop_count_lines(".mooring/claims/", ".in-use"), 1);
        shop_close(&shop);
    }
}

/* It looks like one that an interrupted try has left: it is empty, and newer than the record. */
static void an_empty_directory_of_another_spelling_is_not_replaced(void)
{
    struct shop shop;
    struct entry before, after;
    begin_folding(&shop, "teams", false);
    shop_put_claim(&shop, "second", "{'metadata': {'annotations': {'dir': 'team'}}}");
    disturb(memory_share_log(), .request = "MKDIR teams/team", .times = -1,
            .answer = ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "second"), -1);
    request_log_clear(memory_share_log());
    memory_share_set_changed("teams/Team", clock_wall_us() + 1000000);
    CU_ASSERT_TRUE_FATAL(memory_share_look("teams/Team", &before));
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "second"), -1);
    CU_ASSERT_TRUE_FATAL(memory_share_look("teams/Team", &after));
    CU_ASSERT_EQUAL(after.file_id, before.file_id);
    CU_ASSERT_EQUAL(shop_count_lines(".mooring/claims/", ".in-use"), 1);
    shop_close(&shop);
}

/* Their directories have other owners, as only the names outside of .mooring are folded. */
static void no_directory_is_made_in_one_of_another_spelling(void)
{
    static const char *const wanted[] = {"team/a", "team/a/b"};
    for (size_t i = 0; i < 4; i++) {
        struct shop shop;
        const char *directory = wanted[i / 2];
        begin_folding(&shop, "teams", i % 2);
        autofree char *changes =
            memory_format("{'metadata': {'annotations': {'dir': '%s'}}}", directory);
        shop_put_claim(&shop, "second", changes);
        for (int tries = 0; tries < 2; tries++) {
            ASSERT_CASE(sync_claim_once(&shop, "second") == -1, directory);
            ASSERT_CASE(strstr(last_err.message, "which this claim does not get") != NULL,
                        last_err.message);
        }
        CU_ASSERT_EQUAL(shop_count_lines("teams/Team/", ""), 1);
        CU_ASSERT_EQUAL(shop_count_lines(".mooring/claims/", ".in-use"), 1);
        shop_close(&shop);
    }
}

static void make_club(void *context)
{
    (void)context;
    memory_share_put_directory("teams/Club", 0755);
}

/* A directory is made on the way after it was looked for. */
static void begin_meanwhile(struct shop *shop, const char *changes, const char *request)
{
    begin_folding(shop, "teams", false);
    shop_put_claim(shop, "second", changes);
    disturb(memory_share_log(), .request = request, .hook = make_club);
}

static void nor_in_one_that_is_made_meanwhile(void)
{
    struct shop shop;
    begin_meanwhile(&shop, "{'metadata': {'annotations': {'dir': 'club/a'}}}", "MKDIR teams/club");
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "second"), -1);
    CU_ASSERT_EQUAL(shop_count_lines("teams/Club/", ""), 1);
    CU_ASSERT_EQUAL(shop_count_lines(".mooring/claims/", ".in-use"), 1);
    shop_close(&shop);
}

static void one_of_the_same_spelling_that_is_made_meanwhile_is_used(void)
{
    struct shop shop;
    begin_meanwhile(&shop, "{'metadata': {'annotations': {'dir': 'Club/a'}}}", "MKDIR teams/Club");
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "second"), 0);
    CU_ASSERT_EQUAL(shop_count_lines("teams/Club/a/", ""), 1);
    shop_close(&shop);
}

#define MARK ".mooring/directories/teams/Team ->"

/* The claim "first" comes back, and asks for the directory that it had under another spelling. */
static void begin_other_spelling(struct shop *shop, const char *folding, bool adopts)
{
    begin_folding(shop, folding, adopts);
    memory_share_put_file("teams/Team/precious", "data");
    shop_replace_claim(shop, "first", "{'metadata': {'annotations': {'dir': 'team'}}}");
}

static void a_claim_that_had_it_is_told_so_under_its_own_spelling(void)
{
    static const char *const folders[] = {"", "teams"};
    for (size_t i = 0; i < 8; i++) {
        struct shop shop;
        const char *folding = folders[i / 4];
        begin_other_spelling(&shop, folding, i % 2);
        if (i / 2 % 2)
            shop_delete_volume(&shop, "pvc-uid-1");
        for (int tries = 0; tries < 2; tries++) {
            ASSERT_CASE(sync_claim_once(&shop, "first") == -1, folding);
            ASSERT_CASE(strstr(last_err.message, "which this claim had as volume pvc-uid-1") !=
                            NULL,
                        last_err.message);
            ASSERT_CASE(strstr(last_err.message, "mooring adopt teams/Team --to shop/first") !=
                            NULL,
                        last_err.message);
        }
        ASSERT_CASE(shop_count_lines(MARK, "") == 1, folding);
        ASSERT_CASE(shop_count_lines(".mooring/claims/", ".making") == 0, folding);
        shop_close(&shop);
    }
}

/* What the file system does tell apart. */
static void a_claim_that_had_a_similar_name_is_not_told_so(void)
{
    struct shop shop;
    begin_folding(&shop, ".mooring", false);
    memory_share_put_file("teams/team/precious", "data");
    shop_replace_claim(&shop, "first", "{'metadata': {'annotations': {'dir': 'team'}}}");
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "first"), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(last_err.message, "which this claim does not get"));
    shop_close(&shop);
}

/* Neither when it was refused, nor when the making of the other spelling was cut off and given up.
 */
static void another_spelling_takes_no_directory_from_its_claim(void)
{
    for (int is_cut_off = 0; is_cut_off < 2; is_cut_off++) {
        struct shop shop;
        begin_other_spelling(&shop, "", true);
        if (is_cut_off)
            disturb(memory_share_log(), .request = "MKDIR teams/team", .times = -1,
                    .answer = ERROR_UNAVAILABLE);
        CU_ASSERT_EQUAL(sync_claim_once(&shop, "first"), -1);
        CU_ASSERT_EQUAL(shop_count_lines(".mooring/claims/", ".making"), is_cut_off);
        request_log_clear(memory_share_log());
        shop_delete_claim(&shop, "first");
        shop_put_claim(&shop, "first", "{'metadata': {'annotations': {'dir': 'other'}}}");
        CU_ASSERT_EQUAL(sync_claim_once(&shop, "first"), 0);
        CU_ASSERT_EQUAL(shop_count_lines(".mooring/claims/", ".making"), 0);
        CU_ASSERT_EQUAL(shop_count_lines(MARK, ""), 1);
        shop_delete_volume(&shop, "pvc-uid-1");
        shop_put_claim(&shop, "second", "{'metadata': {'annotations': {'dir': 'Team'}}}");
        CU_ASSERT_EQUAL(sync_claim_once(&shop, "second"), -1);
        shop_close(&shop);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(names_that_differ_in_case_are_one_where_the_server_folds_them),
        TEST(an_empty_directory_of_another_spelling_is_not_replaced),
        TEST(no_directory_is_made_in_one_of_another_spelling),
        TEST(nor_in_one_that_is_made_meanwhile),
        TEST(one_of_the_same_spelling_that_is_made_meanwhile_is_used),
        TEST(a_claim_that_had_it_is_told_so_under_its_own_spelling),
        TEST(a_claim_that_had_a_similar_name_is_not_told_so),
        TEST(another_spelling_takes_no_directory_from_its_claim),
        {0},
    };
    return suite_run("spelling", tests, argc, argv);
}
