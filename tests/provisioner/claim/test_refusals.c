/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/claim/printed.h"
#include "tests/provisioner/claim_fixtures.h"
#include "tests/provisioner/memory_share.h"

#include <stdio.h>
#include <unistd.h>

/* What the event of a claim says is read by its tenant, the log by who runs mooring. */

#define OF_DIR "{'parameters': {'pathPattern': '${.PVC.annotations.dir}'}}"
#define WANTS(directory) "{'metadata': {'annotations': {'dir': '" directory "'}}}"

/* The error of the claim, which becomes its event, and what was logged meanwhile. */
struct told {
    struct error err;
    char log[4096];
};

static void read_log(const char *path, struct told *told)
{
    FILE *file = fopen(path, "re");
    require(file);
    told->log[fread(told->log, 1, sizeof told->log - 1, file)] = '\0';
    fclose(file);
    unlink(path);
}

static struct told refuse(struct shop *shop, const char *claim)
{
    char path[] = "/tmp/mooring-log-XXXXXX";
    struct printed printed;
    struct told told = {0};
    int file = mkstemp(path);
    CU_ASSERT_FATAL(file >= 0);
    close(file);
    log_set_level(LOG_WARN);
    printed_begin(&printed, path);
    int result = leader_sync_claim_once(shop, claim, &told.err);
    printed_end(&printed);
    log_set_level(LOG_ERROR + 1);
    read_log(path, &told);
    CU_ASSERT_EQUAL(result, -1);
    return told;
}

static void provision_first(struct shop *shop, const char *name, const char *changes)
{
    struct error err;
    shop_put_claim(shop, name, changes);
    CU_ASSERT_EQUAL_FATAL(leader_sync_claim_once(shop, name, &err), 0);
}

/* Why "a" is not for the claim "second". */
static void put_nothing(struct shop *shop)
{
    (void)shop;
    memory_share_put_file("a/precious", "data");
}

static void put_file(struct shop *shop)
{
    (void)shop;
    memory_share_put_file("a", "data");
}

static void put_symlink(struct shop *shop)
{
    (void)shop;
    memory_share_put_symlink("a", "elsewhere");
}

static void put_other_claim(struct shop *shop)
{
    provision_first(shop, "first", WANTS("a"));
}

static void put_inner_claim(struct shop *shop)
{
    shop_put_class(shop, "{'parameters': {'pathPattern': 'a/${.PVC.name}'}}");
    provision_first(shop, "first", "{}");
    shop_put_class(shop, OF_DIR);
}

static void put_other_volume(struct shop *shop)
{
    json_auto_t *volume = volume_object(
        "{'metadata': {'name': 'by-hand', 'annotations': {'pv.kubernetes.io/provisioned-by': "
        "null}},"
        " 'spec': {'claimRef': null, 'nfs': {'server': 'server.example', 'path': '/export/a'}}}");
    memory_cluster_put(shop->cluster, &resource_volumes, volume);
}

static void put_earlier_namespace(struct shop *shop)
{
    provision_first(shop, "second", WANTS("a"));
    shop_replace_namespace(shop);
}

static void put_other_cluster(struct shop *shop)
{
    provision_first(shop, "first", WANTS("a"));
    shop_rebuild(shop, OF_DIR);
}

static void a_path_that_exists_and_one_that_is_another_s_are_refused_in_the_same_words(void)
{
    static const struct {
        void (*prepare)(struct shop *shop);
        const char *reason;
    } cases[] = {
        {put_nothing, "exists already and has no record"},
        {put_file, "not a directory"},
        {put_symlink, "symbolic link"},
        {put_other_claim, "recorded for claim shop/first"},
        {put_inner_claim, "is, holds or lies in the directory of another claim"},
        {put_other_volume, "is volume by-hand"},
        {put_earlier_namespace, "had it in an earlier namespace shop"},
        {put_other_cluster, "cluster cluster-1 has recorded"},
    };

    static const char words[] =
        "pathPattern gives /export/a, which this claim does not get: it belongs to "
        "something else, or was there before. Make the pattern unique per claim, with namespace "
        "and name in it. An administrator finds the reason in mooring's log, and can hand it over: "
        "mooring adopt a --to shop/second";

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct shop shop;
        log_set_level(LOG_ERROR + 1);
        shop_open(&shop, OF_DIR);
        cases[i].prepare(&shop);
        shop_put_claim(&shop, "second", WANTS("a"));
        struct told told = refuse(&shop, "second");
        ASSERT_CASE(is_text(told.err.message, words), told.err.message);
        ASSERT_CASE(strstr(told.log, "directory refused") && strstr(told.log, "claim=shop/second"),
                    told.log);
        ASSERT_CASE(strstr(told.log, cases[i].reason) != NULL, told.log);
        shop_close(&shop);
    }
}

/* A backup tool restored it under another name, for a claim of another tenant. */
static void a_claim_whose_directory_another_volume_has_is_not_told_which(void)
{
    struct shop shop;
    log_set_level(LOG_ERROR + 1);
    shop_open(&shop, "{}");
    provision_first(&shop, "data-web-0", "{}");
    json_auto_t *volume = shop_volume(&shop, "pvc-uid-1");
    json_auto_t *changes =
        object_from("{'metadata': {'name': 'vault-copy'}, 'spec': {'claimRef': {'namespace': "
                    "'vault', 'name': 'treasure', 'uid': 'uid-9'}}}");
    json_auto_t *copy = json_deep_copy(volume);
    json_object_update_recursive(copy, changes);
    memory_cluster_put(shop.cluster, &resource_volumes, copy);
    shop_replace_claim(&shop, "data-web-0", "{}");
    struct told told = refuse(&shop, "data-web-0");
    CU_ASSERT_PTR_NOT_NULL(strstr(told.err.message, "another volume has the same directory"));
    CU_ASSERT_PTR_NULL(strstr(told.err.message, "vault-copy"));
    CU_ASSERT_PTR_NOT_NULL(strstr(told.log, "volume vault-copy"));
    shop_close(&shop);
}

/* As its event says, and nothing else is to be deleted. */
static void
a_claim_whose_export_has_another_address_comes_back_once_the_volume_object_is_deleted(void)
{
    struct shop shop;
    struct error err;
    log_set_level(LOG_ERROR + 1);
    shop_open(&shop, "{}");
    provision_first(&shop, "data-web-0", "{}");
    memory_share_put_file("shop-data-web-0-pvc-uid-1/precious", "data");
    memory_share_add_name("new.example:/export");
    shop_put_class(&shop, "{'parameters': {'server': 'new.example'}}");
    shop_replace_claim(&shop, "data-web-0", "{}");
    struct told told = refuse(&shop, "data-web-0");
    ASSERT_CASE(strstr(told.err.message, "still names the export server.example:/export, its "
                                         "storage class names new.example:/export now: kubectl "
                                         "delete pv pvc-uid-1,") != NULL,
                told.err.message);
    shop_delete_volume(&shop, "pvc-uid-1");
    CU_ASSERT_EQUAL(leader_sync_claim_once(&shop, "data-web-0", &err), 0);
    json_auto_t *volume = shop_volume(&shop, "pvc-uid-1");
    CU_ASSERT_STRING_EQUAL(shop_text(volume, "spec.nfs.server"), "new.example");
    CU_ASSERT_STRING_EQUAL(shop_text(volume, "spec.nfs.path"), "/export/shop-data-web-0-pvc-uid-1");
    CU_ASSERT_STRING_EQUAL(shop_text(volume, "spec.claimRef.uid"), "uid-2");
    shop_close(&shop);
}

/* --- whichever request fails --- */

#define DIRECTORY "shop-data-web-0-pvc-uid-1"
#define RECORD ".mooring/claims/cluster-1/shop/namespace-1/data-web-0/pvc-uid-1.uid-1.in-use"

/* "second" asks for what "secret" has reserved and did not get. */
static void begin_unmade(struct shop *shop)
{
    struct error err;
    shop_open(shop, OF_DIR);
    shop_put_claim(shop, "secret", WANTS("a"));
    disturb(memory_share_log(), .request = "MKDIR a", .answer = ERROR_FORBIDDEN);
    CU_ASSERT_EQUAL_FATAL(leader_sync_claim_once(shop, "secret", &err), -1);
    shop_put_claim(shop, "second", WANTS("a"));
}

static void begin_unmade_and_gone(struct shop *shop)
{
    begin_unmade(shop);
    shop_delete_claim(shop, "secret");
}

static void begin_made(struct shop *shop)
{
    shop_open(shop, OF_DIR);
    provision_first(shop, "secret", WANTS("a"));
    shop_put_claim(shop, "second", WANTS("a"));
}

/* "data-web-0" comes back, and its directory belongs to "secret" by now. */
static void begin_handed_over(struct shop *shop)
{
    shop_open(shop, "{}");
    provision_first(shop, "data-web-0", "{}");
    provision_first(shop, "secret", "{}");
    autofree char *owner = shop_owner(shop, "secret");
    memory_share_put_elsewhere(".mooring/directories/" DIRECTORY, "before");
    memory_share_put_symlink(".mooring/directories/" DIRECTORY, owner);
    shop_replace_claim(shop, "data-web-0", "{}");
}

static void begin_without_record(struct shop *shop)
{
    begin_handed_over(shop);
    memory_share_put_elsewhere(RECORD, "record");
}

static void begin_with_record_of_other(struct shop *shop)
{
    begin_handed_over(shop);
    memory_share_put_elsewhere(
        RECORD, ".mooring/claims/cluster-1/shop/namespace-1/secret/pvc-uid-1.uid-1.in-use");
}

static void begin_without_volume(struct shop *shop)
{
    begin_handed_over(shop);
    shop_delete_volume(shop, "pvc-uid-1");
}

/* The nth request to the export, or to the API server. False: there are not so many. */
static bool refuse_at(struct shop *shop, const char *claim, int nth, int answer)
{
    struct error err = {0};
    struct request_log *log = answer < 100 ? memory_share_log() : memory_cluster_log(shop->cluster);
    request_log_clear(log);
    disturb(log, .nth = nth, .answer = answer);
    int result = leader_sync_claim_once(shop, claim, &err);
    autofree char *label = memory_format("request %d, %d: %s", nth, answer, err.message);
    ASSERT_CASE(result == 0 || strstr(err.message, "secret") == NULL, label);
    return request_log_count(log, "") >= nth;
}

static void whatever_fails_no_other_claim_is_named(void)
{
    static const struct {
        void (*begin)(struct shop *shop);
        const char *claim;
    } cases[] = {
        {begin_unmade, "second"},
        {begin_unmade_and_gone, "second"},
        {begin_made, "second"},
        {begin_without_record, "data-web-0"},
        {begin_with_record_of_other, "data-web-0"},
        {begin_without_volume, "data-web-0"},
    };

    static const int answers[] = {ERROR_FORBIDDEN, ERROR_UNAVAILABLE, 403, 500};

    log_set_level(LOG_ERROR + 1);
    for (size_t i = 0; i < 4 * (sizeof cases / sizeof *cases); i++) {
        bool is_met = true;
        for (int nth = 1; is_met; nth++) {
            struct shop shop;
            cases[i / 4].begin(&shop);
            is_met = refuse_at(&shop, cases[i / 4].claim, nth, answers[i % 4]);
            shop_close(&shop);
        }
    }
}

/* And how it is told. */
static void what_is_recorded_of_another_claim_is_in_the_log_where_it_cannot_be_read(void)
{
    struct shop shop;
    log_set_level(LOG_ERROR + 1);
    begin_unmade_and_gone(&shop);
    request_log_clear(memory_share_log());
    disturb(memory_share_log(),
            .request = "LOOKUP .mooring/claims/cluster-1/shop/namespace-1/secret", .times = -1,
            .answer = ERROR_FORBIDDEN);
    struct told told = refuse(&shop, "second");
    CU_ASSERT_EQUAL(told.err.kind, ERROR_FORBIDDEN);
    CU_ASSERT_STRING_EQUAL(told.err.message,
                           "what is recorded of this directory cannot be read or cleared: an "
                           "administrator finds the reason in mooring's log");
    CU_ASSERT_PTR_NOT_NULL(strstr(told.log, "claim=shop/second"));
    CU_ASSERT_PTR_NOT_NULL(strstr(told.log, "namespace-1/secret"));
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_path_that_exists_and_one_that_is_another_s_are_refused_in_the_same_words),
        TEST(a_claim_whose_directory_another_volume_has_is_not_told_which),
        TEST(a_claim_whose_export_has_another_address_comes_back_once_the_volume_object_is_deleted),
        TEST(whatever_fails_no_other_claim_is_named),
        TEST(what_is_recorded_of_another_claim_is_in_the_log_where_it_cannot_be_read),
        {0},
    };
    return suite_run("refusals", tests, argc, argv);
}
