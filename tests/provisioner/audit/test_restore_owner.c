/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/audit/audit_fixture.h"

#define OTHER "data-web-8"
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

/* What makes a record follow its volume finds it by the owner of its directory. */
static void so_does_a_record_that_is_to_follow_its_volume(void)
{
    const struct object_key key = {.resource = &resource_volumes, .name = VOLUME};
    struct fixture self;
    begin(&self);
    autofree char *owner = shop_owner(&self.shop, CLAIM);
    memory_cluster_change(self.shop.cluster, &key,
                          json_pack("{s:{s:{s:s}}}", "spec", "claimRef", "uid", "uid-9"));
    change_volume(&self);
    memory_share_remove(LEAF);
    CU_ASSERT_EQUAL(audit(&self), 0);
    expect_leaf(LEAF, owner);
    CU_ASSERT_EQUAL(count_queued(&self), 1);
    end(&self);
}

/* An administrator has bound the volume to another claim since, while the symlink was lost. */
static void a_record_follows_its_volume_to_another_claim_though_its_owner_was_lost(void)
{
    const struct object_key volume = {.resource = &resource_volumes, .name = VOLUME};
    struct fixture self;
    begin(&self);
    autofree char *before = shop_folder(&self.shop, CLAIM);
    autofree char *after = shop_folder(&self.shop, OTHER);
    shop_delete_claim(&self.shop, CLAIM);
    shop_put_claim(&self.shop, OTHER, "{}");
    json_auto_t *claim = shop_claim(&self.shop, OTHER);
    memory_cluster_change(self.shop.cluster, &volume,
                          json_pack("{s:{s:{s:s, s:s}}}", "spec", "claimRef", "name", OTHER, "uid",
                                    shop_text(claim, "metadata.uid")));
    shop_run_kubernetes(&self.shop);
    change_volume(&self);
    memory_share_remove(LEAF);
    CU_ASSERT_EQUAL(audit(&self), 0);
    CU_ASSERT_EQUAL(count_queued(&self), 1);
    CU_ASSERT_EQUAL(leader_sync_volume(&self.leader, VOLUME, &self.err), 0);
    CU_ASSERT_EQUAL(shop_count_lines(before, ".in-use"), 0);
    CU_ASSERT_EQUAL(shop_count_lines(after, ".in-use"), 1);
    end(&self);
}

/* Beside a left-over record of the claim before. */
static void of_two_records_the_one_that_its_volume_names_gives_the_owner(void)
{
    struct fixture self;
    begin(&self);
    autofree char *owner = shop_owner(&self.shop, CLAIM);
    autofree char *folder = shop_folder(&self.shop, CLAIM);
    autofree char *path = memory_format("%s/" VOLUME ".uid-1.in-use", folder);
    autofree char *text = memory_share_text(path);
    memory_share_put_file(
        ".mooring/claims/cluster-1/shop/namespace-1/before/" VOLUME ".uid-0.in-use", text);
    memory_share_remove(LEAF);
    CU_ASSERT_EQUAL(audit(&self), 0);
    expect_leaf(LEAF, owner);
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
        TEST(a_record_without_its_volume_gives_the_directory_its_owner_again),
        TEST(so_does_a_record_of_a_namespace_that_is_gone_or_made_again),
        TEST(so_does_the_record_of_a_volume_that_names_no_claim),
        TEST(so_does_a_record_that_is_to_follow_its_volume),
        TEST(a_record_follows_its_volume_to_another_claim_though_its_owner_was_lost),
        TEST(of_two_records_the_one_that_its_volume_names_gives_the_owner),
        TEST(what_another_claim_has_is_left_to_it),
        TEST(a_record_that_is_gone_meanwhile_gives_nothing),
        TEST(an_owner_waits_for_the_thread_that_works_on_the_claim),
        TEST(no_owner_is_made_after_the_term),
        TEST(a_nested_directory_without_an_owner_gets_it_again),
        {0},
    };
    return suite_run("restore owner", tests, argc, argv);
}
