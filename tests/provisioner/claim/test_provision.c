/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "k8s/resource.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/memory_share.h"

/*
 * The requests that a claim costs, exactly, in a provisioner that works for others too: it has read
 * the identity of the export and the namespace just now, and an earlier claim has made the parents.
 */
struct fixture {
    struct shop shop;
    struct leader leader;
    struct error err;
};

/* How many volumes there were at some moment. */
struct counted {
    struct memory_cluster *cluster;
    int volumes;
    struct pool *pool;
    const struct address *address;
    int free_connections;
};

#define CLAIM "data-web-0"
#define FOLDER ".mooring/claims/cluster-1/shop/namespace-1/" CLAIM
#define DIRECTORY "shop-" CLAIM "-pvc-uid-2"
#define LEAF ".mooring/directories/" DIRECTORY
#define RECORD FOLDER "/pvc-uid-2.uid-2"
#define NEW_CLAIM                                                                                  \
    "MKDIR " FOLDER "\n"                                                                           \
    "SYMLINK " LEAF "\n"                                                                           \
    "MKDIR " DIRECTORY "\n"                                                                        \
    "CREATE " FOLDER "/TMP\n"                                                                      \
    "WRITE " FOLDER "/TMP\n"                                                                       \
    "RENAME " FOLDER "/TMP " RECORD ".in-use\n"
#define OWNER "cluster-1/shop/namespace-1/" CLAIM

/* Another claim is bound, the cluster is read, and no request is counted yet. */
static void begin(struct fixture *fixture, const char *class_changes)
{
    log_set_level(LOG_ERROR);
    leader_open_bound(&fixture->shop, class_changes, "data-web-1");
    leader_start(&fixture->leader, &fixture->shop);
}

static void fixture_end(struct fixture *fixture)
{
    leader_stop(&fixture->leader);
    shop_close(&fixture->shop);
}

/* The claim had a volume, and has come back. */
static void begin_returned(struct fixture *fixture, const char *class_changes,
                           const char *claim_changes)
{
    begin(fixture, class_changes);
    shop_put_claim(&fixture->shop, CLAIM, "{}");
    leader_read(&fixture->leader);
    CU_ASSERT_EQUAL_FATAL(leader_sync_claim(&fixture->leader, CLAIM, &fixture->err), 0);
    shop_run_kubernetes(&fixture->shop);
    shop_replace_claim(&fixture->shop, CLAIM, claim_changes);
}

/* "PREFIX-N.tmp" becomes "TMP", as its number says nothing. Caller frees. */
static char *without_numbers(const char *requests)
{
    char *text = memory_copy("");
    const char *end;
    while ((end = strstr(requests, ".tmp"))) {
        const char *start = end;
        while (start > requests && start[-1] != '/')
            start--;
        memory_replace(&text, memory_format("%s%.*sTMP", text, (int)(start - requests), requests));
        requests = end + strlen(".tmp");
    }
    memory_replace(&text, memory_format("%s%s", text, requests));
    return text;
}

static void expect_log(struct request_log *log, const char *expected)
{
    autofree char *requests = request_log_text(log);
    autofree char *text = without_numbers(requests);
    if (strcmp(text, expected) != 0)
        printf("\n--- requests:\n%s--- expected:\n%s", text, expected);
    CU_ASSERT_STRING_EQUAL(text, expected);
}

/* Sync the claim, which must succeed with these requests, after another new claim. */
static void expect_requests(struct fixture *fixture, const char *nfs, const char *api)
{
    shop_put_claim(&fixture->shop, "data-web-9", "{}");
    leader_read(&fixture->leader);
    CU_ASSERT_EQUAL(leader_sync_claim(&fixture->leader, "data-web-9", &fixture->err), 0);
    leader_warm_up(&fixture->leader);
    request_log_clear(memory_share_log());
    request_log_clear(memory_cluster_log(fixture->shop.cluster));
    int result = leader_sync_claim(&fixture->leader, CLAIM, &fixture->err);
    CU_ASSERT_EQUAL(result, 0);
    if (result < 0)
        printf("\n%s\n", fixture->err.message);
    expect_log(memory_share_log(), nfs);
    expect_log(memory_cluster_log(fixture->shop.cluster), api);
}

#define LOOK_FOR_EARLIER_NAMESPACES                                                                \
    "LOOKUP .mooring/claims\n"                                                                     \
    "READDIRPLUS .mooring/claims\n"                                                                \
    "LOOKUP .mooring/claims/cluster-1/shop\n"                                                      \
    "READDIRPLUS .mooring/claims/cluster-1/shop\n"

static void count_volumes(void *count)
{
    struct counted *counted = count;
    counted->volumes = memory_cluster_count(counted->cluster, &resource_volumes);
}

/* It pays for those that come in the next minute, and has its volume by then. */
static void the_first_claim_of_a_namespace_looks_for_earlier_ones(void)
{
    struct fixture fixture;
    begin(&fixture, "{}");
    struct counted counted = {.cluster = fixture.shop.cluster};
    shop_put_claim(&fixture.shop, CLAIM, "{}");
    leader_read(&fixture.leader);
    leader_warm_up(&fixture.leader);
    request_log_clear(memory_share_log());
    disturb(memory_share_log(), .request = "LOOKUP .mooring/claims", .hook = count_volumes,
            .context = &counted);
    CU_ASSERT_EQUAL(leader_sync_claim(&fixture.leader, CLAIM, &fixture.err), 0);
    expect_log(memory_share_log(), NEW_CLAIM LOOK_FOR_EARLIER_NAMESPACES);
    CU_ASSERT_EQUAL(counted.volumes, 2);
    fixture_end(&fixture);
}

static void count_connections(void *count)
{
    struct counted *counted = count;
    struct error err;
    struct share *share = pool_take(counted->pool, counted->address, "another", &err);
    counted->free_connections = share ? 1 : 0;
    pool_give(counted->pool, share);
}

/* Only who still has to look keeps its connection to the export while the volume is saved. */
static void the_next_claims_leave_their_connections_to_others(void)
{
    struct fixture fixture;
    begin(&fixture, "{}");
    autodestroy(address) struct address *address =
        address_new(shop_export_server(), shop_export_path(), 3, 0, 0, &fixture.err);
    struct pool *pool = fixture.leader.context.pool;
    struct share *one_of_two = pool_take(pool, address, "another", &fixture.err);
    require(one_of_two);
    for (int is_next = 0; is_next < 2; is_next++) {
        struct counted counted = {.pool = pool, .address = address};
        autofree char *claim = memory_format("plain-%d", is_next);
        shop_put_claim(&fixture.shop, claim, "{}");
        leader_read(&fixture.leader);
        disturb(memory_cluster_log(fixture.shop.cluster), .request = "POST persistentvolumes",
                .hook = count_connections, .context = &counted);
        CU_ASSERT_EQUAL(leader_sync_claim(&fixture.leader, claim, &fixture.err), 0);
        CU_ASSERT_EQUAL(counted.free_connections, is_next);
        request_log_clear(memory_cluster_log(fixture.shop.cluster));
    }
    pool_give(pool, one_of_two);
    fixture_end(&fixture);
}

static void a_new_claim_takes_six_requests(void)
{
    struct fixture fixture;
    begin(&fixture, "{}");
    shop_put_claim(&fixture.shop, CLAIM, "{}");
    expect_requests(&fixture, NEW_CLAIM, "POST persistentvolumes\n");
    fixture_end(&fixture);
}

static void a_claim_that_comes_back_takes_five(void)
{
    struct fixture fixture;
    begin_returned(&fixture, "{}", "{}");
    expect_requests(&fixture,
                    "LOOKUP " FOLDER "\n"
                    "READDIRPLUS " FOLDER "\n"
                    "READ " RECORD ".in-use\n"
                    "LOOKUP " DIRECTORY "\n"
                    "RENAME " RECORD ".in-use " FOLDER "/pvc-uid-2.uid-3.in-use\n",
                    "GET namespaces/shop/persistentvolumeclaims/" CLAIM "\n"
                    "PATCH persistentvolumes/pvc-uid-2\n");
    fixture_end(&fixture);
}

/* Nothing but the owner of the directory says then that it was not handed to another claim. */
static void a_claim_whose_volume_object_is_lost_takes_eight(void)
{
    struct fixture fixture;
    begin_returned(&fixture, "{}", "{}");
    shop_delete_volume(&fixture.shop, "pvc-uid-2");
    expect_requests(&fixture,
                    "MKDIR " FOLDER "\n"
                    "LOOKUP " FOLDER "\n"
                    "READDIRPLUS " FOLDER "\n"
                    "READ " RECORD ".in-use\n"
                    "LOOKUP " DIRECTORY "\n"
                    "LOOKUP .mooring/directories/" DIRECTORY "\n"
                    "READLINK .mooring/directories/" DIRECTORY "\n"
                    "RENAME " RECORD ".in-use " FOLDER "/pvc-uid-2.uid-3.in-use\n",
                    "GET persistentvolumes/pvc-uid-2\n"
                    "GET namespaces/shop/persistentvolumeclaims/" CLAIM "\n"
                    "POST persistentvolumes\n");
    fixture_end(&fixture);
}

/* The second LOOKUP is there because some servers let RMDIR remove what is no directory. */
static void a_new_claim_takes_eleven_after_a_kill(void)
{
    struct fixture fixture;
    begin(&fixture, "{}");
    shop_put_claim(&fixture.shop, CLAIM, "{}");
    memory_share_put_directory(FOLDER, 0700);
    expect_requests(&fixture,
                    "MKDIR " FOLDER "\n"
                    "LOOKUP " FOLDER "\n"
                    "READDIRPLUS " FOLDER "\n"
                    "LOOKUP " FOLDER "\n"
                    "RMDIR " FOLDER "\n"
                    "MKDIR " FOLDER "\n"
                    "SYMLINK " LEAF "\n"
                    "MKDIR " DIRECTORY "\n"
                    "CREATE " FOLDER "/TMP\n"
                    "WRITE " FOLDER "/TMP\n"
                    "RENAME " FOLDER "/TMP " RECORD ".in-use\n",
                    "POST persistentvolumes\n");
    fixture_end(&fixture);
}

/* The last one is for the event, which tells of the old directory only if that is there. */
static void fresh_data_takes_ten(void)
{
    struct fixture fixture;
    begin_returned(&fixture, "{}",
                   "{'metadata': {'ownerReferences': [{'apiVersion': 'apps/v1', 'kind': "
                   "'StatefulSet', 'uid': 'set-2'}]}}");
    expect_requests(&fixture,
                    "LOOKUP " FOLDER "\n"
                    "READDIRPLUS " FOLDER "\n"
                    "READ " RECORD ".in-use\n"
                    "RENAME " RECORD ".in-use " RECORD ".superseded\n"
                    "SYMLINK .mooring/directories/shop-" CLAIM "-pvc-uid-3\n"
                    "MKDIR shop-" CLAIM "-pvc-uid-3\n"
                    "CREATE " FOLDER "/TMP\n"
                    "WRITE " FOLDER "/TMP\n"
                    "RENAME " FOLDER "/TMP " FOLDER "/pvc-uid-3.uid-3.in-use\n"
                    "LOOKUP " DIRECTORY "\n",
                    "GET namespaces/shop/persistentvolumeclaims/" CLAIM "\n"
                    "POST persistentvolumes\n");
    fixture_end(&fixture);
}

static void a_pattern_takes_seven(void)
{
    struct fixture fixture;
    begin(&fixture, "{'parameters': {'pathPattern': '${.PVC.namespace}-${.PVC.name}'}}");
    shop_put_claim(&fixture.shop, CLAIM, "{}");
    expect_requests(&fixture,
                    "MKDIR " FOLDER "\n"
                    "SYMLINK .mooring/directories/shop-" CLAIM "\n"
                    "CREATE " FOLDER "/TMP\n"
                    "WRITE " FOLDER "/TMP\n"
                    "RENAME " FOLDER "/TMP " RECORD ".making\n"
                    "MKDIR shop-" CLAIM "\n"
                    "RENAME " RECORD ".making " RECORD ".in-use\n",
                    "POST persistentvolumes\n");
    fixture_end(&fixture);
}

/* Its folder is listed: the server may know it under another spelling. */
static void a_parent_takes_three_more(void)
{
    struct fixture fixture;
    begin(&fixture, "{'parameters': {'pathPattern': 'all/${.PVC.name}'}}");
    shop_put_claim(&fixture.shop, CLAIM, "{}");
    expect_requests(&fixture,
                    "MKDIR " FOLDER "\n"
                    "SYMLINK .mooring/directories/all/" CLAIM "\n"
                    "CREATE " FOLDER "/TMP\n"
                    "WRITE " FOLDER "/TMP\n"
                    "RENAME " FOLDER "/TMP " RECORD ".making\n"
                    "GETATTR\n"
                    "READDIR\n"
                    "LOOKUP all\n"
                    "MKDIR all/" CLAIM "\n"
                    "RENAME " RECORD ".making " RECORD ".in-use\n",
                    "POST persistentvolumes\n");
    fixture_end(&fixture);
}

/* It is made, as is the folder with the owner of what is in it. */
static void a_parent_that_is_missing_takes_five_more(void)
{
    struct fixture fixture;
    begin(&fixture, "{'parameters': {'pathPattern': 'new-${.PVC.name}/data'}}");
    shop_put_claim(&fixture.shop, CLAIM, "{}");
    expect_requests(&fixture,
                    "MKDIR " FOLDER "\n"
                    "MKDIR .mooring/directories/new-" CLAIM "\n"
                    "SYMLINK .mooring/directories/new-" CLAIM "/data\n"
                    "CREATE " FOLDER "/TMP\n"
                    "WRITE " FOLDER "/TMP\n"
                    "RENAME " FOLDER "/TMP " RECORD ".making\n"
                    "GETATTR\n"
                    "READDIR\n"
                    "MKDIR new-" CLAIM "\n"
                    "LOOKUP new-" CLAIM "\n"
                    "MKDIR new-" CLAIM "/data\n"
                    "RENAME " RECORD ".making " RECORD ".in-use\n",
                    "POST persistentvolumes\n");
    fixture_end(&fixture);
}

static void a_new_claim_has_its_directory_its_record_and_its_volume(void)
{
    struct fixture fixture;
    begin(&fixture, "{}");
    shop_put_claim(&fixture.shop, CLAIM, "{}");
    leader_read(&fixture.leader);
    CU_ASSERT_EQUAL(leader_sync_claim(&fixture.leader, CLAIM, &fixture.err), 0);
    autofree char *lines = shop_lines(CLAIM);
    CU_ASSERT_STRING_EQUAL(lines,
                           FOLDER "/\n" RECORD ".in-use\n" LEAF " -> " OWNER "\n" DIRECTORY "/\n");
    autofree char *id = memory_share_text(".mooring/export");
    json_auto_t *volume = shop_volume(&fixture.shop, "pvc-uid-2");
    CU_ASSERT_STRING_EQUAL(shop_text(volume, "spec.nfs.path"), "/export/" DIRECTORY);
    CU_ASSERT_STRING_EQUAL(shop_text(volume, "metadata.annotations.mooring/directory"), DIRECTORY);
    CU_ASSERT_STRING_EQUAL(shop_text(volume, "metadata.annotations.mooring/claim"), "uid-2");
    const char *noted = shop_text(volume, "metadata.annotations.mooring/export");
    CU_ASSERT_TRUE(*noted && strncmp(id, noted, strlen(noted)) == 0);
    fixture_end(&fixture);
}

int main(int argc, char **argv)
{
    const struct test tests[] = {
        TEST(the_first_claim_of_a_namespace_looks_for_earlier_ones),
        TEST(the_next_claims_leave_their_connections_to_others),
        TEST(a_new_claim_takes_six_requests),
        TEST(a_claim_that_comes_back_takes_five),
        TEST(a_claim_whose_volume_object_is_lost_takes_eight),
        TEST(a_new_claim_takes_eleven_after_a_kill),
        TEST(fresh_data_takes_ten),
        TEST(a_pattern_takes_seven),
        TEST(a_parent_takes_three_more),
        TEST(a_parent_that_is_missing_takes_five_more),
        TEST(a_new_claim_has_its_directory_its_record_and_its_volume),
        {0},
    };
    return suite_run("provision", tests, argc, argv);
}
