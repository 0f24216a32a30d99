/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/claim/shop_command.h"
#include "tests/provisioner/memory_share.h"

/* `mooring check`, as an administrator runs it, on an export and a cluster in memory. */

static char *last_text;

/* With these as NFS_SERVER and NFS_PATH. */
static enum exit_code check(const struct shop *shop, const char *server, const char *path)
{
    const struct options options = {.export = {server, path}};
    enum exit_code code;
    memory_replace(&last_text, shop_command(shop, check_command, &options, &code));
    return code;
}

static enum exit_code check_shop(const struct shop *shop)
{
    return check(shop, shop_export_server(), shop_export_path());
}

static bool says(const char *words)
{
    return strstr(last_text, words);
}

/* The claim data-web-0 has its volume. */
static void prepare(struct shop *shop)
{
    log_set_level(LOG_ERROR + 1);
    leader_open_bound(shop, "{}", "data-web-0");
    shop_run_kubernetes(shop);
}

static void what_is_in_order_is_called_so(void)
{
    struct shop shop;
    prepare(&shop);
    CU_ASSERT_EQUAL(check_shop(&shop), EXIT_OK);
    CU_ASSERT(says("\neverything is in order\n"));
    CU_ASSERT_FALSE(says("note  "));
    shop_close(&shop);
}

static void volumes_that_were_left_behind_are_told(void)
{
    struct shop shop;
    prepare(&shop);
    CU_ASSERT_EQUAL(check(&shop, "new.example", shop_export_path()), EXIT_FAILED);
    CU_ASSERT(says("FAILED  1 volume of storage class nfs is not on new.example:"));
    CU_ASSERT_FALSE(says("everything is in order"));
    shop_close(&shop);
}

/* It is there, under another name of its server. */
static void volumes_that_were_not_left_behind_are_only_noted(void)
{
    struct shop shop;
    prepare(&shop);
    memory_share_add_name("10.0.0.1:/export");
    CU_ASSERT_EQUAL(check(&shop, "10.0.0.1", shop_export_path()), EXIT_OK);
    CU_ASSERT(says("note    10.0.0.1:/export, which NFS_SERVER and NFS_PATH name now, names the "
                   "same export as server.example"));
    CU_ASSERT_FALSE(says("is not on"));
    shop_close(&shop);
}

static void remove_class(struct shop *shop)
{
    const struct object_key key = {.resource = &resource_storage_classes, .name = "nfs"};
    memory_cluster_remove(shop->cluster, &key);
}

static void volumes_and_claims_of_a_class_that_is_gone_are_told(void)
{
    struct shop shop;
    prepare(&shop);
    shop_put_claim(&shop, "data-web-1", "{}");
    remove_class(&shop);
    CU_ASSERT_EQUAL(check_shop(&shop), EXIT_OK);
    CU_ASSERT(says("note    1 volume, such as pvc-uid-1, is of storage class nfs, and mooring has "
                   "none of that name"));
    CU_ASSERT(says("note    1 claim waits for storage class nfs, such as shop/data-web-1, which "
                   "does not exist"));
    CU_ASSERT(says("note    no storage class names provisioner mooring/nfs: kubectl apply -f "
                   "deploy/storageclass.yaml"));
    shop_close(&shop);
}

/* To apply one that is there would change nothing. */
static void a_class_that_cannot_be_used_is_not_to_be_applied(void)
{
    struct shop shop;
    log_set_level(LOG_ERROR + 1);
    shop_open(&shop, "{}");
    CU_ASSERT_EQUAL(check(&shop, NULL, NULL), EXIT_FAILED);
    CU_ASSERT(says("FAILED  storage class nfs: it has no parameter server"));
    CU_ASSERT(says("note    no storage class of provisioner mooring/nfs can be used: see above"));
    CU_ASSERT_FALSE(says("deploy/storageclass.yaml"));
    shop_close(&shop);
}

static void a_class_that_is_misspelt_is_told(void)
{
    struct shop shop;
    log_set_level(LOG_ERROR + 1);
    shop_open(&shop, "{}");
    shop_put_class(&shop, "{'metadata': {'name': 'fast'}, 'provisioner': 'mooring/nsf'}");
    shop_put_claim(&shop, "uploads", "{'spec': {'storageClassName': 'fast'}}");
    CU_ASSERT_EQUAL(check_shop(&shop), EXIT_OK);
    CU_ASSERT(says("note    storage class fast names the provisioner mooring/nsf"));
    CU_ASSERT(says("note    1 claim waits for storage class fast, such as shop/uploads, and its "
                   "provisioner is mooring/nsf: see above"));
    shop_close(&shop);
}

/* It works, and has a name of its own. */
static void the_class_of_a_provisioner_that_has_made_a_volume_is_not_told(void)
{
    struct shop shop;
    log_set_level(LOG_ERROR + 1);
    shop_open(&shop, "{}");
    shop_put_class(&shop, "{'metadata': {'name': 'fast'}, 'provisioner': 'mooring/nsf'}");
    shop_put_claim(&shop, "uploads", "{'spec': {'storageClassName': 'fast'}}");
    shop_put_volume_of(&shop, "mooring/nsf");
    CU_ASSERT_EQUAL(check_shop(&shop), EXIT_OK);
    CU_ASSERT_FALSE(says("mooring/nsf"));
    CU_ASSERT_FALSE(says("shop/uploads"));
    shop_close(&shop);
}

static void a_class_whose_paths_another_namespace_can_take_is_told(void)
{
    struct shop shop;
    log_set_level(LOG_ERROR + 1);
    shop_open(&shop, "{'parameters': {'pathPattern': '${.PVC.namespace}-${.PVC.name}'}}");
    CU_ASSERT_EQUAL(check_shop(&shop), EXIT_OK);
    CU_ASSERT(says("note    with storage class nfs, a claim of another namespace can take a path"));
    shop_put_class(&shop, "{'parameters': {'pathPattern': '${.PVC.namespace}/${.PVC.name}'}}");
    CU_ASSERT_EQUAL(check_shop(&shop), EXIT_OK);
    CU_ASSERT_FALSE(says("a claim of another namespace"));
    shop_close(&shop);
}

/* Kubernetes never binds it, whichever class there is. */
static void a_claim_that_is_bound_to_no_volume_waits_for_no_class(void)
{
    struct shop shop;
    log_set_level(LOG_ERROR + 1);
    shop_open(&shop, "{}");
    shop_put_claim(&shop, "empty",
                   "{'metadata': {'annotations': {'pv.kubernetes.io/bind-completed': 'yes'}},"
                   " 'spec': {'storageClassName': 'gone'}}");
    CU_ASSERT_EQUAL(check_shop(&shop), EXIT_OK);
    CU_ASSERT_FALSE(says("gone"));
    shop_close(&shop);
}

/* As kubectl apply of a manifest without storageClassName makes it, where no class is the default
 * one. */
static void put_claim_without_class(struct shop *shop, const char *name)
{
    const struct object_key key = {.resource = &resource_claims, .namespace = "shop", .name = name};
    shop_put_claim(shop, name, "{'metadata': {'annotations': null}}");
    memory_cluster_change(shop->cluster, &key, object_from("{'spec': {'storageClassName': null}}"));
}

static void a_claim_without_a_class_is_told_where_no_class_is_the_default(void)
{
    static const char marked[] = "{'metadata': {'annotations':"
                                 " {'storageclass.kubernetes.io/is-default-class': 'true'}}}";
    struct shop shop;
    log_set_level(LOG_ERROR + 1);
    shop_open(&shop, "{}");
    put_claim_without_class(&shop, "plain");
    CU_ASSERT_EQUAL(check_shop(&shop), EXIT_OK);
    CU_ASSERT(says("note    1 claim, such as shop/plain, names no storage class, and no class is "
                   "the cluster's default"));
    shop_put_class(&shop, marked);
    CU_ASSERT_EQUAL(check_shop(&shop), EXIT_OK);
    CU_ASSERT_FALSE(says("shop/plain"));
    shop_close(&shop);
}

/* It may be the one that seems to be missing. */
static void where_a_class_cannot_be_read_none_is_called_missing(void)
{
    struct shop shop;
    prepare(&shop);
    shop_put_claim(&shop, "data-web-1", "{}");
    put_claim_without_class(&shop, "plain");
    shop_put_class(&shop, "{'provisioner': 7}");
    shop_put_class(&shop, "{'metadata': {'name': 'fast'}, 'provisioner': 'mooring/nsf'}");
    shop_put_claim(&shop, "pictures", "{'spec': {'storageClassName': 'fast'}}");
    CU_ASSERT_EQUAL(check_shop(&shop), EXIT_OK);
    CU_ASSERT(says("note    a storage class cannot be read and is left out"));
    CU_ASSERT(says("note    1 claim waits for storage class fast"));
    CU_ASSERT_FALSE(says("does not exist"));
    CU_ASSERT_FALSE(says("shop/plain"));
    CU_ASSERT_FALSE(says("mooring has none of that name"));
    CU_ASSERT_FALSE(says("no storage class names provisioner"));
    shop_close(&shop);
}

/* The next connections to the export of NFS_SERVER and NFS_PATH fail, and there is no class. */
static enum exit_code check_without_class(struct shop *shop, enum error_kind kind, int failures)
{
    log_set_level(LOG_ERROR + 1);
    shop_open(shop, "{}");
    remove_class(shop);
    if (failures)
        disturb(memory_share_log(), .request = "MOUNT", .times = failures, .answer = kind);
    return check_shop(shop);
}

static void a_server_of_nfsv4_alone_is_found_without_a_class(void)
{
    struct shop shop;
    CU_ASSERT_EQUAL(check_without_class(&shop, ERROR_UNAVAILABLE, 1), EXIT_OK);
    CU_ASSERT(says("note    server.example:/export: the server speaks only NFSv4 with this client: "
                   "each class with this export needs the parameter nfsVersion: \"4\". Over NFSv3: "
                   "cannot mount "
                   "server.example:/export"));
    CU_ASSERT(says("ok      server.example(v4):/export answers over NFSv4.0"));
    CU_ASSERT(says("ok      server.example(v4):/export can be written"));
    CU_ASSERT_FALSE(says("FAILED"));
    shop_close(&shop);
}

static void an_export_of_no_class_that_answers_over_nfsv3_is_not_tried_over_nfsv4(void)
{
    struct shop shop;
    CU_ASSERT_EQUAL(check_without_class(&shop, ERROR_UNAVAILABLE, 0), EXIT_OK);
    CU_ASSERT(says("ok      server.example:/export answers over NFSv3"));
    CU_ASSERT_FALSE(says("NFSv4"));
    shop_close(&shop);
}

static void a_server_that_speaks_no_version_is_told_for_both(void)
{
    struct shop shop;
    CU_ASSERT_EQUAL(check_without_class(&shop, ERROR_UNAVAILABLE, -1), EXIT_FAILED);
    CU_ASSERT(says("FAILED  cannot mount server.example:/export"));
    CU_ASSERT(says("note    NFSv4 does not work either: cannot mount server.example(v4):/export"));
    CU_ASSERT_FALSE(says("answers over"));
    shop_close(&shop);
}

/* The server answers over NFSv3, so that no other version helps. */
static void an_export_that_is_refused_is_not_tried_over_nfsv4(void)
{
    struct shop shop;
    CU_ASSERT_EQUAL(check_without_class(&shop, ERROR_FORBIDDEN, 1), EXIT_FAILED);
    CU_ASSERT_FALSE(says("NFSv4"));
    shop_close(&shop);
}

/* The class says the version. */
static void the_export_of_a_class_is_not_tried_over_another_version(void)
{
    struct shop shop;
    log_set_level(LOG_ERROR + 1);
    shop_open(&shop, "{}");
    disturb(memory_share_log(), .request = "MOUNT", .answer = ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(check_shop(&shop), EXIT_FAILED);
    CU_ASSERT_FALSE(says("NFSv4"));
    shop_close(&shop);
}

/* "nfs.shop" is that of a Service in the namespace shop, which only Pods can resolve. */
static void a_server_that_is_named_by_a_namespace_is_noted(void)
{
    static const struct {
        const char *server;
        bool is_noted;
    } cases[] = {{"nfs.shop", true}, {"nfs.example", false}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct shop shop;
        autofree char *export = memory_format("%s:%s", cases[i].server, shop_export_path());
        autofree char *note = memory_format("note    %s: the nodes mount it by this name", export);
        log_set_level(LOG_ERROR + 1);
        shop_open(&shop, "{}");
        memory_share_add_name(export);
        CU_ASSERT_EQUAL(check(&shop, cases[i].server, shop_export_path()), EXIT_OK);
        CU_ASSERT_EQUAL(says(note), cases[i].is_noted);
        shop_close(&shop);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(what_is_in_order_is_called_so),
        TEST(volumes_that_were_left_behind_are_told),
        TEST(volumes_that_were_not_left_behind_are_only_noted),
        TEST(volumes_and_claims_of_a_class_that_is_gone_are_told),
        TEST(a_class_that_cannot_be_used_is_not_to_be_applied),
        TEST(a_class_that_is_misspelt_is_told),
        TEST(the_class_of_a_provisioner_that_has_made_a_volume_is_not_told),
        TEST(a_class_whose_paths_another_namespace_can_take_is_told),
        TEST(a_claim_that_is_bound_to_no_volume_waits_for_no_class),
        TEST(a_claim_without_a_class_is_told_where_no_class_is_the_default),
        TEST(where_a_class_cannot_be_read_none_is_called_missing),
        TEST(a_server_of_nfsv4_alone_is_found_without_a_class),
        TEST(an_export_of_no_class_that_answers_over_nfsv3_is_not_tried_over_nfsv4),
        TEST(a_server_that_speaks_no_version_is_told_for_both),
        TEST(an_export_that_is_refused_is_not_tried_over_nfsv4),
        TEST(the_export_of_a_class_is_not_tried_over_another_version),
        TEST(a_server_that_is_named_by_a_namespace_is_noted),
        {0},
    };
    int result = suite_run("check command", tests, argc, argv);
    free(last_text);
    return result;
}
