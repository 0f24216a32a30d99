/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "provisioner/audit/audit_export.h"
#include "provisioner/audit/audit_metrics.h"
#include "tests/provisioner/claim/leader.h"
#include "tests/provisioner/memory_share.h"

#define CLAIM "data-web-0"
#define VOLUME "pvc-uid-1"
#define VOLUME_KEY "volume:" VOLUME

/* The claim is bound, and a leader knows the cluster; the queue is empty. */
struct fixture {
    struct shop shop;
    struct leader leader;
    struct error err;
};

/* What the watch would bring: the volume has another version. It is not new. */
static void change_volume(struct fixture *self)
{
    const struct object_key key = {.resource = &resource_volumes, .name = VOLUME};
    memory_cluster_change(
        self->shop.cluster, &key,
        json_pack("{s:{s:s}}", "metadata", "creationTimestamp", "2020-01-01T00:00:00Z"));
    leader_read(&self->leader);
    leader_drop_work(&self->leader);
}

static void begin_with_class(struct fixture *self, const char *class_changes)
{
    log_set_level(LOG_ERROR + 1);
    shop_open(&self->shop, class_changes);
    shop_put_claim(&self->shop, CLAIM, "{}");
    CU_ASSERT_EQUAL_FATAL(leader_finish(&self->shop, &self->err), 0);
    leader_start(&self->leader, &self->shop);
    change_volume(self);
    request_log_clear(memory_share_log());
}

static void begin(struct fixture *self)
{
    begin_with_class(self, "{}");
}

static void end(struct fixture *self)
{
    leader_stop(&self->leader);
    shop_close(&self->shop);
}

static int audit(struct fixture *self)
{
    return leader_audit(&self->leader, &self->err);
}

/* How many keys are due, which are taken. */
static size_t count_queued(struct fixture *self)
{
    struct queue_counts counts;
    queue_count(self->leader.queue, &counts);
    leader_drop_work(&self->leader);
    return counts.due;
}

static void remove_record(const struct fixture *self)
{
    autofree char *folder = shop_folder(&self->shop, CLAIM);
    autofree char *record = memory_format("%s/" VOLUME ".uid-1.in-use", folder);
    memory_share_remove(record);
}

static void the_first_class_by_name_audits_a_shared_export(void)
{
    struct storage_class *classes[] = {
        storage_class_with("{'metadata': {'name': 'b'}}"),
        storage_class_with("{'metadata': {'name': 'a'}, 'parameters': {'path': '/other'}}"),
        storage_class_with("{'metadata': {'name': 'c'}}"),
        storage_class_with("{'metadata': {'name': '0'}, 'parameters': {'wrong': 'x'}}"),
    };
    CU_ASSERT(is_auditing_class(classes[0], classes, 4));
    CU_ASSERT(is_auditing_class(classes[1], classes, 4));
    CU_ASSERT_FALSE(is_auditing_class(classes[2], classes, 4));
    for (size_t i = 0; i < 4; i++)
        storage_class_release(classes[i]);
}

static void a_volume_is_queued_once_for_each_of_its_versions(void)
{
    struct fixture self;
    begin(&self);
    CU_ASSERT_EQUAL(audit(&self), 0);
    CU_ASSERT_EQUAL(count_queued(&self), 0);
    remove_record(&self);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(audit(&self), 0);
        CU_ASSERT_EQUAL(count_queued(&self), i == 0);
    }
    change_volume(&self);
    CU_ASSERT_EQUAL(audit(&self), 0);
    CU_ASSERT_EQUAL(count_queued(&self), 1);
    end(&self);
}

/* The claim was made before its set. */
static void a_record_that_does_not_know_its_set_is_looked_at(void)
{
    struct fixture self;
    begin(&self);
    autofree char *folder = shop_folder(&self.shop, CLAIM);
    autofree char *path = memory_format("%s/" VOLUME ".uid-1.in-use", folder);
    autofree char *text = memory_share_text(path);
    json_auto_t *record = json_loads(text, 0, NULL);
    CU_ASSERT_EQUAL_FATAL(json_object_del(record, "statefulSet"), 0);
    autofree char *without = json_dumps(record, 0);
    memory_share_put_file(path, without);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(audit(&self), 0);
        CU_ASSERT_EQUAL(count_queued(&self), i == 0);
    }
    end(&self);
}

/* An empty disk under the address: everything would be missing there. */
static void another_export_is_refused_and_nothing_is_queued(void)
{
    struct fixture self;
    begin(&self);
    memory_share_swap_disk();
    int result = audit(&self);
    if (result < 0 && self.err.kind == ERROR_UNAVAILABLE) /* the connection was to the other disk */
        result = audit(&self);
    CU_ASSERT_EQUAL(result, -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_FORBIDDEN);
    CU_ASSERT_PTR_NOT_NULL(strstr(self.err.message, VOLUME));
    CU_ASSERT_EQUAL(count_queued(&self), 0);
    CU_ASSERT_EQUAL(store_size(self.leader.context.audits), 0);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "READDIR"), 0);
    end(&self);
}

static void adopt_meanwhile(void *context)
{
    struct fixture *self = context;
    remove_record(self);
    change_volume(self);
}

/* Its record was moved from a folder that was read later to one that was read before. */
static void a_volume_that_changes_during_the_scan_is_left_to_the_next_audit(void)
{
    struct fixture self;
    begin(&self);
    disturb(memory_share_log(), .request = "READDIR .mooring/claims", .hook = adopt_meanwhile,
            .context = &self);
    CU_ASSERT_EQUAL(audit(&self), 0);
    CU_ASSERT_EQUAL(count_queued(&self), 0);
    CU_ASSERT_EQUAL(audit(&self), 0);
    CU_ASSERT_EQUAL(count_queued(&self), 1);
    end(&self);
}

static void raise_stop(void *context)
{
    struct fixture *self = context;
    stop_raise(self->leader.term);
}

static void it_ends_with_the_term(void)
{
    struct fixture self;
    begin(&self);
    disturb(memory_share_log(), .request = "READDIR .mooring/claims", .hook = raise_stop,
            .context = &self);
    CU_ASSERT_EQUAL(audit(&self), -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_STOPPED);
    CU_ASSERT_EQUAL(store_size(self.leader.context.audits), 0);
    end(&self);
}

static void the_counts_of_an_export_go_with_its_class(void)
{
    struct fixture self;
    begin(&self);
    CU_ASSERT_EQUAL(audit(&self), 0);
    CU_ASSERT_EQUAL(store_size(self.leader.context.audits), 1);
    store_remove(self.leader.context.cache->classes, "nfs");
    CU_ASSERT_EQUAL(audit(&self), 0);
    CU_ASSERT_EQUAL(store_size(self.leader.context.audits), 0);
    end(&self);
}

/* --- the owners of directories --- */

#define LEAF ".mooring/directories/shop-" CLAIM "-" VOLUME

/* The claim and its volume are gone, and so is the symlink that names the directory's owner. */
static void begin_without_owner(struct fixture *self)
{
    begin(self);
    shop_delete_claim(&self->shop, CLAIM);
    shop_delete_volume(&self->shop, VOLUME);
    leader_read(&self->leader);
    leader_drop_work(&self->leader);
    memory_share_remove(LEAF);
}

static void expect_leaf(const char *leaf, const char *expected)
{
    autofree char *text = memory_share_text(leaf);
    CU_ASSERT_STRING_EQUAL(text ? text : "", expected);
}

static void a_record_without_its_volume_gives_the_directory_its_owner_again(void)
{
    struct fixture self;
    begin_without_owner(&self);
    autofree char *owner = shop_owner(&self.shop, CLAIM);
    CU_ASSERT_EQUAL(audit(&self), 0);
    expect_leaf(LEAF, owner);
    CU_ASSERT_EQUAL(count_queued(&self), 0);
    end(&self);
}

static void remove_namespace(struct shop *shop)
{
    const struct object_key key = {.resource = &resource_namespaces, .name = "shop"};
    shop_delete_claim(shop, CLAIM);
    memory_cluster_remove(shop->cluster, &key);
}

/* There is the volume, but what looks at its record does so in the folder of the present one. */
static void so_does_a_record_of_a_namespace_that_is_gone_or_made_again(void)
{
    static void (*const changes[])(struct shop *shop) = {remove_namespace, shop_replace_namespace};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct fixture self;
        begin(&self);
        autofree char *owner = shop_owner(&self.shop, CLAIM);
        changes[i](&self.shop);
        change_volume(&self);
        memory_share_remove(LEAF);
        CU_ASSERT_EQUAL(audit(&self), 0);
        expect_leaf(LEAF, owner);
        end(&self);
    }
}

/* No claim is bound to the volume: only the record names the owner of its directory. */
static void so_does_the_record_of_a_volume_that_names_no_claim(void)
{
    const struct object_key key = {.resource = &resource_volumes, .name = VOLUME};
    struct fixture self;
    begin(&self);
    autofree char *owner = shop_owner(&self.shop, CLAIM);
    shop_delete_claim(&self.shop, CLAIM);
    memory_cluster_change(self.shop.cluster, &key, json_pack("{s:{s:n}}", "spec", "claimRef"));
    change_volume(&self);
    memory_share_remove(LEAF);
    CU_ASSERT_EQUAL(audit(&self), 0);
    expect_leaf(LEAF, owner);
    end(&self);
}

/* Its own work makes the record follow, and then its owner. */
static void a_record_that_is_to_follow_its_volume_gives_nothing(void)
{
    const struct object_key key = {.resource = &resource_volumes, .name = VOLUME};
    struct fixture self;
    begin(&self);
    memory_cluster_change(self.shop.cluster, &key,
                          json_pack("{s:{s:{s:s}}}", "spec", "claimRef", "uid", "uid-9"));
    change_volume(&self);
    memory_share_remove(LEAF);
    CU_ASSERT_EQUAL(audit(&self), 0);
    expect_leaf(LEAF, "");
    CU_ASSERT_EQUAL(count_queued(&self), 1);
    end(&self);
}

static void what_another_claim_has_is_left_to_it(void)
{
    struct fixture self;
    begin_without_owner(&self);
    memory_share_put_symlink(LEAF, "cluster-1/shop/namespace-1/other");
    CU_ASSERT_EQUAL(audit(&self), 0);
    expect_leaf(LEAF, "cluster-1/shop/namespace-1/other");
    end(&self);
}

static void remove_record_of(void *context)
{
    remove_record(context);
}

/* After the records were read, an administrator gives the directory up. */
static void a_record_that_is_gone_meanwhile_gives_nothing(void)
{
    struct fixture self;
    begin_without_owner(&self);
    disturb(memory_share_log(), .request = "LOOKUP .mooring/directories", .hook = remove_record_of,
            .context = &self);
    CU_ASSERT_EQUAL(audit(&self), 0);
    expect_leaf(LEAF, "");
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "SYMLINK"), 0);
    end(&self);
}

static void an_owner_waits_for_the_thread_that_works_on_the_claim(void)
{
    struct fixture self;
    begin_without_owner(&self);
    struct claim_locks *locks = self.leader.context.claim_locks;
    autofree char *claim = claim_key("shop", CLAIM);
    CU_ASSERT_FATAL(claim_locks_take(locks, claim, "other"));
    CU_ASSERT_EQUAL(audit(&self), 0);
    expect_leaf(LEAF, "");
    claim_locks_release(locks, claim);
    CU_ASSERT_EQUAL(count_queued(&self), 1);
    CU_ASSERT_EQUAL(audit(&self), 0);
    autofree char *owner = shop_owner(&self.shop, CLAIM);
    expect_leaf(LEAF, owner);
    end(&self);
}

static void no_owner_is_made_after_the_term(void)
{
    struct fixture self;
    begin_without_owner(&self);
    autofree char *folder = shop_folder(&self.shop, CLAIM);
    autofree char *last = memory_format("LOOKUP %s/" VOLUME ".uid-1.in-use", folder);
    disturb(memory_share_log(), .request = last, .hook = raise_stop, .context = &self);
    CU_ASSERT_EQUAL(audit(&self), -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_STOPPED);
    expect_leaf(LEAF, "");
    end(&self);
}

/* A folder of that name is no owner: another claim's directory beside it needs it. */
static void a_nested_directory_without_an_owner_gets_it_again(void)
{
    static const char leaf[] = ".mooring/directories/shop/" CLAIM;
    struct fixture self;
    begin_with_class(&self, "{'parameters': {'pathPattern': '${.PVC.namespace}/${.PVC.name}'}}");
    autofree char *owner = shop_owner(&self.shop, CLAIM);
    expect_leaf(leaf, owner);
    memory_share_remove(leaf);
    memory_share_put_symlink(".mooring/directories/shop/other", "cluster-1/shop/namespace-1/other");
    CU_ASSERT_EQUAL(audit(&self), 0);
    expect_leaf(leaf, owner);
    end(&self);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(the_first_class_by_name_audits_a_shared_export),
        TEST(a_volume_is_queued_once_for_each_of_its_versions),
        TEST(a_record_that_does_not_know_its_set_is_looked_at),
        TEST(another_export_is_refused_and_nothing_is_queued),
        TEST(a_volume_that_changes_during_the_scan_is_left_to_the_next_audit),
        TEST(it_ends_with_the_term),
        TEST(the_counts_of_an_export_go_with_its_class),
        TEST(a_record_without_its_volume_gives_the_directory_its_owner_again),
        TEST(so_does_a_record_of_a_namespace_that_is_gone_or_made_again),
        TEST(so_does_the_record_of_a_volume_that_names_no_claim),
        TEST(a_record_that_is_to_follow_its_volume_gives_nothing),
        TEST(what_another_claim_has_is_left_to_it),
        TEST(a_record_that_is_gone_meanwhile_gives_nothing),
        TEST(an_owner_waits_for_the_thread_that_works_on_the_claim),
        TEST(no_owner_is_made_after_the_term),
        TEST(a_nested_directory_without_an_owner_gets_it_again),
        {0},
    };
    return suite_run("audit export", tests, argc, argv);
}
