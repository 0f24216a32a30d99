/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/memory_share.h"

/*
 * A path to which a pattern leads is reserved before the directory is made. What happens to the
 * reservation where that never comes about.
 */
#define OF_DIR "{'parameters': {'pathPattern': '${.PVC.annotations.dir}'}}"
#define WANTS_A "{'metadata': {'annotations': {'dir': 'a'}}}"

static struct error last_err;

static int sync_claim_once(struct shop *shop, const char *name)
{
    last_err = (struct error){0};
    return leader_sync_claim_once(shop, name, &last_err);
}

/* The server refuses at one request what a claim wants, and the claim is given up. */
static void begin_unmade(struct shop *shop, const char *request)
{
    log_set_level(LOG_ERROR + 1);
    shop_open(shop, OF_DIR);
    shop_put_claim(shop, "first", WANTS_A);
    disturb(memory_share_log(), .request = request, .times = -1, .answer = ERROR_FORBIDDEN);
    CU_ASSERT_EQUAL_FATAL(sync_claim_once(shop, "first"), -1);
    request_log_clear(memory_share_log());
    shop_put_claim(shop, "second", WANTS_A);
    ASSERT_CASE(sync_claim_once(shop, "second") == -1, request); /* the first one may still come */
}

static const char *const unmade[] = {"MKDIR a", "CREATE .mooring/claims"};

static void what_a_claim_reserved_and_never_got_is_free_when_it_is_gone(void)
{
    for (size_t i = 0; i < sizeof unmade / sizeof *unmade; i++) {
        struct shop shop;
        begin_unmade(&shop, unmade[i]);
        shop_delete_claim(&shop, "first");
        ASSERT_CASE(sync_claim_once(&shop, "second") == 0, last_err.message);
        ASSERT_CASE(shop_count_lines("a/", "") == 1, unmade[i]);
        ASSERT_CASE(shop_count_lines(".mooring/claims/", ".making") == 0, unmade[i]);
        autofree char *owner = shop_owner(&shop, "second");
        autofree char *leaf = memory_share_text(".mooring/directories/a");
        ASSERT_CASE(is_text(leaf, owner), unmade[i]);
        shop_close(&shop);
    }
}

static void nor_is_it_kept_for_an_earlier_namespace(void)
{
    for (size_t i = 0; i < sizeof unmade / sizeof *unmade; i++) {
        struct shop shop;
        begin_unmade(&shop, unmade[i]);
        shop_replace_namespace(&shop);
        shop_put_claim(&shop, "first", WANTS_A);
        ASSERT_CASE(sync_claim_once(&shop, "first") == 0, last_err.message);
        shop_close(&shop);
    }
}

/* Who has put it there may want it back. */
static void it_is_kept_where_the_directory_is_there(void)
{
    for (size_t i = 0; i < sizeof unmade / sizeof *unmade; i++) {
        struct shop shop;
        begin_unmade(&shop, unmade[i]);
        shop_delete_claim(&shop, "first");
        memory_share_put_file("a/precious", "data");
        autofree char *before = memory_share_text(".mooring/directories/a");
        ASSERT_CASE(sync_claim_once(&shop, "second") == -1, unmade[i]);
        autofree char *after = memory_share_text(".mooring/directories/a");
        ASSERT_CASE(is_text(after, before), unmade[i]);
        shop_close(&shop);
    }
}

/* The file system folds case, and there the owner of "A" is that of "a": the directory "A" was
 * moved away for a while. */
static void it_is_kept_where_only_the_case_of_its_name_differs(void)
{
    struct shop shop;
    log_set_level(LOG_ERROR + 1);
    shop_open(&shop, OF_DIR);
    shop_put_claim(&shop, "first", "{'metadata': {'annotations': {'dir': 'A'}}}");
    CU_ASSERT_EQUAL_FATAL(sync_claim_once(&shop, "first"), 0);
    memory_share_put_elsewhere("A", "aside");
    memory_share_put_elsewhere(".mooring/directories/A", ".mooring/directories/a");
    shop_delete_claim(&shop, "first");
    shop_put_claim(&shop, "second", WANTS_A);
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "second"), -1);
    CU_ASSERT_EQUAL(shop_count_lines("a/", ""), 0);
    shop_close(&shop);
}

/* The cluster went down while it made it. */
static void nor_for_a_cluster_that_is_gone_where_the_class_adopts(void)
{
    static const char *const classes[] = {
        OF_DIR, "{'parameters': {'pathPattern': '${.PVC.annotations.dir}', 'adopt': 'always'}}"};
    for (size_t i = 0; i < 2 * (sizeof unmade / sizeof *unmade); i++) {
        struct shop shop;
        bool adopts = i % 2;
        begin_unmade(&shop, unmade[i / 2]);
        shop_rebuild(&shop, classes[adopts]);
        shop_put_claim(&shop, "second", WANTS_A);
        CU_ASSERT_EQUAL(sync_claim_once(&shop, "second"), -1); /* it may still be alive */
        CU_ASSERT_PTR_NOT_NULL(strstr(last_err.message, "which this claim does not get"));
        shop_export_silence("cluster-1");
        ASSERT_CASE(sync_claim_once(&shop, "second") == (adopts ? 0 : -1), last_err.message);
        ASSERT_CASE(shop_count_lines("a/", "") == adopts, unmade[i / 2]);
        shop_close(&shop);
    }
}

/* It is not known then whether the claim is gone. */
static void it_is_kept_while_the_api_server_does_not_answer(void)
{
    struct shop shop;
    begin_unmade(&shop, unmade[0]);
    shop_delete_claim(&shop, "first");
    disturb(memory_cluster_log(shop.cluster),
            .request = "GET namespaces/shop/persistentvolumeclaims/first", .times = -1,
            .answer = 500);
    CU_ASSERT_EQUAL(sync_claim_once(&shop, "second"), -1);
    CU_ASSERT_EQUAL(shop_count_lines(".mooring/claims/", ".making"), 1);
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(what_a_claim_reserved_and_never_got_is_free_when_it_is_gone),
        TEST(nor_is_it_kept_for_an_earlier_namespace),
        TEST(it_is_kept_where_the_directory_is_there),
        TEST(it_is_kept_where_only_the_case_of_its_name_differs),
        TEST(nor_for_a_cluster_that_is_gone_where_the_class_adopts),
        TEST(it_is_kept_while_the_api_server_does_not_answer),
        {0},
    };
    return suite_run("unmade", tests, argc, argv);
}
