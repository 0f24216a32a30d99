/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/claim/shop_command.h"
#include "tests/provisioner/memory_share.h"

/* `mooring list` on an export and a cluster in memory. */

/* The claim "data" has the volume pvc-uid-1. */
static void begin(struct shop *shop, const char *class_changes)
{
    log_set_level(LOG_ERROR + 1);
    leader_open_bound(shop, class_changes, "data");
}

/* The document that the whole command prints, with its own connections. The caller's. */
static json_t *list(const struct shop *shop, const struct export_default *export,
                    enum exit_code *code)
{
    const struct options options = {.export = *export, .json = true};
    autofree char *text = shop_command(shop, list_command, &options, code);
    json_t *document = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);
    require(document);
    return document;
}

static json_t *list_in_pod(const struct shop *shop, enum exit_code *code)
{
    const struct export_default export = {shop_export_server(), shop_export_path()};
    return list(shop, &export, code);
}

/* Without its parts that differ from run to run. */
static void expect_exports(const json_t *document, const char *expected)
{
    json_auto_t *exports = object_from(expected);
    autofree char *text = json_dumps(json_object_get(document, "exports"), 0);
    ASSERT_CASE(json_equal(json_object_get(document, "exports"), exports), text);
}

static void what_is_in_order_is_read_and_has_no_findings(void)
{
    struct shop shop;
    enum exit_code code;
    begin(&shop, "{}");
    json_auto_t *document = list_in_pod(&shop, &code);
    CU_ASSERT_EQUAL(code, EXIT_OK);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(document, "claims")), 1);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(document, "findings")), 0);
    expect_exports(document,
                   "[{'export': 'server.example:/export', 'read': true, 'problem': null}]");
    shop_close(&shop);
}

/* Two claims have one directory, because the records of both say that they may. */
static void what_claims_share_is_in_order(void)
{
    static const char record[] =
        ".mooring/claims/cluster-1/shop/namespace-1/more/pvc-uid-2.uid-2.in-use";
    struct shop shop;
    struct error err;
    enum exit_code code;
    begin(&shop, "{'parameters': {'pathPattern': 'team/data', 'shared': 'true'}}");
    shop_put_claim(&shop, "more", "{}");
    CU_ASSERT_EQUAL_FATAL(leader_finish(&shop, &err), 0);
    json_auto_t *document = list_in_pod(&shop, &code);
    CU_ASSERT_EQUAL(code, EXIT_OK);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(document, "claims")), 2);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(document, "findings")), 0);
    autofree char *text = memory_share_text(record);
    char *word = strstr(text, "true");
    require(word);
    autofree char *alone =
        memory_format("%.*sfalse%s", (int)(word - text), text, word + strlen("true"));
    memory_share_put_file(record, alone);
    json_auto_t *second = list_in_pod(&shop, &code);
    CU_ASSERT(json_array_size(json_object_get(second, "findings")) > 0);
    shop_close(&shop);
}

/* Outside the Pod, without NFS_SERVER and NFS_PATH. */
static void the_export_of_a_class_that_cannot_be_used_was_not_read(void)
{
    const struct export_default none = {0};
    struct shop shop;
    enum exit_code code;
    begin(&shop, "{}");
    json_auto_t *document = list(&shop, &none, &code);
    CU_ASSERT_EQUAL(code, EXIT_FAILED);
    const json_t *export = json_array_get(json_object_get(document, "exports"), 0);
    CU_ASSERT(json_is_null(json_object_get(export, "export")));
    CU_ASSERT(json_is_false(json_object_get(export, "read")));
    const char *problem = shop_text(export, "problem");
    ASSERT_CASE(strstr(problem, "storage class nfs: ") != NULL, problem);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(document, "claims")), 1);
    shop_close(&shop);
}

/* Over NFSv3 and v4, and by another name of the server. One record has no volume. */
static void an_export_is_read_once_whatever_its_classes_call_it(void)
{
    struct shop shop;
    enum exit_code code;
    begin(&shop, "{}");
    memory_share_add_name("10.0.0.1:/export");
    shop_put_class(&shop, "{'metadata': {'name': 'v4'}, 'parameters': {'nfsVersion': '4'}}");
    shop_put_class(&shop, "{'metadata': {'name': 'ip'}, 'parameters': {'server': '10.0.0.1'}}");
    shop_put_class(&shop, "{'metadata': {'name': 'ip-2'}, 'parameters': {'server': '10.0.0.1'}}");
    shop_delete_claim(&shop, "data");
    shop_delete_volume(&shop, "pvc-uid-1");
    request_log_clear(memory_share_log());
    json_auto_t *document = list_in_pod(&shop, &code);
    CU_ASSERT_EQUAL(code, EXIT_OK);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(document, "findings")), 1);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(document, "exports")), 1);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "READDIR .mooring/claims"), 4);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "READLINK .mooring/export"), 3);
    shop_close(&shop);
}

/* It was made by a move to another server, after which the claim got its volume. */
static void a_copy_of_an_export_is_another_one(void)
{
    struct shop shop;
    enum exit_code code;
    begin(&shop, "{}");
    autofree char *identity = memory_share_text(".mooring/export");
    shop_put_class(&shop, "{'metadata': {'name': 'copy'}, 'parameters': {'server': '10.0.0.1'}}");
    memory_share_select("10.0.0.1:/export");
    memory_share_put_directory(".mooring", 0700);
    memory_share_put_symlink(".mooring/export", identity);
    json_auto_t *document = list_in_pod(&shop, &code);
    CU_ASSERT_EQUAL(code, EXIT_OK);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(document, "findings")), 0);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(document, "exports")), 2);
    shop_close(&shop);
}

/* An export that was never used has no identity. */
static void two_unused_exports_are_two(void)
{
    struct shop shop;
    enum exit_code code;
    log_set_level(LOG_ERROR + 1);
    shop_open(&shop, "{}");
    shop_put_class(&shop, "{'metadata': {'name': 'v4'}, 'parameters': {'nfsVersion': '4'}}");
    shop_put_class(&shop, "{'metadata': {'name': 'other'}, 'parameters': {'path': '/other'}}");
    json_auto_t *document = list_in_pod(&shop, &code);
    CU_ASSERT_EQUAL(code, EXIT_OK);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(document, "exports")), 2);
    shop_close(&shop);
}

/* That the export was read by the other one is no comfort to who uses this one. */
static void an_address_that_does_not_answer_was_not_read(void)
{
    struct shop shop;
    enum exit_code code;
    begin(&shop, "{}");
    shop_put_class(&shop, "{'metadata': {'name': 'v4'}, 'parameters': {'nfsVersion': '4'}}");
    disturb(memory_share_log(), .request = "MOUNT server.example:/export", .nth = 2,
            .answer = ERROR_UNAVAILABLE);
    json_auto_t *document = list_in_pod(&shop, &code);
    CU_ASSERT_EQUAL(code, EXIT_FAILED);
    const json_t *exports = json_object_get(document, "exports");
    CU_ASSERT_EQUAL(json_array_size(exports), 2);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(document, "findings")), 0);
    shop_close(&shop);
}

/* A finding about the cluster names the address of its class; the export has one name. */
static void every_finding_names_the_address_that_was_read(void)
{
    struct shop shop;
    struct error err;
    enum exit_code code;
    log_set_level(LOG_ERROR + 1);
    shop_open(&shop, "{}");
    shop_put_class(&shop, "{'metadata': {'name': 'v4'}, 'parameters': {'nfsVersion': '4'}}");
    shop_put_claim(&shop, "data", "{'spec': {'storageClassName': 'v4'}}");
    CU_ASSERT_EQUAL_FATAL(leader_finish(&shop, &err), 0);
    shop_delete_claim(&shop, "data");
    json_auto_t *document = list_in_pod(&shop, &code);
    const json_t *finding = json_array_get(json_object_get(document, "findings"), 0);
    CU_ASSERT_STRING_EQUAL(shop_text(finding, "kind"), "volume-without-claim");
    CU_ASSERT_STRING_EQUAL(shop_text(finding, "export"), "server.example:/export");
    shop_close(&shop);
}

/* --- what no provisioner serves --- */

/* Caller frees: "kind namespace/claim text" in lines, without what is found on the export. */
static char *unserved_in(const json_t *document)
{
    size_t i;
    json_t *finding;
    char *lines = memory_copy("");
    json_array_foreach (json_object_get(document, "findings"), i, finding) {
        const char *kind = shop_text(finding, "kind");
        if (strstr(kind, "unserved"))
            memory_replace(&lines,
                           memory_format("%s%s %s: %s\n", lines, kind, shop_text(finding, "claim"),
                                         shop_text(finding, "text")));
    }
    return lines;
}

static void a_class_that_is_spelled_wrongly_is_named_with_its_claims(void)
{
    struct shop shop;
    enum exit_code code;
    begin(&shop, "{}");
    shop_put_class(&shop, "{'metadata': {'name': 'nsf'}, 'provisioner': 'mooring/nsf'}");
    shop_put_class(&shop, "{'metadata': {'name': 'ssd'}, 'provisioner': 'example.com/ssd'}");
    shop_put_claim(&shop, "misled", "{'spec': {'storageClassName': 'nsf'}}");
    shop_put_claim(&shop, "of-others", "{'spec': {'storageClassName': 'ssd'}}");
    shop_put_claim(&shop, "by-hand", "{'spec': {'storageClassName': 'nsf', 'volumeName': 'x'}}");
    json_auto_t *document = list_in_pod(&shop, &code);
    CU_ASSERT_EQUAL(code, EXIT_OK);
    autofree char *lines = unserved_in(document);
    ASSERT_CASE(
        is_text(lines,
                "class-unserved : storage class nsf names the provisioner mooring/nsf, mooring "
                "serves mooring/nfs here: if it is meant for this mooring, delete the class and "
                "make it again with the right provisioner\n"
                "claim-unserved misled: its storage class nsf names the provisioner mooring/nsf, "
                "mooring serves mooring/nfs here: nothing makes its volume, unless another mooring "
                "has that name\n"),
        lines);
    shop_close(&shop);
}

/* It works, and has a name of its own. */
static void the_class_of_a_provisioner_that_has_made_a_volume_is_not_named(void)
{
    struct shop shop;
    enum exit_code code;
    begin(&shop, "{}");
    shop_put_class(&shop, "{'metadata': {'name': 'nsf'}, 'provisioner': 'mooring/nsf'}");
    shop_put_claim(&shop, "waiting", "{'spec': {'storageClassName': 'nsf'}}");
    shop_put_volume_of(&shop, "mooring/nsf");
    json_auto_t *document = list_in_pod(&shop, &code);
    autofree char *lines = unserved_in(document);
    CU_ASSERT(is_text(lines, ""));
    shop_close(&shop);
}

static void a_claim_whose_class_is_missing_is_named(void)
{
    struct shop shop;
    enum exit_code code;
    begin(&shop, "{}");
    shop_put_claim(&shop, "lost", "{'spec': {'storageClassName': 'nothing'}}");
    json_auto_t *document = list_in_pod(&shop, &code);
    autofree char *lines = unserved_in(document);
    ASSERT_CASE(is_text(lines,
                        "claim-unserved lost: there is no storage class nothing: make it, or "
                        "make the claim again with a class that exists, unless its volume "
                        "is made by hand\n"),
                lines);
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

static void a_claim_without_a_class_is_named_where_no_class_is_the_default(void)
{
    struct shop shop;
    enum exit_code code;
    begin(&shop, "{}");
    put_claim_without_class(&shop, "plain");
    shop_put_claim(&shop, "by-hand", "{'spec': {'storageClassName': ''}}");
    json_auto_t *document = list_in_pod(&shop, &code);
    autofree char *lines = unserved_in(document);
    ASSERT_CASE(is_text(lines, "claim-unserved plain: it names no storage class, and no class is "
                               "the cluster's default: set its storageClassName, or mark a class "
                               "with the annotation storageclass.kubernetes.io/is-default-class: "
                               "\"true\" (before Kubernetes 1.26 make the claim again with a "
                               "class), unless its volume is made by hand\n"),
                lines);
    shop_put_class(&shop, "{'metadata': {'name': 'ssd', 'annotations':"
                          " {'storageclass.kubernetes.io/is-default-class': 'true'}},"
                          " 'provisioner': 'example.com/ssd'}");
    json_auto_t *later = list_in_pod(&shop, &code);
    autofree char *nothing = unserved_in(later);
    ASSERT_CASE(is_text(nothing, ""), nothing);
    shop_close(&shop);
}

static void make_class_and_claim(void *context)
{
    struct shop *shop = context;
    shop_put_class(shop, "{'metadata': {'name': 'late'}}");
    shop_put_claim(shop, "late", "{'spec': {'storageClassName': 'late'}}");
}

/* The classes are read first. */
static void a_class_that_is_made_meanwhile_is_not_missing(void)
{
    struct shop shop;
    enum exit_code code;
    begin(&shop, "{}");
    disturb(memory_cluster_log(shop.cluster), .request = "GET statefulsets",
            .hook = make_class_and_claim, .context = &shop);
    json_auto_t *document = list_in_pod(&shop, &code);
    autofree char *lines = unserved_in(document);
    ASSERT_CASE(is_text(lines, ""), lines);
    json_auto_t *claim = shop_claim(&shop, "late");
    require(claim);
    shop_close(&shop);
}

/* It may be the one that the claim names. */
static void where_a_class_cannot_be_read_none_is_missing(void)
{
    struct shop shop;
    enum exit_code code;
    begin(&shop, "{}");
    json_auto_t *broken = object_from("{'metadata': {'name': 'broken'}}");
    memory_cluster_put(shop.cluster, &resource_storage_classes, broken);
    shop_put_claim(&shop, "data-2", "{'spec': {'storageClassName': 'broken'}}");
    json_auto_t *document = list_in_pod(&shop, &code);
    CU_ASSERT_EQUAL(code, EXIT_FAILED);
    autofree char *lines = unserved_in(document);
    ASSERT_CASE(is_text(lines, ""), lines);
    shop_close(&shop);
}

/* Of the one finding about the claim "data", whose first claim and then whose volume is gone. */
static void expect_other_claim(const struct shop *shop, const char *kind)
{
    enum exit_code code;
    json_auto_t *document = list_in_pod(shop, &code);
    json_t *finding = json_array_get(json_object_get(document, "findings"), 0);
    require(finding);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(document, "claims")), 0);
    ASSERT_CASE(is_text(shop_text(finding, "kind"), kind), shop_text(finding, "kind"));
    ASSERT_CASE(strstr(shop_text(finding, "text"),
                       "claim shop/data is of class ssd, which is not mooring's") != NULL,
                shop_text(finding, "text"));
}

static void a_claim_of_that_name_of_another_provisioner_is_seen(void)
{
    struct shop shop;
    begin(&shop, "{}");
    shop_delete_claim(&shop, "data");
    shop_put_class(&shop, "{'metadata': {'name': 'ssd'}, 'provisioner': 'example.com/ssd'}");
    shop_put_claim(&shop, "data",
                   "{'metadata': {'uid': 'uid-2', 'annotations': null}, 'spec': "
                   "{'storageClassName': 'ssd', 'volumeName': 'ssd-1'}}");
    expect_other_claim(&shop, "volume-without-claim");
    shop_delete_volume(&shop, "pvc-uid-1");
    expect_other_claim(&shop, "record-without-volume");
    shop_close(&shop);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(what_is_in_order_is_read_and_has_no_findings),
        TEST(what_claims_share_is_in_order),
        TEST(the_export_of_a_class_that_cannot_be_used_was_not_read),
        TEST(an_export_is_read_once_whatever_its_classes_call_it),
        TEST(a_copy_of_an_export_is_another_one),
        TEST(two_unused_exports_are_two),
        TEST(an_address_that_does_not_answer_was_not_read),
        TEST(every_finding_names_the_address_that_was_read),
        TEST(a_class_that_is_spelled_wrongly_is_named_with_its_claims),
        TEST(the_class_of_a_provisioner_that_has_made_a_volume_is_not_named),
        TEST(a_claim_whose_class_is_missing_is_named),
        TEST(a_claim_without_a_class_is_named_where_no_class_is_the_default),
        TEST(a_class_that_is_made_meanwhile_is_not_missing),
        TEST(where_a_class_cannot_be_read_none_is_missing),
        TEST(a_claim_of_that_name_of_another_provisioner_is_seen),
        {0},
    };
    return suite_run("list_command", tests, argc, argv);
}
